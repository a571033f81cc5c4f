using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>How unevenly revenue is spread.</summary>
/// <param name="Customers">Customers counted.</param>
/// <param name="Revenue">Their positive net spend in all.</param>
/// <param name="TopDecileShare">Share of the best tenth of the customers, 0–1.</param>
/// <param name="Gini">0 = all alike, towards 1 = one customer has everything.</param>
/// <param name="CustomersForHalf">Fewest customers that bring half of the revenue.</param>
/// <param name="Alert">Whether the best tenth's share is at or above the alert threshold.</param>
/// <param name="Curve">Share of revenue by share of customers, largest first, from (0, 0) to (1, 1).</param>
public sealed record ConcentrationResult(
    int Customers, double Revenue, double TopDecileShare, double Gini, int CustomersForHalf, bool Alert,
    IReadOnlyList<LorenzPoint> Curve);

/// <summary>A point of the curve.</summary>
/// <param name="Customers">Share of the customers, best first.</param>
/// <param name="Revenue">Share they bring.</param>
public readonly record struct LorenzPoint(double Customers, double Revenue);

/// <summary>Concentration of revenue over customers. Customers whose refunds exceed their purchases count as 0.</summary>
public static class Concentration
{
    /// <summary>From the net spend per customer.</summary>
    public static ConcentrationResult Compute(IEnumerable<double> netSpend, ConcentrationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(netSpend);
        options ??= new ConcentrationOptions();
        double[] descending = BaseScan.Sorted(netSpend.Select(v => Math.Max(v, 0)));
        Array.Reverse(descending);
        int n = descending.Length;
        double[] total = new double[n + 1];
        double weighted = 0;
        int half = 0;
        for (int i = 0; i < n; i++)
        {
            total[i + 1] = total[i] + descending[i];
            weighted += (n - i) * descending[i];
        }

        double revenue = total[n];
        if (!(revenue > 0))
        {
            return new ConcentrationResult(n, 0, 0, 0, 0, false, [new(0, 0), new(1, 1)]);
        }

        while (total[half] < revenue / 2)
        {
            half++;
        }

        // With x sorted ascending, G = 2 Σ i x_i / (n Σ x) − (n + 1) / n; here customer i (from 0, descending) has ascending rank n − i.
        double gini = (2 * weighted / (n * revenue)) - ((n + 1.0) / n);
        double top = Share(.1);
        return new ConcentrationResult(
            n, Cents.Of(revenue), top, gini, half, top >= options.AlertTopDecileShare,
            [
                .. Enumerable.Range(0, options.CurvePoints + 1).Select(p => p / (double)options.CurvePoints)
                    .Select(share => new LorenzPoint(share, Share(share))),
            ]);

        // A share of customers that is no whole number takes its part of the next one.
        double Share(double customers)
        {
            double at = Math.Min(customers * n, n);
            int whole = (int)at;
            return (total[whole] + (whole < n ? (at - whole) * descending[whole] : 0)) / revenue;
        }
    }

    /// <summary>
    /// The same of a base in parts, from the sketch of its customers' net spend. The shares and the Gini coefficient are below those of the
    /// customers themselves by at most <see cref="ValueSketch.Error"/>; revenue and customers are exact.
    /// </summary>
    internal static ConcentrationResult Of(ValueSketch netSpend, ConcentrationOptions options)
    {
        (long Count, double Sum)[] steps = netSpend.Descending();
        long n = steps.Sum(s => s.Count), before = 0;
        double revenue = ExactSum.Of(steps.Select(s => s.Sum)).Value, weighted = 0, soFar = 0;
        if (!(revenue > 0))
        {
            return new ConcentrationResult((int)n, 0, 0, 0, 0, false, [new(0, 0), new(1, 1)]);
        }

        long half = -1;
        foreach ((long count, double sum) in steps)
        {
            // Ranks n − i of a step's customers sum up to count × (n − before − (count − 1) / 2); each counts as the mean.
            weighted += sum * (n - before - ((count - 1) / 2.0));
            if (half < 0 && soFar + sum >= revenue / 2)
            {
                half = before + (long)Math.Ceiling(((revenue / 2) - soFar) / (sum / count));
            }

            soFar += sum;
            before += count;
        }

        double top = Share(.1);
        return new ConcentrationResult(
            (int)n, Cents.Of(revenue), top, (2 * weighted / (n * revenue)) - ((n + 1.0) / n), (int)half,
            top >= options.AlertTopDecileShare,
            [
                .. Enumerable.Range(0, options.CurvePoints + 1).Select(p => p / (double)options.CurvePoints)
                    .Select(share => new LorenzPoint(share, Share(share))),
            ]);

        double Share(double customers) => Math.Min(1, ValueSketch.Upto(steps, Math.Min(customers * n, n)) / revenue);
    }
}
