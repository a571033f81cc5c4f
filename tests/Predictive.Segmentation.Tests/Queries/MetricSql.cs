using System.Globalization;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>A way to ask, and the same in SQL.</summary>
/// <param name="By">Dimensions, with their SQL.</param>
/// <param name="Where">Conditions.</param>
/// <param name="Filter">The same in SQL.</param>
/// <param name="Grain">Finest dimension of time, as date_trunc calls it; null = none.</param>
internal sealed record Way((string Name, string Sql)[] By, string[] Where, string Filter, string From, string To, string? Grain);

/// <summary>The metrics of a period as SQL over a table raw, written anew and not taken from the catalogue.</summary>
internal static class MetricSql
{
    public static string Of(PeriodMetric metric, Way way)
    {
        string names = string.Join("", way.By.Select((b, i) => $"{b.Sql} AS d{i}, "));
        string keys = string.Join("", way.By.Select((_, i) => $"d{i}, "));
        string group = way.By.Length == 0 ? "" : "GROUP BY " + string.Join(", ", way.By.Select((_, i) => $"d{i}"));
        string start = way.Grain is null
            ? $"TIMESTAMP '{way.From}'"
            : $"greatest(TIMESTAMP '{way.From}', date_trunc('{way.Grain}', ordered_at))";
        string lines = $"""
            WITH lines AS (SELECT *, {names} first_purchase >= {start} AS is_new FROM raw
                WHERE ordered_at >= TIMESTAMP '{way.From}' AND ordered_at < TIMESTAMP '{way.To}' + INTERVAL 1 DAY AND {way.Filter})
            """;
        const string Profit = "sum(amount - sign(amount) * coalesce(abs(quantity), 1) * coalesce(unit_cost, 0))";
        const string Orders = "count(DISTINCT (customer_id, order_id)) FILTER (amount > 0)";
        const string Buyers = "count(DISTINCT customer_id) FILTER (amount > 0)";
        const string Gross = "coalesce(sum(amount) FILTER (amount > 0), 0)", Back = "coalesce(-sum(amount) FILTER (amount < 0), 0)";
        const string New = "count(DISTINCT customer_id) FILTER (amount > 0 AND is_new)";
        const string Units = "coalesce(sum(quantity) FILTER (amount > 0), 0)";
        string? plain = metric.Name switch
        {
            "revenue" => "sum(amount)",
            "gross_sales" => Gross,
            "returned_value" => Back,
            "return_rate" => $"{Back} / nullif({Gross}, 0)",
            "period_profit" => Profit,
            "margin_rate" => $"{Profit} / sum(amount)",
            "orders_placed" => Orders,
            "purchase_lines" => "count(*) FILTER (amount > 0)",
            "units_sold" => Units,
            "active_customers" => Buyers,
            "new_customers" => New,
            "new_customer_share" => $"{New} / nullif({Buyers}, 0)::DOUBLE",
            "new_customer_revenue" => "coalesce(sum(amount) FILTER (is_new), 0)",
            "average_order_value" => $"sum(amount) / nullif({Orders}, 0)",
            "average_spend" => $"sum(amount) / nullif({Buyers}, 0)",
            "orders_per_customer" => $"{Orders} / nullif({Buyers}, 0)::DOUBLE",
            "units_per_order" => $"{Units} / nullif({Orders}, 0)::DOUBLE",
            _ => null,
        };
        if (plain is not null)
        {
            return $"{lines} SELECT {keys} {plain} FROM lines {group}";
        }

        if (metric.Name == "repeat_rate")
        {
            return $"""
                {lines} SELECT {keys} avg(CASE WHEN o >= 2 THEN 1.0 ELSE 0 END) FILTER (o > 0) FROM
                    (SELECT {keys} customer_id, {Orders} AS o FROM lines GROUP BY ALL) {group}
                """;
        }

        if (metric.Name == "revenue_concentration")
        {
            string over = way.By.Length == 0 ? "" : "PARTITION BY " + keys.TrimEnd(' ', ',');
            return $"""
                {lines}, spend AS (SELECT {keys} customer_id, sum(amount) AS net, count(*) FILTER (amount > 0) AS p FROM lines GROUP BY ALL),
                ranked AS (SELECT *, greatest(net, 0) AS v, row_number() OVER ({over} ORDER BY CASE WHEN p > 0 THEN 0 ELSE 1 END, net DESC)
                    AS r, count(*) FILTER (p > 0) OVER ({over}) AS n FROM spend)
                SELECT {keys} CASE WHEN max(n) = 0 THEN NULL ELSE coalesce(sum(v * greatest(0, least(1, n / 10.0 - r + 1)))
                    FILTER (p > 0) / nullif(sum(v) FILTER (p > 0), 0), 0) END FROM ranked {group}
                """;
        }

        string value = metric.Name switch
        {
            "retention_rate" => "count(later.customer_id) / count(*)::DOUBLE",
            "churn_rate" => "1 - count(later.customer_id) / count(*)::DOUBLE",
            "lost_customers" => "count(*) - count(later.customer_id)",
            _ => throw new NotSupportedException($"No SQL for {metric.Name}: a metric without an independent check."),
        };
        return LookBack(way, value);
    }

    // Purchases by step; a step's own days within the period, all of the step's days before the first.
    private static string LookBack(Way way, string value)
    {
        (string Name, string Sql)[] own = [.. way.By.Where(b => b.Name is not ("month" or "quarter" or "year"))];
        DateOnly from = DateOnly.Parse(way.From, CultureInfo.InvariantCulture), to = DateOnly.Parse(way.To, CultureInfo.InvariantCulture);
        Period before = new Period(from, to).Before();
        string step = way.Grain is { } grain
            ? $"date_diff('{grain}', TIMESTAMP '{way.From}', ordered_at)"
            : $"CASE WHEN ordered_at >= TIMESTAMP '{way.From}' THEN 0 WHEN ordered_at >= TIMESTAMP '{before.From:yyyy-MM-dd}' THEN -1 END";
        string columns = string.Join("", own.Select((b, i) => $"{b.Sql} AS c{i}, "));
        string keys = string.Join("", way.By.Select(b => b.Name is "month" or "quarter" or "year"
            ? "strftime(" + (b.Name == "month" ? "at, '%Y-%m'), " : b.Name == "year" ? "at, '%Y'), " : "at, '%Y') || '-Q' || quarter(at), ")
            : $"earlier.c{Array.FindIndex(own, o => o.Name == b.Name)}, "));
        string at = way.Grain is { } g ? $"date_trunc('{g}', TIMESTAMP '{way.From}') + INTERVAL 1 {g} * (earlier.step + 1)" : "NULL";
        string group = way.By.Length == 0 ? "" : "GROUP BY ALL";
        return $"""
            WITH bought AS (SELECT DISTINCT customer_id, {columns} {step} AS step FROM raw
                WHERE amount > 0 AND ordered_at < TIMESTAMP '{way.To}' + INTERVAL 1 DAY)
            SELECT {keys.Replace("at,", $"{at},", StringComparison.Ordinal).Replace("quarter(at)", $"quarter({at})", StringComparison.Ordinal)}
                {value} FROM (SELECT DISTINCT * FROM bought WHERE step >= -1 AND step < {Last(way, from, to)}) earlier
            LEFT JOIN (SELECT DISTINCT customer_id, step FROM bought) later
                ON later.customer_id = earlier.customer_id AND later.step = earlier.step + 1 {group}
            """;
    }

    private static int Last(Way way, DateOnly from, DateOnly to) => way.Grain switch
    {
        "month" => ((to.Year - from.Year) * 12) + to.Month - from.Month,
        "quarter" => (((to.Year - from.Year) * 12) + to.Month - 1) / 3 - ((from.Month - 1) / 3),
        "year" => to.Year - from.Year,
        _ => 0,
    };
}
