using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Predictive.Cli.Terminal;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>metrics, ask and mcp on data-samples, as their users call them.</summary>
public class MetricsVerbTests
{
    private static readonly string s_data = Path.Combine(SharedData.RepositoryRoot, "data-samples");

    [Fact]
    public async Task Metrics_are_listed_shown_and_computed()
    {
        string list = await Done("metrics", "list");
        Assert.Contains("churn_rate/1", list, StringComparison.Ordinal);
        Assert.Contains("流失率", list, StringComparison.Ordinal);
        Assert.Contains("sum(amount)", await Done("metrics", "show", "turnover"), StringComparison.Ordinal);
        string json = await Done(
            "metrics", "compute", "revenue", s_data, "--by", "channel,quarter", "--from", "2025", "--where", "channel = app, web",
            "--json");
        JsonElement answer = JsonDocument.Parse(json).RootElement;
        Assert.Equal(
            "revenue by channel, quarter in 2025-01-01..2025-09-30 where channel = app, web", answer.GetProperty("query").GetString());
        double sum = answer.GetProperty("rows").EnumerateArray().Sum(r => r.GetProperty("value").GetDouble());
        Assert.Equal(answer.GetProperty("total").GetProperty("value").GetDouble(), sum, .04);
        string csv = await Done("metrics", "compute", "AOV", s_data, "--by", "tier", "--format", "csv");
        Assert.Equal(6, csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        string chart = await Done("metrics", "compute", "revenue", s_data, "--by", "month", "--from", "2025", "--format", "chart");
        Assert.Matches(@"2025-01 +█+", chart);
        string then = await Done("metrics", "compute", "customers", s_data, "--by", "tier", "--compare", "2025-06", "--json");
        JsonElement against = JsonDocument.Parse(then).RootElement.GetProperty("total");
        string earlier = await Done("metrics", "compute", "customers", s_data, "--as-of", "2025-07-01", "--json");
        Assert.Equal(
            JsonDocument.Parse(earlier).RootElement.GetProperty("total").GetProperty("value").GetDouble(),
            against.GetProperty("before").GetDouble());
        string why = await Done("metrics", "why", "revenue", s_data, "--by", "channel", "--from", "2025-06");
        Assert.Contains("95 % between", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_says_how_it_was_understood()
    {
        string answer = await Done("ask", "average order value by channel in 2024", s_data);
        Assert.StartsWith(
            "understood: average order value (average_order_value/1), by channel, from 2024-01-01 to 2024-12-31", answer,
            StringComparison.Ordinal);
        Assert.Contains("understood: ", await Done("ask", "6月各渠道的销售额", s_data), StringComparison.Ordinal);
        Assert.Contains("1: active customers", await Refused("ask", "how many customers in June?", s_data), StringComparison.Ordinal);
        string second = await Done("ask", "how many customers in June?", s_data, "--reading", "2");
        Assert.Contains("new_customers/1", second, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nearest: revenue", "metrics", "compute", "revenu", "DATA")]
    [InlineData("There is no dimension", "metrics", "compute", "revenue", "DATA", "--by", "colour")]
    [InlineData("expected table, json, csv or chart", "metrics", "compute", "revenue", "DATA", "--format", "xml")]
    [InlineData("There is no metric", "metrics", "show", "nothing like it")]
    [InlineData("'weather'", "ask", "what is the weather?", "DATA")]
    [InlineData("does not add up over channel", "metrics", "why", "active_customers", "DATA", "--by", "channel", "--from", "2025-06")]
    public async Task What_is_not_known_is_refused(string says, params string[] args) => Assert.Contains(
        says, await Refused([.. args.Select(a => a == "DATA" ? s_data : a)]), StringComparison.Ordinal);

    [Fact]
    public async Task An_assistant_asks_over_standard_input_and_output()
    {
        await using McpClient client = await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = "dotnet", Arguments = [Path.Combine(AppContext.BaseDirectory, "predictive.dll"), "mcp", s_data],
        }), new McpClientOptions { InitializationTimeout = TimeSpan.FromMinutes(5) });
        Assert.Contains("query_metric", (await client.ListToolsAsync()).Select(t => t.Name));
        CallToolResult answer = await client.CallToolAsync(
            "query_metric", new Dictionary<string, object?> { ["metric"] = "销售额", ["by"] = new[] { "year" } });
        JsonElement told = JsonDocument.Parse(Assert.IsType<TextContentBlock>(answer.Content[0]).Text).RootElement;
        Assert.Equal(3, told.GetProperty("rows").GetArrayLength());
        CallToolResult refused = await client.CallToolAsync("query_metric", new Dictionary<string, object?> { ["metric"] = "x; rm -rf /" });
        Assert.True(refused.IsError);
        CallToolResult none = await client.CallToolAsync("score_customer", new Dictionary<string, object?> { ["customer_id"] = "1" });
        Assert.Contains("No model is in service", Assert.IsType<TextContentBlock>(none.Content[0]).Text, StringComparison.Ordinal);
    }

    private static async Task<string> Done(params string[] args)
    {
        (int code, string output, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Done, error);
        return output;
    }

    private static async Task<string> Refused(params string[] args)
    {
        (int code, _, string error) = await Run.Predictive(args);
        Assert.Equal(ExitCode.Refused, code);
        return error;
    }
}
