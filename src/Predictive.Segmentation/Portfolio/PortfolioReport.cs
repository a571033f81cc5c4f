using System.Globalization;
using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>The value of a base metric.</summary>
/// <param name="Metric">Id of the definition, such as <c>revenue_365d/1</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Value">The value; null = no data.</param>
/// <param name="Before">The value at the earlier time; null = none was compared, or no data.</param>
public sealed record MetricValue(string Metric, string Name, string Unit, double? Value, double? Before);

/// <summary>Two times compared.</summary>
/// <param name="AsOf">The earlier time.</param>
/// <param name="Migration">Who moved, by metric: rfm_segment, tier, lifecycle and, with a model, value_matrix.</param>
public sealed record PortfolioComparison(string AsOf, IReadOnlyDictionary<string, MigrationMatrix> Migration);

/// <summary>A segment to be careful with.</summary>
/// <param name="Model">Metric that divides.</param>
/// <param name="Warning">What is wrong with it.</param>
public sealed record PortfolioWarning(string Model, SegmentWarning Warning);

/// <summary>The base as a whole as of one local time, and how it moved. The JSON names are the property names in camel case.</summary>
public sealed record PortfolioReport
{
    /// <summary>The as-of.</summary>
    public required string AsOf { get; init; }

    /// <summary>The version whose predictions and cut-offs are used; null = rules alone, fitted on this base.</summary>
    public required ModelStamp? Model { get; init; }

    /// <summary>Currency of the money; null = the dataset does not say.</summary>
    public required string? Currency { get; init; }

    /// <summary>Metrics of the base.</summary>
    public required IReadOnlyList<MetricValue> Metrics { get; init; }

    /// <summary>Groups by model, largest first.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<SegmentGroup>> Groups { get; init; }

    /// <summary>The shop's own segments.</summary>
    public required IReadOnlyList<SegmentGroup> OwnSegments { get; init; }

    /// <summary>How revenue is spread.</summary>
    public required ConcentrationResult Revenue { get; init; }

    /// <summary>How profit is spread; null where no line has a cost.</summary>
    public required ConcentrationResult? Profit { get; init; }

    /// <summary>How customers moved; null where nothing was compared.</summary>
    public required PortfolioComparison? Compared { get; init; }

    /// <summary>Tiers by period.</summary>
    public required IReadOnlyList<TierPeriod> Tiers { get; init; }

    /// <summary>The cohort triangle.</summary>
    public required IReadOnlyList<RetentionCohort> Cohorts { get; init; }

    /// <summary>Acquisition to referral, by cohort.</summary>
    public required IReadOnlyList<FunnelRow> Funnel { get; init; }

    /// <summary>What customers cost and bring, by channel.</summary>
    public required IReadOnlyList<AcquisitionRow> Acquisition { get; init; }

    /// <summary>What is bought together and after one another; the strongest rules.</summary>
    public required AssociationResult Association { get; init; }

    /// <summary>The simplest rules for a first purchase of a category.</summary>
    public required IReadOnlyList<CategoryThresholdRule> CategoryThresholds { get; init; }

    /// <summary>Segments to be careful with.</summary>
    public required IReadOnlyList<PortfolioWarning> Warnings { get; init; }

    /// <summary>What to look at, most urgent first, in plain words.</summary>
    public required IReadOnlyList<string> Alerts { get; init; }

    /// <summary>The cut-offs in force, in plain words.</summary>
    public required IReadOnlyList<string> Cutoffs { get; init; }
}

/// <summary>Puts a portfolio together.</summary>
public static class PortfolioBuilder
{
    internal const int MostRules = 20;
    internal static readonly string[] Checked = ["rfm_segment", "rfm_group", "portrait"];
    internal static readonly string[] Measures = ["recency_days", "frequency", "monetary"];

    // From worst to best, so that up and down mean something.
    internal static readonly string[] Matrix = ["problem", "potential", "cash cow", "star"], Bands = ["C", "B", "A"];
    private static readonly string[] s_lifecycle = ["left", "declining", "acquired", "growing", "mature"];

    /// <summary>The portfolio of a base.</summary>
    /// <param name="table">The base at the as-of.</param>
    /// <param name="model">Whose predictions the table holds; null = none.</param>
    /// <param name="before">The same base at an earlier time under the same rules; null = nothing is compared.</param>
    /// <param name="cancellation">Ends early.</param>
    public static PortfolioReport Build(
        SegmentTable table, ModelStamp? model, SegmentTable? before = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        TransactionHistory history = table.History;
        PortfolioOptions options = table.Book.Options.Portfolio;
        AssociationResult association;
        IReadOnlyList<CategoryThresholdRule> thresholds;
        IReadOnlyList<TierPeriod> tiers;
        IReadOnlyList<RetentionCohort> cohorts = null!;
        IReadOnlyList<FunnelRow> funnel = null!;
        // Returns are found once for all; the steps that use every core by themselves run one after the other, for they take memory.
        TransactionHistory marked = ReturnMatching.Mark(history, table.AsOf);
        association = Portfolio.Association.OfMarked(marked, table.AsOf, options.Association, cancellation);
        tiers = TierMonitoring.Compute(marked, table.Book, table.AsOf);
        thresholds = CategoryThreshold.Find(marked, table.AsOf);
        Together.Run(
            () => cohorts = CohortRetention.Compute(marked, table.AsOf),
            () => funnel = Portfolio.Funnel.Compute(marked, table.AsOf, options.Funnel));
        ConcentrationResult revenue = null!;
        ConcentrationResult? ofProfit = null;
        IReadOnlyList<MetricValue> metrics = null!;
        PortfolioComparison? compared = null;
        IReadOnlyList<PortfolioWarning> warnings = null!;
        IReadOnlyList<AcquisitionRow> acquisition = null!;
        Dictionary<string, IReadOnlyList<SegmentGroup>> groups = null!;
        Together.Run(
            () => metrics = Values(table, before),
            () => warnings = Warnings(table, before),
            () => compared = before is null ? null : Compare(before, table),
            () => (revenue, ofProfit) = Concentrations(table, options.Concentration),
            () => acquisition = Portfolio.Acquisition.Compute(table),
            () => groups = SegmentGroups.Models.Select(m => (Model: m, Groups: SegmentGroups.Of(table, m))).Where(g => g.Groups.Count > 0)
                .ToDictionary(g => g.Model, g => g.Groups));
        return new PortfolioReport
        {
            AsOf = table.AsOf.ToString(),
            Model = model,
            Currency = history.Description.Currency,
            Metrics = metrics,
            Groups = groups,
            OwnSegments = SegmentGroups.Own(table),
            Revenue = revenue,
            Profit = ofProfit,
            Compared = compared,
            Tiers = tiers,
            Cohorts = cohorts,
            Funnel = funnel,
            Acquisition = acquisition,
            Association = association with
            {
                Pairs = [.. association.Pairs.Take(MostRules)], Sequences = [.. association.Sequences.Take(MostRules)],
            },
            CategoryThresholds = thresholds,
            Warnings = warnings,
            Alerts = Alerts(revenue, ofProfit, compared, acquisition, metrics),
            Cutoffs = CutoffWords.Of(table.Book),
        };
    }

    private static (ConcentrationResult Revenue, ConcentrationResult? Profit) Concentrations(
        SegmentTable table, ConcentrationOptions options)
    {
        double[] profit = table.Numbers("profit_total");
        return (
            Concentration.Compute(table.Numbers("spend_total"), options),
            !Array.Exists(profit, double.IsFinite) ? null : Concentration.Compute(
                profit.Where(double.IsFinite), options with { AlertTopDecileShare = options.AlertTopDecileProfitShare }));
    }

    /// <summary>Every metric of a base, and of the same base before.</summary>
    internal static IReadOnlyList<MetricValue> Values(SegmentTable table, SegmentTable? before) =>
        Values(table.AsBase(), before?.AsBase());

    /// <summary>The same of columns, or of the figures of a base in parts.</summary>
    internal static IReadOnlyList<MetricValue> Values(BaseColumns now, BaseColumns? before) =>
    [
        .. BaseMetrics.All.Select(m => new MetricValue(
            m.Id, m.Name, m.Unit, Rounded(m, m.Value(now)),
            // Who is a prospect today is known, who was one then is not.
            before is null || m.Name == "prospects" ? null : Rounded(m, m.Value(before)))),
    ];

    private static double? Rounded(BaseMetric metric, double? value) =>
        value is { } v ? metric.Unit == "money" ? Cents.Of(v) : Math.Round(v, 6) : null;

    /// <summary>Who moved between two times, under the same rules.</summary>
    internal static PortfolioComparison Compare(SegmentTable before, SegmentTable after)
    {
        var migration = new Dictionary<string, MigrationMatrix>
        {
            ["rfm_segment"] = Migration.Compute(
                before, after, "rfm_segment", [.. after.Book.Options.Rfm.Segments.Segments.Reverse()], ordered: true),
            ["tier"] = Migration.Compute(before, after, "tier", [.. after.Book.Tiers.Tiers.Select(t => t.Name)], ordered: true),
            ["lifecycle"] = Migration.Compute(before, after, "lifecycle", s_lifecycle, ordered: true),
            ["value_band"] = Migration.Compute(before, after, "value_band", Bands, ordered: true),
        };
        if (before.Has("value_matrix") && after.Has("value_matrix"))
        {
            migration["value_matrix"] = Migration.Compute(before, after, "value_matrix", Matrix, ordered: true);
        }

        return new PortfolioComparison(before.AsOf.ToString(), migration);
    }

    private static IReadOnlyList<PortfolioWarning> Warnings(SegmentTable table, SegmentTable? before)
    {
        (string, IReadOnlyList<double>)[] measures = [.. Measures.Select(n => (n, (IReadOnlyList<double>)table.Numbers(n)))];
        var warnings = new List<PortfolioWarning>();
        foreach (string model in Checked.Where(table.Has))
        {
            string[] now = Array.ConvertAll(table.Texts(model), t => t ?? "none");
            string?[]? then = before is null || !before.Has(model) ? null : Previous(table, before, model);
            warnings.AddRange(SegmentUsability.Check(now, measures, then, table.Book.Options.Portfolio.Usability)
                .Select(w => new PortfolioWarning(model, w)));
        }

        return [.. warnings, .. Empty(SegmentGroups.Own(table))];
    }

    /// <summary>Warnings of own segments that hold nobody.</summary>
    internal static IEnumerable<PortfolioWarning> Empty(IEnumerable<SegmentGroup> own) =>
        own.Where(s => s.Customers == 0).Select(s => new PortfolioWarning(
            "segment", new SegmentWarning(SegmentIssue.Tiny, s.Name, null, $"'{s.Name}' holds nobody; expected somebody.")));

    /// <summary>What each customer of a table was before; null = was not there.</summary>
    internal static string?[] Previous(SegmentTable table, SegmentTable before, string model)
    {
        var state = new string?[table.History.CustomerCount];
        string?[] texts = before.Texts(model);
        for (int i = 0; i < before.Count; i++)
        {
            state[before.Customers[i]] = texts[i];
        }

        return Array.ConvertAll(table.Customers, c => state[c]);
    }

    /// <summary>What to look at, most urgent first.</summary>
    internal static IReadOnlyList<string> Alerts(
        ConcentrationResult revenue, ConcentrationResult? profit, PortfolioComparison? compared, IReadOnlyList<AcquisitionRow> acquisition,
        IReadOnlyList<MetricValue> metrics)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        var alerts = new List<string>();
        if (revenue.Alert)
        {
            alerts.Add(string.Create(
                c, $"The best tenth of the customers brings {100 * revenue.TopDecileShare:0} % of the revenue: losing a few of them "
                    + $"hurts."));
        }

        if (profit is { Alert: true })
        {
            alerts.Add(string.Create(c, $"The best tenth of the customers brings {100 * profit.TopDecileShare:0} % of the profit."));
        }

        if (compared is not null && compared.Migration.TryGetValue("value_matrix", out MigrationMatrix? matrix))
        {
            int became = matrix.Counts[Array.IndexOf(Matrix, "potential")][Array.IndexOf(Matrix, "star")];
            int lost = matrix.Counts[Array.IndexOf(Matrix, "cash cow")][Array.IndexOf(Matrix, "problem")]
                + matrix.Counts[Array.IndexOf(Matrix, "cash cow")][Array.IndexOf(Matrix, "potential")];
            alerts.Add(string.Create(c, $"{became:N0} customers of potential became stars; {lost:N0} cash cows no longer are of high "
                + $"value."));
        }

        if (compared is not null)
        {
            MigrationMatrix tiers = compared.Migration["tier"];
            alerts.Add(string.Create(c, $"Tiers since {compared.AsOf}: {tiers.MovedUp:N0} customers rose, {tiers.MovedDown:N0} fell."));
        }

        foreach (AcquisitionRow row in acquisition.Where(a => a.Month is null && a.Ratio < 1))
        {
            alerts.Add(string.Create(
                c, $"Customers won by '{row.Channel}' cost {row.Cac:N2} each and are worth {row.LifetimeValue:N2}: less than they cost."));
        }

        if (metrics.First(m => m.Name == "returned_order_share").Value is > .1 and { } returned)
        {
            alerts.Add(string.Create(c, $"{100 * returned:0} % of the orders were given back whole."));
        }

        return alerts;
    }
}
