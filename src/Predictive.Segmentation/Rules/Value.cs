using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Settings of the value rule.</summary>
public sealed record ValueOptions
{
    /// <summary>Window of spend, days back from the as-of. Default null: the whole history.</summary>
    public int? WindowDays { get; init; }

    /// <summary>
    /// Net spend from which a customer is in band A. Default null: the base's smallest group that brings <see cref="ShareA"/> of the
    /// revenue.
    /// </summary>
    public double? ThresholdA { get; init; }

    /// <summary>Net spend from which a customer is in band B. Default null: A and B together bring <see cref="ShareB"/>.</summary>
    public double? ThresholdB { get; init; }

    /// <summary>Revenue share of band A where its threshold is derived. Default .7.</summary>
    public double ShareA { get; init; } = .7;

    /// <summary>Revenue share of bands A and B together where the threshold of B is derived. Default .9.</summary>
    public double ShareB { get; init; } = .9;
}

/// <summary>One band of the base.</summary>
/// <param name="Band">A, B or C.</param>
/// <param name="Customers">Customers in it.</param>
/// <param name="Revenue">Their net spend in the window.</param>
/// <param name="RevenueShare">Of the base's total; 0 where that is not positive.</param>
public sealed record ValueBand(string Band, int Customers, double Revenue, double RevenueShare);

/// <summary>The thresholds in force, the base's distribution, and what the bands hold.</summary>
/// <param name="ThresholdA">Net spend from which a customer is in A.</param>
/// <param name="ThresholdB">Net spend from which a customer is in B.</param>
/// <param name="Percentiles">101 ascending amounts: quantiles 0, 1, ... 100 % of the base.</param>
/// <param name="Bands">A, B, C.</param>
public sealed record ValueCutoffs(double ThresholdA, double ThresholdB, IReadOnlyList<double> Percentiles, IReadOnlyList<ValueBand> Bands);

/// <summary>Value of one customer.</summary>
/// <param name="Amount">Net spend in the window.</param>
/// <param name="Percentile">Share of the base that spent less, 0–100, to a whole percent.</param>
/// <param name="Band">A, B or C.</param>
public sealed record ValueResult(double Amount, int Percentile, string Band);

/// <summary>Net spend in a window with its percentile and A/B/C band.</summary>
public static class Value
{
    /// <summary>The thresholds and the distribution of the customers with a purchase before a local time.</summary>
    public static ValueCutoffs Fit(TransactionHistory history, LocalTime asOf, ValueOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        double[] ascending =
            BaseScan.Sorted(BaseScan.Select(history, Population.At(history, asOf), asOf, (_, lines) => Amount(lines, asOf, options)));
        double a = options.ThresholdA ?? ThresholdOfShare(ascending, options.ShareA);
        double b = options.ThresholdB ?? ThresholdOfShare(ascending, options.ShareB);
        if (!(a >= b))
        {
            throw new RulesException("the value thresholds", [$"A starts at {a} and B at {b}; expected A at or above B"]);
        }

        double total = ascending.Sum();
        var bands = new[] { "A", "B", "C" }.Select(band =>
        {
            double[] inside = [.. ascending.Where(v => Band(v, a, b) == band)];
            double revenue = Cents.Of(inside.Sum());
            return new ValueBand(band, inside.Length, revenue, total > 0 ? revenue / total : 0);
        });
        return new ValueCutoffs(a, b, [.. Enumerable.Range(0, 101).Select(p => BaseScan.Quantile(ascending, p / 100.0))], [.. bands]);
    }

    /// <summary>The value of one customer; lines at or after the as-of are ignored.</summary>
    public static ValueResult Compute(CustomerLines lines, LocalTime asOf, ValueOptions options, ValueCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        double amount = Amount(lines.Before(asOf), asOf, options);
        int percentile = 0;
        while (percentile < 100 && cutoffs.Percentiles[percentile + 1] < amount)
        {
            percentile++;
        }

        return new ValueResult(amount, percentile, Band(amount, cutoffs.ThresholdA, cutoffs.ThresholdB));
    }

    internal static double Amount(CustomerLines before, LocalTime asOf, ValueOptions options)
    {
        double sum = 0;
        foreach (double amount in (options.WindowDays is { } days ? before.Between(asOf.AddDays(-days), asOf) : before).Kept)
        {
            sum += amount;
        }

        return Cents.Of(sum);
    }

    private static string Band(double amount, double a, double b) => amount >= a ? "A" : amount >= b ? "B" : "C";

    /// <summary>The largest threshold such that customers at or above it bring at least a share of the (positive) revenue.</summary>
    private static double ThresholdOfShare(double[] ascending, double share)
    {
        double total = ascending.Where(v => v > 0).Sum();
        double sum = 0;
        for (int i = ascending.Length - 1; i >= 0; i--)
        {
            sum += Math.Max(ascending[i], 0);
            if (sum >= share * total)
            {
                return ascending[i];
            }
        }

        return 0;
    }
}
