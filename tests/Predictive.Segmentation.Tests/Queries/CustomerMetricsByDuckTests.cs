using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>Every metric of a customer, and of the whole base, recomputed from the raw tables by DuckDB, customer by customer.</summary>
public sealed class CustomerMetricsByDuckTests : DuckTest
{
    private const int Horizon = 90;

    private static readonly string[] s_ofGoods =
    [
        "profit_total", "net_value", "categories_bought", "penetration", "gross_profit", "net_value_total", "top_decile_profit_share",
        "mean_penetration", "cross_sell_gap", "inferred",
    ];

    [Fact]
    public void Data_samples_customer_by_customer()
    {
        string samples = Path.Combine(SharedData.RepositoryRoot, "data-samples");
        Duck($"CREATE TABLE lines AS SELECT * FROM '{samples}/transactions.parquet' WHERE amount > 0");
        Duck($"CREATE TABLE people AS SELECT * FROM '{samples}/customers.parquet'");
        Agrees("2025-07-01", 1, [], mixed: true);
    }

    [Fact]
    public void Online_Retail_customer_by_customer()
    {
        string file = SharedData.Path("data/online_retail/online_retail_to_2011-08-31.csv.gz");
        Duck($"""
            CREATE TABLE lines AS SELECT CustomerID AS customer_id, InvoiceNo AS order_id, CAST(InvoiceDate AS TIMESTAMP) AS ordered_at,
                round(CAST(Quantity AS DOUBLE) * CAST(UnitPrice AS DOUBLE), 2) AS amount, StockCode AS product_id,
                CAST(Quantity AS DOUBLE) AS quantity, NULL::DOUBLE AS unit_cost, NULL::VARCHAR AS category
            FROM (SELECT DISTINCT * FROM read_csv('{file}', header = true, all_varchar = true))
            WHERE trim(coalesce(CustomerID, '')) <> '' AND amount > 0
            """);
        Duck("CREATE TABLE people AS SELECT DISTINCT customer_id, 'UK' AS region, NULL::VARCHAR AS age_band FROM lines");
        Agrees("2011-08-31", 41, [.. s_ofGoods, "potential"], mixed: false);
    }

    // Without returns every order is kept. Events are of every kind the rules read, one after so many lines.
    private void Agrees(string day, int every, string[] without, bool mixed)
    {
        Duck($"""
            CREATE TABLE events AS SELECT customer_id, ordered_at + INTERVAL (1 + i % 40) DAY + INTERVAL (i) MICROSECOND AS occurred_at,
                ['visit', 'login', 'ticket', 'nps', 'dispute', 'cancellation', 'newsletter'][1 + i % 7] AS kind,
                CASE i % 7 WHEN 2 THEN CASE WHEN i % 3 = 0 THEN NULL ELSE (i % 500) / 100.0 END WHEN 3 THEN i % 13 END::DOUBLE AS value
            FROM (SELECT *, row_number() OVER (ORDER BY customer_id, ordered_at, product_id, amount)::BIGINT AS i FROM lines)
                WHERE i % {every} = 0 AND i % 3 <> 1
            UNION ALL SELECT 'prospect-' || i, (SELECT max(ordered_at) FROM lines) - INTERVAL (200 - i) DAY, 'visit', NULL
                FROM range(0, 17) t(i)
            """);
        foreach (string name in new[] { "lines", "people", "events" })
        {
            string file = name switch { "lines" => "transactions", "people" => "customers", _ => name };
            string columns = name == "lines" && without.Length > 0 ? "* EXCLUDE (unit_cost, category)" : "*";
            Duck($"COPY (SELECT {columns} FROM {name}) TO '{Folder}/{file}.parquet' (FORMAT parquet)");
        }

        TransactionHistory history = DatasetLoader.Load(Folder);
        Assert.True(LocalTime.TryParse(day, TimeZoneInfo.Utc, out LocalTime asOf));
        var options = new RuleOptions
        {
            Engagement = new EngagementOptions { CostPerRequest = 2.5 },
            Inference = new InferenceOptions
            {
                Rules =
                [
                    new("age_band", "30-44", [["Toys"], ["party", "pets"]]) { Confidence = .4 },
                    new("age_band", "45-59", [["garden"], ["kitch"], ["home"]]),
                    new("region", "told of everybody", [["home"]]),
                ],
                MinimumConfidence = .25,
            },
            ValueMatrix = new ValueMatrixOptions
            {
                Potential = new PotentialOptions { GrowthWeight = 2, CrossSellWeight = mixed ? 1 : 0 },
            },
        };
        int[] customers = Population.At(history, asOf);
        double[] churn = [.. customers.Select(c => (c * 37 % 101) / 100.0)];
        double[] expected = [.. customers.Select(c => ((c % 3 == 0 ? 60 : 4) * (c * 53 % 211)) - 10.5)];
        double[] buys = [.. customers.Select(c => c * 29 % 97 / 12.0)];
        RuleBook book = RuleBook.Fit(history, asOf, options).WithValueMatrix(history, customers, asOf, Horizon, expected)
            .WithLifetimeValue(history, customers, asOf, Horizon, churn, expected);
        Dictionary<int, int> row = customers.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i);
        var table = SegmentTable.Build(
            history, book, asOf, (c, kept, rules) => ScoredSegments.Of(
                kept, asOf, book, rules, Horizon, churn[row[c]], new ClvPrediction(expected[row[c]], 0, 0, buys[row[c]], 0, 0, 0), ""),
            TestContext.Current.CancellationToken);

        Duck("CREATE TABLE cells AS SELECT * FROM (VALUES " + string.Join(
            ", ", from r in Enumerable.Range(1, 5) from f in Enumerable.Range(1, 5) from m in Enumerable.Range(1, 5)
                  select $"({r}, {f}, {m}, '{options.Rfm.Segments.SegmentOf(r, f, m)}')") + ") t(r, f, m, segment)");
        Duck("CREATE TABLE predicted AS SELECT * FROM (VALUES " + string.Join(", ", customers.Select((c, i) => string.Create(
            CultureInfo.InvariantCulture, $"('{history.CustomerId(c)}', {churn[i]}::DOUBLE, {expected[i]}::DOUBLE, {buys[i]}::DOUBLE)")))
            + ") t(customer_id, churn, expected, buys)");
        var sql = new CustomerSql(book, day, Horizon);
        foreach (string statement in sql.Tables())
        {
            Duck(statement);
        }

        int compared = 0, metrics = 0;
        var faults = new List<string>();
        foreach (CustomerMetric metric in CustomerMetrics.All.Where(m => !CustomerSql.Given.Contains(m.Name) && !without.Contains(m.Name)))
        {
            metrics++;
            Dictionary<string, object?> duck = Read($"SELECT customer_id, {metric.Name} FROM c");
            Assert.Equal(table.Count, duck.Count);
            // A column that says the same of everybody would agree by chance; nothing was given back here.
            Assert.True(metric.Name == "returned_orders" || duck.Values.Distinct().Count() > 1, metric.Name);
            int wrong = 0;
            for (int i = 0; i < table.Count; i++)
            {
                object? theirs = duck[table.CustomerId(i)];
                bool same = metric.IsText
                    ? (string?)theirs == table.Texts(metric.Name)[i]
                    : Same(theirs, table.Numbers(metric.Name)[i], metric.Unit);
                compared++;
                if (!same && ++wrong <= 3)
                {
                    object? ours = metric.IsText ? table.Texts(metric.Name)[i] : table.Numbers(metric.Name)[i];
                    faults.Add($"{metric.Name} of {table.CustomerId(i)}: DuckDB {theirs ?? "none"}, here {ours ?? "none"}");
                }
            }
        }

        var asked = new QueryBase(history, asOf, () => table, "default/1", Horizon);
        foreach (BaseMetric metric in BaseMetrics.All.Where(m => !without.Contains(m.Name)))
        {
            object? theirs = Read($"SELECT '', {CustomerSql.Of(metric)} FROM c LIMIT 1")[""];
            double? ours = QueryRunner.Run(asked, new MetricQuery { Metric = metric.Name }).Total.Value;
            if (!Same(theirs, ours ?? double.NaN, metric.Unit))
            {
                faults.Add($"{metric.Name}: DuckDB {theirs}, here {ours}");
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{metrics} metrics of {table.Count} customers, {compared} values");
        Assert.Empty(faults);
        // Each value of a text is there, so that no branch was left out.
        foreach ((string metric, int values) in new[]
        {
            ("lifecycle", 5), ("value_band", 3), ("loyalty_band", 3), ("quadrant", 4), ("tier", 4), ("nps_group", 3), ("value_matrix", 4),
            ("churn_band", 3), ("lifetime_band", 3),
            ("predicted_tier", 4), ("play", options.Plays.Rules.Select(r => r.Play.Goal).Distinct().Count()), ("rfm_group", 6),
        })
        {
            Assert.True(values == table.Texts(metric).Where(t => t is not null).Distinct().Count(), metric);
        }
    }

    // Money to the cent, what is rounded to two digits to one of the last, everything else to the sixth digit.
    private static bool Same(object? theirs, double ours, string unit)
    {
        double duck = Number(theirs) ?? double.NaN;
        double most = unit switch { "money" => .0051, "0–100" => .01 + 1e-9, _ => 1e-6 };
        return double.IsNaN(duck) == double.IsNaN(ours)
            && (double.IsNaN(duck) || Math.Abs(duck - ours) <= most + (1e-9 * Math.Abs(duck)));
    }

    // By its first column.
    private Dictionary<string, object?> Read(string sql) =>
        Duck(sql).ToDictionary(r => (string)r[0]!, r => r[1], StringComparer.Ordinal);
}
