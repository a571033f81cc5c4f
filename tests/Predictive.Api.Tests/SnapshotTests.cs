using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Tests;

/// <summary>The serving snapshot: taken up as a whole, swapped as a whole, kept where a new one cannot be built.</summary>
[Collection(TrainedHost.Collection)]
public class SnapshotTests(TrainedHost host)
{
    [Fact]
    public async Task A_new_day_moves_the_default_as_of_and_lines_after_today_are_told()
    {
        var clock = new SetClock(new DateTimeOffset(host.AsOf.AddDays(-10).ToDateTime(), TimeSpan.Zero));
        await using WebApplication app = host.Start(clock: clock);
        var keeper = app.Services.GetRequiredService<SnapshotKeeper>();
        ServingSnapshot before = keeper.Current!;
        Assert.Equal(host.AsOf.AddDays(-9), before.AsOf);
        Assert.True(before.LinesAfterAsOf > 0);
        Assert.False(await keeper.RefreshAsync());
        clock.Now = clock.Now.AddDays(1);
        Assert.True(await keeper.RefreshAsync());
        Assert.Equal(host.AsOf.AddDays(-8), keeper.Current!.AsOf);
        Assert.NotEqual(before.Id, keeper.Current.Id);
        clock.Now = clock.Now.AddDays(300);
        await keeper.RefreshAsync();
        Assert.Equal(host.AsOf, keeper.Current.AsOf);
        Assert.Equal(0, keeper.Current.LinesAfterAsOf);
        Assert.True(keeper.Current.DataAgeSeconds(clock.Now) > 280 * 86_400);
    }

    [Fact]
    public async Task New_data_is_taken_up_and_data_that_cannot_be_read_leave_the_old_in_service_and_say_so()
    {
        string data = host.OwnData();
        await using WebApplication app = host.Start(host.Options with { Data = data });
        var keeper = app.Services.GetRequiredService<SnapshotKeeper>();
        HttpClient client = app.GetTestClient();
        HttpResponseMessage first = await client.GetAsync($"/v1/customers/{host.History.CustomerId(0)}/score");
        string etag = first.Headers.ETag!.ToString();
        Assert.False(await keeper.RefreshAsync());

        // The same lines with a customers table no more: other data.
        string transactions = Path.Combine(data, "transactions.parquet");
        byte[] whole = await File.ReadAllBytesAsync(transactions);
        await File.WriteAllBytesAsync(transactions, whole[..(whole.Length / 2)]);
        Assert.False(await keeper.RefreshAsync());
        JsonElement ready = await client.GetFromJsonAsync<JsonElement>("/health/ready");
        Assert.Contains("cannot be loaded", ready.GetProperty("fault").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Folder, ready.ToString(), StringComparison.Ordinal);
        Assert.Contains("predictive_snapshot_fault", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        using var conditional = new HttpRequestMessage(HttpMethod.Get, $"/v1/customers/{host.History.CustomerId(0)}/score");
        conditional.Headers.TryAddWithoutValidation("If-None-Match", etag);
        Assert.Equal(HttpStatusCode.NotModified, (await client.SendAsync(conditional)).StatusCode);

        Directory.Delete(data, recursive: true);
        Assert.False(await keeper.RefreshAsync());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/segments")).StatusCode);

        Directory.CreateDirectory(data);
        await File.WriteAllBytesAsync(transactions, whole);
        Assert.True(await keeper.RefreshAsync());
        Assert.Null(keeper.Fault);
        HttpResponseMessage last = await client.GetAsync($"/v1/customers/{host.History.CustomerId(0)}/score");
        Assert.NotEqual(etag, last.Headers.ETag!.ToString());
        Assert.Equal("default/1", last.Headers.GetValues("Predictive-Model").Single());
        Assert.True(
            long.Parse(last.Headers.GetValues("Predictive-Data-Age").Single(), System.Globalization.CultureInfo.InvariantCulture) > 0);
    }

    [Fact]
    public async Task A_host_whose_champion_does_not_load_serves_the_newest_earlier_version_and_says_so()
    {
        string models = host.OwnModels(versions: 3);
        string third = Path.Combine(models, "default", "3.zip");
        byte[] whole = await File.ReadAllBytesAsync(third);
        await File.WriteAllBytesAsync(third, whole[..1000]);
        await using WebApplication app = host.Start(host.Options with { Models = models });
        JsonElement ready = await app.GetTestClient().GetFromJsonAsync<JsonElement>("/health/ready");
        Assert.Equal("default/2", ready.GetProperty("model").GetString());
        Assert.Contains("3.zip", ready.GetProperty("refusal").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Folder, ready.ToString(), StringComparison.Ordinal);

        await File.WriteAllBytesAsync(third, whole);
        File.SetLastWriteTimeUtc(third, DateTime.UnixEpoch.AddYears(40));
        Assert.True(await app.Services.GetRequiredService<SnapshotKeeper>().RefreshAsync());
        ready = await app.GetTestClient().GetFromJsonAsync<JsonElement>("/health/ready");
        Assert.Equal("default/3", ready.GetProperty("model").GetString());
        Assert.Equal(JsonValueKind.Null, ready.GetProperty("refusal").ValueKind);
    }

    [Fact]
    public async Task Requests_during_swaps_are_answered_whole_by_one_snapshot()
    {
        string models = host.OwnModels(versions: 2);
        await using WebApplication app = host.Start(host.Options with { Models = models });
        var registry = new ModelRegistry(models, SmokeTest.Admit);
        var keeper = app.Services.GetRequiredService<SnapshotKeeper>();
        HttpClient client = app.GetTestClient();
        string url = $"/v1/customers/{host.History.CustomerId(3)}/score";
        using var stop = new CancellationTokenSource();
        int answered = 0;
        Task[] callers = [.. Enumerable.Range(0, 4).Select(k => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                HttpResponseMessage answer = await client.GetAsync(k % 2 == 0 ? url : "/v1/at-risk?top=5");
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                JsonElement body = await answer.Content.ReadFromJsonAsync<JsonElement>();
                Assert.Equal(
                    answer.Headers.GetValues("Predictive-Model").Single(),
                    $"default/{body.GetProperty("model").GetProperty("version").GetInt32()}");
                Interlocked.Increment(ref answered);
            }
        }))];
        for (int swap = 0; swap < 12; swap++)
        {
            int before = Volatile.Read(ref answered);
            registry.Promote("default", 1 + (swap % 2));
            Assert.True(await keeper.RefreshAsync());
            SpinWait.SpinUntil(() => Volatile.Read(ref answered) > before + 8 || callers.Any(c => c.IsFaulted));
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
    }

    [Fact]
    public async Task Computations_over_the_base_wait_in_a_bounded_queue_and_the_last_are_kept()
    {
        await using WebApplication app = host.Start(host.Options with { MaxQueued = 2 });
        HttpClient client = app.GetTestClient();
        HttpResponseMessage[] answers =
            await Task.WhenAll(Enumerable.Range(1, 40).Select(day => client.GetAsync($"/v1/segments?asOf={host.AsOf.AddDays(-day)}")));
        Assert.All(answers, a => Assert.True(a.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable));
        HttpResponseMessage[] busy = [.. answers.Where(a => a.StatusCode == HttpStatusCode.ServiceUnavailable)];
        Assert.NotEmpty(busy);
        Assert.All(busy, a => Assert.NotNull(a.Headers.RetryAfter));
        // The default as-of and single scores are ready all the while.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/v1/customers/{host.History.CustomerId(0)}/score")).StatusCode);

        ServingSnapshot snapshot = app.Services.GetRequiredService<SnapshotKeeper>().Current!;
        var first = snapshot.ScoresAt(host.AsOf.AddDays(-50), default);
        Assert.Same(first, snapshot.ScoresAt(host.AsOf.AddDays(-50), default));
        Assert.Same(snapshot.Scores, snapshot.ScoresAt(host.AsOf, default));
    }

    [Fact]
    public async Task Work_is_shared_while_somebody_waits_cancelled_when_nobody_does_and_made_anew_after_a_failure()
    {
        var cache = new AnswerCache(new WorkQueue(4), most: 2);
        using var begun = new ManualResetEventSlim();
        using var gone = new CancellationTokenSource();
        int made = 0;
        byte[] Endless(CancellationToken cancellation)
        {
            Interlocked.Increment(ref made);
            begun.Set();
            cancellation.WaitHandle.WaitOne();
            cancellation.ThrowIfCancellationRequested();
            return [];
        }

        Task<byte[]> first = cache.Get("a", Endless, gone.Token), second = cache.Get("a", Endless, gone.Token);
        Assert.True(begun.Wait(TimeSpan.FromSeconds(30)));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(1, made);
        Assert.Equal([1], await cache.Get("a", _ => [1], default));
        await Assert.ThrowsAsync<InvalidOperationException>(() => cache.Get("b", _ => throw new InvalidOperationException(), default));
        Assert.Equal([2], await cache.Get("b", _ => [2], default));
        Assert.Equal([2], await cache.Get("b", _ => [3], default));
        Assert.Equal([4], await cache.Get("c", _ => [4], default));
        // Two are kept: the one asked longest ago has gone.
        Assert.Equal([5], await cache.Get("a", _ => [5], default));
    }

    [Fact]
    public void Ready_answers_stay_within_their_bytes()
    {
        var ready = new ReadyAnswers(1000, mostBytes: 5000);
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            int customer = random.Next(1000);
            byte[]? found = ready.Find(customer);
            Assert.True(found is null || found[0] == (byte)customer);
            byte[] answer = new byte[50 + (customer % 40)];
            answer[0] = (byte)customer;
            ready.Keep(customer, answer);
            Assert.InRange(ready.Bytes, 1, 5000);
        }
    }

    internal sealed class SetClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
