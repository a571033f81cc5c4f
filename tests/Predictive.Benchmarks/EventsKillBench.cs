using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Predictive.History.Ingest;
using Predictive.History.Loading;
using Predictive.Store;
using Predictive.Store.Ingest;
using Predictive.Worker;

namespace Predictive.Benchmarks;

/// <summary>
/// Kills a host and a compaction at random while events come in, many times, and counts: <c>events-kill --data DIR --models DIR [--kills
/// 200] [--seed N]</c>. Nothing acknowledged may be lost and nothing be there twice, in the store and in the files, after every kill.
/// </summary>
internal static class EventsKillBench
{
    public static int Run(string[] args)
    {
        if (Array.IndexOf(args, "--compact") >= 0)
        {
            while (true)
            {
                Compaction.Run(
                    Store(args), BenchProcess.Option(args, "--data")!, _ => { }, default, mostInFile: 200, TimeSpan.FromSeconds(1));
            }
        }

        return Kill(args).GetAwaiter().GetResult();
    }

    private static async Task<int> Kill(string[] args)
    {
        int kills = BenchProcess.Option(args, "--kills", 200), seed = BenchProcess.Option(args, "--seed", 1);
        var random = new Random(seed);
        using var work = new EventsWork(
            BenchProcess.Option(args, "--data") ?? "data-samples", BenchProcess.Option(args, "--models") ?? "models");
        int lines = DatasetLoader.Load(work.Data).LineCount, next = 0, lost = 0, doubled = 0, wrong = 0;
        var acknowledged = new HashSet<string>(StringComparer.Ordinal);
        for (int kill = 1; kill <= kills; kill++)
        {
            using Process host = work.Serve();
            string url = await HostBench.UrlOf(host);
            using var client = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(20) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", work.Key);
            Task[] sending = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        string[] ids = [.. Enumerable.Range(0, 3).Select(_ => $"k{Interlocked.Increment(ref next)}")];
                        using HttpResponseMessage answer = await client.PostAsync(
                            "/v1/events", new StringContent(string.Join('\n', ids.Select(Event)), Encoding.UTF8, "application/x-ndjson"));
                        string text = await answer.Content.ReadAsStringAsync();
                        if (answer.IsSuccessStatusCode && text.Split("\"accepted\"").Length == 4)
                        {
                            lock (acknowledged)
                            {
                                acknowledged.UnionWith(ids);
                            }
                        }
                    }
                }
                catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
                {
                    // Killed: what was on its way was not acknowledged.
                }
            }))];
            using Process compacting = BenchProcess.Start("events-kill", "--compact", "--data", work.Data, "--models", work.Models);
            int before = acknowledged.Count;
            int files = Folded(work);
            for (int wait = 0; (acknowledged.Count == before || Folded(work) == files) && wait < 1000; wait++)
            {
                await Task.Delay(10);
            }

            await Task.Delay(random.Next(0, 1000));
            (kill % 2 == 0 ? host : compacting).Kill();
            await Task.Delay(random.Next(0, 100));
            host.Kill();
            compacting.Kill();
            await Task.WhenAll(sending);
            await Task.WhenAll(host.WaitForExitAsync(), compacting.WaitForExitAsync());

            var stream = new EventStream(
                StoreDatabase.Open(Path.Combine(work.Models, StoreDatabase.FileName), TimeProvider.System),
                IngestStream.Of(work.Data, IngestTable.Transactions));
            List<StoredEvent> stored = [.. stream.Read(0)];
            FoldedEvents folded = FoldedEvents.Of(work.Data, IngestTable.Transactions).For(stream.Key());
            var ids = stored.Select(e => e.EventId).ToHashSet(StringComparer.Ordinal);
            lost += acknowledged.Count(a => !ids.Contains(a));
            doubled += stored.Count - ids.Count;
            int found = DatasetLoader.Load(work.Data).LineCount, expected = lines + stored.Count(e => folded.FileOf(e.First) is not null);
            wrong += found == expected ? 0 : 1;
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{kill}: {acknowledged.Count} acknowledged, {stored.Count} in the store, {found - lines} in the files; lost {lost}, "
                    + $"doubled {doubled}, files wrong {wrong}"));
        }

        Console.WriteLine(JsonSerializer.Serialize(
            new { kills, seed, acknowledged = acknowledged.Count, lost, doubled, filesWrong = wrong }));
        return lost + doubled + wrong == 0 ? 0 : 1;
    }

    // When the files were last written: that a compaction is at work.
    private static int Folded(EventsWork work) =>
        Directory.Exists(Path.Combine(work.Data, "transactions"))
            ? HashCode.Combine(Directory.GetLastWriteTimeUtc(Path.Combine(work.Data, "transactions")))
            : 0;

    private static StoreDatabase Store(string[] args) => StoreDatabase.Open(
        Path.Combine(BenchProcess.Option(args, "--models")!, StoreDatabase.FileName), TimeProvider.System);

    private static string Event(string id) => JsonSerializer.Serialize(
        new { eventId = id, customerId = $"killed {id[^1]}", orderedAt = "2025-01-01T10:00:00", amount = 5, orderId = "same" });
}
