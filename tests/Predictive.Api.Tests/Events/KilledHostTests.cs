using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Predictive.Api.Keys;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.History.Loading;
using Predictive.Store;
using Predictive.Store.Ingest;
using Predictive.Tests;
using Predictive.Worker;

namespace Predictive.Api.Tests.Events;

/// <summary>
/// A real host and a real compaction, killed while they work: nothing that was acknowledged is lost, nothing is there twice.
/// </summary>
[Collection(TrainedHost.Collection)]
public class KilledHostTests(TrainedHost host)
{
    [Fact]
    public async Task Kill_9_loses_and_doubles_nothing()
    {
        const int Rounds = 4;
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string data = host.OwnData(), models = host.OwnModels();
        string key = new KeyFile(Path.Combine(models, "keys.json")).Add(KeyRole.Ingest, default).Text;
        int lines = host.History.LineCount, sent = 0;
        var acknowledged = new HashSet<string>(StringComparer.Ordinal);
        for (int round = 0; round < Rounds; round++)
        {
            int port = FreePort();
            using Process child = ChildTest.Start(
                typeof(KilledProcesses), nameof(KilledProcesses.Serve_until_killed), (KilledProcesses.Data, data),
                (KilledProcesses.Models, models),
                (KilledProcesses.Port, port.ToString(CultureInfo.InvariantCulture)));
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            await Ready(client, child);
            int first = sent;
            var ended = new CancellationTokenSource();
            Task sending = Task.Run(async () =>
            {
                try
                {
                    while (!ended.IsCancellationRequested)
                    {
                        string[] ids = [.. Enumerable.Range(0, 5).Select(_ => $"e{sent++}")];
                        using HttpResponseMessage answer = await client.PostAsync(
                            "/v1/events", new StringContent(string.Join('\n', ids.Select(Event)), Encoding.UTF8, "application/x-ndjson"));
                        string text = await answer.Content.ReadAsStringAsync();
                        Assert.Equal((HttpStatusCode.OK, 5), (answer.StatusCode, text.Split("\"accepted\"").Length - 1));
                        acknowledged.UnionWith(ids);
                    }
                }
                catch (HttpRequestException)
                {
                    // Killed: these were not acknowledged.
                }
            });
            // One compaction is killed too, somewhere in its work.
            await Task.Delay(random.Next(100, 400));
            using Process compacting = ChildTest.Start(
                typeof(KilledProcesses), nameof(KilledProcesses.Compact_until_killed), (KilledProcesses.Data, data),
                (KilledProcesses.Models, models));
            await Task.Delay(random.Next(1000, 3000));
            compacting.Kill();
            child.Kill();
            await ended.CancelAsync();
            await sending;
            await Task.WhenAll(child.WaitForExitAsync(), compacting.WaitForExitAsync());
            Assert.True(sent > first);

            var log = new EventStream(KilledProcesses.Store(models), IngestStream.Of(data, IngestTable.Transactions));
            List<StoredEvent> stored = [.. log.Read(0)];
            Assert.Equal(stored.Count, stored.Select(e => e.EventId).Distinct().Count());
            Assert.Empty(acknowledged.Except(stored.Select(e => e.EventId)));
            // The dataset loads at every point, and holds every event that its files speak of, once.
            FoldedEvents folded = FoldedEvents.Of(data, IngestTable.Transactions).For(log.Key());
            Assert.Equal(
                lines + stored.Count(e => folded.FileOf(e.First) is not null), DatasetLoader.Load(data).LineCount);
        }

        Compaction.Run(KilledProcesses.Store(models), data, _ => { }, TestContext.Current.CancellationToken);
        TransactionHistory whole = DatasetLoader.Load(data);
        int events = new EventStream(KilledProcesses.Store(models), IngestStream.Of(data, IngestTable.Transactions)).Read(0).Count();
        Assert.Equal(lines + events, whole.LineCount);
        Assert.Empty(Directory.GetFiles(Path.Combine(data, "transactions"), ".*"));
        TestContext.Current.TestOutputHelper!.WriteLine($"{sent} sent, {acknowledged.Count} acknowledged, {events} in the files");
    }

    private static string Event(string id) => JsonSerializer.Serialize(
        new { eventId = id, customerId = $"killed {id[^1]}", orderedAt = "2025-01-01T10:00:00", amount = 5, orderId = "same" });

    private static async Task Ready(HttpClient client, Process child)
    {
        while (true)
        {
            try
            {
                if ((await client.GetAsync("/health/ready")).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (!child.HasExited)
            {
            }

            await Task.Delay(50);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>What the test above starts in processes of its own; not of its collection, whose models need not be trained for it.</summary>
public class KilledProcesses
{
    internal const string Data = "PREDICTIVE_TEST_DATA", Models = "PREDICTIVE_TEST_MODELS", Port = "PREDICTIVE_TEST_PORT";

    [Fact(Explicit = true)]
    public async Task Serve_until_killed()
    {
        var app = ScoringHost.Build(
            new()
            {
                Data = Variable(Data), Models = Variable(Models), Urls = $"http://127.0.0.1:{Variable(Port)}",
                LogRequests = false,
            },
            TimeProvider.System);
        await app.StartAsync();
        await Task.Delay(TimeSpan.FromMinutes(5));
    }

    [Fact(Explicit = true)]
    public void Compact_until_killed()
    {
        while (true)
        {
            Compaction.Run(Store(Variable(Models)), Variable(Data), _ => { }, default, mostInFile: 50, TimeSpan.FromSeconds(1));
        }
    }

    internal static StoreDatabase Store(string models) => StoreDatabase.Open(Path.Combine(models, "store.db"), TimeProvider.System);

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException("Run by the test above only.");
}
