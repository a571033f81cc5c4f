using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Metrics;
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

    /// <summary>Rows passed over from the top, to go on where another list ended. Default 0.</summary>
    public int Offset { get; init; }

    /// <summary>Smallest churn probability worth a contact. Default null: where the medium band of the model begins (.3).</summary>
    public double? MinimumProbability { get; init; }

    /// <summary>How much of an expected loss a contact can save.</summary>
    public SaveShares Saves { get; init; } = new();

    /// <summary>
    /// What a contact saves, per row of a score table, where past campaigns taught it; below 0 = it drives away, and the customer is not
    /// listed. Default null: by <see cref="Saves"/>.
    /// </summary>
    public Func<ScoreTable, double[]>? Gains { get; init; }

    /// <summary>What one contact costs, offer included, in the dataset's currency. Default 0.</summary>
    public double OfferCost { get; init; }

    /// <summary>Whether a customer passes the filters by name.</summary>
    /// <param name="names">RFM segment, lifecycle stage, tier, value-matrix cell, portrait, band.</param>
    internal bool Admits(string[] names) =>
        (Segment is null || names.Take(5).Contains(Segment, StringComparer.OrdinalIgnoreCase)) && Is(Lifecycle, names[1])
            && Is(Tier, names[2]) && Is(ValueMatrix, names[3])
        && Is(Portrait, names[4]) && Is(Band, names[5]);

    private static bool Is(string? wanted, string name) => wanted is null || name.Equals(wanted, StringComparison.OrdinalIgnoreCase);
}

/// <summary>One row of the list; money in whole cents.</summary>
/// <param name="Rank">1 = first to call.</param>
/// <param name="Score">Everything known of the customer, reasons and play included.</param>
/// <param name="SpendIfStays">Net spend expected within the horizon if the customer does not churn.</param>
/// <param name="ExpectedLoss">Churn probability × <paramref name="SpendIfStays"/>.</param>
/// <param name="ExpectedSaving">How much of it a contact can save, by the <see cref="SaveShares"/> assumed.</param>
/// <param name="CumulativeSaving">Expected saving of this row and all above.</param>
public sealed record AtRiskRow(
    int Rank, CustomerScore Score, double SpendIfStays, double ExpectedLoss, double ExpectedSaving, double CumulativeSaving);

/// <summary>The cut-off view at one length of the list.</summary>
/// <param name="Contacts">Customers contacted, from the top.</param>
/// <param name="ExpectedChurners">Of them, expected to churn: the sum of their probabilities.</param>
/// <param name="Bothered">Of them, expected to stay anyway.</param>
/// <param name="ChurnersCaught">Share of all expected churners of the segment.</param>
/// <param name="ExpectedLoss">Sum of the expected losses contacted.</param>
/// <param name="LossCovered">Share of the expected loss of the segment.</param>
/// <param name="ExpectedSaving">Sum of the expected savings.</param>
/// <param name="Cost">What the contacts cost.</param>
/// <param name="Net">Saving less cost.</param>
public sealed record AtRiskCutoff(
    int Contacts, double ExpectedChurners, double Bothered, double ChurnersCaught, double ExpectedLoss, double LossCovered,
    double ExpectedSaving, double Cost, double Net);

/// <summary>The list and its cut-off view.</summary>
/// <param name="Customers">Customers of the segment; those who kept nothing are not among them, nor in any sum.</param>
/// <param name="KeptNothing">Customers of the segment left out because all their orders were given back: nobody calls about an order that
/// the next one would be like.</param>
/// <param name="Candidates">Of them, at or above the smallest probability.</param>
/// <param name="TotalExpectedLoss">Expected losses of the segment in all.</param>
/// <param name="MinimumProbability">The smallest probability in force.</param>
/// <param name="Saves">The shares assumed to be saved.</param>
/// <param name="Rows">At most the capacity, largest expected saving first, ties by customer id.</param>
/// <param name="Cutoffs">At 1, 2, 5, 10, 20, 50 ... contacts, the capacity and all candidates.</param>
public sealed record AtRiskList(
    int Customers, int KeptNothing, int Candidates, double TotalExpectedLoss, double MinimumProbability, SaveShares Saves,
    IReadOnlyList<AtRiskRow> Rows, IReadOnlyList<AtRiskCutoff> Cutoffs);

/// <summary>
/// Who deserves the calls we can make: customers by what a call can save, which is the expected loss (churn probability × net spend
/// expected if the customer stays) × the share of it that a contact is assumed to save.
/// </summary>
public static partial class AtRisk
{
    /// <summary>Smallest chance to stay that a spend-if-stays is derived from; below it the division would only magnify noise.</summary>
    private const double MinimumStay = .05;

    /// <summary>
    /// Net spend expected if the customer stays. Who churns spends nothing within the horizon, so the expectation is (1 − p) × spend if
    /// stays; it is solved for the latter, with 1 − p held at .05 or above and a negative expectation counted as 0.
    /// </summary>
    public static double SpendIfStays(double churnProbability, double expectedSpend) =>
        Math.Max(expectedSpend, 0) / Math.Max(1 - churnProbability, MinimumStay);

    /// <summary>Churn probability × <see cref="SpendIfStays"/>.</summary>
    public static double ExpectedLoss(
        double churnProbability, double expectedSpend) => churnProbability * SpendIfStays(churnProbability, expectedSpend);

    /// <summary>Ranks scores given one by one.</summary>
    public static AtRiskList Rank(IEnumerable<CustomerScore> scores, AtRiskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scores);
        options ??= new AtRiskOptions();
        return Ranked([.. scores], options, null);
    }

    /// <summary>
    /// The best of a part of a base, and its sums: parts that were taken with the same options add up to the whole
    /// (<see cref="Rank(AtRiskPart, AtRiskOptions)"/>).
    /// </summary>
    public static AtRiskPart Part(CustomerScorer scorer, ScoreTable part, AtRiskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(part);
        var ranking = new Ranking(options ?? new AtRiskOptions(), scorer.Bundle.Rules.Options.ChurnBands);
        Add(ranking, 1, part, options?.Gains);
        return ranking.Part(c => scorer.Score(part, c.Row));
    }

    /// <summary>The list of a base from its parts; the cut-off view ends with the list, for nobody below it was kept.</summary>
    public static AtRiskList Rank(AtRiskPart parts, AtRiskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return Ranked([.. parts.Best], options ?? new AtRiskOptions(), parts);
    }

    private static AtRiskList Ranked(CustomerScore[] all, AtRiskOptions options, AtRiskPart? parts)
    {
        var ranking = new Ranking(
            options,
            all.Length > 0
                ? new ChurnBandOptions { MediumFrom = all[0].Churn.BandFrom.Medium, HighFrom = all[0].Churn.BandFrom.High }
                : new ChurnBandOptions());
        ranking.Add(
            0, all.Length, i => all[i].Churn.Probability, i => all[i].Clv.Expected, i => all[i].CustomerId, i => all[i].Returns, i =>
        {
            CustomerScore s = all[i];
            return [s.Rfm.Segment, s.Lifecycle.Stage, s.Tier.Current, s.ValueMatrix.Cell, s.Portrait.Name, s.Churn.Band];
        });
        if (parts is not null)
        {
            ranking.Take(parts);
        }

        return ranking.List(c => all[c.Row]);
    }

    /// <summary>Ranks a scored base from its columns; words (reasons, plays) are made for the rows listed only.</summary>
    public static AtRiskList Rank(CustomerScorer scorer, ScoreTable scores, AtRiskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return Rank(scorer, [scores], options);
    }

    /// <summary>
    /// Ranks a base scored part by part (<see cref="CustomerScorer.ScoreParts"/>): of each part only the numbers, and the words of whoever
    /// may be listed, are kept.
    /// </summary>
    public static AtRiskList Rank(CustomerScorer scorer, IEnumerable<ScoreTable> parts, AtRiskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(parts);
        options ??= new AtRiskOptions();
        var ranking = new Ranking(options, scorer.Bundle.Rules.Options.ChurnBands);
        var words = new Dictionary<string, CustomerScore>(StringComparer.Ordinal);
        int number = 0;
        foreach (ScoreTable part in parts)
        {
            number++;
            Add(ranking, number, part, options.Gains);
            words = ranking.Best()
                .ToDictionary(c => c.Id, c => c.Part == number ? scorer.Score(part, c.Row) : words[c.Id], StringComparer.Ordinal);
        }

        return ranking.List(c => words[c.Id]);
    }

    private static void Add(Ranking ranking, int number, ScoreTable part, Func<ScoreTable, double[]>? gains) => ranking.Add(
        number, part.Count, i => part.ChurnProbability[i], i => part.ClvExpected[i], part.CustomerId, i => part.Returns[i], i =>
        [part.RfmSegment[i], part.LifecycleName(i), part.TierName(i), part.CellName(i), part.PortraitName(i), part.BandName(i)],
        gains?.Invoke(part));

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
