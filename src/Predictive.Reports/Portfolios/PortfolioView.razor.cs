using Microsoft.AspNetCore.Components;
using Predictive.Reports.Charts;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Segments;
using static Predictive.Reports.Charts.ChartText;

namespace Predictive.Reports.Portfolios;

/// <summary>The page of a portfolio: turns the report's numbers into series; the markup is beside it.</summary>
public sealed partial class PortfolioView
{
    private const int MostCohorts = 13;
    private static readonly string[] s_shown = ["rfm_segment", "lifecycle", "value_band", "value_matrix", "tier", "quadrant",
        "loyalty_band"];
    private static readonly string[] s_tiles =
        ["customers", "revenue_365d", "repeat_share", "active_90d_share", "mean_order_value", "expected_churners", "expected_spend",
        "mean_lifetime_value"];

    private IReadOnlyList<ChartSeries> _lorenz = [];
    private IReadOnlyList<RetentionCohort> _cohorts = [];

    /// <summary>The report to show.</summary>
    [Parameter, EditorRequired]
    public PortfolioReport Report { get; set; } = default!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        var lines = new List<ChartSeries> { Curve("revenue", "model", Report.Revenue) };
        if (Report.Profit is { } profit)
        {
            lines.Add(Curve("profit", "actual", profit));
        }

        lines.Add(new ChartSeries("all alike", "ideal", [new(0, 0), new(1, 1)]));
        _lorenz = lines;
        _cohorts = [.. Report.Cohorts.TakeLast(MostCohorts)];
    }

    private static ChartSeries Curve(string name, string style, ConcentrationResult concentration) =>
        new(name, style, [.. concentration.Curve.Select(p => new ChartPoint(p.Customers, p.Revenue))]);

    private IEnumerable<MetricValue> Tiles => s_tiles.Select(n => Report.Metrics.First(m => m.Name == n)).Where(m => m.Value is not null);

    private static IReadOnlyList<ChartBar> Bars(IReadOnlyList<SegmentGroup> groups) =>
    [
        .. groups.Select(g => new ChartBar(
            g.Name, g.Customers, $"{g.Name}: {Fixed(g.Customers, 0)} customers, {Percent(g.SpendShare)} of the year's spend")),
    ];

    private static string Words(string name) => name.Replace('_', ' ');

    private static string Text(MetricValue metric, double? value) => metric.Unit switch
    {
        "share" => Percent(value, 1),
        "money" => Amount(value),
        "customers" or "people" or "orders" or "points" => Fixed(value, 0),
        _ => Fixed(value, 1),
    };

    private static string Change(MetricValue metric) => metric is { Value: { } now, Before: { } before } && before != 0
        ? metric.Unit == "share"
            ? (now >= before ? "+" : "−") + Fixed(100 * Math.Abs(now - before), 1) + " points"
            : (now >= before ? "+" : "−") + Percent(Math.Abs(now - before) / Math.Abs(before), 1)
        : "";

    private static string Summary(MigrationMatrix matrix) =>
        $"{Fixed(matrix.Stayed, 0)} stayed, {Fixed(matrix.MovedUp, 0)} moved up, {Fixed(matrix.MovedDown, 0)} down, "
            + $"{Fixed(matrix.Entered.Sum(), 0)} are new.";
}
