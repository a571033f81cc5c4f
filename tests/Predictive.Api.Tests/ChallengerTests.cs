using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Predictive.Api.Configuration;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Training.Pipeline;

namespace Predictive.Api.Tests;

/// <summary>A challenger is compared in the shadow of the champion's answers, and answers whom it is told to.</summary>
[Collection(TrainedHost.Collection)]
public class ChallengerTests(TrainedHost host)
{
    private static readonly Lazy<ModelBundle> s_other = new(() =>
    {
        TransactionHistory history = Simulator.Generate(new SimulationOptions { Customers = 800, Years = 1.5, Seed = 11 }).History;
        var options = new TrainingOptions { AsOf = LocalTime.MidnightAfter(history.LastMicros), Engine = TrainedHost.Engine };
        return BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options);
    });

    [Fact]
    public async Task The_shadow_tells_the_disagreement_of_the_requests_answered()
    {
        await using WebApplication app = host.Start(Options() with { ShadowShare = 1 });
        HttpClient client = app.GetTestClient();
        CustomerScorer champion = new(host.Bundle, new ModelStamp("default", 1)),
            challenger = new(s_other.Value, new ModelStamp("default", 2));
        double difference = 0;
        int bands = 0;
        int[] asked = [.. Enumerable.Range(0, 60).Select(i => i * 31).Where(c => CustomerScorer.CanScore(host.History, c, host.AsOf))];
        foreach (int customer in asked)
        {
            using HttpResponseMessage answer = await client.GetAsync($"/v1/customers/{host.History.CustomerId(customer)}/score");
            Assert.Equal("default/1", answer.Headers.GetValues("Predictive-Model").Single());
            ChurnScore one = champion.Score(host.History, customer, host.AsOf, withLever: false).Churn,
                other = challenger.Score(host.History, customer, host.AsOf, withLever: false).Churn;
            difference += Math.Abs(one.Probability - other.Probability);
            bands += one.Band == other.Band ? 0 : 1;
        }

        Shadow shadow = app.Services.GetRequiredService<Shadow>();
        for (int i = 0; i < 1000 && shadow.Report!.Scored < asked.Length; i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        JsonElement told = (await Json(client, "/v1/models")).GetProperty("shadow");
        Assert.Equal((1, 2), (Version(told, "champion"), Version(told, "challenger")));
        Assert.Equal((asked.Length, 0, 0), (Number("scored"), Number("dropped"), Number("failed")));
        Assert.Equal(difference / asked.Length, told.GetProperty("meanDifference").GetDouble(), 9);
        Assert.Equal((double)bands / asked.Length, told.GetProperty("bandChanges").GetDouble(), 9);
        Assert.True(difference > 0);
        string metrics = await client.GetStringAsync("/metrics");
        Assert.Contains("predictive_shadow_difference", metrics, StringComparison.Ordinal);
        Assert.Contains("predictive_shadow_band_changes", metrics, StringComparison.Ordinal);

        int Number(string member) => told.GetProperty(member).GetInt32();
        static int Version(JsonElement of, string member) => of.GetProperty(member).GetProperty("version").GetInt32();
    }

    [Fact]
    public async Task A_share_is_sampled_evenly_and_what_does_not_fit_the_queue_is_dropped_and_counted()
    {
        await using WebApplication app = host.Start(Options());
        SnapshotKeeper keeper = app.Services.GetRequiredService<SnapshotKeeper>();
        using var metrics = new HostMetrics();
        // Not started: nothing takes from the queue.
        using var stuck = new Shadow(keeper, Options() with { ShadowShare = .25 }, metrics, NullLogger<Shadow>.Instance);
        ServingSnapshot snapshot = keeper.Current!;
        for (int i = 0; i < 1200; i++)
        {
            stuck.Sample(snapshot, snapshot.History!, 0, snapshot.AsOf!.Value, .5);
        }

        Assert.Equal(300 - 256, stuck.Report!.Dropped);
    }

    [Fact]
    public async Task A_canary_answers_its_share_of_the_customers_always_the_same_ones_and_its_key()
    {
        const double Share = .3;
        ScoringHostOptions options = Options() with { CanaryShare = Share, CanaryKey = "trial" };
        var file = new KeyFile(Path.Combine(options.Models, "keys.json"));
        string plain = file.Add(KeyRole.Marketer, default).Text, trial = file.Add(KeyRole.Marketer, default, note: "trial").Text;
        await using WebApplication app = host.Start(options);
        HttpClient client = app.GetTestClient(), chosen = app.GetTestClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", plain);
        chosen.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", trial);
        int canaries = 0;
        int[] asked = [.. Enumerable.Range(0, 150).Select(i => i * 13).Where(c => CustomerScorer.CanScore(host.History, c, host.AsOf))];
        foreach (int customer in asked)
        {
            string id = host.History.CustomerId(customer);
            int expected = Canary.IsAmong(id, Share) ? 2 : 1;
            canaries += expected - 1;
            await Answers(client, id, expected);
            await Answers(chosen, id, 2);
            string history = JsonSerializer.Serialize(host.Inline(customer));
            using HttpResponseMessage inline = await client.PostAsync(
                "/v1/score", new StringContent(history, System.Text.Encoding.UTF8, "application/json"));
            Assert.Equal($"default/{expected}", inline.Headers.GetValues("Predictive-Model").Single());
        }

        Assert.InRange(canaries, asked.Length * Share * .5, asked.Length * Share * 1.6);
        using HttpResponseMessage list = await client.GetAsync("/v1/at-risk?top=1");
        Assert.Equal("default/1", list.Headers.GetValues("Predictive-Model").Single());
        JsonElement canary = (await Json(client, "/v1/models")).GetProperty("canary");
        Assert.Equal((Share, true), (canary.GetProperty("share").GetDouble(), canary.GetProperty("byKey").GetBoolean()));

        // The challenger can be inferred from by its version.
        using HttpResponseMessage model = await client.GetAsync("/v2/models/default/versions/2");
        Assert.True(model.IsSuccessStatusCode);

        static async Task Answers(HttpClient client, string id, int version)
        {
            using HttpResponseMessage answer = await client.GetAsync($"/v1/customers/{id}/score");
            JsonElement score = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
            Assert.Equal(version, score.GetProperty("model").GetProperty("version").GetInt32());
            Assert.Equal($"default/{version}", answer.Headers.GetValues("Predictive-Model").Single());
            using var again = new HttpRequestMessage(HttpMethod.Get, $"/v1/customers/{id}/score");
            again.Headers.TryAddWithoutValidation("If-None-Match", answer.Headers.ETag!.ToString());
            using HttpResponseMessage known = await client.SendAsync(again);
            Assert.Equal(System.Net.HttpStatusCode.NotModified, known.StatusCode);
        }
    }

    [Fact]
    public async Task A_challenger_that_does_not_load_is_told_and_disturbs_nobody()
    {
        ScoringHostOptions options = Options() with { CanaryShare = 1 };
        await File.WriteAllTextAsync(
            Path.Combine(options.Models, "default", "2.zip"), "no zip", TestContext.Current.CancellationToken);
        await using WebApplication app = host.Start(options);
        HttpClient client = app.GetTestClient();
        using HttpResponseMessage answer = await client.GetAsync($"/v1/customers/{host.History.CustomerId(3)}/score");
        Assert.Equal("default/1", answer.Headers.GetValues("Predictive-Model").Single());
        JsonElement models = await Json(client, "/v1/models");
        Assert.False(string.IsNullOrEmpty(models.GetProperty("challengerRefusal").GetString()));
        Assert.Equal(JsonValueKind.Null, models.GetProperty("shadow").ValueKind);
    }

    private ScoringHostOptions Options()
    {
        string models = host.OwnModels();
        new ModelRegistry(models, SmokeTest.Admit).Publish("default", s_other.Value.ToPackage(), PublishAs.Challenger);
        return host.Options with { Models = models };
    }

    private static async Task<JsonElement> Json(HttpClient client, string path) =>
        JsonSerializer.Deserialize<JsonElement>(await client.GetStringAsync(path));
}
