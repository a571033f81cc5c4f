using System.Runtime.CompilerServices;
using static Predictive.Segmentation.Features.CustomerSummary;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Features;

/// <summary>
/// Every feature there is, in the order of a feature row. Training, batch scoring and live scoring all compute these definitions.
/// </summary>
/// <remarks>
/// How to add one: (1) a line in the group's list below; its formula reads only <see cref="FeatureContext"/>, which sees nothing at or
/// after the as-of; (2) if it needs a new sum, add it to <see cref="CustomerSummary"/>; (3) a hand-computed value in the tests. Whoever
/// changes a formula raises its <see cref="FeatureDefinition.Revision"/>. Ages are whole local days between a line's day and the as-of day;
/// windows hold ages ≤ their length; H is the profile's horizon, h the horizon asked.
/// </remarks>
public static partial class FeatureCatalogue
{
    /// <summary>
    /// Raised whenever what all formulas share changes (the sums, the days they count by): older models then refuse to load.
    /// </summary>
    public const int Version = 3;

    private static readonly Dictionary<string, int> Index;

    static FeatureCatalogue()
    {
        All = [.. Recency(), .. Cadence(), .. Frequency(), .. Money(), .. Basket(), .. Trend(), .. Lifetime()];
        Names = [.. All.Select(f => f.Name)];
        OneTime = Array.IndexOf(Names.ToArray(), "one_time");
        Index = Names.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
        Schema = FeatureSchema.Of(All);
    }

    /// <summary>The definitions.</summary>
    public static IReadOnlyList<FeatureDefinition> All { get; }

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; }

    /// <summary>Position of <c>one_time</c>: 1 = the customer has bought on one day only.</summary>
    internal static int OneTime { get; }

    /// <summary>Position of a feature in a row.</summary>
    /// <exception cref="ArgumentException">There is no feature of that name.</exception>
    public static int IndexOf(string name) => Index.TryGetValue(name, out int i)
        ? i
        : throw new ArgumentException($"There is no feature '{name}'; the catalogue has: {string.Join(", ", Names)}.", nameof(name));

    /// <summary>Position of a feature in a row; false where there is none of that name.</summary>
    public static bool TryIndexOf(string name, out int index) => Index.TryGetValue(name, out index);

    /// <summary>The definition of that name.</summary>
    /// <exception cref="ArgumentException">There is no feature of that name.</exception>
    public static FeatureDefinition Get(string name) => All[IndexOf(name)];

    /// <summary>What a model must have been trained on to be served by this build.</summary>
    public static FeatureSchema Schema { get; }

    private static FeatureDefinition Define(
        FeatureGroup group, string name, string unit, FeatureTransform transform, Func<FeatureContext, double> value, string description,
        string template, string formula) =>
        new()
        {
            Name = name, Unit = unit, Group = group, Transform = transform, Value = value, Description = description, Template = template,
            Formula = formula,
        };

    private static IEnumerable<FeatureDefinition> Recency()
    {
        FeatureDefinition F(
            string name, string unit, FeatureTransform transform, Func<FeatureContext, double> value, string description,
            string template, [CallerArgumentExpression(nameof(value))] string formula = "") =>
            Define(FeatureGroup.Recency, name, unit, transform, value, description, template, formula);
        yield return F("recency_days", "days", FeatureTransform.SignedLog, c => c.Summary.Recency,
            "Days since the last purchase.",
            "no order for {recency_days} days, where {cadence_days} days between orders are usual (typical customer: last order "
                + "{base:recency_days} days ago)") with
            {
                OnceTemplate = "ordered only once, {recency_days} days ago (typical customer: last order {base:recency_days} days ago)",
            };
        yield return F("tenure_days", "days", FeatureTransform.SignedLog, c => c.Summary.Tenure,
            "Days since the first purchase.", "a customer for {tenure_days} days (typical: {base:tenure_days})");
        yield return F("recency_share", "share", FeatureTransform.None, c => c.Summary.Recency / (double)Math.Max(1, c.Summary.Tenure),
            "Days since the last purchase over days since the first; 1 for one-time buyers.",
            "silent for {recency_share} of the time as a customer (base: {base:recency_share})") with { Speaks = false };
    }

    private static IEnumerable<FeatureDefinition> Cadence()
    {
        FeatureDefinition F(
            string name, string unit, FeatureTransform transform, Func<FeatureContext, double> value, string description,
            string template, [CallerArgumentExpression(nameof(value))] string formula = "") =>
            Define(FeatureGroup.Cadence, name, unit, transform, value, description, template, formula);
        yield return F("cadence_days", "days", FeatureTransform.SignedLog, c => c.Cadence,
            "Typical gap between purchase days, shrunk to the base: (sum of gaps + 2 · base median)/(n + 2).",
            "{cadence_days} days between orders are usual (typical customer: {base:cadence_days})") with
            {
                OnceTemplate = "ordered only once, {recency_days} days ago",
            };
        yield return F("recency_over_cadence", "ratio", FeatureTransform.SignedLog, c => c.Summary.Recency / c.Cadence,
            "Days since the last purchase over the shrunk cadence.",
            "no order for {recency_days} days, where {cadence_days} days between orders are usual") with
            {
                OnceTemplate = "ordered only once, {recency_days} days ago",
            };
        yield return F("silence_z", "z", FeatureTransform.None,
            c => (FeatureContext.LogDays(c.Summary.Recency) - ((c.LogGapSum
                + (FeatureContext.PriorGaps * c.Profile.LogGapMean)) / (c.Gaps + FeatureContext.PriorGaps))) / c.Profile.LogGapSd,
            "(ln(recency + 1) − mean ln(gap + 1), shrunk to the base's by 2 gaps) / the base's sd of ln(gap + 1).",
            "a silence of {recency_days} days is {silence_z} standard deviations from the usual gap") with { Speaks = false };
        yield return F("gaps_as_long_share", "share", FeatureTransform.None,
            c => (c.GapsAsLong + c.Profile.GapAtLeast(c.Summary.Recency)) / (c.Gaps + 1d),
            "Share of own gaps at least as long as the present silence, with one gap of the base's distribution added.",
            "of the earlier pauses {gaps_as_long_share} were as long as the present one of {recency_days} days") with
            {
                OnceTemplate = "ordered only once, {recency_days} days ago",
            };
        yield return F("gap_mean", "days", FeatureTransform.SignedLog, c => c.GapMean,
            "Mean gap between purchase days; missing for one-time buyers.",
            "came back every {gap_mean} days on average (typical customer: {base:gap_mean})") with
            {
                OnceTemplate = "has ordered only once",
            };
        yield return F("gap_sd", "days", FeatureTransform.SignedLog, c => c.GapSd,
            "Sample standard deviation of gaps; missing below two gaps.", "the days between orders vary by {gap_sd} around {gap_mean}") with
            {
                OnceTemplate = "has ordered only once",
            };
        yield return F("gap_cv", "ratio", FeatureTransform.None, c => c.GapSd / c.GapMean,
            "Standard deviation of gaps over their mean: 0 = clockwork, 1 = random; missing below two gaps.",
            "the days between orders vary by {gap_sd} around {gap_mean}") with
            {
                OnceTemplate = "has ordered only once",
            };
        yield return F("gap_max", "days", FeatureTransform.SignedLog, c => c.GapMax,
            "Longest gap; missing for one-time buyers.",
            "the longest pause between orders was {gap_max} days, the present one is {recency_days}") with
            {
                OnceTemplate = "has ordered only once",
            };
        yield return F("gap_last", "days", FeatureTransform.SignedLog, c => c.GapLast,
            "The latest gap; missing for one-time buyers.",
            "the last pause between orders was {gap_last} days, on average it is {gap_mean}") with
            {
                OnceTemplate = "has ordered only once",
            };
        yield return F("recency_over_gap_max", "ratio", FeatureTransform.SignedLog,
            c => c.Summary.Recency / Math.Max(c.Gaps > 0 ? c.GapMax : 0, c.Profile.MedianGapDays),
            "Days since the last purchase over the longest gap (at least the base's median gap).",
            "the longest pause between orders was {gap_max} days, the present one is {recency_days}") with
            {
                OnceTemplate = "ordered only once, {recency_days} days ago",
            };
    }

    private static IEnumerable<FeatureDefinition> Frequency()
    {
        FeatureDefinition F(
            string name, string unit, FeatureTransform transform, Func<FeatureContext, double> value, string description,
            string template, [CallerArgumentExpression(nameof(value))] string formula = "") =>
            Define(FeatureGroup.Frequency, name, unit, transform, value, description, template, formula);
        yield return F("one_time", "flag", FeatureTransform.None, c => c.Summary.DayCount == 1 ? 1 : 0,
            "1 = bought on one day only.",
            "has come back: bought on {purchase_days} days so far (typical customer: {base:purchase_days})") with
            {
                OnceTemplate = "has ordered only once",
            };
        yield return F("purchase_days", "days", FeatureTransform.SignedLog, c => c.Summary.DayCount,
            "Distinct days with a purchase.", "bought on {purchase_days} days so far (typical customer: {base:purchase_days})") with
            {
                OnceTemplate = "has ordered only once",
            };
        yield return F("orders", "orders", FeatureTransform.SignedLog, c => c.Summary.Total.Orders,
            "Distinct orders with a purchase.", "{orders} orders so far (typical customer: {base:orders})");
        yield return F("purchase_days_half_h", "days", FeatureTransform.SignedLog, c => c.Summary.In(Window.HalfH).Days,
            "Purchase days in the last H/2 days.",
            "bought on {purchase_days_half_h} days in the last {H/2} days (typical customer: {base:purchase_days_half_h})");
        yield return F("purchase_days_h", "days", FeatureTransform.SignedLog, c => c.Summary.In(Window.H).Days,
            "Purchase days in the last H days.",
            "bought on {purchase_days_h} days in the last {H} days (typical customer: {base:purchase_days_h})");
        yield return F("purchase_days_2h", "days", FeatureTransform.SignedLog, c => c.Summary.In(Window.TwoH).Days,
            "Purchase days in the last 2H days.",
            "bought on {purchase_days_2h} days in the last {2H} days (typical customer: {base:purchase_days_2h})");
        yield return F("purchase_days_4h", "days", FeatureTransform.SignedLog, c => c.Summary.In(Window.FourH).Days,
            "Purchase days in the last 4H days.",
            "bought on {purchase_days_4h} days in the last {4H} days (typical customer: {base:purchase_days_4h})");
        for (int i = 0; i < FeatureContext.DecayDays.Length; i++)
        {
            int k = i, tau = FeatureContext.DecayDays[i];
            yield return F($"decay_{tau}", "purchases", FeatureTransform.SignedLog, c => c.Decay(k),
                $"Sum over purchase days of exp(−age/{tau} days).",
                $"recent buying intensity ({tau}-day memory) {{decay_{tau}}} (base: {{base:decay_{tau}}})") with { Speaks = false };
        }

        yield return F("purchase_rate", "purchases per 30 days", FeatureTransform.SignedLog,
            c => 30d * c.Summary.DayCount / Math.Max(30, c.Summary.Tenure),
            "Purchase days per 30 days since the first purchase (at least 30 days).",
            "buys on {purchase_rate} days a month (typical customer: {base:purchase_rate})") with
            {
                OnceTemplate = "has ordered only once, {tenure_days} days ago",
            };
        yield return F("orders_30", "orders", FeatureTransform.SignedLog, c => c.Summary.In(Window.D30).Orders,
            "Orders in the last 30 days.", "{orders_30} orders in the last 30 days (typical customer: {base:orders_30})");
        yield return F("orders_90", "orders", FeatureTransform.SignedLog, c => c.Summary.In(Window.D90).Orders,
            "Orders in the last 90 days.", "{orders_90} orders in the last 90 days (typical customer: {base:orders_90})");
        yield return F("orders_365", "orders", FeatureTransform.SignedLog, c => c.Summary.In(Window.D365).Orders,
            "Orders in the last 365 days.", "{orders_365} orders in the last 365 days (typical customer: {base:orders_365})");
        yield return F("season_days_1", "days", FeatureTransform.SignedLog, c => c.SeasonDays(1),
            "Purchase days in the H days from a year before the as-of: the season of the coming window, a year ago; missing for who came "
                + "later.",
            "bought on {season_days_1} days in the same season last year (typical customer: {base:season_days_1})");
        yield return F("season_days_2", "days", FeatureTransform.SignedLog, c => c.SeasonDays(2),
            "The same two years ago.",
            "bought on {season_days_2} days in the same season two years ago (typical customer: {base:season_days_2})");
        yield return F("active_windows", "share", FeatureTransform.None, c => c.ActiveWindows(),
            "Share of the windows of H days since the first purchase with a purchase in them, the newest twelve at most.",
            "bought in {active_windows} of the periods of {H} days as a customer (base: {base:active_windows})") with
            {
                OnceTemplate = "has ordered only once",
            };
    }
}
