using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Predictive.Api.Serving;
using Predictive.Api.Tests.Events;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Tests;

namespace Predictive.Api.Tests;

/// <summary>The dashboard shows nothing that the host does not count.</summary>
[Collection(TrainedHost.Collection)]
public partial class DashboardTests(TrainedHost host)
{
    [Fact]
    public async Task Every_metric_of_the_dashboard_is_in_metrics()
    {
        string models = host.OwnModels();
        new ModelRegistry(models, SmokeTest.Admit).Publish("default", host.Bundle.ToPackage(), PublishAs.Challenger);
        new DriftDocument(
            new ModelStamp("default", 1), "2026-01-08", "2026-01-01", 7, new PopulationDrift(10, 12, .5, .6, 20, 21),
            [new DistributionDrift("prediction:churn", .125, .01, .2, .05, true, "it moved") { Usual = .02 }],
            [new OutcomeDrift(1, "2025-10-01", 0, 10, .5, .75, .1, .4, 100, 80, .6, .01, .02, .7, .6)],
            new StaleForecast("cannot be told"), true, ["it moved"], "how").Write(models, "default");
        await using var own = new EventHost(host, models: models);
        await own.Send(new { eventId = "1", customerId = host.History.CustomerId(1), orderedAt = host.AsOf.ToString(), amount = 1 });
        string history = JsonSerializer.Serialize(host.Inline(1));
        using HttpResponseMessage batch = await own.Client.PostAsync(
            "/v1/score/batch", new StringContent(history + "\n{}\n", System.Text.Encoding.UTF8, "application/x-ndjson"));
        Assert.Equal(2, (await batch.Content.ReadAsStringAsync()).Trim().Split('\n').Length);
        // A snapshot that is built, and one that cannot be.
        await own.Keeper.RefreshAsync();
        await File.WriteAllTextAsync(Path.Combine(own.Data, "dataset.json"), "{", TestContext.Current.CancellationToken);
        await own.Keeper.RefreshAsync();
        string metrics = await own.Client.GetStringAsync("/metrics");

        string file = Path.Combine(SharedData.RepositoryRoot, "docs", "grafana", "predictive-host.json");
        JsonElement dashboard =
            JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        string[] shown = [.. dashboard.GetProperty("panels").EnumerateArray()
            .SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!)
            .SelectMany(e => Metric().Matches(e)).Select(m => m.Value).Distinct().Order(StringComparer.Ordinal)];
        Assert.True(shown.Length > 25);
        string[] there = [.. Series().Matches(metrics).Select(m => m.Groups[1].Value).Distinct()];
        Assert.Empty(shown.Except(there));
        // And whatever the host counts of its own is shown.
        string[] names = [.. shown.Select(s => Suffix().Replace(s, ""))];
        Assert.Empty(there.Where(t => t.StartsWith("predictive_", StringComparison.Ordinal)).Select(t => Suffix().Replace(t, ""))
            .Except(names));
    }

    [GeneratedRegex(@"\b(?:predictive|dotnet)_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex("^([a-z_]+)[{ ]", RegexOptions.Multiline)]
    private static partial Regex Series();

    [GeneratedRegex("_(?:bucket|sum|count)$")]
    private static partial Regex Suffix();
}
