using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Features;

namespace Predictive.Api.Tests.Inference;

/// <summary>
/// Conformance with the open inference protocol, version 2, from its text: github.com/kserve/open-inference-protocol,
/// specification/protocol/inference_rest.md and open_inference_rest.yaml.
/// </summary>
[Collection(TrainedHost.Collection)]
public class InferenceTests(TrainedHost host)
{
    [Fact]
    public async Task Health_and_metadata_are_as_the_protocol_has_them()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        Assert.True((bool?)(await Get(client, "/v2/health/live"))["live"]);
        JsonNode ready = await Get(client, "/v2/health/ready");
        Assert.Equal((true, true), ((bool?)ready["live"], (bool?)ready["ready"]));
        foreach (string root in (string[])["/v2", "/v2/"])
        {
            JsonNode server = await Get(client, root);
            Assert.Equal("predictive", (string?)server["name"]);
            Assert.Equal(JsonValueKind.String, server["version"]!.GetValueKind());
            Assert.Equal(JsonValueKind.Array, server["extensions"]!.GetValueKind());
        }

        foreach (string path in (string[])["/v2/models/default", "/v2/models/default/versions/1"])
        {
            JsonNode model = await Get(client, path);
            Assert.Equal(("default", "predictive"), ((string?)model["name"], (string?)model["platform"]));
            Assert.Equal(["1"], model["versions"]!.AsArray().Select(v => (string?)v));
            Assert.Equal(
                ["history", .. host.Bundle.Profile.FeatureNames], model["inputs"]!.AsArray().Select(i => (string?)i!["name"]));
            Assert.All(model["inputs"]!.AsArray().Concat(model["outputs"]!.AsArray()), t =>
            {
                Assert.Contains((string?)t!["datatype"], (string[])["FP64", "BYTES"]);
                Assert.Equal([-1], t["shape"]!.AsArray().Select(d => (int)d!));
            });
            JsonNode state = await Get(client, path + "/ready");
            Assert.Equal(("default", true), ((string?)state["name"], (bool?)state["ready"]));
        }
    }

    [Fact]
    public async Task Histories_and_feature_vectors_give_the_numbers_of_a_score_bit_for_bit()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        int[] customers = [3, 50, 700, 1200];
        JsonNode[] scores = await Task.WhenAll(customers.Select(c => Get(client, $"/v1/customers/{host.History.CustomerId(c)}/score")));
        JsonNode byHistory = await Infer(client, new JsonObject
        {
            ["id"] = "42",
            ["inputs"] = new JsonArray(Tensor(
                "history", "BYTES", [customers.Length], [.. customers.Select(c => JsonSerializer.Serialize(host.Inline(c)))])),
        });
        Assert.Equal(
            ("default", "1", "42"), ((string?)byHistory["model_name"], (string?)byHistory["model_version"], (string?)byHistory["id"]));

        FeatureMatrix features = FeatureSet.Compute(
            host.History, customers, host.AsOf, host.Bundle.Churn.FeatureHorizonDays, host.Bundle.Profile);
        var inputs = new JsonArray();
        for (int f = 0; f < features.Names.Count; f++)
        {
            // One way of writing it as good as another: [n], [n, 1] flat, [n, 1] nested.
            float[] column = features.ColumnArray(f);
            JsonNode?[] values = [.. column.Select(v => float.IsNaN(v) ? null : (JsonNode)(double)v)];
            inputs.Add(Tensor(
                features.Names[f], f % 2 == 0 ? "FP64" : "FP32", f % 3 == 0 ? [customers.Length] : [customers.Length, 1],
                f % 3 == 2 ? [.. values.Select(v => (JsonNode?)new JsonArray(v))] : values));
        }

        JsonNode byFeatures = await Infer(client, new JsonObject { ["inputs"] = inputs });
        Assert.False(byFeatures.AsObject().ContainsKey("id"));
        Assert.Equal(byHistory["outputs"]!.ToJsonString(), byFeatures["outputs"]!.ToJsonString());
        foreach ((string output, string part, string member) in new[]
        {
            ("churn_probability", "churn", "probability"), ("churn_percentile", "churn", "percentile"),
            ("expected_value", "clv", "expected"), ("expected_value_low", "clv", "low"), ("expected_value_high", "clv", "high"),
            ("expected_orders", "clv", "expectedOrders"),
        })
        {
            JsonNode tensor = byHistory["outputs"]!.AsArray().Single(o => (string?)o!["name"] == output)!;
            Assert.Equal(("FP64", customers.Length), ((string?)tensor["datatype"], (int)tensor["shape"]![0]!));
            Assert.Equal(scores.Select(s => (double)s[part]![member]!), tensor["data"]!.AsArray().Select(v => (double)v!));
        }
    }

    [Fact]
    public async Task Only_the_outputs_asked_for_come_in_their_order()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        JsonNode answer = await Infer(client, new JsonObject
        {
            ["inputs"] = new JsonArray(Tensor("history", "BYTES", [1, 1], [JsonSerializer.Serialize(host.Inline(9))])),
            ["parameters"] = new JsonObject { ["anything"] = 1 },
            ["outputs"] = new JsonArray(new JsonObject { ["name"] = "churn_band" }, new JsonObject { ["name"] = "churn_probability" }),
        }, "/v2/models/default/versions/1/infer");
        Assert.Equal(["churn_band", "churn_probability"], answer["outputs"]!.AsArray().Select(o => (string?)o!["name"]));
        Assert.Equal("BYTES", (string?)answer["outputs"]![0]!["datatype"]);
    }

    [Fact]
    public async Task What_cannot_be_inferred_is_an_error_as_the_protocol_has_it()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        string good = JsonSerializer.Serialize(host.Inline(9)), feature = host.Bundle.Profile.FeatureNames[0];
        (string Body, string Words)[] bad =
        [
            ("", "JSON"), ("[]", "'inputs'"), ("{\"inputs\":[]}", "at least one"), ("{\"inputs\":[1]}", "'name'"),
            (Input("history", "[1]", "FP64", "[\"x\"]"), "expected BYTES"), (Input("history", "[1]", "BYTES", "[7]"), "no text"),
            (Input("history", "[2]", "BYTES", "[\"{}\"]"), "has 1 values; expected 2"),
            (Input("history", "[1]", "BYTES", "[\"{}\"]"), "Row 1"), (Input("history", "[0]", "BYTES", "[]"), "expected 1 to"),
            (Input("history", "[1,2]", "BYTES", "[\"a\",\"b\"]"), "expected [n]"),
            (Input("history", "[1.5]", "BYTES", "[\"a\"]"), "expected [n]"),
            (Input("nonsense", "[1]", "FP64", "[1]"), "no input 'nonsense'"), (Input(feature, "[1]", "FP64", "[\"1\"]"), "no number"),
            (Input(feature, "[1]", "FP64", "[1e300]"), "single precision"), (Input(feature, "[1]", "BYTES", "[\"1\"]"), "expected FP64"),
            (
                Input("history", "[1]", "BYTES", JsonSerializer.Serialize(new[] { good }), ",\"outputs\":[{\"name\":\"x\"}]"),
                "no output 'x'"),
            (Input("history", "[1]", "BYTES", "[\"\\ud800\"]"), "UTF-8"),
        ];
        foreach ((string body, string words) in bad)
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await client.PostAsync("/v2/models/default/infer", content);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            await IsError(answer, words);
        }

        await IsError(await client.GetAsync("/v2/models/nobody"), "no model 'nobody'", HttpStatusCode.NotFound);
        await IsError(await client.GetAsync("/v2/models/default/versions/77/ready"), "expected 1", HttpStatusCode.NotFound);
        await IsError(await client.GetAsync("/v2/nothing"), "nothing at this path", HttpStatusCode.NotFound);
        using var binary = new HttpRequestMessage(HttpMethod.Post, "/v2/models/default/infer") { Content = JsonContent.Create(1) };
        binary.Headers.Add("Inference-Header-Content-Length", "1");
        await IsError(await client.SendAsync(binary), "binary", HttpStatusCode.BadRequest);

        await using WebApplication none = ScoringHost.Build(
            new() { Models = Path.Combine(host.Folder, "no models") }, TimeProvider.System, b => b.WebHost.UseTestServer());
        await none.StartAsync(TestContext.Current.CancellationToken);
        HttpClient empty = none.GetTestClient();
        Assert.Equal(HttpStatusCode.OK, (await empty.GetAsync("/v2/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await empty.GetAsync("/v2/health/ready")).StatusCode);
        await IsError(await empty.GetAsync("/v2/models/default"), "No model is in service", HttpStatusCode.ServiceUnavailable);
    }

    private static string Input(string name, string shape, string type, string data, string more = "") =>
        $$"""{"inputs":[{"name":"{{name}}","shape":{{shape}},"datatype":"{{type}}","data":{{data}}}]{{more}}}""";

    private static JsonObject Tensor(string name, string type, int[] shape, JsonNode?[] data) => new()
    {
        ["name"] = name, ["datatype"] = type, ["shape"] = new JsonArray([.. shape.Select(s => (JsonNode)s)]),
        ["data"] = new JsonArray(data),
    };

    private static async Task<JsonNode> Get(HttpClient client, string path) => JsonNode.Parse(await client.GetStringAsync(path))!;

    private static async Task<JsonNode> Infer(HttpClient client, JsonObject request, string path = "/v2/models/default/infer")
    {
        using HttpResponseMessage answer = await client.PostAsJsonAsync(path, request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        return JsonNode.Parse(text)!;
    }

    private static async Task IsError(HttpResponseMessage answer, string words, HttpStatusCode? status = null)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(status is null || answer.StatusCode == status, text);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        JsonObject error = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(["error"], error.Select(m => m.Key));
        Assert.Contains(words, (string?)error["error"], StringComparison.Ordinal);
    }
}
