using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>What value measures.</summary>
public enum ValueMeasure
{
    /// <summary>Net spend in the window, refunds subtracted.</summary>
    Spend,

    /// <summary>Net spend less the cost of the goods in the window; needs unit costs, and where a line has none it counts as
    /// spend.</summary>
    Profit,

    /// <summary>The RFM score, 3 to 15.</summary>
    Rfm,

    /// <summary>Days in the window with a purchase or an event of <see cref="ValueOptions.Activity"/>: for who does not sell.</summary>
    Activity,
}

/// <summary>Settings of the value rule.</summary>
public sealed record ValueOptions
{
    /// <summary>What is measured. Default net spend.</summary>
    public ValueMeasure Measure { get; init; } = ValueMeasure.Spend;

    /// <summary>Window, days back from the as-of; null: the whole history. Default 365: annual spend.</summary>
    public int? WindowDays { get; init; } = 365;

    /// <summary>
    /// Amount above which a customer is in band A. Default null: just below the base's smallest group that brings <see cref="ShareA"/> of
    /// the total.
    /// </summary>
    public double? ThresholdA { get; init; }

    /// <summary>Amount from which a customer is in band B. Default null: A and B together bring <see cref="ShareB"/>.</summary>
    public double? ThresholdB { get; init; }

    /// <summary>Share of the total that band A brings where its threshold is derived. Default .7.</summary>
    public double ShareA { get; init; } = .7;

    /// <summary>Share of the total that bands A and B bring together where the threshold of B is derived. Default .9.</summary>
    public double ShareB { get; init; } = .9;

    /// <summary>Kinds of events that count where activity is measured. Default visit, login, session.</summary>
    public IReadOnlyList<string> Activity { get; init; } = ActivityKinds;

    internal static IReadOnlyList<string> ActivityKinds { get; } = ["visit", "login", "session"];
}

/// <summary>One band of the base.</summary>
/// <param name="Band">A, B or C.</param>
/// <param name="Customers">Customers in it.</param>
/// <param name="Revenue">Sum of what is measured.</param>
/// <param name="RevenueShare">Of the base's total; 0 where that is not positive.</param>
public sealed record ValueBand(string Band, int Customers, double Revenue, double RevenueShare);

/// <summary>The thresholds in force, the base's distribution, and what the bands hold.</summary>
/// <param name="ThresholdA">Amount above which a customer is in A.</param>
/// <param name="ThresholdB">Amount from which a customer is in B.</param>
/// <param name="Percentiles">101 ascending amounts: quantiles 0, 1, ... 100 % of the base.</param>
/// <param name="Bands">A, B, C.</param>
public sealed record ValueCutoffs(double ThresholdA, double ThresholdB, IReadOnlyList<double> Percentiles, IReadOnlyList<ValueBand> Bands);

/// <summary>Value of one customer.</summary>
/// <param name="Amount">What is measured, in the window.</param>
/// <param name="Percentile">Share of the base that has less, 0–100, to a whole percent.</param>
/// <param name="Band">A, B or C.</param>
public sealed record ValueResult(double Amount, int Percentile, string Band);

/// <summary>
/// Net spend (or profit, the RFM score, or days of activity) in a window with its percentile and A/B/C band: A above the upper threshold,
/// B from the lower one up to it, C below. With 100,000 and 50,000 a customer of exactly 100,000 is B, of exactly 50,000 too.
/// </summary>
public static class Value
{
    /// <summary>The thresholds and the distribution of the customers with a purchase before a local time.</summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="options">Settings.</param>
    /// <param name="rfm">Settings and cut-offs of RFM; needed where that is measured.</param>
    /// <exception cref="RulesException">Thresholds that do not descend, or RFM is measured without its cut-offs.</exception>
    public static ValueCutoffs Fit(
        TransactionHistory history, LocalTime asOf, ValueOptions options, (RfmOptions Options, RfmCutoffs Cutoffs)? rfm = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        if (options.Measure == ValueMeasure.Rfm && rfm is null)
        {
            throw NoRfm();
        }

        double[] ascending =
            BaseScan.Sorted(BaseScan.Select(history, Population.At(history, asOf), asOf, (_, lines) => Amount(lines, asOf, options, rfm)));
        double a = options.ThresholdA ?? ThresholdOfShare(ascending, options.ShareA)
            - (options.Measure is ValueMeasure.Rfm or ValueMeasure.Activity ? 1 : .01);
        double b = options.ThresholdB ?? ThresholdOfShare(ascending, options.ShareB);
        a = options.ThresholdA is null && options.ThresholdB is null ? Math.Max(Cents.Of(a), b - .01) : a;
        if (!(a >= b - .011))
        {
            throw new RulesException("the value thresholds", [$"A starts above {a} and B at {b}; expected A at or above B"]);
        }

        double total = ascending.Sum();
        var bands = new[] { "A", "B", "C" }.Select(band =>
        {
            double[] inside = [.. ascending.Where(v => Band(v, a, b) == band)];
            double sum = Cents.Of(inside.Sum());
            return new ValueBand(band, inside.Length, sum, total > 0 ? sum / total : 0);
        });
        return new ValueCutoffs(a, b, [.. Enumerable.Range(0, 101).Select(p => BaseScan.Quantile(ascending, p / 100.0))], [.. bands]);
    }

    /// <summary>The value of one customer; lines at or after the as-of are ignored.</summary>
    /// <param name="lines">The customer's lines.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cutoffs">From <see cref="Fit"/>.</param>
    /// <param name="rfm">As for <see cref="Fit"/>.</param>
    public static ValueResult Compute(
        CustomerLines lines, LocalTime asOf, ValueOptions options, ValueCutoffs cutoffs,
        (RfmOptions Options, RfmCutoffs Cutoffs)? rfm = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        double amount = Amount(lines.Before(asOf), asOf, options, rfm);
        int percentile = 0;
        while (percentile < 100 && cutoffs.Percentiles[percentile + 1] < amount)
        {
            percentile++;
        }

        return new ValueResult(amount, percentile, Band(amount, cutoffs.ThresholdA, cutoffs.ThresholdB));
    }

    internal static double Amount(
        CustomerLines before, LocalTime asOf, ValueOptions options, (RfmOptions Options, RfmCutoffs Cutoffs)? rfm = null)
    {
        if (options.Measure == ValueMeasure.Rfm)
        {
            var (settings, cutoffs) = rfm ?? throw NoRfm();
            return Rfm.Compute(before, asOf, settings, cutoffs).Score;
        }

        CustomerLines window = options.WindowDays is { } days ? before.Between(asOf.AddDays(-days), asOf) : before;
        if (options.Measure == ValueMeasure.Activity)
        {
            int from = options.WindowDays is { } back ? asOf.AddDays(-back).Day : int.MinValue, active = 0;
            foreach (int day in ActivityDays.Read(before, asOf, options.Activity, out _))
            {
                active += day >= from ? 1 : 0;
            }

            return active;
        }

        double sum = 0;
        foreach (double amount in window.Kept)
        {
            sum += amount;
        }

        return Cents.Of(options.Measure == ValueMeasure.Profit ? sum - Margin.CostOf(window) : sum);
    }

    internal static void Validate(ValueOptions options)
    {
        var faults = new List<string>();
        if (options.WindowDays is <= 0)
        {
            faults.Add($"the window is {options.WindowDays} days; expected at least 1, or null for the whole history");
        }

        if (!(options.ShareA > 0 && options.ShareB >= options.ShareA && options.ShareB <= 1))
        {
            faults.Add($"the shares are {options.ShareA} and {options.ShareB}; expected 0 < shareA ≤ shareB ≤ 1");
        }

        if (options.ThresholdA < options.ThresholdB)
        {
            faults.Add($"A starts above {options.ThresholdA} and B at {options.ThresholdB}; expected A at or above B");
        }

        RulesException.ThrowIfAny("the value thresholds", faults);
    }

    private static RulesException NoRfm() =>
        new("the value rule", ["it measures RFM and was given no RFM cut-offs; expected those of the same base"]);

    private static string Band(double amount, double a, double b) => amount > a ? "A" : amount >= b ? "B" : "C";

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
