using System.Runtime.CompilerServices;
using static Predictive.Segmentation.Features.CustomerSummary;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Features;

/// <content>Money, baskets, trends and what the base says.</content>
public static partial class FeatureCatalogue
{
    private static IEnumerable<FeatureDefinition> Money()
    {
        FeatureDefinition F(
            string name, string unit, FeatureTransform transform, Func<FeatureContext, double> value, string description,
            string template, [CallerArgumentExpression(nameof(value))] string formula = "") =>
            Define(FeatureGroup.Money, name, unit, transform, value, description, template, formula);
        yield return F("net_total", "currency", FeatureTransform.SignedLog, c => c.Summary.Total.Net,
            "Net spend so far, refunds subtracted.", "spent {net_total} so far (typical customer: {base:net_total})");
        yield return F("gross_total", "currency", FeatureTransform.SignedLog, c => c.Summary.Total.Gross,
            "Sum of purchases so far.", "bought for {gross_total} so far (typical customer: {base:gross_total})");
        yield return F("net_half_h", "currency", FeatureTransform.SignedLog, c => c.Summary.In(Window.HalfH).Net,
            "Net spend in the last H/2 days.", "spent {net_half_h} in the last {H/2} days (typical customer: {base:net_half_h})");
        yield return F("net_h", "currency", FeatureTransform.SignedLog, c => c.Summary.In(Window.H).Net,
            "Net spend in the last H days.", "spent {net_h} in the last {H} days (typical customer: {base:net_h})");
        yield return F("net_2h", "currency", FeatureTransform.SignedLog, c => c.Summary.In(Window.TwoH).Net,
            "Net spend in the last 2H days.", "spent {net_2h} in the last {2H} days (typical customer: {base:net_2h})");
        yield return F("net_4h", "currency", FeatureTransform.SignedLog, c => c.Summary.In(Window.FourH).Net,
            "Net spend in the last 4H days.", "spent {net_4h} in the last {4H} days (typical customer: {base:net_4h})");
        yield return F("net_30", "currency", FeatureTransform.SignedLog, c => c.Summary.In(Window.D30).Net,
            "Net spend in the last 30 days.", "spent {net_30} in the last 30 days (typical customer: {base:net_30})");
        yield return F("net_365", "currency", FeatureTransform.SignedLog, c => c.Summary.In(Window.D365).Net,
            "Net spend in the last 365 days.", "spent {net_365} in the last 365 days (typical customer: {base:net_365})");
        yield return F("net_rate", "currency", FeatureTransform.SignedLog, c => 30 * c.Summary.Total.Net / Math.Max(30, c.Summary.Tenure),
            "Net spend per 30 days since the first purchase (at least 30 days).",
            "spends {net_rate} a month (typical customer: {base:net_rate})") with
            {
                OnceTemplate = "spent {net_total} in a single order (typical customer so far: {base:net_total})",
            };
        yield return F("order_value_mean", "currency", FeatureTransform.SignedLog, c => c.Orders.Mean,
            "Mean value of an order (its purchase lines).",
            "an order is worth {order_value_mean} on average (typical customer: {base:order_value_mean})") with
            {
                OnceTemplate = "the only order was worth {order_value_mean} (typical order: {base:order_value_mean})",
            };
        yield return F("order_value_max", "currency", FeatureTransform.SignedLog, c => c.Orders.Max,
            "Value of the largest order.", "the largest order was worth {order_value_max} (typical customer: {base:order_value_max})") with
            {
                OnceTemplate = "the only order was worth {order_value_max} (typical order: {base:order_value_mean})",
            };
        yield return F("order_value_cv", "ratio", FeatureTransform.None, c => c.Orders.Sd / c.Orders.Mean,
            "Sample standard deviation of order values over their mean; missing below two orders.",
            "order values differ: {order_value_mean} on average, {order_value_max} the largest, {order_value_last} the last") with
            {
                OnceTemplate = "the only order was worth {order_value_mean} (typical order: {base:order_value_mean})",
            };
        yield return F("order_value_first", "currency", FeatureTransform.SignedLog, c => c.Orders.First,
            "Value of the first order.", "the first order was worth {order_value_first} (typical customer: {base:order_value_first})") with
            {
                OnceTemplate = "the only order was worth {order_value_first} (typical order: {base:order_value_mean})",
            };
        yield return F("order_value_last", "currency", FeatureTransform.SignedLog, c => c.Orders.Last,
            "Value of the last order.", "the last order was worth {order_value_last}, on average {order_value_mean}") with
            {
                OnceTemplate = "the only order was worth {order_value_last} (typical order: {base:order_value_mean})",
            };
        yield return F("refund_share", "share", FeatureTransform.None, c => -c.Summary.Total.Refunds / c.Summary.Total.Gross,
            "Refunds over purchases, both in money, so far.",
            "{refund_share} of the money spent was refunded (typical customer: {base:refund_share})");
        yield return F("refund_lines", "lines", FeatureTransform.SignedLog, c => c.Summary.Total.RefundLines,
            "Refund lines so far.", "{refund_lines} refunds so far (typical customer: {base:refund_lines})");
        yield return F("refunds_h", "currency", FeatureTransform.SignedLog, c => -c.Summary.In(Window.H).Refunds,
            "Money refunded in the last H days (positive).", "{refunds_h} refunded in the last {H} days");
    }

    private static IEnumerable<FeatureDefinition> Basket()
    {
        FeatureDefinition F(
            string name, string unit, FeatureTransform transform, Func<FeatureContext, double> value, string description,
            string template, [CallerArgumentExpression(nameof(value))] string formula = "") =>
            Define(FeatureGroup.Basket, name, unit, transform, value, description, template, formula);
        yield return F("lines_per_order", "lines", FeatureTransform.SignedLog,
            c => c.Summary.PurchaseLines / (double)c.Summary.Total.Orders,
            "Mean purchase lines of an order.", "{lines_per_order} lines in an order (typical customer: {base:lines_per_order})") with
            {
                OnceTemplate = "{lines_per_order} lines in the only order (typical order: {base:lines_per_order})",
            };
        yield return F("units_per_order", "units", FeatureTransform.SignedLog, c => c.Summary.Units / c.Summary.Total.Orders,
            "Mean units of an order; missing where the source has no quantity.",
            "{units_per_order} units in an order (typical customer: {base:units_per_order})") with
            {
                OnceTemplate = "{units_per_order} units in the only order (typical order: {base:units_per_order})",
            };
        yield return F("products", "products", FeatureTransform.SignedLog, c => c.Summary.Products < 0 ? double.NaN : c.Summary.Products,
            "Distinct products bought; missing where the source has none.",
            "bought {products} different products (typical customer: {base:products})");
        yield return F("product_variety", "share", FeatureTransform.None,
            c => c.Summary.Products < 0 ? double.NaN : c.Summary.Products / (double)c.Summary.PurchaseLines,
            "Distinct products over purchase lines: 1 = never the same twice; missing where the source has none.",
            "{product_variety} of the lines were products not bought before (typical customer: {base:product_variety})");
        yield return F("categories", "categories", FeatureTransform.SignedLog,
            c => c.Summary.Categories < 0 ? double.NaN : c.Summary.Categories,
            "Distinct categories bought; missing where the source has none.",
            "bought from {categories} different categories (typical customer: {base:categories})");
        yield return F("top_category_share", "share", FeatureTransform.None, c => c.Summary.TopCategoryShare,
            "Share of purchase lines in the favourite category; missing where the source has none.",
            "{top_category_share} of the purchases came from one category (typical customer: {base:top_category_share})");
    }

    private static IEnumerable<FeatureDefinition> Trend()
    {
        FeatureDefinition F(
            string name, string unit, FeatureTransform transform, Func<FeatureContext, double> value, string description,
            string template, [CallerArgumentExpression(nameof(value))] string formula = "") =>
            Define(FeatureGroup.Trend, name, unit, transform, value, description, template, formula);
        yield return F("purchase_days_trend", "log ratio", FeatureTransform.None,
            c => Math.Log((c.Summary.In(Window.H).Days + 1d) / (c.Summary.In(Window.TwoH).Days - c.Summary.In(Window.H).Days + 1d)),
            "ln of (purchase days in the last H + 1) over (in the H before that + 1).",
            "bought on {purchase_days_h} days in the last {H} days, on {purchase_days_2h} days in the last {2H}") with
            {
                OnceTemplate = "ordered only once, {recency_days} days ago",
            };
        yield return F("spend_trend", "log ratio", FeatureTransform.None, c =>
            {
                double now = c.Summary.In(Window.H).Gross, before = c.Summary.In(Window.TwoH).Gross - now, unit = c.Orders.Mean;
                return Math.Log((now + unit) / (Math.Max(0, before) + unit));
            },
            "ln of (purchases in the last H + one mean order) over (in the H before that + one mean order), in money.",
            "spent {net_h} in the last {H} days, {net_2h} in the last {2H}") with
            {
                OnceTemplate = "ordered only once, {recency_days} days ago",
            };
        yield return F("cadence_trend", "log ratio", FeatureTransform.None,
            c => c.Gaps == 0 ? 0 : Math.Log((c.GapRecent + c.Profile.MedianGapDays) / (c.GapMean + c.Profile.MedianGapDays)),
            "ln of (mean of the last three gaps + base median gap) over (mean gap + base median gap): above 0 = slowing down.",
            "last came back after {gap_last} days, on average after {gap_mean} days") with
            {
                OnceTemplate = "ordered only once, {recency_days} days ago",
            };
        yield return F("order_value_trend", "log ratio", FeatureTransform.None, c => Math.Log(c.Orders.Recent / c.Orders.Mean),
            "ln of the mean value of the last three orders over the mean of all.",
            "the last order was worth {order_value_last}, on average {order_value_mean}") with
            {
                OnceTemplate = "the only order was worth {order_value_last} (typical order: {base:order_value_mean})",
            };
    }

    private static IEnumerable<FeatureDefinition> Lifetime()
    {
        FeatureDefinition F(
            string name, string unit, FeatureTransform transform, Func<FeatureContext, double> value, string description,
            string template, [CallerArgumentExpression(nameof(value))] string formula = "") =>
            Define(FeatureGroup.Lifetime, name, unit, transform, value, description, template, formula);
        yield return F("return_probability", "probability", FeatureTransform.Logit,
            c => c.Profile.ReturnCurveFor(c.Summary.DayCount).ReturnProbability(c.Summary.Recency, c.Horizon),
            "Chance of a purchase within h given the silence so far, by the base's Kaplan–Meier curve for customers with 1, 2 or 3+ "
                + "purchase days.",
            "of customers with as many orders and as long a silence, {return_probability} came back in time");
        yield return F("pareto_active", "probability", FeatureTransform.Logit, c => c.Lifetimes.Active,
            "Pareto/NBD: chance of a purchase within h.",
            "by rhythm and silence, a {pareto_active} chance to order in the next {H} days (typical customer: {base:pareto_active})") with
            {
                OnceTemplate = "of those who ordered only once, {pareto_active} with as long a silence order in the next {H} days",
            };
        yield return F("pareto_alive", "probability", FeatureTransform.Logit, c => c.Lifetimes.Alive,
            "Pareto/NBD: chance of still being a customer.",
            "still a customer with a chance of {pareto_alive} (base: {base:pareto_alive})") with { Speaks = false };
        yield return F("pareto_purchases", "days", FeatureTransform.SignedLog, c => c.Lifetimes.Purchases,
            "Pareto/NBD: expected purchase days within h.",
            "{pareto_purchases} purchases expected by the rhythm so far (base: {base:pareto_purchases})") with { Speaks = false };
        yield return F("bgnbd_active", "probability", FeatureTransform.Logit, c => c.Lifetimes.BgActive,
            "BG/NBD: chance of a purchase within h.",
            "by rhythm and silence, a {bgnbd_active} chance to order in the next {H} days (typical customer: {base:bgnbd_active})") with
            {
                OnceTemplate = "of those who ordered only once, {bgnbd_active} with as long a silence order in the next {H} days",
            };
        yield return F("bgnbd_purchases", "days", FeatureTransform.SignedLog, c => c.Lifetimes.BgPurchases,
            "BG/NBD: expected purchase days within h.",
            "{bgnbd_purchases} purchases expected by the rhythm so far (base: {base:bgnbd_purchases})") with { Speaks = false };
        yield return F("gamma_gamma_spend", "currency", FeatureTransform.SignedLog, c => c.Lifetimes.Spend,
            "Gamma-Gamma: expected net spend of a purchase day, shrunk to the base.",
            "a day of buying is worth {gamma_gamma_spend} (typical customer: {base:gamma_gamma_spend})");
    }
}
