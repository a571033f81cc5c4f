using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Predictive.Api.Keys;
using Predictive.Tests;

namespace Predictive.EndToEnd.Tests.Fleet;

/// <summary>Two hosts, each a process, on one registry folder and one PostgreSQL: what one is told the other knows.</summary>
public sealed partial class HostsTests : IDisposable
{
    private const string Name = "shop";

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-hosts-").FullName;
    private readonly PostgresServer _postgres = new();
    private readonly FleetProcess?[] _hosts = new FleetProcess?[2];
    private readonly string[] _urls =
        [.. Enumerable.Range(0, 2).Select(_ => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FleetProcess.FreePort()}"))];

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private string _connection = "";

    private string Models => Path.Combine(_folder, "models");

    public void Dispose()
    {
        foreach (FleetProcess? host in _hosts)
        {
            host?.Dispose();
        }

        _client.Dispose();
        _postgres.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Two_hosts_know_the_same_lose_the_database_honestly_and_are_restarted_without_a_failed_request()
    {
        _connection = _postgres.NewDatabase();
        string data = Path.Combine(_folder, Name);
        FleetProcess.Done(_folder, "generate", "--customers", "150", "--years", "1.2", "--out", data);
        WriteAlertRules(data);
        FleetProcess.Done(_folder, "train", data, "--models", Models, "--name", Name, "--store", _connection, "--horizon", "30d");
        var keys = new KeyFile(Path.Combine(Models, "keys.json"));
        _client.DefaultRequestHeaders.Authorization = Bearer(keys.Add(KeyRole.Admin, DateTimeOffset.UnixEpoch).Text);
        (_hosts[0], _hosts[1]) = (Host(0), Host(1));
        await Task.WhenAll(Ready(0), Ready(1));
        string customer = (await Json(0, "/v1/at-risk?top=1&minProbability=0")).ToJsonString().Split("\"customerId\":\"")[1].Split('"')[0];

        await KeysAreShared(keys);
        await WhatOneWritesTheOtherReads(customer);
        await AlertsAreShared();
        await WithoutTheDatabaseReadsGoOnAndWritesAreRefused(customer);
        await RestartedOneByOne(customer);
    }

    // A key works on both within a poll, and on neither once it is revoked.
    private async Task KeysAreShared(KeyFile keys)
    {
        (ApiKey key, string text) = keys.Add(KeyRole.Score, DateTimeOffset.UnixEpoch);
        using var other = new HttpClient();
        other.DefaultRequestHeaders.Authorization = Bearer(text);
        foreach (HttpStatusCode expected in new[] { HttpStatusCode.OK, HttpStatusCode.Unauthorized })
        {
            foreach (string url in _urls)
            {
                await Until($"{url}: a key is answered {expected}", async () =>
                {
                    using HttpResponseMessage answer = await other.GetAsync($"{url}/v1/metrics");
                    return answer.StatusCode == expected;
                });
            }

            keys.Revoke(key.Id, DateTimeOffset.UnixEpoch);
        }
    }

    private async Task WhatOneWritesTheOtherReads(string customer)
    {
        // An event.
        JsonNode before = await Json(1, $"/v1/customers/{customer}/score");
        string day = ((string)before["asOf"]!)[..10];
        using (HttpResponseMessage sent = await Event(0, "e1", customer, DateOnly.ParseExact(day, "yyyy-MM-dd").AddDays(-1)))
        {
            Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        }

        long start = Stopwatch.GetTimestamp();
        await Until("an event sent to one host is in the other's answer", async () =>
            (await Json(1, $"/v1/customers/{customer}/score"))["rfm"]!.ToJsonString() != before["rfm"]!.ToJsonString());
        Tell($"an event sent to host 0 was in host 1's answer after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        Assert.Equal(
            (await Json(0, $"/v1/customers/{customer}/score")).ToJsonString(),
            (await Json(1, $"/v1/customers/{customer}/score")).ToJsonString());

        // A job: asked of one, seen and cancelled on the other.
        using (HttpResponseMessage asked = await _client.PostAsync($"{_urls[0]}/v1/jobs/train", null))
        {
            Assert.True(asked.IsSuccessStatusCode);
        }

        JsonNode job = (await Json(1, "/v1/jobs"))["jobs"]!.AsArray().First(j => (string)j!["state"]! == "queued")!;
        using (HttpResponseMessage cancelled = await _client.PostAsync($"{_urls[1]}/v1/jobs/{job["id"]}/cancel", null))
        {
            Assert.True(cancelled.IsSuccessStatusCode);
        }

        Assert.Equal("cancelled", (string)(await Json(0, $"/v1/jobs/{job["id"]}"))["job"]!["state"]!);

        // An opt-out, an alert that was seen, and who did all that.
        using (HttpResponseMessage noted = await _client.PostAsJsonAsync(
            $"{_urls[0]}/v1/opt-outs", new { customer, channel = "email" }))
        {
            Assert.True(noted.IsSuccessStatusCode, await noted.Content.ReadAsStringAsync());
        }

        Assert.Contains(customer, (await Json(1, "/v1/opt-outs")).ToJsonString());
        string audit = FleetProcess.Done(_folder, "audit", "list", "--models", Models, "--store", _connection);
        Assert.Contains("job", audit);
        FleetProcess.Done(_folder, "audit", "verify", "--models", Models, "--store", _connection);
    }

    private async Task WithoutTheDatabaseReadsGoOnAndWritesAreRefused(string customer)
    {
        _postgres.Kill();
        for (int host = 0; host < 2; host++)
        {
            JsonNode score = await Json(host, $"/v1/customers/{customer}/score");
            Assert.NotNull(score["churn"]);
            await Json(host, "/v1/at-risk?top=5");
            using HttpResponseMessage refused = await Event(host, "e2", customer, new DateOnly(2024, 1, 1));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
            using HttpResponseMessage asked = await _client.PostAsync($"{_urls[host]}/v1/jobs/train", null);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, asked.StatusCode);
            int of = host;
            await Until("a host without a database says so and stays ready", async () =>
                (await Json(of, "/health/ready"))["fault"] is not null);
            Assert.Contains("predictive_snapshot_fault", await _client.GetStringAsync($"{_urls[host]}/metrics"));
        }

        _postgres.Again();
        await Until("the database is back, and so are writes", async () =>
        {
            using HttpResponseMessage sent = await Event(1, "e3", customer, new DateOnly(2024, 1, 1));
            return sent.IsSuccessStatusCode;
        });
        foreach (int host in new[] { 0, 1 })
        {
            await Until("nothing is the matter any more", async () => (await Json(host, "/health/ready"))["fault"] is null);
        }
    }

    /// <summary>Who asks goes by readiness, as a balancer does, and asks nobody again: what fails, has failed.</summary>
    private async Task RestartedOneByOne(string customer)
    {
        bool[] isReady = [true, true];
        var failed = new ConcurrentQueue<string>();
        using var over = new CancellationTokenSource();
        int answered = 0, accepted = 0;
        Task watching = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                for (int host = 0; host < 2; host++)
                {
                    isReady[host] = await IsReady(host);
                }

                await Task.Delay(100);
            }
        });
        Task[] asking =
        [
            .. Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
            {
                for (int i = 0; !over.IsCancellationRequested; i++)
                {
                    int host = (worker + i) % 2;
                    host = isReady[host] ? host : 1 - host;
                    try
                    {
                        bool writes = worker == 0 && i % 5 == 0;
                        using HttpResponseMessage answer = writes
                            ? await Event(
                                host, string.Create(CultureInfo.InvariantCulture, $"load-{i}"), customer, new DateOnly(2024, 1, 2))
                            : await _client.GetAsync($"{_urls[host]}/v1/customers/{customer}/score");
                        if (!answer.IsSuccessStatusCode)
                        {
                            failed.Enqueue($"host {host}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                        }

                        Interlocked.Increment(ref answered);
                        accepted += writes ? 1 : 0;
                    }
                    catch (HttpRequestException e)
                    {
                        failed.Enqueue($"host {host}: {e.Message}");
                    }

                    await Task.Delay(20);
                }
            })),
        ];
        for (int host = 0; host < 2; host++)
        {
            Assert.Equal(0, _hosts[host]!.Stop(TimeSpan.FromMinutes(2)));
            _hosts[host]!.Dispose();
            _hosts[host] = Host(host);
            await Ready(host);
            int of = host;
            await Until("the balancer has seen it", () => Task.FromResult(isReady[of]));
        }

        await over.CancelAsync();
        await Task.WhenAll([.. asking, watching]);
        Assert.Empty(failed);
        Tell($"both hosts restarted one by one: {answered} requests, {accepted} of them events, none failed");
        Assert.True(accepted > 0 && answered > accepted);
        using var store = new Npgsql.NpgsqlConnection(_connection);
        await store.OpenAsync();
        using var count = new Npgsql.NpgsqlCommand("SELECT count(*) FROM ingested WHERE \"EventId\" LIKE 'load-%'", store);
        Assert.Equal(accepted, (long)(await count.ExecuteScalarAsync())!);
    }

    private static AuthenticationHeaderValue Bearer(string key) => new("Bearer", key);

    private static void Tell(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);

    private static async Task Until(string what, Func<Task<bool>> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(4), $"{what}: not within minutes");
            await Task.Delay(50);
        }
    }

    private Task<HttpResponseMessage> Event(int host, string id, string customer, DateOnly day) => _client.PostAsJsonAsync(
        $"{_urls[host]}/v1/events",
        new { eventId = id, customerId = customer, orderedAt = $"{day:yyyy-MM-dd}T12:00:00", amount = 25 });

    private async Task<JsonNode> Json(int host, string path) => JsonNode.Parse(await _client.GetStringAsync(_urls[host] + path))!;

    private FleetProcess Host(int host) => new(
        _folder, "serve", "--data", Path.Combine(_folder, Name), "--models", Models, "--name", Name, "--store", _connection, "--urls",
        _urls[host], "--log", "quiet", "--notice", "2s");

    private Task Ready(int host) => Until($"host {host} is ready", () => IsReady(host));

    private async Task<bool> IsReady(int host)
    {
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync($"{_urls[host]}/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
