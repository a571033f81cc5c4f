using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Settings of the loyalty rule. The three weights are shares of the score and are divided by their sum.</summary>
public sealed record LoyaltyOptions
{
    /// <summary>Weight of the cadence: how often, against the base. Default .4.</summary>
    public double CadenceWeight { get; init; } = .4;

    /// <summary>Weight of regularity: how evenly. Default .3.</summary>
    public double RegularityWeight { get; init; } = .3;

    /// <summary>Weight of presence: whether the present silence fits the cadence. Default .3.</summary>
    public double PresenceWeight { get; init; } = .3;

    /// <summary>
    /// Pseudo-gaps of the base mixed into a customer's own gaps, so that two gaps do not make a regular customer. Default 2.
    /// </summary>
    public double PriorGaps { get; init; } = 2;

    /// <summary>Score from which loyalty is medium. Default 40.</summary>
    public double MediumFrom { get; init; } = 40;

    /// <summary>Score from which loyalty is high. Default 65.</summary>
    public double HighFrom { get; init; } = 65;
}

/// <summary>The base's cadences.</summary>
/// <param name="MedianCadenceDays">Median of the customers' mean gaps; 365 where nobody returned.</param>
/// <param name="MedianVariation">Median coefficient of variation of the gaps, over customers with three or more; 1 where there is
/// none.</param>
/// <param name="CadencePercentiles">101 ascending shrunk cadences, days: quantiles 0, 1, ... 100 % of the base.</param>
public sealed record LoyaltyCutoffs(double MedianCadenceDays, double MedianVariation, IReadOnlyList<double> CadencePercentiles);

/// <summary>Loyalty of one customer; nothing of it depends on money.</summary>
/// <param name="Score">0–100.</param>
/// <param name="CadenceDays">Mean gap between purchase days, shrunk to the base's median.</param>
/// <param name="Regularity">0–1: 1 / (1 + coefficient of variation of the gaps), shrunk to the base's; 1 = clockwork, about .5 =
/// random.</param>
/// <param name="Presence">0–1: 1 while silence is within the cadence, then cadence / silence.</param>
public sealed record LoyaltyResult(double Score, double CadenceDays, double Regularity, double Presence);

/// <summary>Order cadence and its regularity as one score, independent of spend.</summary>
public static class Loyalty
{
    /// <summary>The cadences of the customers with a purchase before a local time.</summary>
    public static LoyaltyCutoffs Fit(TransactionHistory history, LocalTime asOf, LoyaltyOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        var raw = BaseScan.Select(history, Population.At(history, asOf), asOf, (_, lines) => Gaps(PurchaseTimeline.Read(lines).Days));
        double[] means = BaseScan.Sorted(raw.Where(g => g.Count > 0).Select(g => g.Sum / g.Count));
        double[] variations = BaseScan.Sorted(raw.Where(g => g.Count >= 3).Select(Variation));
        double median = means.Length == 0 ? 365 : BaseScan.Quantile(means, .5);
        double variation = variations.Length == 0 ? 1 : BaseScan.Quantile(variations, .5);
        double[] shrunk = BaseScan.Sorted(raw.Select(g => Shrunk(g, median, options)));
        return new LoyaltyCutoffs(median, variation, [.. Enumerable.Range(0, 101).Select(p => BaseScan.Quantile(shrunk, p / 100.0))]);
    }

    /// <summary>The loyalty of one customer; lines at or after the as-of are ignored. Without a purchase every part is 0.</summary>
    public static LoyaltyResult Compute(CustomerLines lines, LocalTime asOf, LoyaltyOptions options, LoyaltyCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        var days = PurchaseTimeline.Read(lines.Before(asOf)).Days;
        if (days.IsEmpty)
        {
            return new LoyaltyResult(0, cutoffs.MedianCadenceDays, 0, 0);
        }

        var gaps = Gaps(days);
        double cadence = Shrunk(gaps, cutoffs.MedianCadenceDays, options);
        double own = gaps.Count >= 2 ? Variation(gaps) : cutoffs.MedianVariation;
        double weight = gaps.Count >= 2 ? gaps.Count : 0;
        double variation = weight + options.PriorGaps == 0
            ? own
            : ((weight * own) + (options.PriorGaps * cutoffs.MedianVariation)) / (weight + options.PriorGaps);
        double regularity = 1 / (1 + variation);
        double presence = Math.Min(1, cadence / Math.Max(asOf.Day - days[^1], 1e-9));
        int slower = 0;
        while (slower < 100 && cutoffs.CadencePercentiles[100 - slower] > cadence)
        {
            slower++;
        }

        double total = options.CadenceWeight + options.RegularityWeight + options.PresenceWeight;
        double score = ((options.CadenceWeight * slower) + (100 * options.RegularityWeight * regularity)
            + (100 * options.PresenceWeight * presence)) / total;
        return new LoyaltyResult(score, cadence, regularity, presence);
    }

    /// <summary>The band of a score: low, medium or high.</summary>
    public static string BandOf(double score, LoyaltyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return score >= options.HighFrom ? "high" : score >= options.MediumFrom ? "medium" : "low";
    }

    internal static void Validate(LoyaltyOptions options)
    {
        if (!(options.CadenceWeight >= 0 && options.RegularityWeight >= 0 && options.PresenceWeight >= 0 && options.PriorGaps >= 0
            && options.CadenceWeight + options.RegularityWeight + options.PresenceWeight > 0))
        {
            throw new RulesException(
                "the loyalty options", ["a weight is negative or all are 0; expected weights ≥ 0 with a positive sum"]);
        }

        if (!(options.MediumFrom >= 0 && options.HighFrom >= options.MediumFrom && options.HighFrom <= 100))
        {
            throw new RulesException(
                "the loyalty options",
                [$"medium starts at {options.MediumFrom} and high at {options.HighFrom}; expected 0 ≤ medium ≤ high ≤ 100"]);
        }
    }

    private static (int Count, double Sum, double SumOfSquares) Gaps(ReadOnlySpan<int> days)
    {
        double squares = 0;
        for (int i = 1; i < days.Length; i++)
        {
            squares += Math.Pow(days[i] - days[i - 1], 2);
        }

        return (Math.Max(days.Length - 1, 0), days.IsEmpty ? 0 : days[^1] - days[0], squares);
    }

    private static double Shrunk((int Count, double Sum, double SumOfSquares) gaps, double median, LoyaltyOptions options) =>
        gaps.Count + options.PriorGaps == 0 ? median : (gaps.Sum + (options.PriorGaps * median)) / (gaps.Count + options.PriorGaps);

    private static double Variation((int Count, double Sum, double SumOfSquares) gaps)
    {
        double mean = gaps.Sum / gaps.Count;
        return Math.Sqrt(Math.Max(0, (gaps.SumOfSquares / gaps.Count) - (mean * mean))) / mean;
    }
}
