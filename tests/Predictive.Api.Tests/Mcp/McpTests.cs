using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Predictive.Api.Keys;
using Predictive.Store;
using Predictive.Store.Audit;

namespace Predictive.Api.Tests.Mcp;

/// <summary>The MCP server of the host, asked by the package's own client through the real pipeline.</summary>
[Collection(TrainedHost.Collection)]
public class McpTests(TrainedHost host)
{
    private static readonly string[] s_tools =
    [
        "list_metrics", "query_metric", "compare_periods", "score_customer", "explain_customer", "at_risk", "portfolio", "segment_profile",
        "campaign_report",
    ];

    [Fact]
    public async Task An_assistant_is_told_what_a_campaign_brought()
    {
        string models = host.OwnModels();
        string key = new KeyFile(Path.Combine(models, "keys.json")).Add(KeyRole.Marketer, TimeProvider.System.GetUtcNow()).Text;
        await using WebApplication app = host.Start(host.Options with { Models = models });
        await using McpClient client = await Client(app, key);
        Assert.Contains("\"count\":0", (await Text(client, "campaign_report", [])).Text, StringComparison.Ordinal);
        (bool refused, string none) = await Text(client, "campaign_report", new() { ["campaign"] = "spring" });
        Assert.True(refused);
        Assert.Contains("none was made yet", none, StringComparison.Ordinal);

        HttpClient http = app.GetTestClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        DateTime from = host.AsOf.ToDateTime();
        string asked = $$"""
            { "name": "spring", "channel": "call", "from": "{{from:yyyy-MM-dd}}", "to": "{{from.AddDays(60):yyyy-MM-dd}}", "top": 100 }
            """;
        using HttpResponseMessage made = await http.PostAsync("/v1/campaigns", new StringContent(asked, Encoding.UTF8, "application/json"));
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        (bool isError, string told) = await Text(client, "campaign_report", new() { ["campaign"] = "spring" });
        Assert.False(isError, told);
        JsonElement report = JsonDocument.Parse(told).RootElement;
        Assert.Equal(
            ("spring", "noOutcomes"), (report.GetProperty("campaign").GetString(), report.GetProperty("stage").GetString()));
        Assert.Contains("\"contacted\":80", (await Text(client, "campaign_report", [])).Text, StringComparison.Ordinal);
        Assert.Contains(
            "there are spring", (await Text(client, "campaign_report", new() { ["campaign"] = "x'; --" })).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_asks_what_the_catalogue_defines()
    {
        await using WebApplication app = host.Start();
        await using McpClient client = await Client(app, null);
        IList<McpClientTool> tools = await client.ListToolsAsync();
        Assert.Equal(s_tools, tools.Select(t => t.Name));
        Assert.All(tools, t => Assert.Equal("object", t.JsonSchema.GetProperty("type").GetString()));

        JsonElement all = await Ask(client, "query_metric", new() { ["metric"] = "sales" });
        double expected = host.History.Columns.Amount.Sum();
        Assert.Equal(expected, all.GetProperty("total").GetProperty("value").GetDouble(), .0051);
        Assert.Equal("revenue/1", all.GetProperty("metric").GetString());
        Assert.StartsWith("revenue in ", all.GetProperty("query").GetString(), StringComparison.Ordinal);
        JsonElement byMonth = await Ask(client, "query_metric", new() { ["metric"] = "客单价", ["by"] = new[] { "month" }, ["limit"] = 5 });
        Assert.Equal(5, byMonth.GetProperty("rows").GetArrayLength());
        JsonElement first = byMonth.GetProperty("rows")[0];
        Assert.True(first.GetProperty("low").GetDouble() < first.GetProperty("high").GetDouble());

        string month = host.AsOf.AddDays(-1).ToString()[..7];
        JsonElement why = await Ask(client, "compare_periods", new() { ["metric"] = "revenue", ["by"] = "channel", ["from"] = month });
        double sum = why.GetProperty("groups").EnumerateArray().Sum(g => g.GetProperty("effect").GetDouble());
        Assert.Equal(why.GetProperty("change").GetDouble(), sum, 1e-6);

        string id = host.History.CustomerId(1);
        JsonElement score = await Ask(client, "score_customer", new() { ["customer_id"] = id });
        Assert.InRange(score.GetProperty("churn").GetProperty("probability").GetDouble(), 0, 1);
        Assert.True((await Ask(client, "explain_customer", new() { ["customer_id"] = id })).GetProperty("reasons").GetArrayLength() > 0);
        Assert.Equal(3, (await Ask(client, "at_risk", new() { ["top"] = 3 })).GetProperty("rows").GetArrayLength());
        Assert.True((await Ask(client, "portfolio", [])).GetProperty("figures").GetArrayLength() > 15);
        JsonElement silver = await Ask(client, "segment_profile", new() { ["segment"] = "Silver" });
        Assert.Equal("tier/1", silver.GetProperty("definition").GetString());
        (_, string stake) = await Text(client, "list_metrics", new() { ["about"] = "stake" });
        Assert.Contains("value_at_stake", stake, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resources_and_prompts_are_there()
    {
        await using WebApplication app = host.Start();
        await using McpClient client = await Client(app, null);
        foreach (McpClientResource resource in await client.ListResourcesAsync())
        {
            ReadResourceResult read = await client.ReadResourceAsync(resource.Uri);
            Assert.NotEmpty(JsonDocument.Parse(Assert.IsType<TextResourceContents>(read.Contents[0]).Text).RootElement.EnumerateObject());
        }

        IList<McpClientPrompt> prompts = await client.ListPromptsAsync();
        Assert.Equal(3, prompts.Count);
        GetPromptResult why = await client.GetPromptAsync(
            "why_did_it_change", new Dictionary<string, object?> { ["question"] = "why did revenue fall in July?" });
        Assert.Contains("July", Assert.IsType<TextContentBlock>(why.Messages[0].Content).Text, StringComparison.Ordinal);
        await Assert.ThrowsAsync<McpProtocolException>(async () => await client.ReadResourceAsync("file:///etc/passwd"));
        await Assert.ThrowsAsync<McpProtocolException>(async () => await client.GetPromptAsync("drop"));
    }

    [Fact]
    public async Task Roles_and_the_audit_log_are_those_of_the_host()
    {
        string models = host.OwnModels();
        var file = new KeyFile(Path.Combine(models, "keys.json"));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        Dictionary<KeyRole, string> keys = Enum.GetValues<KeyRole>().ToDictionary(r => r, r => file.Add(r, now).Text);
        await using WebApplication app = host.Start(host.Options with { Models = models });
        await Assert.ThrowsAnyAsync<Exception>(async () => await Client(app, null));
        await Assert.ThrowsAnyAsync<Exception>(async () => await Client(app, keys[KeyRole.Ingest]));
        await Assert.ThrowsAnyAsync<Exception>(async () => await Client(app, keys[KeyRole.Admin][..^1] + "x"));
        await using McpClient score = await Client(app, keys[KeyRole.Score]), marketer = await Client(app, keys[KeyRole.Marketer]);
        Assert.Equal(["list_metrics", "score_customer", "explain_customer"], (await score.ListToolsAsync()).Select(t => t.Name));
        (bool isError, string text) = await Text(score, "at_risk", []);
        Assert.True(isError);
        Assert.Contains("role marketer", text, StringComparison.Ordinal);
        string id = host.History.CustomerId(1);
        Assert.False((await Text(score, "score_customer", new() { ["customer_id"] = id })).IsError);
        Assert.False((await Text(marketer, "at_risk", [])).IsError);

        IReadOnlyList<AuditEntry> entries = new AuditLog(
            StoreDatabase.Open(Path.Combine(models, StoreDatabase.FileName), TimeProvider.System)).List(10);
        Assert.Equal(["at_risk", "score_customer", "at_risk"], entries.Where(e => e.Action == "mcp").Select(e => e.Subject));
        Assert.All(entries, e => Assert.DoesNotContain(id, e.Details.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_not_known_is_refused_with_the_nearest_names_and_nothing_breaks()
    {
        await using WebApplication app = host.Start();
        await using McpClient client = await Client(app, null);
        (string Tool, Dictionary<string, object?> Arguments, string Says)[] refused =
        [
            ("query_metric", new() { ["metric"] = "revenu" }, "nearest: revenue"),
            ("query_metric", new() { ["metric"] = "'; DROP TABLE customers; --" }, "There is no metric"),
            ("query_metric", new() { ["metric"] = "revenue", ["by"] = new[] { "customer_id" } }, "There is no dimension"),
            ("query_metric", new() { ["metric"] = "revenue", ["sql"] = "select 1" }, "There is no argument 'sql'"),
            ("query_metric", new() { ["metric"] = new string('x', 5000) }, "at most 500"),
            ("query_metric", new() { ["metric"] = new { a = 1 } }, "expected a text"),
            ("query_metric", new() { ["metric"] = "revenue", ["limit"] = 1e9 }, "expected 1 to 200"),
            ("query_metric", new() { ["metric"] = "revenue", ["where"] = new[] { "tier = \u0000\u001b[31m" } }, "has no value"),
            ("query_metric", new() { ["metric"] = "revenue", ["from"] = "../../etc" }, "expected a date"),
            ("query_metric", [], "'metric' is missing"),
            ("score_customer", new() { ["customer_id"] = "../../../etc/passwd" }, "There is no customer"),
            ("at_risk", new() { ["top"] = -1 }, "expected 1 to 100"),
            ("segment_profile", new() { ["segment"] = "champion" }, "nearest: champions"),
            ("compare_periods", new() { ["metric"] = "customers", ["by"] = "tier", ["from"] = "2024-06" }, "is as of a time"),
        ];
        foreach (var (tool, arguments, says) in refused)
        {
            (bool isError, string text) = await Text(client, tool, arguments);
            Assert.True(isError, tool + text);
            Assert.Contains(says, text, StringComparison.Ordinal);
            Assert.DoesNotContain(host.Folder, text, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<McpProtocolException>(
            async () => await client.CallToolAsync("run_sql", new Dictionary<string, object?>()));
        using var broken = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = new StringContent("{\"jsonrpc\": 7") };
        broken.Content.Headers.ContentType = new("application/json");
        broken.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        HttpResponseMessage answer = await app.GetTestClient().SendAsync(broken);
        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.DoesNotContain("   at ", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False((await Text(client, "query_metric", new() { ["metric"] = "revenue" })).IsError);
    }

    private static async Task<McpClient> Client(WebApplication app, string? key)
    {
        HttpClient http = app.GetTestClient();
        if (key is not null)
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        var options = new HttpClientTransportOptions
        {
            Endpoint = new Uri("http://localhost/mcp"), TransportMode = HttpTransportMode.StreamableHttp,
        };
        return await McpClient.CreateAsync(
            new HttpClientTransport(options, http), new McpClientOptions { InitializationTimeout = TimeSpan.FromMinutes(5) });
    }

    private static async Task<(bool IsError, string Text)> Text(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        CallToolResult result = await client.CallToolAsync(tool, arguments);
        return (result.IsError == true, Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text);
    }

    private static async Task<JsonElement> Ask(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        (bool isError, string text) = await Text(client, tool, arguments);
        Assert.False(isError, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
