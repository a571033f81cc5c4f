using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>What M measures.</summary>
public enum MonetaryMeasure
{
    /// <summary>Net spend in the window, refunds subtracted.</summary>
    NetSpend,

    /// <summary>Net spend in the window over the number of orders in it.</summary>
    MeanOrderValue,
}

/// <summary>Settings of the RFM rule.</summary>
public sealed record RfmOptions
{
    /// <summary>Length of the window F and M are counted in, days back from the as-of. Default null: the whole history.</summary>
    public int? WindowDays { get; init; }

    /// <summary>What M measures. Default net spend.</summary>
    public MonetaryMeasure Monetary { get; init; } = MonetaryMeasure.NetSpend;

    /// <summary>Four ascending cut-offs of recency, days. Default null: the base's 20, 40, 60 and 80 % quantiles.</summary>
    public IReadOnlyList<double>? RecencyDays { get; init; }

    /// <summary>Four ascending cut-offs of frequency, orders. Default null: the base's quantiles.</summary>
    public IReadOnlyList<double>? Frequency { get; init; }

    /// <summary>Four ascending cut-offs of the monetary value, dataset currency. Default null: the base's quantiles.</summary>
    public IReadOnlyList<double>? MonetaryValue { get; init; }

    /// <summary>Which cell has which name. Default <see cref="RfmSegmentTable.Default"/>.</summary>
    public RfmSegmentTable Segments { get; init; } = RfmSegmentTable.Default;
}

/// <summary>The cut-offs in force: those configured, else those of the base. A value's score rises past each cut-off it exceeds.</summary>
/// <param name="AsOf">The as-of of the base they were taken from.</param>
/// <param name="Customers">Customers in that base.</param>
/// <param name="RecencyDays">Four ascending cut-offs: at most the first = 5, above the last = 1.</param>
/// <param name="Frequency">Four ascending cut-offs: at most the first = 1, above the last = 5.</param>
/// <param name="Monetary">Four ascending cut-offs, like frequency.</param>
public sealed record RfmCutoffs(
    string AsOf,
    int Customers,
    IReadOnlyList<double> RecencyDays,
    IReadOnlyList<double> Frequency,
    IReadOnlyList<double> Monetary);

/// <summary>RFM of one customer.</summary>
/// <param name="RecencyDays">Local days from the last purchase to the as-of, whatever the window: the last that was kept, or where nothing
/// was, the last of all; −1 without a purchase.</param>
/// <param name="Frequency">Distinct orders in the window of which something was kept.</param>
/// <param name="Monetary">Net spend, or mean order value, in the window; whole cents.</param>
/// <param name="R">1–5, 5 = most recent.</param>
/// <param name="F">1–5, 5 = most frequent.</param>
/// <param name="M">1–5, 5 = highest.</param>
/// <param name="Segment">Name of the cell.</param>
public sealed record RfmResult(int RecencyDays, int Frequency, double Monetary, int R, int F, int M, string Segment)
{
    /// <summary>R + F + M, 3–15.</summary>
    public int Score => R + F + M;
}

/// <summary>
/// Recency, frequency, monetary value: 1–5 scores by quantiles of the base or fixed cut-offs, and a named segment for each of the 125
/// cells.
/// </summary>
/// <remarks>
/// Equal values always get equal scores, so a base where most bought once has no customer with F = 2 or 3: the cut-offs show it.
/// </remarks>
public static class Rfm
{
    private static readonly double[] Shares = [.2, .4, .6, .8];

    /// <summary>The cut-offs of the customers with a purchase before a local time.</summary>
    /// <exception cref="RulesException">Fixed cut-offs that are not four ascending numbers.</exception>
    public static RfmCutoffs Fit(TransactionHistory history, LocalTime asOf, RfmOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        int[] population = Population.At(history, asOf);
        var values = BaseScan.Select(history, population, asOf, (_, lines) => Measure(lines, asOf, options));
        return new RfmCutoffs(
            asOf.ToString(),
            population.Length,
            options.RecencyDays ?? Quantiles(values.Select(v => (double)v.Recency)),
            options.Frequency ?? Quantiles(values.Select(v => (double)v.Frequency)),
            options.MonetaryValue ?? Quantiles(values.Select(v => v.Monetary)));
    }

    /// <summary>Scores one customer; lines at or after the as-of are ignored.</summary>
    public static RfmResult Compute(CustomerLines lines, LocalTime asOf, RfmOptions options, RfmCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        var (recency, frequency, monetary) = Measure(lines.Before(asOf), asOf, options);
        int r = recency < 0 ? 1 : 5 - Above(cutoffs.RecencyDays, recency);
        int f = 1 + Above(cutoffs.Frequency, frequency);
        int m = 1 + Above(cutoffs.Monetary, monetary);
        return new RfmResult(recency, frequency, monetary, r, f, m, options.Segments.SegmentOf(r, f, m));
    }

    private static (int Recency, int Frequency, double Monetary) Measure(CustomerLines before, LocalTime asOf, RfmOptions options)
    {
        int recency = DaysSinceLast(before, before.Kept, asOf);
        recency = recency < 0 ? DaysSinceLast(before, before.Amount, asOf) : recency;
        var window = PurchaseTimeline.Read(options.WindowDays is { } days ? before.Between(asOf.AddDays(-days), asOf) : before);
        double monetary =
            options.Monetary == MonetaryMeasure.NetSpend ? window.Net
            : window.OrderCount == 0 ? 0
            : Cents.Of(window.Net / window.OrderCount);
        return (recency, window.OrderCount, monetary);
    }

    private static int DaysSinceLast(CustomerLines lines, ReadOnlySpan<double> amounts, LocalTime asOf)
    {
        for (int i = amounts.Length - 1; i >= 0; i--)
        {
            if (amounts[i] > 0)
            {
                return asOf.Day - LocalTime.DayOf(lines.OrderedAt[i]);
            }
        }

        return -1;
    }

    private static int Above(IReadOnlyList<double> cutoffs, double value)
    {
        int above = 0;
        for (int i = 0; i < cutoffs.Count; i++)
        {
            above += value > cutoffs[i] ? 1 : 0;
        }

        return above;
    }

    private static double[] Quantiles(IEnumerable<double> values)
    {
        double[] sorted = BaseScan.Sorted(values);
        return [.. Shares.Select(share => BaseScan.Quantile(sorted, share))];
    }

    internal static void Validate(RfmOptions options)
    {
        var faults = new List<string>();
        if (options.WindowDays is <= 0)
        {
            faults.Add($"the window is {options.WindowDays} days; expected at least 1");
        }

        Check("recency", options.RecencyDays);
        Check("frequency", options.Frequency);
        Check("monetary", options.MonetaryValue);
        RulesException.ThrowIfAny("the RFM options", faults);

        void Check(string name, IReadOnlyList<double>? cutoffs)
        {
            if (cutoffs is not null
                && (cutoffs.Count != 4 || cutoffs.Any(c => !double.IsFinite(c))
                    || cutoffs.Zip(cutoffs.Skip(1)).Any(p => p.First > p.Second)))
            {
                faults.Add($"the {name} cut-offs are [{string.Join(", ", cutoffs)}]; expected four ascending numbers");
            }
        }
    }
}
