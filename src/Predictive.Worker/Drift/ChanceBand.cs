using Predictive.Segmentation.Models;

namespace Predictive.Worker.Drift;

/// <summary>
/// What chance alone makes of two samples of one distribution in bins: a seeded bootstrap of both from their common shares.
/// </summary>
/// <remarks>
/// The customers now are mostly those of then, which makes real samples more alike than independent ones: the bands are on the wide side.
/// </remarks>
internal static class ChanceBand
{
    /// <summary>Share of the resamples that stay below a band.</summary>
    public const double Level = .99;

    private const int Replicates = 400;

    /// <summary>Largest difference of the two distribution functions over the bins' ends; the last bin holds the missing.</summary>
    public static double Ks(ReadOnlySpan<double> then, ReadOnlySpan<double> now)
    {
        double difference = 0, largest = 0;
        for (int b = 0; b < then.Length; b++)
        {
            difference += now[b] - then[b];
            largest = Math.Max(largest, Math.Abs(difference));
        }

        return largest;
    }

    /// <summary>What index and distance stay below where nothing has changed.</summary>
    public static (double Psi, double Ks) Of(
        ReadOnlySpan<double> then, int customersThen, ReadOnlySpan<double> now, int customersNow, int seed)
    {
        var common = new double[then.Length];
        double total = Math.Max(1, (double)customersThen + customersNow);
        for (int b = 0; b < common.Length; b++)
        {
            common[b] = ((then[b] * customersThen) + (now[b] * customersNow)) / total;
        }

        return Resampled(common, customersThen, common, customersNow, seed);
    }

    /// <summary>What index and distance stay below where each side keeps its own shares: the reach of a drift that was measured.</summary>
    public static (double Psi, double Ks) Resampled(
        ReadOnlySpan<double> then, int customersThen, ReadOnlySpan<double> now, int customersNow, int seed)
    {
        var random = new Random(seed);
        double[] psi = new double[Replicates], ks = new double[Replicates], a = new double[then.Length], b = new double[then.Length];
        for (int r = 0; r < Replicates; r++)
        {
            Draw(then, customersThen, random, a);
            Draw(now, customersNow, random, b);
            (psi[r], ks[r]) = (DriftDistribution.Psi(a, b), Ks(a, b));
        }

        Array.Sort(psi);
        Array.Sort(ks);
        int at = (int)(Level * (Replicates - 1));
        return (psi[at], ks[at]);
    }

    // Shares of a multinomial draw, bin by bin: each takes a binomial part of what is left.
    private static void Draw(ReadOnlySpan<double> shares, int customers, Random random, double[] drawn)
    {
        double left = 1;
        int customersLeft = customers;
        for (int b = 0; b < shares.Length; b++)
        {
            double part = left <= 0 ? 0 : Math.Clamp(shares[b] / left, 0, 1);
            int own = b == shares.Length - 1 && left > 0 && part > 1 - 1e-9 ? customersLeft : Binomial(customersLeft, part, random);
            drawn[b] = own / (double)Math.Max(1, customers);
            customersLeft -= own;
            left -= shares[b];
        }
    }

    private static int Binomial(int n, double p, Random random)
    {
        if (n == 0 || p <= 0)
        {
            return 0;
        }

        if (p >= 1)
        {
            return n;
        }

        double variance = n * p * (1 - p);
        if (variance > 25)
        {
            // The normal law with the variance right; its tails beyond 5 standard deviations are of no weight here.
            double u = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            return (int)Math.Clamp(Math.Round((n * p) + (u * Math.Sqrt(variance))), 0, n);
        }

        // Rare on one side: by the geometric gaps between the hits of the rarer outcome (Devroye 1986, X.4.3).
        double rare = Math.Min(p, 1 - p), log = Math.Log(1 - rare);
        int hits = 0;
        double position = 0;
        while (true)
        {
            position += Math.Floor(Math.Log(1 - random.NextDouble()) / log) + 1;
            if (position > n)
            {
                return p <= .5 ? hits : n - hits;
            }

            hits++;
        }
    }
}
