using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>Settings of the at-risk list.</summary>
public sealed record AtRiskOptions
{
    /// <summary>Customers that can be contacted: the length of the list. Default 100.</summary>
    public int Capacity { get; init; } = 100;

    /// <summary>Keep only this RFM segment, lifecycle stage, tier, value-matrix cell or portrait name. Default null: everyone.</summary>
    public string? Segment { get; init; }

    /// <summary>Keep only this lifecycle stage. Default null: every one; likewise below.</summary>
    public string? Lifecycle { get; init; }

    /// <summary>Keep only this membership tier.</summary>
    public string? Tier { get; init; }

    /// <summary>Keep only this cell of the value matrix.</summary>
    public string? ValueMatrix { get; init; }

    /// <summary>Keep only this portrait, by name.</summary>
    public string? Portrait { get; init; }

    /// <summary>Keep only this churn band.</summary>
    public string? Band { get; init; }

    /// <summary>Smallest churn probability worth a contact. Default 0.</summary>
    public double MinimumProbability { get; init; }

    /// <summary>Rows passed over from the top, to go on where another list ended. Default 0.</summary>
    public int Offset { get; init; }

    /// <summary>Whether a customer passes the filters by name.</summary>
    /// <param name="names">RFM segment, lifecycle stage, tier, value-matrix cell, portrait, band.</param>
    internal bool Admits(string[] names) =>
        (Segment is null || names.Take(5).Contains(Segment, StringComparer.OrdinalIgnoreCase)) && Is(Lifecycle, names[1]) && Is(Tier, names[2]) && Is(ValueMatrix, names[3])
        && Is(Portrait, names[4]) && Is(Band, names[5]);

    private static bool Is(string? wanted, string name) => wanted is null || name.Equals(wanted, StringComparison.OrdinalIgnoreCase);
}

/// <summary>One row of the list.</summary>
/// <param name="Rank">1 = first to call.</param>
/// <param name="Score">Everything known of the customer, reasons and play included.</param>
/// <param name="SpendIfStays">Net spend expected within the horizon if the customer does not churn.</param>
/// <param name="ExpectedLoss">Churn probability × <paramref name="SpendIfStays"/>.</param>
/// <param name="CumulativeLoss">Expected loss of this row and all above.</param>
public sealed record AtRiskRow(int Rank, CustomerScore Score, double SpendIfStays, double ExpectedLoss, double CumulativeLoss);

/// <summary>The cut-off view at one length of the list.</summary>
/// <param name="Contacts">Customers contacted, from the top.</param>
/// <param name="ExpectedChurners">Of them, expected to churn: the sum of their probabilities.</param>
/// <param name="Bothered">Of them, expected to stay anyway.</param>
/// <param name="ChurnersCaught">Share of all expected churners of the (filtered) base.</param>
/// <param name="ExpectedLoss">Sum of the expected losses contacted.</param>
/// <param name="LossCovered">Share of the expected loss of the (filtered) base.</param>
public sealed record AtRiskCutoff(int Contacts, double ExpectedChurners, double Bothered, double ChurnersCaught, double ExpectedLoss, double LossCovered);

/// <summary>The list and its cut-off view.</summary>
/// <param name="Candidates">Customers after the filters.</param>
/// <param name="TotalExpectedLoss">Their expected losses in all.</param>
/// <param name="Rows">At most the capacity, largest expected loss first, ties by customer id.</param>
/// <param name="Cutoffs">At 1, 2, 5, 10, 20, 50 ... contacts, the capacity and all candidates.</param>
public sealed record AtRiskList(int Candidates, double TotalExpectedLoss, IReadOnlyList<AtRiskRow> Rows, IReadOnlyList<AtRiskCutoff> Cutoffs);

/// <summary>Who deserves the calls we can make: customers by expected loss, churn probability × net spend expected if the customer stays.</summary>
public static class AtRisk
{
    /// <summary>Smallest chance to stay that a spend-if-stays is derived from; below it the division would only magnify noise.</summary>
    private const double MinimumStay = .05;

    /// <summary>
    /// Net spend expected if the customer stays. Who churns spends nothing within the horizon, so the expectation is (1 − p) × spend if stays;
    /// it is solved for the latter, with 1 − p held at .05 or above and a negative expectation counted as 0.
    /// </summary>
    public static double SpendIfStays(double churnProbability, double expectedSpend) =>
        Math.Max(expectedSpend, 0) / Math.Max(1 - churnProbability, MinimumStay);

    /// <summary>Churn probability × <see cref="SpendIfStays"/>.</summary>
    public static double ExpectedLoss(double churnProbability, double expectedSpend) => churnProbability * SpendIfStays(churnProbability, expectedSpend);

    /// <summary>Ranks scores given one by one.</summary>
    public static AtRiskList Rank(IEnumerable<CustomerScore> scores, AtRiskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scores);
        options ??= new AtRiskOptions();
        CustomerScore[] all = [.. scores];
        return List(Candidates(0, all.Length, i => all[i].Churn.Probability, i => all[i].Clv.Expected, i => all[i].CustomerId, i =>
        {
            CustomerScore s = all[i];
            return [s.Rfm.Segment, s.Lifecycle.Stage, s.Tier.Current, s.ValueMatrix.Cell, s.Portrait.Name, s.Churn.Band];
        }, options), c => all[c.Row], options);
    }

    /// <summary>Ranks a scored base from its columns; words (reasons, plays) are made for the rows listed only.</summary>
    public static AtRiskList Rank(ScoreTable scores, AtRiskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scores);
        options ??= new AtRiskOptions();
        return List(Candidates(1, scores, options), c => scores.Score(c.Row), options);
    }

    /// <summary>Ranks a base scored part by part (<see cref="CustomerScorer.ScoreParts"/>): of each part only the numbers, and the words of whoever may be listed, are kept.</summary>
    public static AtRiskList Rank(IEnumerable<ScoreTable> parts, AtRiskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        options ??= new AtRiskOptions();
        var candidates = new List<Candidate>();
        var words = new Dictionary<string, CustomerScore>(StringComparer.Ordinal);
        int number = 0;
        foreach (ScoreTable part in parts)
        {
            number++;
            candidates.AddRange(Candidates(number, part, options));
            Candidate[] best = [.. Ranked(candidates).Take(options.Offset + options.Capacity)];
            words = best.ToDictionary(c => c.Id, c => c.Part == number ? part.Score(c.Row) : words[c.Id], StringComparer.Ordinal);
        }

        return List(candidates, c => words[c.Id], options);
    }

    private readonly record struct Candidate(int Part, int Row, string Id, double Probability, double Spend)
    {
        public double Loss => ExpectedLoss(Probability, Spend);
    }

    private static IEnumerable<Candidate> Candidates(int number, ScoreTable part, AtRiskOptions options) =>
        Candidates(number, part.Count, i => part.ChurnProbability[i], i => part.ClvExpected[i], part.CustomerId, i =>
            [part.RfmSegment[i], part.LifecycleName(i), part.TierName(i), part.CellName(i), part.PortraitName(i), part.BandName(i)], options);

    private static IEnumerable<Candidate> Candidates(
        int part, int count, Func<int, double> probability, Func<int, double> spend, Func<int, string> id, Func<int, string[]> segments, AtRiskOptions options)
    {
        if (options.Capacity < 0 || options.Offset < 0)
        {
            throw new ArgumentException($"The capacity is {options.Capacity} and the offset {options.Offset}; expected 0 or more.", nameof(options));
        }

        return Enumerable.Range(0, count)
            .Where(i => probability(i) >= options.MinimumProbability
                && options.Admits(segments(i)))
            .Select(i => new Candidate(part, i, id(i), probability(i), spend(i)));
    }

    private static IOrderedEnumerable<Candidate> Ranked(IEnumerable<Candidate> candidates) =>
        candidates.OrderByDescending(c => c.Loss).ThenBy(c => c.Id, StringComparer.Ordinal);

    private static AtRiskList List(IEnumerable<Candidate> all, Func<Candidate, CustomerScore> score, AtRiskOptions options)
    {
        Candidate[] candidates = [.. Ranked(all)];
        double total = candidates.Sum(c => c.Loss);
        double churners = candidates.Sum(c => c.Probability);
        var rows = new List<AtRiskRow>();
        var cutoffs = new List<AtRiskCutoff>();
        var stops = Stops(options.Capacity, candidates.Length);
        double loss = 0, caught = 0;
        for (int i = 0; i < candidates.Length; i++)
        {
            Candidate candidate = candidates[i];
            loss += candidate.Loss;
            caught += candidate.Probability;
            if (i >= options.Offset && i - options.Offset < options.Capacity)
            {
                rows.Add(new AtRiskRow(i + 1, score(candidate), SpendIfStays(candidate.Probability, candidate.Spend), candidate.Loss, loss));
            }

            if (stops.Contains(i + 1))
            {
                cutoffs.Add(new AtRiskCutoff(i + 1, caught, i + 1 - caught, churners > 0 ? caught / churners : 0, loss, total > 0 ? loss / total : 0));
            }
        }

        return new AtRiskList(candidates.Length, total, rows, cutoffs);
    }

    private static HashSet<int> Stops(int capacity, int all)
    {
        var stops = new HashSet<int> { capacity, all };
        for (long unit = 1; unit <= all; unit *= 10)
        {
            stops.UnionWith([(int)unit, (int)Math.Min(2 * unit, all), (int)Math.Min(5 * unit, all)]);
        }

        return stops;
    }
}
