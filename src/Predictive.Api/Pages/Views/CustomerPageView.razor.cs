using System.Globalization;
using Microsoft.AspNetCore.Components;
using Predictive.History;
using Predictive.Reports.Charts;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using static Predictive.Api.Pages.Language.PageUrl;

namespace Predictive.Api.Pages.Views;

/// <summary>The page of one customer: what every model says, from which figures, by which cut-offs; the markup is beside it.</summary>
public sealed partial class CustomerPageView
{
    /// <summary>What is shown.</summary>
    [Parameter, EditorRequired]
    public CustomerModel Model { get; set; } = default!;

    private IReadOnlyList<ChartBar> Bars =>
    [
        .. Model.View.Score.Churn.Reasons.Where(r => r.Feature != ScoreReason.GivenFeature).Select(r => new ChartBar(
            ReasonText.Attribute(W, r, Frame.Names) ?? W.Named("feature", Family(r.Feature)), r.Effect,
            ReasonText.Of(W, r, Frame.Names))),
    ];

    private IReadOnlyList<ChartPoint> Past => [.. Model.Past.Select(p => new ChartPoint(p.At.Day, p.Churn))];

    private int Today => Model.Past.Count > 0 ? Model.Past[^1].At.Day : Model.Times.Days[^1].Day + 1;

    private string Why => string.Join(W["format.comma"], [
        W.Say("why.risk", W.Named("band", Model.View.Score.Churn.Band)), W["why.cell:" + Model.View.Score.ValueMatrix.Cell],
        W["why.stage:" + Model.View.Score.Lifecycle.Stage],
    ]);

    private string Day(double day) => S.Date(DateTime.UnixEpoch.AddDays(day));

    // The sentence says it exactly; the bar needs a word.
    private static string Family(string feature) => feature switch
    {
        "recency_days" or "tenure_days" => feature,
        _ when feature.StartsWith("net_", StringComparison.Ordinal) || feature.StartsWith("gross_", StringComparison.Ordinal)
            || feature.StartsWith("order_value", StringComparison.Ordinal) || feature.StartsWith("refund", StringComparison.Ordinal)
            || feature.StartsWith("spend", StringComparison.Ordinal) || feature.StartsWith("gamma", StringComparison.Ordinal) => "money",
        _ when feature.StartsWith("gap_", StringComparison.Ordinal) || feature.Contains("cadence", StringComparison.Ordinal)
            || feature.StartsWith("gaps_", StringComparison.Ordinal) => "rhythm",
        _ when feature.EndsWith("_trend", StringComparison.Ordinal) => "trend",
        _ when feature.StartsWith("lines_", StringComparison.Ordinal) || feature.StartsWith("units_", StringComparison.Ordinal)
            || feature.StartsWith("product", StringComparison.Ordinal) || feature.Contains("categor", StringComparison.Ordinal) => "basket",
        _ when feature.StartsWith("pareto", StringComparison.Ordinal) || feature.StartsWith("bgnbd", StringComparison.Ordinal)
            || feature.StartsWith("return_", StringComparison.Ordinal) => "recency_days",
        _ when feature.StartsWith("purchase", StringComparison.Ordinal) || feature.StartsWith("orders", StringComparison.Ordinal)
            || feature.StartsWith("one_time", StringComparison.Ordinal) || feature.StartsWith("season", StringComparison.Ordinal)
            || feature.StartsWith("active", StringComparison.Ordinal) || feature.StartsWith("decay",
                StringComparison.Ordinal) => "frequency",
        _ when feature.StartsWith("event_", StringComparison.Ordinal) => "events",
        _ => feature,
    };

    // Metric, list behind it, verdict, what it comes from, the cut-offs in force.
    private IEnumerable<(string Metric, string? Href, string Verdict, string From, string Cutoffs)> Verdicts()
    {
        CustomerScore s = Model.View.Score;
        RuleBook book = Model.Base.Scores.Bundle.Rules;
        RuleOptions o = book.Options;
        yield return (
            "churn_band", List("band", s.Churn.Band), W.Named("band", s.Churn.Band),
            W.Say("verdict.churn", S.Percent(s.Churn.Probability, 1), S.Fixed(s.Churn.Percentile, 0)),
            W.Say("cutoff.churn", S.Percent(s.Churn.BandFrom.Medium), S.Percent(s.Churn.BandFrom.High)));
        yield return (
            "rfm_segment", List("segment", s.Rfm.Segment), W.Named("segment", s.Rfm.Segment),
            W.Say("verdict.rfm", s.Rfm.R, s.Rfm.F, s.Rfm.M, S.Days(s.Rfm.RecencyDays), S.Count(s.Rfm.Frequency), S.Money(s.Rfm.Monetary)),
            W.Say(
                "cutoff.rfm", Join(book.Rfm.RecencyDays, S.Count), Join(book.Rfm.Frequency, S.Count), Join(book.Rfm.Monetary, S.Money)));
        yield return (
            "lifecycle", List("stage", s.Lifecycle.Stage), W.Named("stage", s.Lifecycle.Stage),
            W.Say("verdict.lifecycle", S.Date(s.Lifecycle.Since)),
            W.Say(
                "cutoff.lifecycle", Plain(o.Lifecycle.DecliningCadences), Plain(o.Lifecycle.LeftCadences), o.Lifecycle.MinimumPurchaseDays,
                book.Lifecycle.DecliningDays, book.Lifecycle.LeftDays));
        yield return (
            "tier", List("tier", s.Tier.Current), W.Named("tier", s.Tier.Current),
            W.Say("verdict.tier", W.Named("tier", s.Tier.Predicted)),
            string.Join(W["format.semicolon"], book.Tiers.Tiers.Where(t => t.MinimumSpend > 0 || t.MinimumOrders > 0)
                .Select(t => W.Say("cutoff.tier", W.Named("tier", t.Name), S.Money(t.MinimumSpend), S.Count(t.MinimumOrders)))));
        yield return (
            "value_matrix", List("cell", s.ValueMatrix.Cell), W.Named("cell", s.ValueMatrix.Cell),
            W["why.cell:" + s.ValueMatrix.Cell],
            book.ValueMatrix is { } matrix ? W.Say("cutoff.matrix", S.Money(matrix.HighValue), o.ValueMatrix.WindowDays) : "");
        if (s.Value is { } value)
        {
            yield return (
                "value_band", List("value", value.Band), value.Band,
                W.Say("verdict.value", S.Money(value.Amount), value.Percentile),
                W.Say("cutoff.value", S.Money(book.Value.ThresholdA), S.Money(book.Value.ThresholdB)));
        }

        if (s.Loyalty is { } loyalty)
        {
            yield return (
                "loyalty_band", List("loyalty", loyalty.Band), W.Named("loyalty", loyalty.Band),
                W.Say("verdict.loyalty", S.Fixed(loyalty.Score, 0), S.Days(loyalty.CadenceDays)),
                W.Say("cutoff.loyalty", Plain(o.Loyalty.MediumFrom), Plain(o.Loyalty.HighFrom)));
        }

        if (s.Quadrant is { } quadrant)
        {
            yield return (
                "quadrant", List("group", quadrant.Group), W.Named("group", quadrant.Group),
                W.Say("verdict.quadrant", S.Count(quadrant.Orders), S.Money(quadrant.OrderValue)),
                W.Say("cutoff.quadrant", Plain(book.Quadrants.Frequency), S.Money(book.Quadrants.OrderValue), o.Quadrants.NewDays));
        }

        if (s.Reputation is { } reputation)
        {
            yield return (
                "reputation_score", null, S.Fixed(reputation.Score, 0),
                W.Say("verdict.reputation", S.Count(reputation.ReturnedOrders)), reputation.Restriction ?? "");
        }

        if (s.Lifetime is { } lifetime)
        {
            yield return (
                "lifetime_value", List("lifetime", lifetime.Band), S.Money(lifetime.Total),
                W.Say("verdict.lifetime", S.Money(lifetime.Past), S.Money(lifetime.Residual), Plain(lifetime.LimitYears)),
                book.LifetimeValue is { } l ? W.Say("cutoff.lifetime", S.Money(l.MiddleFrom), S.Money(l.HighFrom)) : "");
        }

        if (s.Points is { Earned: > 0 } points)
        {
            yield return ("points_balance", null, S.Count(points.Balance), W.Say("verdict.points", S.Count(points.Earned)), "");
        }

        yield return ("portrait", List("portrait", s.Portrait.Name), W.Trait(s.Portrait.Name), "", "");
    }

    private static string List(string field, string value) => Of("/customers", (field, value));

    private static string Plain(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Join(IEnumerable<double> values, Func<double?, string> show) =>
        string.Join(" / ", values.Select(v => show(v)));
}
