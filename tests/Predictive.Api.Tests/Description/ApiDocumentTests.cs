using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Predictive.Api.Description;

namespace Predictive.Api.Tests.Description;

/// <summary>The OpenAPI document says what is, in a way a generator can use; the page that shows it needs nobody else.</summary>
[Collection(TrainedHost.Collection)]
public partial class ApiDocumentTests(TrainedHost host)
{
    [Fact]
    public async Task Every_operation_says_who_may_ask_what_is_sent_and_every_answer()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        JsonNode document = JsonNode.Parse(await client.GetStringAsync(ApiDocument.Path))!;
        Assert.StartsWith("3.1", (string?)document["openapi"], StringComparison.Ordinal);
        Assert.Equal(["bearer", "header"], document["components"]!["securitySchemes"]!.AsObject().Select(s => s.Key).Order());
        var ids = new List<string>();
        foreach ((string path, JsonNode? item) in document["paths"]!.AsObject())
        {
            foreach ((string method, JsonNode? operation) in item!.AsObject())
            {
                string where = $"{method} {path}";
                ids.Add((string)operation!["operationId"]!);
                Assert.False(string.IsNullOrEmpty((string?)operation["summary"]), where);
                bool open = path.StartsWith("/health", StringComparison.Ordinal) || path.StartsWith("/v2/health", StringComparison.Ordinal);
                Assert.Equal(!open, operation["security"] is JsonArray { Count: 2 });
                JsonObject responses = operation["responses"]!.AsObject();
                Assert.True(responses.ContainsKey("200"), where);
                Assert.True(path == "/metrics" || open || responses.ContainsKey("401"), where);
                Assert.All(responses, r =>
                {
                    Assert.False(string.IsNullOrEmpty((string?)r.Value!["description"]), where);
                    string media = path.StartsWith("/v2", StringComparison.Ordinal) ? "application/json" : "application/problem+json";
                    Assert.True(r.Key[0] is not ('4' or '5') || r.Value["content"]?[media] is not null, $"{where} {r.Key}");
                });
                Assert.All(operation["parameters"]?.AsArray() ?? [], p => Assert.NotNull(p!["schema"]!["type"]));
                Assert.Equal(
                    Template().Matches(path).Count, (operation["parameters"]?.AsArray() ?? []).Count(p => (string?)p!["in"] == "path"));
            }
        }

        Assert.Equal(ids.Count, ids.Distinct().Count());
        // Numbers are numbers; what is required is there to be had.
        Assert.All(Schemas(document), s =>
        {
            Assert.False(s["type"] is JsonArray types && types.Any(t => (string?)t == "string")
                && types.Any(t => (string?)t is "number" or "integer"), s.ToJsonString());
            Assert.All(
                s["required"]?.AsArray() ?? [], r => Assert.True(s["properties"]!.AsObject().ContainsKey((string)r!), s.ToJsonString()));
        });
        JsonNode schemas = document["components"]!["schemas"]!;
        Assert.Equal(["transactions"], schemas["InlineHistory"]!["required"]!.AsArray().Select(r => (string?)r));
        Assert.Equal(["amount", "orderedAt"], schemas["InlineTransaction"]!["required"]!.AsArray().Select(r => (string)r!).Order());
        Assert.Equal(["customerId", "eventId"], schemas["EventSent"]!["required"]!.AsArray().Select(r => (string)r!).Order());
        Assert.Equal(["low", "medium", "high"], schemas["ChurnScore"]!["properties"]!["band"]!["enum"]!.AsArray().Select(r => (string?)r));
        Assert.Equal(1, (double?)schemas["ChurnScore"]!["properties"]!["probability"]!["maximum"]);
        JsonNode top = document["paths"]!["/v1/at-risk"]!["get"]!["parameters"]!.AsArray().Single(p => (string?)p!["name"] == "top")!;
        JsonNode schema = top["schema"]!;
        Assert.Equal(("integer", 1, 10_000), ((string?)schema["type"], (int?)schema["minimum"], (int?)schema["maximum"]));
    }

    [Fact]
    public async Task The_document_is_made_once_and_not_sent_to_who_has_it()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        using HttpResponseMessage first = await client.GetAsync(ApiDocument.Path);
        using var again = new HttpRequestMessage(HttpMethod.Get, ApiDocument.Path);
        again.Headers.Add("If-None-Match", first.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, (await client.SendAsync(again)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync(ApiDocument.Path + "?x=1")).StatusCode);
    }

    [Fact]
    public void Facts_speak_of_members_there_are() => Assert.All(
        SchemaFacts.All, f => Assert.Contains(f.Type.GetProperties(), p => JsonNamingPolicy.CamelCase.ConvertName(p.Name) == f.Member));

    [Fact]
    public async Task The_reference_page_is_whole_without_anybody_else()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        using HttpResponseMessage redirect = await client.GetAsync("/docs");
        using HttpResponseMessage page = redirect.StatusCode == HttpStatusCode.OK
            ? redirect
            : await client.GetAsync(new Uri(client.BaseAddress!, redirect.Headers.Location!));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        string policy = page.Headers.GetValues("Content-Security-Policy").Single(), html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Contains("connect-src 'self'", policy, StringComparison.Ordinal);
        string nonce = Nonce().Match(policy).Groups[1].Value;
        Assert.All(Scripts().Matches(html), s => Assert.Contains(nonce, s.Value, StringComparison.Ordinal));
        string[] sources = [.. Sources().Matches(html).Select(m => m.Groups[1].Value)];
        Assert.NotEmpty(sources);
        foreach (string source in sources)
        {
            Uri absolute = new(new Uri(client.BaseAddress!, "/docs/"), source);
            Assert.Equal(client.BaseAddress!.Host, absolute.Host);
            using HttpResponseMessage asset = await client.GetAsync(absolute);
            Assert.True(asset.IsSuccessStatusCode, $"{source} {asset.StatusCode}");
        }

        Assert.DoesNotContain("cdn.jsdelivr.net", html, StringComparison.Ordinal);
    }

    private static IEnumerable<JsonNode> Schemas(JsonNode node) => node switch
    {
        JsonObject o => o.Where(p => p.Value is not null).SelectMany(p => Schemas(p.Value!)).Concat(
            o.ContainsKey("type") || o.ContainsKey("properties") ? [o] : []),
        JsonArray a => a.Where(v => v is not null).SelectMany(v => Schemas(v!)),
        _ => [],
    };

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Template();

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Scripts();

    [GeneratedRegex("<(?:script|link|img)[^>]+(?:src|href)=\"([^\"]+)\"")]
    private static partial Regex Sources();
}
