using System.Globalization;
using Predictive.History;
using Predictive.History.Parquet;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>One figure, or one sentence, of a portfolio.</summary>
/// <param name="Section">Part of the report: metric, group, segment, revenue, profit, migration, tier, cohort, funnel, acquisition, pair,
/// sequence, threshold, warning, alert or cutoff.</param>
/// <param name="Name">What it is of within the section, such as a metric or the model that divides; null = the section itself.</param>
/// <param name="Key">The group, state, month, channel or item; null = there is none.</param>
/// <param name="Other">
/// The second of two: the state moved to, the item that goes with it, months since, a period's end; null = none.
/// </param>
/// <param name="Measure">What is measured: <c>value</c>, <c>customers</c>, <c>share</c> ...</param>
/// <param name="Unit">Such as money, customers, share, days; null = the section says it, or there is none.</param>
/// <param name="Value">The figure; null = no data, or the row is a sentence.</param>
/// <param name="Text">The sentence; null = the row is a figure.</param>
public sealed record PortfolioRow(
    string Section, string? Name, string? Key, string? Other, string Measure, string? Unit, double? Value, string? Text);

/// <summary>
/// A portfolio as rows, one figure each: what a table of a warehouse, or a spreadsheet, takes. It names no customer: who moved stands in
/// the report.
/// </summary>
public static class PortfolioRows
{
    private const string Money = "money", Share = "share", People = "customers", Days = "days";

    /// <summary>The rows of a report, in its order.</summary>
    public static IReadOnlyList<PortfolioRow> Of(PortfolioReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return
        [
            .. report.Metrics.SelectMany(m => Figures(
                "metric", m.Name, null, null, ("value", m.Unit, m.Value), ("before", m.Unit, m.Before))),
            .. report.Groups.SelectMany(g => g.Value).SelectMany(g => Group("group", g)),
            .. report.OwnSegments.SelectMany(g => Group("segment", g)),
            .. Spread("revenue", report.Revenue),
            .. report.Profit is { } profit ? Spread("profit", profit) : [],
            .. (report.Compared?.Migration ?? new Dictionary<string, MigrationMatrix>()).SelectMany(m => Moves(m.Key, m.Value)),
            .. report.Tiers.SelectMany(t => Figures(
                "tier", t.Tier, t.From, t.To, ("members", People, t.Members), ("rose_share", Share, t.RoseShare),
                ("fell_share", Share, t.FellShare), ("churn_share", Share, t.ChurnShare), ("repurchase_share", Share, t.RepurchaseShare),
                ("net", Money, t.Net))),
            .. report.Cohorts.SelectMany(c => Enumerable.Range(0, c.Active.Count).SelectMany(m => Figures(
                "cohort", null, c.Month, Number(m), ("active", People, c.Active[m]), ("net", Money, c.Net[m])))),
            .. report.Funnel.SelectMany(f => Figures(
                "funnel", null, f.Cohort, null, ("acquired", People, f.Acquired), ("activated", People, f.Activated),
                ("activation_rate", Share, f.ActivationRate), ("watched", People, f.Watched), ("retained", People, f.Retained),
                ("retention_rate", Share, f.RetentionRate), ("revenue", Money, f.Revenue),
                ("revenue_per_customer", Money, f.RevenuePerCustomer), ("referrers", People, f.Referrers),
                ("referral_rate", Share, f.ReferralRate))),
            .. report.Acquisition.SelectMany(a => Figures(
                "acquisition", null, a.Channel, a.Month, ("customers", People, a.Customers), ("spend", Money, a.Spend),
                ("cac", Money, a.Cac), ("lifetime_value", Money, a.LifetimeValue), ("ratio", null, a.Ratio))),
            .. report.Association.Pairs.SelectMany(p => Figures(
                "pair", report.Association.Kind, p.Item, p.With, ("support", "orders", p.Support), ("confidence", Share, p.Confidence),
                ("lift", null, p.Lift))),
            .. report.Association.Sequences.SelectMany(s => Figures(
                "sequence", report.Association.Kind, s.Item, s.Then, ("support", People, s.Support), ("confidence", Share, s.Confidence),
                ("lift", null, s.Lift), ("lag", Days, s.LagDays))),
            .. report.CategoryThresholds.SelectMany(t => (PortfolioRow[])
            [
                .. Figures(
                    "threshold", t.Measure, t.Category, t.AtLeast ? "at least" : "below", ("from", null, t.From),
                    ("customers", People, t.Customers), ("share", Share, t.Share), ("others_share", Share, t.OthersShare)),
                Said("threshold", t.Measure, t.Category, t.Text),
            ]),
            .. report.Warnings.Select(w => Said("warning", w.Model, w.Warning.Segment, w.Warning.Message)),
            .. report.Alerts.Select((a, i) => Said("alert", null, Number(i + 1), a)),
            .. report.Cutoffs.Select((c, i) => Said("cutoff", null, Number(i + 1), c)),
        ];
    }

    /// <summary>Writes the rows as a file, whole or not at all; the ending chooses the format.</summary>
    /// <param name="report">The portfolio.</param>
    /// <param name="path">Ends with .parquet, .csv, .xlsx or .json (the report itself).</param>
    /// <param name="rawCells">True = text is written to .csv and .xlsx as it is, even where a spreadsheet would run it.</param>
    /// <exception cref="DatasetException">Another ending, or more than Excel holds.</exception>
    public static void Write(PortfolioReport report, string path, bool rawCells = false)
    {
        IReadOnlyList<PortfolioRow> rows = Of(report);
        string? model = report.Model is { } stamp ? $"{stamp.Name}/{stamp.Version}" : null;
        if (!".parquet".Equals(Path.GetExtension(path), StringComparison.OrdinalIgnoreCase))
        {
            ListFile.Write(
                path, report, rows,
                [
                    new("as_of", _ => report.AsOf), new("compared_with", _ => report.Compared?.AsOf), new("model", _ => model),
                    new("currency", _ => report.Currency), new("section", r => r.Section), new("name", r => r.Name),
                    new("key", r => r.Key), new("other", r => r.Other), new("measure", r => r.Measure), new("unit", r => r.Unit),
                    new("value", r => r.Value), new("text", r => r.Text),
                ],
                rawCells);
            return;
        }

        AtomicFile.Write(path, stream =>
        {
            using var writer = ParquetWriter.Create(
                stream,
                [
                    ParquetField.Timestamp("as_of", isAdjustedToUtc: false), ParquetField.String("compared_with", nullable: true),
                    ParquetField.String("model", nullable: true), ParquetField.String("currency", nullable: true),
                    ParquetField.String("section"), ParquetField.String("name", nullable: true), ParquetField.String("key", nullable: true),
                    ParquetField.String("other", nullable: true), ParquetField.String("measure"),
                    ParquetField.String("unit", nullable: true), ParquetField.Double("value", nullable: true),
                    ParquetField.String("text", nullable: true),
                ]);
            writer.WriteRowGroup(
                Enumerable.Repeat(Time(report.AsOf), rows.Count).ToArray(), Same(report.Compared?.AsOf), Same(model), Same(report.Currency),
                Texts(r => r.Section), Texts(r => r.Name), Texts(r => r.Key), Texts(r => r.Other), Texts(r => r.Measure),
                Texts(r => r.Unit), ColumnValues.FromNaN(rows.Select(r => r.Value ?? double.NaN).ToArray()), Texts(r => r.Text));
            writer.Complete();
        });

        string?[] Texts(Func<PortfolioRow, string?> of) => [.. rows.Select(of)];

        string?[] Same(string? text) => [.. Enumerable.Repeat(text, rows.Count)];
    }

    private static long Time(string asOf) => LocalTime.TryParse(asOf, TimeZoneInfo.Utc, out LocalTime time) ? time.Micros
        : throw new ArgumentException($"The as-of of the portfolio is '{asOf}'; expected a local time.", nameof(asOf));

    private static IEnumerable<PortfolioRow> Group(string section, SegmentGroup g) =>
    [
        .. Figures(
            section, g.Model, g.Name, null, ("customers", People, g.Customers), ("share", Share, g.Share),
            ("spend_365d", Money, g.Spend365), ("spend_share", Share, g.SpendShare), ("net_value", Money, g.NetValue)),
        .. g.Goal is { } goal ? [Said(section, g.Model, g.Name, goal) with { Measure = "goal" }] : Array.Empty<PortfolioRow>(),
    ];

    private static IEnumerable<PortfolioRow> Spread(string section, ConcentrationResult c) =>
    [
        .. Figures(
            section, null, null, null, ("customers", People, c.Customers), ("total", Money, c.Revenue),
            ("top_decile_share", Share, c.TopDecileShare), ("gini", null, c.Gini), ("customers_for_half", People, c.CustomersForHalf)),
        .. c.Curve.SelectMany(p => Figures(section, "curve", Number(p.Customers), null, ("share", Share, p.Revenue))),
    ];

    private static IEnumerable<PortfolioRow> Moves(string metric, MigrationMatrix m) =>
    [
        .. Figures(
            "migration", metric, null, null, ("stayed", People, m.Stayed), ("moved_up", People, m.MovedUp),
            ("moved_down", People, m.MovedDown)),
        .. m.States.SelectMany((state, i) => (PortfolioRow[])
        [
            .. Figures("migration", metric, state, null, ("entered", People, m.Entered[i]), ("vanished", People, m.Vanished[i])),
            .. m.States.SelectMany((to, j) => Figures(
                "migration", metric, state, to, ("customers", People, m.Counts[i][j]), ("rate", Share, m.Rates[i][j]))),
        ]),
    ];

    private static IEnumerable<PortfolioRow> Figures(
        string section, string? name, string? key, string? other, params (string Measure, string? Unit, double? Value)[] figures) =>
        figures.Select(f => new PortfolioRow(section, name, key, other, f.Measure, f.Unit, f.Value, null));

    private static PortfolioRow Said(string section, string? name, string? key, string text) =>
        new(section, name, key, null, "text", null, null, text);

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
