using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DuckDB.NET.Data;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Predictive.Cli.Terminal;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>
/// A session of ten questions about Online Retail over standard input and output with the package's own client: every answer recomputed by
/// DuckDB from the delivered file, the transcript kept in docs/mcp-transcript.md.
/// </summary>
public sealed class McpTranscriptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-mcp-").FullName;
    private readonly DuckDBConnection _duck = new("Data Source=:memory:");

    public McpTranscriptTests() => _duck.Open();

    public void Dispose()
    {
        _duck.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private const string Orders = "count(DISTINCT (customer_id, order_id)) FILTER (amount > 0)";
    private const string Buyers = "count(DISTINCT customer_id) FILTER (amount > 0)";

    // Question, tool, arguments, and the figure of the total in SQL over the lines of the period.
    private static readonly (
        string Question, string Tool, Dictionary<string, object?> Arguments, string Sql, string From, string To)[] s_asked =
    [
        ("What was the revenue in June 2011?", "query_metric", new() { ["metric"] = "revenue", ["from"] = "2011-06", ["to"] = "2011-06" },
            "sum(amount)", "2011-06-01", "2011-06-30"),
        ("How many orders came by month in the second quarter?", "query_metric",
            new() { ["metric"] = "orders", ["by"] = new[] { "month" }, ["from"] = "2011-Q2", ["to"] = "2011-Q2" },
            Orders, "2011-04-01", "2011-06-30"),
        ("How many customers bought in July?", "query_metric",
            new() { ["metric"] = "active customers", ["from"] = "2011-07", ["to"] = "2011-07" }, Buyers, "2011-07-01", "2011-07-31"),
        ("How many of them for the first time?", "query_metric",
            new() { ["metric"] = "new_customers", ["from"] = "2011-07", ["to"] = "2011-07" },
            "count(DISTINCT customer_id) FILTER (amount > 0 AND first_purchase >= DATE '2011-07-01')", "2011-07-01", "2011-07-31"),
        ("What is an order worth?", "query_metric",
            new() { ["metric"] = "客单价", ["from"] = "2011-01", ["to"] = "2011-08" }, $"sum(amount) / {Orders}", "2011-01-01", "2011-08-31"),
        ("How much was given back in spring?", "query_metric",
            new() { ["metric"] = "refunds", ["from"] = "2011-03", ["to"] = "2011-05" }, "-sum(amount) FILTER (amount < 0)", "2011-03-01",
            "2011-05-31"),
        ("Which five products brought most in August?", "query_metric",
            new() { ["metric"] = "sales", ["by"] = new[] { "product" }, ["from"] = "2011-08", ["to"] = "2011-08", ["limit"] = 5 },
            "sum(amount)", "2011-08-01", "2011-08-31"),
        ("How many pieces were sold in all?", "query_metric",
            new() { ["metric"] = "units_sold", ["from"] = "2010-12", ["to"] = "2011-08" }, "sum(quantity) FILTER (amount > 0)",
            "2010-12-01", "2011-08-31"),
        ("What did a customer spend in the first quarter?", "query_metric",
            new() { ["metric"] = "ARPU", ["from"] = "2011-Q1", ["to"] = "2011-Q1" }, $"sum(amount) / {Buyers}", "2011-01-01", "2011-03-31"),
        ("Why did the revenue of July differ from that of June?", "compare_periods",
            new() { ["metric"] = "revenue", ["by"] = "acquisition_month", ["from"] = "2011-07", ["to"] = "2011-07" }, "sum(amount)",
            "2011-07-01", "2011-07-31"),
    ];

    [Fact]
    public async Task Ten_questions_are_answered_as_DuckDB_answers_them()
    {
        string file = SharedData.Path("data/online_retail/online_retail_to_2011-08-31.csv.gz");
        (int code, _, string error) = await Run.Predictive("import", file, "--out", _folder, "--overwrite");
        Assert.True(code == ExitCode.Done, error);
        Duck($"""
            CREATE TABLE lines AS WITH delivered AS (SELECT DISTINCT * FROM read_csv('{file}', header = true, all_varchar = true)
                WHERE CustomerID IS NOT NULL AND trim(CustomerID) <> ''),
            raw AS (SELECT CustomerID AS customer_id, InvoiceNo AS order_id, CAST(InvoiceDate AS TIMESTAMP) AS ordered_at,
                CAST(Quantity AS DOUBLE) * CAST(UnitPrice AS DOUBLE) AS amount, CAST(Quantity AS DOUBLE) AS quantity,
                StockCode AS product_id FROM delivered)
            SELECT raw.*, f.first_purchase FROM raw LEFT JOIN
                (SELECT customer_id, min(ordered_at) AS first_purchase FROM raw WHERE amount > 0 GROUP BY 1) f USING (customer_id)
            """);
        var transcript = new StringBuilder("# Ten questions to the MCP server about Online Retail\n\n");
        transcript.Append("`predictive mcp DIR` asked by the official client over standard input and output. "
            + "`McpTranscriptTests` makes this file and checks every total by DuckDB from the delivered CSV.\n");
        await using McpClient client = await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions
        {
            Name = "predictive", Command = "dotnet",
            Arguments = [Path.Combine(AppContext.BaseDirectory, "predictive.dll"), "mcp", _folder, "--as-of", "2011-09-01"],
        }), new McpClientOptions { InitializationTimeout = TimeSpan.FromMinutes(5) });
        foreach (var (question, tool, arguments, sql, from, to) in s_asked)
        {
            CallToolResult result = await client.CallToolAsync(tool, arguments);
            string text = Assert.IsType<TextContentBlock>(result.Content[0]).Text;
            Assert.True(result.IsError is not true, text);
            JsonElement answer = JsonDocument.Parse(text).RootElement;
            double told = tool == "compare_periods"
                ? answer.GetProperty("after").GetDouble()
                : answer.GetProperty("total").GetProperty("value").GetDouble();
            double expected = Number(
                $"SELECT {sql} FROM lines WHERE ordered_at >= DATE '{from}' AND ordered_at < DATE '{to}' + INTERVAL 1 DAY");
            Assert.True(Math.Abs(told - expected) <= .0051, $"{question}: {told:R}, DuckDB {expected:R}");
            string asked = JsonSerializer.Serialize(arguments, s_json);
            transcript.Append(CultureInfo.InvariantCulture, $"\n## {question}\n\n`{tool}` {asked}\n\n");
            transcript.Append(
                CultureInfo.InvariantCulture,
                $"{answer.GetProperty("metric").GetString()}: {answer.GetProperty("query").GetString()}\n\n");
            transcript.Append(Lines(answer, tool));
        }

        string kept = Path.Combine(SharedData.RepositoryRoot, "docs", "mcp-transcript.md");
        string made = transcript.ToString();
        string fresh = Path.Combine(Path.GetTempPath(), "mcp-transcript.md");
        if (!File.Exists(kept) || await File.ReadAllTextAsync(kept) != made)
        {
            await File.WriteAllTextAsync(fresh, made);
            Assert.Fail($"docs/mcp-transcript.md is not what the session says; what it says lies in {fresh}");
        }
    }

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Lines(JsonElement answer, string tool)
    {
        var text = new StringBuilder();
        if (tool == "compare_periods")
        {
            double Of(string name) => answer.GetProperty(name).GetDouble();
            text.Append(
                CultureInfo.InvariantCulture,
                $"- {Of("before"):0.00} before, {Of("after"):0.00} after: {Of("change"):0.00}, "
                    + $"{(answer.GetProperty("isSure").GetBoolean() ? "more than chance" : "may be chance")}\n");
            foreach (JsonElement g in answer.GetProperty("most").EnumerateArray())
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"- {g.GetProperty("group").GetString()}: {g.GetProperty("effect").GetDouble():0.00}\n");
            }

            return text.ToString();
        }

        foreach (JsonElement row in answer.GetProperty("rows").EnumerateArray().Append(answer.GetProperty("total")))
        {
            string of = string.Join(", ", row.GetProperty("of").EnumerateArray().Select(o => o.GetString()).DefaultIfEmpty("all"));
            text.Append(CultureInfo.InvariantCulture, $"- {of}: {row.GetProperty("value").GetDouble():0.####}\n");
        }

        return text.ToString();
    }

    private double Number(string sql)
    {
        using DuckDBCommand command = _duck.CreateCommand();
        command.CommandText = sql;
        object value = command.ExecuteScalar()!;
        return value is BigInteger big ? (double)big : Convert.ToDouble(value, CultureInfo.InvariantCulture);
    }

    private void Duck(string sql)
    {
        using DuckDBCommand command = _duck.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
