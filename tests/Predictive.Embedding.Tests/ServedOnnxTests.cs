using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Predictive.Exchange;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;

namespace Predictive.Embedding.Tests;

/// <summary>A served version and its ONNX graph say the same: the open inference protocol over HTTP against ONNX Runtime.</summary>
[Collection(Shop.Collection)]
public class ServedOnnxTests(Shop shop)
{
    private const int Customers = 100;

    [Fact]
    public async Task The_host_answers_a_hundred_customers_as_their_version_in_ONNX_Runtime_does()
    {
        ModelBundle bundle = ModelBundle.Load(shop.Package);
        string file = Path.Combine(shop.Folder, "served.onnx");
        OnnxFile.Write(bundle, file);
        int[] customers = [.. Population.At(shop.History, shop.AsOf).Where((_, i) => i % 7 == 0).Take(Customers)];
        Assert.Equal(Customers, customers.Length);
        FeatureMatrix features = FeatureSet.Compute(
            shop.History, customers, shop.AsOf, bundle.Churn.FeatureHorizonDays, bundle.Profile);

        var rows = new float[Customers * features.Columns];
        for (int i = 0; i < Customers; i++)
        {
            features.CopyRow(i, rows.AsSpan(i * features.Columns, features.Columns));
        }

        using var session = new InferenceSession(file);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> graph = session.Run(
            [NamedOnnxValue.CreateFromTensor(OnnxFile.Input, new DenseTensor<float>(rows, [Customers, features.Columns]))]);
        var inputs = new JsonArray();
        for (int j = 0; j < features.Columns; j++)
        {
            inputs.Add(new JsonObject
            {
                ["name"] = features.Names[j], ["datatype"] = "FP32", ["shape"] = new JsonArray(Customers),
                ["data"] = new JsonArray([.. features.ColumnArray(j).Select(v => float.IsNaN(v) ? null : (JsonNode)(double)v)]),
            });
        }

        await using WebApplication app = shop.Start();
        using HttpResponseMessage answer = await app.GetTestClient().PostAsJsonAsync(
            "/v2/models/default/infer", new JsonObject { ["inputs"] = inputs }, TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        JsonArray outputs = JsonNode.Parse(text)!["outputs"]!.AsArray();

        // The graph is single precision at its ends; the host tells money in whole cents.
        foreach ((string output, string node, double absolute, double relative) in new[]
        {
            ("churn_probability", OnnxFile.Probability, 1e-6, 0), ("expected_value", OnnxFile.Spend, .0051, 1e-5),
            ("expected_orders", OnnxFile.Orders, 1e-6, 1e-5),
        })
        {
            double[] served = [.. outputs.Single(o => (string?)o!["name"] == output)!["data"]!.AsArray().Select(v => (double)v!)];
            float[] run = [.. graph.Single(g => g.Name == node).AsEnumerable<float>()];
            Assert.Equal((Customers, Customers), (served.Length, run.Length));
            Assert.All(served.Zip(run), p => Assert.InRange(
                Math.Abs(p.First - p.Second), 0, absolute + (relative * Math.Abs(p.First))));
            Assert.True(served.Distinct().Count() > Customers / 2, output);
        }
    }
}
