using System.Globalization;
using Microsoft.AspNetCore.Components;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Reports.Charts;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using static Predictive.Api.Pages.Language.PageUrl;

namespace Predictive.Api.Pages.Views;

/// <summary>The overview: turns numbers into words and series; the markup is beside it.</summary>
public sealed partial class OverviewView
{
    private const int MostMoves = 4;

    private static readonly string[] s_changes =
        ["customers", "revenue_365d", "active_90d_share", "repeat_share", "mean_order_value", "expected_churners", "expected_spend"];

    private IReadOnlyList<ChartBar> _months = [];

    /// <summary>What is shown.</summary>
    [Parameter, EditorRequired]
    public OverviewModel Model { get; set; } = default!;

    private string First => new LocalTime(Model.Base.Scores.History.FirstMicros).ToString();

    private string Last => new LocalTime(Model.Base.Scores.History.LastMicros).ToString();

    private string Age => S.Days((DateTime.Parse(Frame.AsOf!, CultureInfo.InvariantCulture)
        - DateTime.Parse(Model.Manifest.AsOf, CultureInfo.InvariantCulture)).TotalDays);

    private string? SpendBeside => Model.Manifest.Metrics.Clv is { } clv && clv.TryGetValue("actualTotal", out double actual)
        && clv.TryGetValue("predictedTotal", out double predicted) && actual > 0
            ? W.Say("overview.spenderror", S.Percent(Math.Abs(predicted / actual - 1)))
            : null;

    /// <inheritdoc/>
    protected override void OnParametersSet() => _months =
    [
        .. Model.Base.Months.Select(b => new ChartBar(
            S.Month(b.Month), b.Net, W.Say("overview.monthtip", S.Month(b.Month), Money(b.Net), S.Count(b.Buyers)))),
    ];

    private string Text(string unit, double? value) => unit switch
    {
        "share" => S.Percent(value, 1),
        "money" => S.Money(value),
        _ => S.Count(value),
    };

    private string Change(MetricValue metric) => metric is { Value: { } now, Before: { } before }
        ? (now >= before ? "+" : "−") + (metric.Unit == "share" ? W.Say("format.points", S.Fixed(100 * Math.Abs(now - before), 1))
            : before == 0 ? S.Count(Math.Abs(now)) : S.Percent(Math.Abs((now - before) / before), 1))
        : "";

    // More leavers are no good news.
    private static string? Judged(MetricValue metric) => metric is { Value: { } now, Before: { } before } && now != before
        ? now > before == (metric.Name != "expected_churners") ? "good" : "bad"
        : null;

    private string Findings(CheckReport check)
    {
        int blocking = check.Findings.Count(f => f.Severity == FindingSeverity.Blocking);
        int warnings = check.Findings.Count(f => f.Severity == FindingSeverity.Warning);
        return blocking + warnings == 0 ? W["data.clean"] : W.Say("data.counts", S.Count(blocking), S.Count(warnings));
    }

    private IEnumerable<(string Href, string Text)> Next()
    {
        OverviewFigures figures = Model.Figures;
        if (figures.Contacts > 0)
        {
            yield return (
                Of("/at-risk", ("capacity", figures.Contacts)), W.Say("next.call", S.Count(figures.Contacts), Money(figures.Saving)));
        }

        foreach (var (cell, key) in new[] { (ValueMatrixCell.Star, "next.stars"), (ValueMatrixCell.CashCow, "next.cows") })
        {
            int silent = figures.Count(cell, LifecycleStage.Declining);
            if (silent > 0)
            {
                yield return (
                    Of("/at-risk", ("cell", ValueMatrix.NameOf(cell)), ("stage", Lifecycle.NameOf(LifecycleStage.Declining))),
                    W.Say(key, S.Count(silent)));
            }
        }

        int welcome = figures.Count(null, LifecycleStage.Acquired);
        if (welcome > 0)
        {
            yield return (
                Of("/customers", ("stage", Lifecycle.NameOf(LifecycleStage.Acquired))), W.Say("next.new", S.Count(welcome)));
        }

        int potential = figures.Count(ValueMatrixCell.Potential, null);
        if (potential > 0)
        {
            yield return (
                Of("/customers", ("cell", ValueMatrix.NameOf(ValueMatrixCell.Potential))), W.Say("next.potential", S.Count(potential)));
        }
    }

    // The largest flows between two lifecycle stages: what stands behind the figures.
    private IEnumerable<(string Href, string Text)> Moves(PortfolioComparison compared)
    {
        MigrationMatrix matrix = compared.Migration["lifecycle"];
        var flows =
            from i in Enumerable.Range(0, matrix.States.Count)
            from j in Enumerable.Range(0, matrix.States.Count)
            where i != j && matrix.Counts[i][j] > 0
            orderby matrix.Counts[i][j] descending, i, j
            select (From: matrix.States[i], To: matrix.States[j], Customers: matrix.Counts[i][j]);
        return flows.Take(MostMoves).Select(f => (
            Of("/customers", ("stage", f.To), ("moved", "stage"), ("from", f.From), ("since", compared.AsOf)),
            W.Say("overview.moved", S.Count(f.Customers), W.Named("stage", f.From), W.Named("stage", f.To))));
    }
}
