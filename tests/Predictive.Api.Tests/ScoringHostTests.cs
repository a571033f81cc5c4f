using Predictive.Learning.BuiltIn;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Predictive.Api.Configuration;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Tests;

[Collection(TrainedHost.Collection)]
public class ScoringHostTests(TrainedHost host)
{
    [Fact]
    public async Task Batch_and_http_agree_to_the_last_bit_for_every_customer()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        ScoreTable table = new CustomerScorer(host.Bundle, new ModelStamp("default", 1)).ScoreAll(host.History, host.AsOf);
        Assert.InRange(table.Count, 3500, 4000);
        for (int row = 0; row < table.Count; row++)
        {
            using JsonDocument score = JsonDocument.Parse(await client.GetStringAsync($"/v1/customers/{table.CustomerId(row)}/score"));
            JsonElement root = score.RootElement;
            Assert.Equal(table.ChurnProbability[row], root.GetProperty("churn").GetProperty("probability").GetDouble());
            Assert.Equal(table.ClvExpected[row], root.GetProperty("clv").GetProperty("expected").GetDouble());
            Assert.Equal(table.ClvLow[row], root.GetProperty("clv").GetProperty("low").GetDouble());
            Assert.Equal(table.ClvHigh[row], root.GetProperty("clv").GetProperty("high").GetDouble());
            Assert.Equal(table.RfmSegment[row], root.GetProperty("rfm").GetProperty("segment").GetString());
            Assert.Equal(table.PortraitName(row), root.GetProperty("portrait").GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task A_score_has_every_field_of_the_contract()
    {
        await using WebApplication app = host.Start();
        JsonElement score = await app.GetTestClient().GetFromJsonAsync<JsonElement>($"/v1/customers/{host.History.CustomerId(0)}/score");
        string[] names = [.. score.EnumerateObject().Select(p => p.Name)];
        // The contract's fields in its order; then what it does not name.
        Assert.Equal(
            [
                "customerId", "asOf", "model", "rfm", "lifecycle", "churn", "clv", "tier", "valueMatrix", "portrait", "preferences",
                "nextBest", "play", "returns", "value", "loyalty", "quadrant", "points", "reputation", "engagement", "lifetime",
                "penetration", "inferred", "segments", "scores", "combined",
            ],
            names);
        foreach (string field in (string[])["probability", "percentile", "band", "reasons"])
        {
            Assert.True(score.GetProperty("churn").TryGetProperty(field, out _), field);
        }

        foreach (string field in (string[])["expected", "low", "high", "horizonDays"])
        {
            Assert.True(score.GetProperty("clv").TryGetProperty(field, out _), field);
        }

        Assert.Equal("default", score.GetProperty("model").GetProperty("name").GetString());
        Assert.All(
            score.GetProperty("nextBest").EnumerateArray(),
            next => Assert.False(string.IsNullOrEmpty(next.GetProperty("because").GetString())));
        Assert.Equal(3, score.GetProperty("nextBest").GetArrayLength());
    }

    [Fact]
    public async Task An_inline_history_scores_like_the_same_customer_in_the_dataset()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        string id = host.History.CustomerId(7);
        HttpResponseMessage answer = await client.PostAsJsonAsync("/v1/score", host.Inline(7));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        JsonElement inline = await answer.Content.ReadFromJsonAsync<JsonElement>(),
            known = await client.GetFromJsonAsync<JsonElement>($"/v1/customers/{id}/score");
        Assert.Equal(
            known.GetProperty("churn").GetProperty("probability").GetDouble(),
            inline.GetProperty("churn").GetProperty("probability").GetDouble());
        Assert.Equal(
            known.GetProperty("clv").GetProperty("expected").GetDouble(), inline.GetProperty("clv").GetProperty("expected").GetDouble());
    }

    [Fact]
    public async Task A_batch_answers_line_by_line_and_a_bad_line_spoils_only_itself()
    {
        await using WebApplication app = host.Start();
        string body = JsonSerializer.Serialize(host.Inline(1)) + "\nnot json\n" + JsonSerializer.Serialize(host.Inline(2));
        HttpResponseMessage answer =
            await app.GetTestClient().PostAsync("/v1/score/batch", new StringContent(body, Encoding.UTF8, "application/x-ndjson"));
        string[] lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains("\"probability\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"line\":2", lines[1], StringComparison.Ordinal);
        Assert.Contains("not the JSON expected", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"probability\"", lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/customers/nobody/score", HttpStatusCode.NotFound, "no customer 'nobody'")]
    [InlineData("/v1/at-risk?top=0", HttpStatusCode.BadRequest, "top is 0; expected 1 to")]
    [InlineData("/v1/at-risk?format=pdf", HttpStatusCode.BadRequest, "format is 'pdf'; expected json, csv or xlsx")]
    [InlineData("/v1/segments?asOf=yesterday", HttpStatusCode.BadRequest, "asOf is 'yesterday'; expected a date")]
    public async Task Faults_of_a_request_are_problems_with_a_detail(string url, HttpStatusCode status, string detail)
    {
        await using WebApplication app = host.Start();
        HttpResponseMessage answer = await app.GetTestClient().GetAsync(url);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.Contains(detail, JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(" at Predictive", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", "not the JSON expected")]
    [InlineData("[1]", "expected a JSON object")]
    [InlineData(
        "{\"transactions\":[{\"orderedAt\":\"2025-01-01\",\"amount\":\"x\"}]}", "'transactions[0].amount' has a value of the wrong type")]
    [InlineData("{}", "'transactions' is missing or empty")]
    [InlineData("{\"transactions\":[{\"orderedAt\":\"x\",\"amount\":1}]}", "transactions[0].orderedAt is 'x'")]
    [InlineData("{\"transactions\":[{\"orderedAt\":\"2025-01-01\"}]}", "transactions[0].amount is missing")]
    [InlineData("{\"transactions\":[{\"orderedAt\":\"2025-01-01\",\"amount\":-5}]}", "no purchase")]
    public async Task Faults_of_a_body_say_where_they_are(string body, string detail)
    {
        await using WebApplication app = host.Start();
        HttpResponseMessage answer =
            await app.GetTestClient().PostAsync("/v1/score", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        JsonElement problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Predictive.", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_portfolio_adds_up_to_the_base()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        JsonElement portfolio = await client.GetFromJsonAsync<JsonElement>("/v1/portfolio"),
            segments = await client.GetFromJsonAsync<JsonElement>("/v1/segments");
        int customers = segments.GetProperty("customers").GetInt32();
        Assert.Equal(customers, portfolio.GetProperty("customers").GetInt32());
        JsonElement[] bands = [.. segments.GetProperty("kinds").GetProperty("churnBand").EnumerateArray()];
        Assert.Equal(
            bands.Sum(b => b.GetProperty("expectedSpend").GetDouble()), portfolio.GetProperty("expectedSpend").GetDouble(),
            1e-6 * portfolio.GetProperty("expectedSpend").GetDouble());
        JsonElement[] curve = [.. portfolio.GetProperty("report").GetProperty("revenue").GetProperty("curve").EnumerateArray()];
        Assert.Equal(1, curve[^1].GetProperty("revenue").GetDouble(), 1e-12);
        // Everyone who is in a state now was in one before, or is new.
        JsonElement tiers = portfolio.GetProperty("report").GetProperty("compared").GetProperty("migration").GetProperty("tier");
        int moved = tiers.GetProperty("counts").EnumerateArray().Sum(row => row.EnumerateArray().Sum(c => c.GetInt32()));
        Assert.Equal(customers, moved + tiers.GetProperty("entered").EnumerateArray().Sum(c => c.GetInt32()));
        JsonElement[] groups = [.. segments.GetProperty("groups").GetProperty("value_band").EnumerateArray()];
        Assert.Equal(customers, groups.Sum(g => g.GetProperty("customers").GetInt32()));

        // Every metric a portfolio names is in the catalogue, and a date that is not earlier is refused.
        JsonElement catalogue = await client.GetFromJsonAsync<JsonElement>("/v1/metrics");
        HashSet<string?> known = [.. catalogue.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("id").GetString())];
        Assert.All(
            portfolio.GetProperty("report").GetProperty("metrics").EnumerateArray(),
            m => Assert.Contains(m.GetProperty("metric").GetString(), known));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await client.GetAsync("/v1/portfolio?compare=2999-01-01")).StatusCode);
    }

    [Fact]
    public async Task What_goes_with_a_product_is_told_and_an_unknown_one_is_missing()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        string product = host.History.Columns.Products is { } products ? products[0] : host.History.Columns.Categories![0];
        JsonElement answer = await client.GetFromJsonAsync<JsonElement>($"/v1/products/{Uri.EscapeDataString(product)}/accessories");
        Assert.Equal(product, answer.GetProperty("product").GetString());
        Assert.Equal(60, answer.GetProperty("withinDays").GetInt32());
        Assert.All(
            answer.GetProperty("accessories").EnumerateArray(),
            a => Assert.InRange(a.GetProperty("lagDays").GetInt32(), 1, 60));
        HttpResponseMessage unknown = await client.GetAsync("/v1/products/no-such-thing/accessories");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("'no-such-thing'", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_at_risk_list_is_ranked_by_what_a_call_can_save_and_exports()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        JsonElement rows = (await client.GetFromJsonAsync<JsonElement>("/v1/at-risk?top=20")).GetProperty("list").GetProperty("rows");
        double[] losses = [.. rows.EnumerateArray().Select(r => r.GetProperty("expectedSaving").GetDouble())];
        Assert.Equal(20, losses.Length);
        Assert.Equal(losses.OrderDescending(), losses);
        string csv = await client.GetStringAsync("/v1/at-risk?top=5&format=csv");
        Assert.Equal(6, csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        byte[] xlsx = await client.GetByteArrayAsync("/v1/at-risk?top=5&format=xlsx");
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(xlsx));
        using var sheet = new StreamReader(zip.GetEntry("xl/worksheets/sheet1.xml")!.Open());
        string xml = await sheet.ReadToEndAsync();
        Assert.Equal(6, xml.Split("<x:row ").Length - 1);
        Assert.Contains($">{rows[0].GetProperty("score").GetProperty("customerId").GetString()}<", xml, StringComparison.Ordinal);
        Assert.Equal(xlsx, await client.GetByteArrayAsync("/v1/at-risk?top=5&format=XLSX"));
    }

    [Fact]
    public async Task A_zip_cut_in_half_is_refused_by_name_and_the_version_in_service_stays()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        ModelVersion second = host.Registry.Publish("default", host.Bundle.ToPackage(), PublishAs.Unaliased);
        byte[] whole = File.ReadAllBytes(second.Path);
        File.WriteAllBytes(second.Path, whole[..(whole.Length / 2)]);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync($"/v1/models/default/{second.Version}/promote", null)).StatusCode);
        var keys = new KeyFile(Path.Combine(host.Models, "keys.json"));
        client.DefaultRequestHeaders.Authorization = new("Bearer", keys.Add(KeyRole.Admin, DateTimeOffset.UnixEpoch).Text);
        Assert.Null(app.Services.GetRequiredService<KeyRing>().Refresh());
        HttpResponseMessage refused = await client.PostAsync($"/v1/models/default/{second.Version}/promote", null);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains($"{second.Version}.zip", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // Even where the alias already names it: the host keeps serving what it has, and says so.
        string aliases = Path.Combine(host.Models, "default", "aliases.json");
        string before = await File.ReadAllTextAsync(aliases);
        await File.WriteAllTextAsync(aliases, $"{{\"champion\":{second.Version}}}");
        await app.Services.GetRequiredService<SnapshotKeeper>().RefreshAsync();
        JsonElement models = await client.GetFromJsonAsync<JsonElement>("/v1/models");
        Assert.NotEqual(second.Version, models.GetProperty("inService").GetProperty("version").GetInt32());
        Assert.Contains($"{second.Version}.zip", models.GetProperty("refusal").GetString(), StringComparison.Ordinal);
        JsonElement score = await client.GetFromJsonAsync<JsonElement>($"/v1/customers/{host.History.CustomerId(0)}/score");
        Assert.NotEqual(second.Version, score.GetProperty("model").GetProperty("version").GetInt32());
        await File.WriteAllTextAsync(aliases, before);
        File.Delete(second.Path);
        File.Delete(keys.Path);
    }

    [Fact]
    public async Task A_host_without_a_model_is_alive_but_not_ready()
    {
        await using WebApplication app = ScoringHost.Build(
            new ScoringHostOptions { Models = Path.Combine(host.Folder, "none") }, TimeProvider.System, b => b.WebHost.UseTestServer());
        await app.StartAsync();
        HttpClient client = app.GetTestClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);
        HttpResponseMessage ready = await client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.PostAsJsonAsync("/v1/score", host.Inline(1))).StatusCode);
    }

    [Fact]
    public async Task The_openapi_document_names_every_route()
    {
        await using WebApplication app = host.Start();
        JsonElement document = await app.GetTestClient().GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        Assert.All(
            document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject()),
            o => Assert.True(o.Value.TryGetProperty("responses", out _)));
        string[] paths = [.. document.GetProperty("paths").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "/health/live", "/health/ready", "/metrics", "/v1/alerts", "/v1/alerts/mute", "/v1/alerts/{id}/ack", "/v1/at-risk",
                "/v1/budget", "/v1/campaigns", "/v1/campaigns/{name}", "/v1/campaigns/{name}/cancel", "/v1/campaigns/{name}/end",
                "/v1/campaigns/{name}/export", "/v1/campaigns/{name}/outcomes", "/v1/campaigns/{name}/report",
                "/v1/customers", "/v1/customers/export",
                "/v1/customers/score", "/v1/customers/{id}", "/v1/customers/{id}/export", "/v1/customers/{id}/score", "/v1/drift",
                "/v1/events", "/v1/jobs", "/v1/jobs/train", "/v1/jobs/{id}", "/v1/jobs/{id}/cancel",
                "/v1/metrics", "/v1/metrics/{name}/query", "/v1/models", "/v1/models/{name}/{version}/promote", "/v1/opt-outs",
                "/v1/portfolio",
                "/v1/products/{id}/accessories", "/v1/prospects", "/v1/prospects/person", "/v1/prospects/{id}",
                "/v1/score", "/v1/score/batch", "/v1/segments",
                "/v1/standing-campaigns", "/v1/standing-campaigns/{name}/pause", "/v1/standing-campaigns/{name}/resume",
                "/v1/tasks", "/v1/tasks/calendar", "/v1/tasks/{id}/cancel",
                "/v1/tasks/{id}/outcome", "/v1/tasks/{id}/snooze", "/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/{name}",
                "/v2/models/{name}/infer", "/v2/models/{name}/ready", "/v2/models/{name}/versions/{version}",
                "/v2/models/{name}/versions/{version}/infer", "/v2/models/{name}/versions/{version}/ready",
            ],
            paths);
    }
}
