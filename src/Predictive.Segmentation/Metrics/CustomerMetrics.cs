using System.Collections.Concurrent;
using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Metrics;

/// <summary>The metrics of one customer, in the order outputs show them.</summary>
/// <remarks>
/// To add one: a line here, with its unit, meaning and formula. It then is a column of <c>segment</c>, a field of own segments and scores,
/// and
/// part of <c>GET /v1/metrics</c>. To change a formula: raise its version.
/// </remarks>
public static class CustomerMetrics
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<CustomerMetric> All { get; } =
    [
        Number("recency_days", "days", "Days since the last purchase.", "as-of day − day of the last purchase that was kept (rfm)",
            f => f.Rules.Rfm.RecencyDays),
        Number("frequency", "orders", "Orders in the RFM window.", "distinct orders of which something was kept, in rfm.windowDays",
            f => f.Rules.Rfm.Frequency),
        Number("monetary", "money", "Net spend, or mean order value, in the RFM window.", "rfm.monetary over rfm.windowDays",
            f => f.Rules.Rfm.Monetary),
        Number("r", "1–5", "Recency score, 5 = most recent.", "5 − cut-offs of rfm.recencyDays exceeded", f => f.Rules.Rfm.R),
        Number("f", "1–5", "Frequency score, 5 = most frequent.", "1 + cut-offs of rfm.frequency exceeded", f => f.Rules.Rfm.F),
        Number("m", "1–5", "Monetary score, 5 = highest.", "1 + cut-offs of rfm.monetaryValue exceeded", f => f.Rules.Rfm.M),
        Number("rfm_score", "3–15", "R + F + M.", "r + f + m", f => f.Rules.Rfm.Score),
        Text("rfm_segment", "Named segment of the RFM cell.", "rfm.segments at (r, f, m)", f => f.Rules.Rfm.Segment),
        Text("rfm_group", "Group of the RFM cell.", "k-means over (r, f, m), rfmGroups.groups centres", f => f.Rules.RfmGroup),
        Text("lifecycle", "Lifecycle stage.", "silence in own cadences against lifecycle.decliningCadences and leftCadences; pace lately "
            + "against before", f => Lifecycle.NameOf(f.Rules.Lifecycle.Stage)),
        Text("lifecycle_since", "Date the stage was entered.", "replay of the purchase days",
            f => DateText(f.Rules.Lifecycle.Since)),
        Number("cadence_days", "days", "Mean days between purchase days.", "(last − first purchase day) / gaps; none below "
            + "lifecycle.minimumPurchaseDays", f => f.Rules.Lifecycle.CadenceDays),
        Number("value_amount", "money", "What value.measure says over value.windowDays.", "spend, profit or RFM score in the window",
            f => f.Rules.Value.Amount),
        Number("value_percentile", "0–100", "Share of the base with less value.", "quantiles of value_amount",
            f => f.Rules.Value.Percentile),
        Text("value_band", "A, B or C.", "A above value.thresholdA, B from value.thresholdB, C below", f => f.Rules.Value.Band),
        Number("loyalty_score", "0–100", "How often, how evenly and how present; money plays no part.",
            "weighted mean of cadence percentile, regularity and presence (loyalty)", f => Math.Round(f.Rules.Loyalty.Score, 2)),
        Text("loyalty_band", "low, medium or high loyalty.", "loyalty.mediumFrom and highFrom", f => f.Rules.LoyaltyBand),
        Text("quadrant", "Group A to E of order frequency × order value.",
            "quadrants.frequencyLine and orderValueLine; A = prospect, B = new",
            f => f.Rules.Quadrant.Group),
        Number("order_value", "money", "Mean order value.", "net spend / orders in quadrants.windowDays", f => f.Rules.Quadrant.OrderValue),
        Text("tier", "Membership tier.", "replay of tiers.tiers over tiers.windowDays, kept down to tiers.keepShare", f =>
            f.Rules.Tier.Tier),
        Number("tier_spend", "money", "Net spend in the tiers' window.", "net spend in tiers.windowDays", f => f.Rules.Tier.Spend),
        Number("points_balance", "points", "Points there are.", "sum of the points ledger", f => f.Rules.Points.Balance),
        Number("points_earned", "points", "Points ever earned.", "points.perUnit × purchases + points.perOrder × orders",
            f => f.Rules.Points.Earned),
        Number("points_expiring", "points", "Points that expire next.", "the oldest lot; points.expireDays",
            f => f.Rules.Points.NextExpiryPoints),
        Number("reputation_score", "0–100", "100 = no returned order, cancellation or dispute.",
            "100 × (1 − weighted incidents per order), shrunk to the base (reputation)", f => Math.Round(f.Rules.Reputation.Score, 2)),
        Text("reputation_restriction", "What reputation.restrictions attach to the score.", "lowest limit above the score",
            f => f.Rules.Reputation.Restriction),
        Number("returned_orders", "orders", "Orders given back whole.", "returns matched with what they give back",
            f => f.Rules.Reputation.ReturnedOrders),
        Number("orders", "orders", "Orders kept, of all time.", "distinct orders of which something was kept", f => f.Rules.Orders),
        Number("spend_total", "money", "Net spend of all time.", "sum of amounts", f => f.Rules.Net),
        Number("spend_365d", "money", "Net spend of the last 365 days.", "sum of amounts in 365 days", f => f.Rules.Net365),
        Number("profit_total", "money", "Net spend less cost of goods.", "spend_total − Σ units × unit cost; none without unit costs",
            f => f.Rules.Profit),
        Number("net_value", "money", "What a customer has brought after goods and service.",
            "profit_total (else spend_total) − service_cost",
            f => Cents.Of((double.IsNaN(f.Rules.Profit) ? f.Rules.Net : f.Rules.Profit) - (f.Rules.Engagement.ServiceCost ?? 0))),
        Number("tenure_days", "days", "Days since the first purchase.", "as-of day − first purchase day", f =>
            f.AsOf.Day - f.Rules.FirstDay),
        Text("first_purchase", "Date of the first purchase.", "first purchase day",
            f => DateText(LocalTime.DateOf(f.Rules.FirstDay))),
        Number("categories_bought", "categories", "Distinct categories bought.", "of the penetration.maximumCategories most bought",
            f => f.Rules.Penetration?.Bought ?? double.NaN),
        Number("penetration", "share", "Categories bought over categories there are.", "categories_bought / categories available",
            f => f.Rules.Penetration is { } p ? Math.Round(p.Share, 4) : double.NaN),
        Text("cross_sell_gap", "The category missing most likely to be wanted.",
            "mean share of the buyers of what was bought who bought it, too", f => f.Rules.Penetration?.Gaps is [var gap,
                ..] ? gap.Category : null),
        Text("inferred", "Attributes inferred from baskets, with confidence: never told by the customer.",
            "inference.rules that fit, where the customers table is silent",
            f => f.Rules.Inferred.Count == 0
                ? null
                : string.Join(" | ", f.Rules.Inferred.Select(
                    i => string.Create(CultureInfo.InvariantCulture, $"{i.Attribute}: {i.Value} ({100 * i.Confidence:0} %)")))),
        Number("visits", "visits", "Visits in engagement.windowDays.", "events of the kinds engagement.visits",
            f => f.Rules.Engagement.Visits ?? double.NaN),
        Number("days_since_visit", "days", "Days since the last visit.", "events of the kinds engagement.visits",
            f => f.Rules.Engagement.DaysSinceVisit ?? double.NaN),
        Number("nps", "0–10", "Last answer to whether they would recommend.", "value of the last event of the kinds engagement.nps",
            f => f.Rules.Engagement.Nps ?? double.NaN),
        Text("nps_group", "promoter, passive or detractor.", "9–10, 7–8, 0–6", f => f.Rules.Engagement.NpsGroup),
        Number("service_requests", "requests", "Requests for service.", "events of the kinds engagement.service",
            f => f.Rules.Engagement.ServiceRequests ?? double.NaN),
        Number("service_cost", "money", "What they cost.", "values of those events, else engagement.costPerRequest each",
            f => f.Rules.Engagement.ServiceCost ?? double.NaN),
        Predicted("churn_probability", "share", "Chance of no purchase within the horizon.", "the version's churn model",
            p => p.Churn),
        Predicted("churn_band", "low, medium or high risk.", "churnBands.mediumFrom and highFrom", p => p.ChurnBand),
        Predicted("clv_expected", "money", "Net spend expected within the horizon.", "the version's value model", p => p.Expected),
        Predicted("clv_low", "money", "Lower end of its 80 % interval.", "the version's value model", p => p.Low),
        Predicted("clv_high", "money", "Upper end of its 80 % interval.", "the version's value model", p => p.High),
        Predicted("expected_orders", "orders", "Orders expected within the horizon.", "the version's value model", p => p.ExpectedOrders),
        Predicted("predicted_tier", "Tier at the end of the horizon.", "tiers by expected spend and orders", p => p.PredictedTier),
        Predicted("value_matrix", "star, cash cow, potential or problem.", "value × potential (valueMatrix)",
            p => ValueMatrix.NameOf(p.Matrix.Cell)),
        Predicted("potential", "0–100", "The mix of potential.", "valueMatrix.potential; none where it is growth alone",
            p => Math.Round(p.Matrix.Potential, 2)),
        Predicted("portrait", "The k-means group of alike customers.", "the version's portraits", p => p.Portrait),
        Predicted("play", "Goal of the play.", "plays.rules by risk, cell and stage", p => p.Goal),
        Predicted("lifetime_value", "money", "Net spend so far plus what is still expected.",
            "spend_total + Σ expected × stay^(k−1) / (1 + lifetimeValue.discountRate)^t up to lifetimeValue.limitYears", p =>
                p.Lifetime.Total),
        Predicted("lifetime_residual", "money", "Of it, what is still expected.", "the sum of lifetime_value", p => p.Lifetime.Residual),
        Predicted("lifetime_band", "low, middle or high.", "lifetimeValue.middleFrom and highFrom", p => p.Lifetime.Band),
    ];

    private static readonly Dictionary<string, CustomerMetric> s_byName = All.ToDictionary(m => m.Name, StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<DateOnly, string> s_dates = new();

    /// <summary>The metric of a name; null = there is none.</summary>
    public static CustomerMetric? Find(string name) => s_byName.GetValueOrDefault(name);

    // Many customers share few dates.
    private static string DateText(DateOnly date) =>
        s_dates.GetOrAdd(date, static d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static CustomerMetric Number(
        string name, string unit, string description, string formula, Func<CustomerFacts, double> of) =>
        new(name, 1, unit, description, formula, of, null);

    private static CustomerMetric Text(string name, string description, string formula, Func<CustomerFacts, string?> of) =>
        new(name, 1, "text", description, formula, null, of);

    private static CustomerMetric Predicted(
        string name, string unit, string description, string formula, Func<CustomerPredictions, double> of) =>
        new(name, 1, unit, description, formula, f => f.Predictions is { } p ? of(p) : double.NaN, null, needsModel: true);

    private static CustomerMetric Predicted(string name, string description, string formula, Func<CustomerPredictions, string?> of) =>
        new(name, 1, "text", description, formula, null, f => f.Predictions is { } p ? of(p) : null, needsModel: true);
}
