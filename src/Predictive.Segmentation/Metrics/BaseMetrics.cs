using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Metrics;

/// <summary>Columns of customer metrics that base metrics are computed from.</summary>
/// <param name="Customers">Customers of the base.</param>
/// <param name="Prospects">People known without a purchase; null = the dataset has no tables.</param>
/// <param name="Numbers">Numbers of a customer metric; null = there are none.</param>
/// <param name="Texts">Texts of a customer metric; null = there are none.</param>
public sealed record BaseColumns(int Customers, int? Prospects, Func<string, double[]?> Numbers, Func<string, string?[]?> Texts)
{
    /// <summary>
    /// Where each figure goes through on its way from columns to the value, by name: to be kept, or to be replaced by the sum of those kept
    /// of the parts of a base. Null = straight on.
    /// </summary>
    internal Func<string, Func<BaseFigure?>, BaseFigure?>? Through { get; init; }

    /// <summary>A figure, by its name, of this base.</summary>
    internal BaseFigure? Figure(string name, Func<BaseFigure?> of) => Through is { } through ? through(name, of) : of();
}

/// <summary>A metric of the whole base.</summary>
public sealed record BaseMetric : MetricDefinition
{
    private readonly Func<BaseColumns, double?> _of;

    internal BaseMetric(string name, string unit, string description, string formula, Func<BaseColumns, double?> of)
        : base(name, 1, MetricScope.Base, unit, description, formula) => _of = of;

    /// <summary>The customer metrics it is computed from.</summary>
    public IReadOnlyCollection<string> Reads
    {
        get
        {
            var read = new HashSet<string>(StringComparer.Ordinal);
            _of(new BaseColumns(1, null, Noted<double[]>, Noted<string?[]>));
            return read;

            T? Noted<T>(string name)
                where T : class
            {
                read.Add(name);
                return null;
            }
        }
    }

    /// <summary>The value; null = no data.</summary>
    public double? Value(BaseColumns columns) => _of(columns) is { } value && double.IsFinite(value) ? value : null;
}

/// <summary>The metrics of the whole base, in the order outputs show them.</summary>
public static class BaseMetrics
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<BaseMetric> All { get; } =
    [
        new("customers", "customers", "Customers with a purchase.", "a purchase before the as-of", c => c.Customers),
        new("prospects", "people", "People known without a purchase.", "ids of customers and events tables without a line", c =>
            c.Prospects),
        new("revenue_total", "money", "Net spend of all time.", "Σ spend_total", c => Sum(c, "spend_total")),
        new("revenue_365d", "money", "Net spend of the last 365 days.", "Σ spend_365d", c => Sum(c, "spend_365d")),
        new("gross_profit", "money", "Net spend less cost of goods.", "Σ profit_total; no data without unit costs", c => Sum(c,
            "profit_total")),
        new("service_cost_total", "money", "Cost of requests for service.", "Σ service_cost", c => Sum(c, "service_cost")),
        new("net_value_total", "money", "What customers brought after goods and service.", "Σ net_value", c => Sum(c, "net_value")),
        new("orders_total", "orders", "Orders kept.", "Σ orders", c => Sum(c, "orders")),
        new("mean_order_value", "money", "Net spend per order.", "revenue_total / orders_total",
            c => Sum(c, "spend_total") / Sum(c, "orders")),
        new("repeat_share", "share", "Customers with two orders or more.", "share of orders ≥ 2",
            c => Share(c, "orders", "from 2", v => v >= 2)),
        new("active_90d_share", "share", "Customers who bought in the last 90 days.", "share of recency_days ≤ 90",
            c => Share(c, "recency_days", "to 90", v => v <= 90)),
        new("returned_order_share", "share", "Orders given back whole.", "Σ returned_orders / (Σ orders + Σ returned_orders)",
            c => Sum(c, "returned_orders") / (Sum(c, "orders") + Sum(c, "returned_orders"))),
        new("top_decile_revenue_share", "share", "Net spend of the best tenth of the customers.", "Lorenz curve of spend_total at .1",
            c => TopDecile(c, "spend_total")),
        new("top_decile_profit_share", "share", "Profit of the best tenth of the customers.", "Lorenz curve of profit_total at .1",
            c => TopDecile(c, "profit_total")),
        new("nps_score", "−100–100", "Promoters less detractors.", "100 × (share of promoters − share of detractors) of the answers",
            c => Nps(c)),
        new("mean_penetration", "share", "Categories bought over categories there are.", "mean penetration", c => Mean(c, "penetration")),
        new("mean_reputation", "0–100", "Mean reputation.", "mean reputation_score", c => Mean(c, "reputation_score")),
        new("points_outstanding", "points", "Points that can still be used.", "Σ points_balance", c => Sum(c, "points_balance")),
        new("expected_churners", "customers", "Customers expected to buy nothing within the horizon.", "Σ churn_probability",
            c => Sum(c, "churn_probability")),
        new("expected_spend", "money", "Net spend expected within the horizon.", "Σ clv_expected", c => Sum(c, "clv_expected")),
        new("lifetime_value_total", "money", "Lifetime value of the base.", "Σ lifetime_value", c => Sum(c, "lifetime_value")),
        new("mean_lifetime_value", "money", "Lifetime value of a customer.", "mean lifetime_value", c => Mean(c, "lifetime_value")),
    ];

    private static double? Sum(BaseColumns columns, string metric) => Figure(columns, metric) is { Count: > 0 } f ? f.Sum.Value : null;

    private static double? Mean(BaseColumns columns, string metric) =>
        Figure(columns, metric) is { Count: > 0 } f ? f.Sum.Value / f.Count : null;

    private static BaseFigure? Figure(BaseColumns columns, string metric) => columns.Figure(
        BaseFigure.SumOf(metric), () => columns.Numbers(metric) is { } numbers ? BaseFigure.Summed(numbers) : null);

    /// <summary>Share of those, among all with a number or none, whose number is as asked.</summary>
    private static double? Share(BaseColumns columns, string metric, string which, Func<double, bool> isSo) => columns.Figure(
        $"{metric} {which}",
        () => columns.Numbers(metric) is { } numbers
            ? new BaseFigure { Count = numbers.Length, Of = numbers.LongCount(isSo) }
            : null) is { Count: > 0 } f ? f.Of / (double)f.Count : null;

    /// <summary>
    /// Share of the best tenth; a tenth that is no whole number takes its part of the next one; below 0 counts as 0. Of a base in parts,
    /// within <see cref="ValueSketch.Error"/>.
    /// </summary>
    private static double? TopDecile(BaseColumns columns, string metric)
    {
        if (columns.Through is { } through)
        {
            return through(BaseFigure.SpreadOf(metric), () => columns.Numbers(metric) is { } numbers
                ? new BaseFigure { Spread = ValueSketch.Of(numbers.Where(v => !double.IsNaN(v))) }
                : null)?.Spread?.TopShare(.1);
        }

        double[] descending = BaseScan.Sorted((columns.Numbers(metric) ?? []).Where(v => !double.IsNaN(v)).Select(v => Math.Max(v, 0)));
        Array.Reverse(descending);
        double all = descending.Sum(), at = descending.Length / 10.0;
        int whole = (int)at;
        return all > 0
            ? (descending.Take(whole).Sum() + (whole < descending.Length ? (at - whole) * descending[whole] : 0)) / all
            : null;
    }

    private static double? Nps(BaseColumns columns)
    {
        BaseFigure? answers = columns.Figure("answers of nps_group", () => Of(_ => true)), good = columns.Figure(
            "promoters of nps_group", () => Of(g => g == "promoter")), bad = columns.Figure(
            "detractors of nps_group", () => Of(g => g == "detractor"));
        return answers is { Count: > 0 } all ? 100.0 * (good!.Count - bad!.Count) / all.Count : null;

        BaseFigure? Of(Func<string, bool> isSo) => columns.Texts("nps_group") is { } groups
            ? new BaseFigure { Count = groups.LongCount(g => g is not null && isSo(g)) }
            : null;
    }
}

/// <summary>What a base metric is worked out from, of a part of a base: those of all parts add up to that of the whole.</summary>
internal sealed class BaseFigure
{
    /// <summary>Numbers known, or customers counted.</summary>
    public long Count { get; set; }

    /// <summary>Of them, those that are as asked.</summary>
    public long Of { get; set; }

    /// <summary>Sum of the numbers known.</summary>
    public ExactSum Sum { get; init; } = new();

    /// <summary>How they are spread; null where nobody asked.</summary>
    public ValueSketch? Spread { get; init; }

    /// <summary>What the count and sum of a customer metric are called.</summary>
    public static string SumOf(string metric) => $"sum of {metric}";

    /// <summary>What its spread is called.</summary>
    public static string SpreadOf(string metric) => $"spread of {metric}";

    /// <summary>Count and sum of the numbers that are known.</summary>
    public static BaseFigure Summed(double[] numbers)
    {
        var figure = new BaseFigure();
        foreach (double value in numbers)
        {
            if (!double.IsNaN(value))
            {
                figure.Count++;
                figure.Sum.Add(value);
            }
        }

        return figure;
    }

    /// <summary>Adds what another part holds.</summary>
    public void Add(BaseFigure other)
    {
        Count += other.Count;
        Of += other.Of;
        Sum.Add(other.Sum);
        if (other.Spread is { } spread)
        {
            Spread!.Add(spread);
        }
    }
}
