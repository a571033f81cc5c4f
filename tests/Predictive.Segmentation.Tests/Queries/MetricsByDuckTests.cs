using System.Globalization;
using Predictive.History;
using Predictive.History.Import;
using Predictive.History.Loading;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>Every metric of a period, recomputed from the raw lines by DuckDB: another engine, another text, to the cent.</summary>
public sealed class MetricsByDuckTests : DuckTest
{
    private const string Month = "strftime(ordered_at, '%Y-%m')";
    private const string Quarter = "strftime(ordered_at, '%Y') || '-Q' || quarter(ordered_at)";

    [Fact]
    public void Data_samples_to_the_cent()
    {
        string data = Path.Combine(SharedData.RepositoryRoot, "data-samples");
        string raw = $"""
            SELECT t.customer_id, t.order_id, t.ordered_at, t.amount, t.quantity, t.unit_cost, t.channel, t.category, t.product_id,
                c.region, f.first_purchase, f.first_channel
            FROM '{data}/transactions.parquet' t LEFT JOIN '{data}/customers.parquet' c USING (customer_id)
            LEFT JOIN (SELECT customer_id, min(ordered_at) AS first_purchase, arg_min(channel, ordered_at) AS first_channel
                FROM '{data}/transactions.parquet' WHERE amount > 0 GROUP BY 1) f USING (customer_id)
            """;
        TransactionHistory history = DatasetLoader.Load(data);
        string[] channels = history.Columns.Channels!, categories = history.Columns.Categories!;
        Way[] ways =
        [
            new([], [], "true", "2024-01-01", "2024-12-31", null),
            new([], [], "true", "2023-10-02", "2025-09-30", null),
            new([("month", Month), ("channel", "coalesce(channel, '(none)')")], [], "true", "2024-03-01", "2024-08-31", "month"),
            new([("category", "coalesce(category, '(none)')")], [$"channel = {channels[0]}"], $"channel = '{channels[0]}'", "2024-02-10",
                "2025-01-15", null),
            new([("acquisition_channel", "coalesce(first_channel, '(none)')"), ("quarter", Quarter)], [], "true", "2024-01-01",
                "2025-06-30", "quarter"),
            new([("weekday", "dayname(ordered_at)")], [$"category != {categories[0]}"], $"coalesce(category, '') <> '{categories[0]}'",
                "2024-07-01", "2025-09-30", null),
            new([("attribute.region", "coalesce(region, '(none)')")], [], "true", "2025-01-01", "2025-03-31", null),
            new([("week", "strftime(date_trunc('week', ordered_at), '%Y-%m-%d')"), ("product", "product_id")], [], "true", "2025-05-05",
                "2025-06-15", "week"),
            new([("year", "strftime(ordered_at, '%Y')")], [], "true", "2023-10-02", "2025-09-30", "year"),
        ];
        AgreesOn(history, raw, ways, _ => true);
    }

    [Fact]
    public void Online_Retail_to_the_cent_from_the_delivered_file()
    {
        string file = SharedData.Path("data/online_retail/online_retail_to_2011-08-31.csv.gz");
        CsvImport.Run(new ImportOptions { Source = file, OutputFolder = Folder, Existing = ExistingData.Overwrite });
        string raw = $"""
            WITH delivered AS (SELECT DISTINCT * FROM read_csv('{file}', header = true, all_varchar = true)
                WHERE CustomerID IS NOT NULL AND trim(CustomerID) <> ''),
            lines AS (SELECT CustomerID AS customer_id, InvoiceNo AS order_id, CAST(InvoiceDate AS TIMESTAMP) AS ordered_at,
                CAST(Quantity AS DOUBLE) * CAST(UnitPrice AS DOUBLE) AS amount, CAST(Quantity AS DOUBLE) AS quantity,
                NULL::DOUBLE AS unit_cost, StockCode AS product_id FROM delivered)
            SELECT lines.*, f.first_purchase FROM lines LEFT JOIN
                (SELECT customer_id, min(ordered_at) AS first_purchase FROM lines WHERE amount > 0 GROUP BY 1) f USING (customer_id)
            """;
        Way[] ways =
        [
            new([], [], "true", "2010-12-01", "2011-08-31", null),
            new([("month", Month)], [], "true", "2010-12-01", "2011-08-31", "month"),
            new([("quarter", Quarter), ("weekday", "dayname(ordered_at)")], [], "true", "2011-01-15", "2011-08-20", "quarter"),
        ];
        AgreesOn(DatasetLoader.Load(Folder), raw, ways, m => !m.NeedsCost);
    }

    internal static QueryBase Base(TransactionHistory history, LocalTime? asOf = null)
    {
        LocalTime at = asOf ?? LocalTime.MidnightAfter(history.LastMicros);
        return new QueryBase(history, at, () => SegmentTable.Build(history, RuleBook.Fit(history, at, new RuleOptions()), at), null);
    }

    private void AgreesOn(TransactionHistory history, string raw, Way[] ways, Func<PeriodMetric, bool> takes)
    {
        Duck($"CREATE TABLE raw AS {raw}");
        QueryBase of = Base(history);
        int compared = 0, metrics = 0;
        foreach (PeriodMetric metric in PeriodMetrics.All.Where(takes))
        {
            metrics++;
            foreach (Way way in ways.Where(w => !metric.LooksBack || Suits(w)))
            {
                QueryAnswer answer = QueryRunner.Run(of, new MetricQuery
                {
                    Metric = metric.Name, By = [.. way.By.Select(b => b.Name)], Where = way.Where, From = way.From, To = way.To,
                    Limit = MetricQuery.MostRows,
                });
                Dictionary<string, double?> told = answer.Rows.ToDictionary(r => string.Join('|', r.Of), r => r.Value);
                string what = $"{metric.Name} by {string.Join(", ", answer.By)} where {string.Join(";", way.Where)}";
                Close(Number(Duck(MetricSql.Of(metric, way with { By = [], Grain = null }))[0][^1]), answer.Total.Value, metric.Unit, what);
                if (way.By.Length == 0)
                {
                    compared++;
                    continue;
                }

                List<object?[]> rows = Duck(MetricSql.Of(metric, way));
                Assert.Equal(rows.Count, told.Count);
                foreach (object?[] row in rows)
                {
                    string key = string.Join('|', row[..^1].Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)));
                    Assert.True(told.ContainsKey(key), $"{what}: no row '{key}'; there are {string.Join("; ", told.Keys.Take(5))}");
                    Close(Number(row[^1]), told[key], metric.Unit, $"{what} [{key}]");
                    compared++;
                }
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{metrics} metrics, {ways.Length} ways, {compared} figures equal");
        Assert.True(compared > 10 * metrics, $"{compared}");
    }

    // A figure about who left asks for customers and one row of periods.
    private static bool Suits(Way way) =>
        way.Where.Length == 0 && way.By.All(b => b.Name is "month" or "quarter" or "year" or "acquisition_channel" or "attribute.region");

    // Money is rounded to the cent here, everything else to the sixth digit; what a unit costs is held as a float.
    private static void Close(double? expected, double? found, string unit, string what)
    {
        Assert.True(expected is null == found is null, $"{what}: DuckDB {expected}, here {found}");
        double most = unit == "money" ? .005 : 1e-6;
        Assert.True(
            expected is null || Math.Abs(expected.Value - found!.Value) <= most + (1e-12 * Math.Abs(expected.Value)),
            $"{what}: DuckDB {expected}, here {found}");
    }
}
