namespace Predictive.Segmentation.Metrics;

/// <summary>What is added up over the lines of a group; every metric of a period is one of these, or one over another.</summary>
/// <remarks>A purchase is a line with an amount above 0, a return one below 0.</remarks>
public enum PeriodPart
{
    /// <summary>Σ amount.</summary>
    Net,

    /// <summary>Σ amount of purchases.</summary>
    Gross,

    /// <summary>−Σ amount of returns.</summary>
    Returned,

    /// <summary>Σ quantity of purchases; a purchase that states none counts none.</summary>
    Units,

    /// <summary>Purchase lines.</summary>
    Purchases,

    /// <summary>Distinct orders with a purchase; without an order id, distinct days of a customer.</summary>
    Orders,

    /// <summary>Distinct customers with a purchase.</summary>
    Buyers,

    /// <summary>Of them, those whose first purchase of all was not before the period.</summary>
    New,

    /// <summary>Of them, those with two orders or more.</summary>
    Repeat,

    /// <summary>Σ amount of those whose first purchase of all was not before the period.</summary>
    NewNet,

    /// <summary>Σ amount less units × unit cost; a return takes its cost back, a line without cost counts none.</summary>
    Profit,

    /// <summary>Distinct customers with a purchase in the period before, of equal length.</summary>
    Before,

    /// <summary>Of them, those with a purchase in this one.</summary>
    Stayed,

    /// <summary>Of them, those without.</summary>
    Left,
}

/// <summary>A metric of a period: a sum, or one sum over another.</summary>
public sealed record PeriodMetric : MetricDefinition
{
    internal PeriodMetric(
        string name, string unit, string description, string formula, string code, PeriodPart part, PeriodPart? over = null,
        bool isConcentration = false)
        : base(name, 1, MetricScope.Period, unit, description, formula) =>
        (Code, Part, Over, IsConcentration) = (code, part, over, isConcentration);

    /// <summary>Numerator, or the sum itself.</summary>
    public PeriodPart Part { get; }

    /// <summary>Denominator; null = the metric is a sum.</summary>
    public PeriodPart? Over { get; }

    /// <summary>Whether it is how unevenly <see cref="Part"/> is spread over customers, and no sum at all.</summary>
    public bool IsConcentration { get; }

    /// <summary>Whether it is a share of customers: each counts 0 or 1.</summary>
    public bool IsShareOfCustomers => Over is PeriodPart.Buyers or PeriodPart.Before && Unit == "share";

    /// <summary>Whether it holds the period against the one before, so that only groups of customers make sense.</summary>
    public bool LooksBack => Part >= PeriodPart.Before;

    /// <summary>Whether lines must state what a unit costs.</summary>
    public bool NeedsCost => Part == PeriodPart.Profit;

    /// <summary>Whether lines must state units.</summary>
    public bool NeedsUnits => Part == PeriodPart.Units;

    /// <inheritdoc/>
    public override string? Code { get; }

    /// <inheritdoc/>
    public override string TimeRule => LooksBack
        ? "the days from, to and between, and the period of equal length before; whole months look at as many months before"
        : "the local days from, to and between, by the time of the line";
}

/// <summary>The metrics of a period, in the order outputs show them.</summary>
/// <remarks>
/// They count what was ordered, and money when it came or went: an order given back later stays an order here, and its return lowers the
/// revenue of the day it came. The metrics as of a time (<see cref="BaseMetrics"/>) count orders that were kept.
/// </remarks>
public static class PeriodMetrics
{
    private const string Buyers = "count(DISTINCT customer_id) FILTER (amount > 0)";
    private const string Orders = "count(DISTINCT (customer_id, order_id)) FILTER (amount > 0)";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PeriodMetric> All { get; } =
    [
        new("revenue", "money", "Net sales: purchases less returns.", "Σ amount", "sum(amount)", PeriodPart.Net),
        new("gross_sales", "money", "Purchases, returns not taken off.", "Σ amount of purchases", "sum(amount) FILTER (amount > 0)",
            PeriodPart.Gross),
        new("returned_value", "money", "Money given back.", "−Σ amount of returns", "-sum(amount) FILTER (amount < 0)",
            PeriodPart.Returned),
        new("return_rate", "share", "Money given back per money taken.", "returned_value / gross_sales",
            "-sum(amount) FILTER (amount < 0) / sum(amount) FILTER (amount > 0)", PeriodPart.Returned, PeriodPart.Gross),
        new("period_profit", "money", "Net sales less cost of goods.", "Σ (amount − units × unit cost); no data without unit costs",
            "sum(amount - sign(amount) * coalesce(abs(quantity), 1) * coalesce(unit_cost, 0))", PeriodPart.Profit),
        new("margin_rate", "share", "Profit per net sales.", "period_profit / revenue",
            "sum(amount - sign(amount) * coalesce(abs(quantity), 1) * coalesce(unit_cost, 0)) / sum(amount)", PeriodPart.Profit,
            PeriodPart.Net),
        new("orders_placed", "orders", "Orders with a purchase; one given back later counts.",
            "distinct orders with a purchase; without an order id, distinct days of a customer", Orders, PeriodPart.Orders),
        new("purchase_lines", "lines", "Lines bought.", "count of purchases", "count(*) FILTER (amount > 0)", PeriodPart.Purchases),
        new("units_sold", "units", "Units bought.", "Σ quantity of purchases", "sum(quantity) FILTER (amount > 0)", PeriodPart.Units),
        new("active_customers", "customers", "Customers who bought.", "distinct customers with a purchase", Buyers, PeriodPart.Buyers),
        new("new_customers", "customers", "Customers who bought for the first time.",
            "active customers whose first purchase of all is not before the period",
            "count(DISTINCT customer_id) FILTER (amount > 0 AND first_purchase >= period_start)", PeriodPart.New),
        new("new_customer_share", "share", "Of the customers who bought, those who did for the first time.",
            "new_customers / active_customers",
            "count(DISTINCT customer_id) FILTER (amount > 0 AND first_purchase >= period_start) / " + Buyers, PeriodPart.New,
            PeriodPart.Buyers),
        new("repeat_rate", "share", "Of the customers who bought, those with two orders or more in the period.",
            "customers with orders_placed ≥ 2 / active_customers",
            "avg(CASE WHEN orders >= 2 THEN 1 ELSE 0 END) FROM (SELECT " + Orders + " AS orders GROUP BY customer_id HAVING orders > 0)",
            PeriodPart.Repeat, PeriodPart.Buyers),
        new("new_customer_revenue", "money", "Net sales to customers who bought for the first time.",
            "Σ amount of customers whose first purchase of all is not before the period",
            "sum(amount) FILTER (first_purchase >= period_start)", PeriodPart.NewNet),
        new("average_order_value", "money", "Net sales per order.", "revenue / orders_placed", "sum(amount) / " + Orders, PeriodPart.Net,
            PeriodPart.Orders),
        new("average_spend", "money", "Net sales per customer who bought.", "revenue / active_customers", "sum(amount) / " + Buyers,
            PeriodPart.Net, PeriodPart.Buyers),
        new("orders_per_customer", "orders", "Orders per customer who bought.", "orders_placed / active_customers",
            Orders + " / " + Buyers, PeriodPart.Orders, PeriodPart.Buyers),
        new("units_per_order", "units", "Units per order.", "units_sold / orders_placed",
            "sum(quantity) FILTER (amount > 0) / " + Orders, PeriodPart.Units, PeriodPart.Orders),
        new("retention_rate", "share", "Of the customers who bought in the period before, those who bought again in this one.",
            "customers with a purchase in both / customers with a purchase in the period before",
            "count(now.customer_id) / count(*) FROM before LEFT JOIN now USING (customer_id)", PeriodPart.Stayed, PeriodPart.Before),
        new("churn_rate", "share", "Of the customers who bought in the period before, those who did not buy in this one.",
            "1 − retention_rate", "1 - count(now.customer_id) / count(*) FROM before LEFT JOIN now USING (customer_id)", PeriodPart.Left,
            PeriodPart.Before),
        new("lost_customers", "customers", "Customers who bought in the period before and not in this one.",
            "customers with a purchase in the period before and none in this one",
            "count(*) FROM before ANTI JOIN now USING (customer_id)", PeriodPart.Left),
        new("revenue_concentration", "share", "Share of the revenue that the best tenth of the customers who bought brought.",
            "Lorenz curve of the net sales per active customer at .1; below 0 counts as 0",
            "sum(net) FILTER (rank <= count / 10) / sum(net)", PeriodPart.Net, isConcentration: true),
    ];

    private static readonly Dictionary<string, PeriodMetric> s_byName = All.ToDictionary(m => m.Name, StringComparer.Ordinal);

    /// <summary>The metric of a name; null = there is none.</summary>
    public static PeriodMetric? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>Parts there are.</summary>
    internal static int PartCount { get; } = Enum.GetValues<PeriodPart>().Length;
}
