using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Predictive.Client;

namespace Predictive.Embedding.Tests;

/// <summary>The typed client against the host itself, and against the document that describes it.</summary>
[Collection(Shop.Collection)]
public sealed class ClientTests(Shop shop)
{
    // What the client leaves to others; an operation that is neither called nor listed here fails the test until somebody decides.
    private static readonly string[] s_without =
    [
        "/", "/health", "/metrics", "/v2", "/v1/customers", "/v1/score/batch", "/v1/segments", "/v1/prospects", "/v1/portfolio",
        "/v1/campaigns", "/v1/standing-campaigns", "/v1/opt-outs", "/v1/budget",
        "/v1/alerts", "/v1/tasks", "/v1/metrics", "/v1/products", "/v1/drift", "/v1/jobs",
    ];

    [Fact]
    public async Task The_client_says_what_the_host_says()
    {
        await using WebApplication app = shop.Start();
        HttpClient http = app.GetTestClient();
        var client = new PredictiveClient(http);
        string id = shop.History.CustomerId(3);
        ScoreAnswer score = await client.GetScoreAsync(id);
        JsonElement raw = JsonDocument.Parse(await http.GetStringAsync($"/v1/customers/{id}/score")).RootElement;
        Assert.Equal(raw.GetProperty("churn").GetProperty("probability").GetDouble(), score.Churn.Probability);
        Assert.Equal(raw.GetProperty("clv").GetProperty("high").GetDouble(), score.Clv.High);
        Assert.Equal((id, "default", 1), (score.CustomerId, score.Model.Name, score.Model.Version));
        Assert.NotEmpty(score.Churn.Reasons[0].Text);
        Assert.True(score.More!.ContainsKey("play"));

        ScoreAnswer sent = await client.ScoreAsync(new HistoryRequest(
            [.. shop.Lines(3).Select(l => new LineRequest(l.OrderedAt.ToString("s"), l.Amount, l.OrderId))], "sent", shop.AsOf.ToString()));
        Assert.Equal("sent", sent.CustomerId);
        Assert.InRange(sent.Churn.Probability, 0, 1);

        AtRiskAnswer risk = await client.GetAtRiskAsync(new AtRiskRequest(Top: 4, MinProbability: .4));
        Assert.Equal([1, 2, 3, 4], risk.List.Rows.Select(r => r.Rank));
        Assert.All(risk.List.Rows, r => Assert.InRange(r.Score.Churn.Probability, .4, 1));
        Assert.Equal(5, (await client.GetAtRiskAsync(new AtRiskRequest(Top: 1, Offset: 4))).List.Rows.Single().Rank);

        VersionAnswer version = Assert.Single((await client.GetModelsAsync()).Models);
        Assert.True(version.Champion);
        var forbidden = await Assert.ThrowsAsync<PredictiveClientException>(() => client.PromoteAsync("default", 1)); // no key, no admin
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.Status);
        Assert.Contains("predictive keys add --role admin", forbidden.Message, StringComparison.Ordinal);

        var gone = await Assert.ThrowsAsync<PredictiveClientException>(() => client.GetScoreAsync("nobody/at all"));
        Assert.Equal(HttpStatusCode.NotFound, gone.Status);
        Assert.Contains("nobody/at all", gone.Message, StringComparison.Ordinal);
    }

    /// <summary>Reads are repeated while the host is away; what changes something is sent once.</summary>
    [Fact]
    public async Task Only_what_may_be_repeated_is_repeated()
    {
        var away = new Away();
        var services = new ServiceCollection();
        services.AddPredictiveClient(new Uri("http://predictive.test/base"), "secret", o => o.Retry.Delay = TimeSpan.FromMilliseconds(1))
            .ConfigurePrimaryHttpMessageHandler(() => away);
        await using ServiceProvider provider = services.BuildServiceProvider();
        PredictiveClient client = provider.GetRequiredService<PredictiveClient>();
        ModelsAnswer models = await client.GetModelsAsync();
        Assert.Empty(models.Models);
        Assert.Equal(
            ["http://predictive.test/base/v1/models", "http://predictive.test/base/v1/models", "http://predictive.test/base/v1/models"],
            away.Asked);
        Assert.Equal("Bearer secret", away.Key);
        away.Asked.Clear();
        var refused = await Assert.ThrowsAsync<PredictiveClientException>(() => client.PromoteAsync("default", 2));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Single(away.Asked);
    }

    /// <summary>Every call, query parameter and property of the client is in the host's document, and the other way round.</summary>
    [Fact]
    public async Task The_client_is_what_the_document_says()
    {
        await using WebApplication app = shop.Start();
        JsonElement document = JsonDocument.Parse(await app.GetTestClient().GetStringAsync("/openapi/v1.json")).RootElement;
        JsonElement paths = document.GetProperty("paths");
        var drift = new List<string>();
        foreach (ClientCall call in PredictiveClient.Calls)
        {
            if (!paths.TryGetProperty(call.Path, out JsonElement path) || !path.TryGetProperty(call.Method, out JsonElement operation))
            {
                drift.Add($"{call.Method} {call.Path} is not in the document");
                continue;
            }

            string[] query = operation.TryGetProperty("parameters", out JsonElement parameters)
                ? [.. parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "query")
                    .Select(p => p.GetProperty("name").GetString()!).Where(n => n != "format")]
                : [];
            drift.AddRange(query.Except(call.Query).Select(q => $"{call.Path} has a parameter {q} that the client has not"));
            drift.AddRange(call.Query.Except(query).Select(q => $"{call.Path} has no parameter {q}"));
            Compare(call.Answer, Content(operation.GetProperty("responses").GetProperty("200")), call.Path, sent: false);
            if (call.Body is { } body)
            {
                Compare(body, Content(operation.GetProperty("requestBody")), call.Path, sent: true);
            }
        }

        string[] others =
        [
            .. paths.EnumerateObject().Select(p => p.Name)
                .Where(p => PredictiveClient.Calls.All(c => c.Path != p) && !s_without.Any(w => p == w || p.StartsWith(w + "/"))),
        ];
        drift.AddRange(others.Select(p => $"{p} is neither called nor listed as left out"));
        Assert.Empty(drift);

        static JsonElement Content(JsonElement of) => of.GetProperty("content").EnumerateObject()
            .OrderBy(c => c.Name == "application/json" ? 0 : 1).First().Value.GetProperty("schema");

        void Compare(Type type, JsonElement schema, string where, bool sent)
        {
            Dictionary<string, JsonElement> properties = Properties(schema);
            foreach (var property in type.GetProperties().Where(p => p.Name is not "More" and not "EqualityContract"))
            {
                string name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
                Type inner = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
                if (!properties.TryGetValue(name, out JsonElement of))
                {
                    drift.Add($"{where}: {type.Name}.{name} is not in the document");
                }
                else if (inner.IsGenericType)
                {
                    Type item = inner.GenericTypeArguments[0];
                    if (item.Namespace == type.Namespace)
                    {
                        Compare(item, Resolved(of).GetProperty("items"), $"{where} {name}", sent);
                    }
                }
                else if (inner.Namespace == type.Namespace)
                {
                    Compare(inner, of, $"{where} {name}", sent);
                }
                else
                {
                    string expected = inner == typeof(string) ? "string" : inner == typeof(bool) ? "boolean"
                        : inner == typeof(double) ? "number" : "integer";
                    JsonElement told = Resolved(of).TryGetProperty("type", out JsonElement t) ? t : default;
                    string[] kinds = told.ValueKind == JsonValueKind.Array ? [.. told.EnumerateArray().Select(k => k.GetString()!)]
                        : told.ValueKind == JsonValueKind.String ? [told.GetString()!] : ["string"]; // a list of names
                    if (!kinds.Contains(expected))
                    {
                        drift.Add($"{where}: {type.Name}.{name} is {string.Join(", ", kinds)}, not {expected}");
                    }
                }
            }

            if (sent && Required(schema) is { } required)
            {
                drift.AddRange(required.Except(type.GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)))
                    .Select(r => $"{where}: {type.Name} lacks {r}, which the host requires"));
            }
        }

        Dictionary<string, JsonElement> Properties(JsonElement schema)
        {
            JsonElement of = Resolved(schema);
            return of.TryGetProperty("properties", out JsonElement own)
                ? own.EnumerateObject().ToDictionary(p => p.Name, p => p.Value)
                : of.TryGetProperty("allOf", out JsonElement all)
                    ? all.EnumerateArray().SelectMany(a => Properties(a)).DistinctBy(p => p.Key).ToDictionary(p => p.Key, p => p.Value)
                    : [];
        }

        string[]? Required(JsonElement schema) =>
            Resolved(schema).TryGetProperty("required", out JsonElement r) ? [.. r.EnumerateArray().Select(e => e.GetString()!)] : null;

        // One of null and something is that something.
        JsonElement Resolved(JsonElement schema)
        {
            while (true)
            {
                if (schema.TryGetProperty("$ref", out JsonElement reference))
                {
                    schema = document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
                }
                else if (schema.TryGetProperty("oneOf", out JsonElement choices))
                {
                    schema = choices.EnumerateArray().First(c => !(c.TryGetProperty("type", out JsonElement t) && t.ToString() == "null"));
                }
                else
                {
                    return schema;
                }
            }
        }
    }

    // Answers reads at the third attempt, and nothing else.
    private sealed class Away : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        public string? Key { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!.AbsoluteUri);
            Key = request.Headers.Authorization?.ToString();
            return Task.FromResult(request.Method == HttpMethod.Get && Asked.Count == 3
                ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("""{"models":[]}""", null, "application/json") }
                : new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        }
    }
}
