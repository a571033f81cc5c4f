using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Predictive.Api.Keys;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;

namespace Predictive.Api.Tests;

/// <summary>Jobs over HTTP, live too; and what the host notes in the audit log.</summary>
[Collection(TrainedHost.Collection)]
public class JobTests(TrainedHost host)
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private (string Models, string Admin, string AdminId) Keyed(int versions = 1)
    {
        string models = host.OwnModels(versions);
        var (key, text) = new KeyFile(Path.Combine(models, "keys.json")).Add(KeyRole.Admin, s_now);
        return (models, text, key.Id);
    }

    private static StoreDatabase StoreOf(string models) => StoreDatabase.Open(Path.Combine(models, "store.db"), TimeProvider.System);

    [Fact]
    public async Task A_training_is_asked_for_once_shown_and_cancelled()
    {
        var (models, key, id) = Keyed();
        await using WebApplication app = host.Start(host.Options with { Models = models });
        HttpClient client = app.GetTestClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Assert.Empty((await client.GetFromJsonAsync<JsonElement>("/v1/jobs")).GetProperty("jobs").EnumerateArray());
        Assert.False(File.Exists(Path.Combine(models, "store.db")));

        HttpResponseMessage asked = await client.PostAsync("/v1/jobs/train", null);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        Assert.Equal("/v1/jobs/1", asked.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/v1/jobs/train", null)).StatusCode);
        JsonElement job = (await client.GetFromJsonAsync<JsonElement>("/v1/jobs/1")).GetProperty("job");
        Assert.Equal("queued", job.GetProperty("state").GetString());
        Assert.Equal($"key {id}", job.GetProperty("actor").GetString());

        HttpResponseMessage cancelled = await client.PostAsync("/v1/jobs/1/cancel", null);
        Assert.Equal("cancelled", (await cancelled.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsync("/v1/jobs/1/cancel", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync("/v1/jobs/77/cancel", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/v1/jobs/77")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/v1/jobs/train?name=../x", null)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/v1/jobs?top=0")).StatusCode);
    }

    [Fact]
    public async Task A_job_is_followed_live_to_its_end()
    {
        string models = host.OwnModels();
        var book = new JobBook(StoreOf(models));
        long id = book.Enqueue(new NewJob("train", "default", "request", "test")).Job.Id;
        await using WebApplication app = host.Start(host.Options with { Models = models });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{id}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using HttpResponseMessage live = await app.GetTestClient().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", live.Content.Headers.ContentType!.MediaType);
        Task<string> text = live.Content.ReadAsStringAsync();
        using (Lease lease = new LeaseBook(StoreOf(models)).TryTake(JobBook.LeaseOf("train", "default"), "test")!)
        using (JobRun run = book.Begin("train", "default", lease)!)
        {
            run.Report("read", 0.5);
            run.Log($"something at {Path.GetFullPath(models)}/default/1.zip");
            await Task.Delay(1500);
            run.Log("the last line");
            run.End(JobState.Done, null, new { version = 2 });
        }

        string told = await text;
        string[] events = [.. told.Split('\n').Where(l => l.StartsWith("event: ", StringComparison.Ordinal)).Select(l => l[7..].Trim())];
        Assert.Equal("end", events[^1]);
        Assert.Equal(2, events.Count(e => e == "log"));
        Assert.InRange(events.Count(e => e == "job"), 3, 10);
        Assert.Contains("\"stage\":\"read\"", told, StringComparison.Ordinal);
        Assert.Contains("the last line", told, StringComparison.Ordinal);
        Assert.DoesNotContain(models, told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promotions_and_exports_are_noted_with_who_did_them()
    {
        var (models, key, id) = Keyed(versions: 2);
        await using WebApplication app = host.Start(host.Options with { Models = models });
        HttpClient client = app.GetTestClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        (await client.PostAsync("/v1/models/default/1/promote", null)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsync("/v1/models/default/9/promote", null)).StatusCode);
        (await client.GetAsync("/v1/at-risk?top=3")).EnsureSuccessStatusCode();
        (await client.GetAsync("/v1/at-risk?top=3&format=csv")).EnsureSuccessStatusCode();
        var log = new AuditLog(StoreOf(models));
        Assert.Null(log.Verify().Fault);
        Assert.Equal(
            [
                ($"key {id}", "export", "at-risk list"), ($"key {id}", "promote", "model default/1"),
                ($"key {id}", "intent", "model default/1"),
            ],
            log.List().Select(e => (e.Actor, e.Action, e.Subject)));
        Assert.Equal(2, log.List()[1].Details.GetProperty("from").GetInt32());
    }

    [Fact]
    public async Task A_promotion_whose_host_died_half_way_is_settled_when_a_host_starts()
    {
        var (models, _, _) = Keyed(versions: 2);
        var log = new AuditLog(StoreOf(models));
        new AuditedChanges(StoreOf(models)).Begin(
            "key 12", "promote", "model default/2", "model default/", "model default/1", "model_promoted", new { from = 1 });
        await using WebApplication app = host.Start(host.Options with { Models = models });
        Assert.True(SpinWait.SpinUntil(() => { Thread.Sleep(20); return log.Verify().Entries == 2; }, 30_000));
        Assert.Equal(("key 12", "promote", "model default/2"), (log.List()[0].Actor, log.List()[0].Action, log.List()[0].Subject));
    }

    [Fact]
    public async Task What_a_worker_saw_of_the_drift_is_shown_and_measured()
    {
        string models = host.OwnModels();
        await using WebApplication app = host.Start(host.Options with { Models = models });
        HttpClient client = app.GetTestClient();
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/v1/drift")).StatusCode);
        new DriftDocument(
            new ModelStamp("default", 1), "2026-01-08", "2026-01-01", 7, new PopulationDrift(10, 12, .5, .6, 20, 21),
            [new DistributionDrift("prediction:churn", .125, .01, .2, .05, true, "it moved") { Usual = .02 }],
            [new OutcomeDrift(1, "2025-10-01", 0, 10, .5, .75, .1, .4, 100, 80, .6, .01, .02, .7, .6)],
            new StaleForecast("cannot be told"), true, ["it moved"], "how").Write(models, "default");
        JsonElement drift = await client.GetFromJsonAsync<JsonElement>("/v1/drift");
        Assert.Equal(.125, drift.GetProperty("distributions")[0].GetProperty("psi").GetDouble());
        string metrics = await client.GetStringAsync("/metrics");
        Assert.Contains("predictive_drift_psi{", metrics, StringComparison.Ordinal);
        Assert.Contains("distribution=\"prediction:churn\"} 0.125", metrics, StringComparison.Ordinal);
        Assert.Matches("predictive_outcome_churn_gap.*version=\"1\"} 0.25", metrics);
        Assert.Matches("predictive_drift_drifted.* 1", metrics);
        await File.WriteAllTextAsync(DriftDocument.PathOf(models, "default"), "{");
        HttpResponseMessage damaged = await client.GetAsync("/v1/drift");
        Assert.DoesNotContain(models, await damaged.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        (await client.GetAsync("/metrics")).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Where_the_store_cannot_be_opened_scores_are_answered_and_what_must_be_noted_is_refused()
    {
        var (models, key, _) = Keyed(versions: 2);
        Directory.CreateDirectory(Path.Combine(models, "store.db"));
        await using WebApplication app = host.Start(host.Options with { Models = models });
        HttpClient client = app.GetTestClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        (await client.GetAsync($"/v1/customers/{host.History.CustomerId(0)}/score")).EnsureSuccessStatusCode();
        foreach ((string url, bool post) in new[]
            {
                ("/v1/models/default/1/promote", true), ("/v1/at-risk?format=csv", false), ("/v1/jobs/train", true),
            })
        {
            HttpResponseMessage answer = post ? await client.PostAsync(url, null) : await client.GetAsync(url);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal("5", answer.Headers.RetryAfter!.ToString());
            Assert.DoesNotContain(models, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(2, new Predictive.Segmentation.Registry.ModelRegistry(
            models, Predictive.Segmentation.Scoring.SmokeTest.Admit).Aliases("default").Champion);
    }
}
