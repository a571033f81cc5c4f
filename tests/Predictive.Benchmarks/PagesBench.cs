using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Predictive.Api;
using Predictive.Api.Configuration;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>pages --data DIR --models DIR</c>: the marketers' pages on a base, over a loopback connection: the very first page of a fresh host,
/// then
/// each page and filter once cold and the median and worst of nine more, the bytes allocated for it, and what the pages' columns keep.
/// </summary>
internal static class PagesBench
{
    private const int Rounds = 9;

    private static readonly (string Name, string Path)[] s_asked =
    [
        ("overview", "/"),
        ("at risk", "/at-risk"),
        ("at risk, tier", "/at-risk?tier=gold"),
        ("at risk, segment + stage + band", "/at-risk?segment=at%20risk&stage=declining&band=high"),
        ("at risk, capacity 10,000, offer", "/at-risk?capacity=10000&offer=2"),
        ("at risk, cut-off .8", "/at-risk?minProbability=0.8"),
        ("at risk, last page of 10,000", "/at-risk?capacity=10000&page=400"),
        ("customers", "/customers"),
        ("customers, search", "/customers?q=123"),
        ("customers, cell of the heat map", "/customers?r=3&f=2"),
        ("customers, value matrix by spend", "/customers?cell=cash%20cow&order=spend"),
        ("one customer", "/customer?id={id}"),
        ("metrics", "/metrics-catalogue"),
        ("data", "/data"),
        ("models", "/models"),
        ("segments", "/segments"),
        ("portfolio", "/portfolio"),
        ("customers, value band", "/customers?value=A"),
        ("customers, moved between tiers", "/customers?tier=silver&moved=tier&from=gold&since={since}"),
    ];

    public static int Run(string[] args)
    {
        if (args is not ["--data", var data, "--models", var models])
        {
            Console.Error.WriteLine("Usage: pages --data DIR --models DIR");
            return 2;
        }

        return RunAsync(data, models).GetAwaiter().GetResult();
    }

    private static async Task<int> RunAsync(string data, string models)
    {
        long start = Stopwatch.GetTimestamp();
        await using WebApplication app = ScoringHost.Build(
            new ScoringHostOptions { Data = data, Models = models, Urls = "http://127.0.0.1:0", LogRequests = false },
            TimeProvider.System, b => b.Logging.ClearProviders());
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await app.StartAsync();
        double started = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromMinutes(10) };
        // The host warms in the background; whoever comes within these seconds waits for the rest of them.
        double atOnce = await Milliseconds("/sign-in");
        await Task.Delay(TimeSpan.FromSeconds(10));
        long columns = GC.GetTotalMemory(forceFullCollection: true) - before;
        double first = await Milliseconds("/");
        JsonElement list = JsonDocument.Parse(await client.GetStringAsync("/v1/at-risk?top=1")).RootElement;
        string id = list.GetProperty("list").GetProperty("rows")[0].GetProperty("score").GetProperty("customerId").GetString()!;
        DateTime asOf = DateTime.Parse(list.GetProperty("asOf").GetString()!, CultureInfo.InvariantCulture);
        int customers = list.GetProperty("list").GetProperty("customers").GetInt32();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{customers:N0} customers; host ready after {started:0.0} s; first answer {atOnce:0} ms; "
                + $"first page ten seconds later {first:0} ms; what the pages keep before it {columns >> 20} MB"));
        Console.WriteLine($"{"",-36} {"cold ms",9} {"median ms",10} {"worst ms",9} {"KB allocated",13} {"KB sent",8}");
        var measured = new List<object>();
        foreach ((string name, string template) in s_asked)
        {
            string path = template.Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal)
                .Replace("{since}", asOf.AddDays(-90).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal);
            double cold = await Milliseconds(path);
            var times = new double[Rounds];
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Rounds; i++)
            {
                times[i] = await Milliseconds(path);
            }

            // The client's part is in it, too: a string of the page and its buffers.
            double kb = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / 1024.0 / Rounds;
            int sent = (await client.GetByteArrayAsync(path)).Length / 1024;
            Array.Sort(times);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name,-36} {cold,9:0.0} {times[Rounds / 2],10:0.0} {times[^1],9:0.0} {kb,13:N0} {sent,8}"));
            measured.Add(new { name, cold = Math.Round(cold, 1), median = Math.Round(times[Rounds / 2], 1), worst = Math.Round(times[^1],
                1), kb = Math.Round(kb) });
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            bench = "pages", customers, first = Math.Round(first), columnsMB = columns >> 20,
                peakMB = Process.GetCurrentProcess().PeakWorkingSet64 >> 20,
            pages = measured,
        }));
        return 0;

        async Task<double> Milliseconds(string path)
        {
            long from = Stopwatch.GetTimestamp();
            using HttpResponseMessage answer = await client.GetAsync(path);
            await answer.Content.ReadAsByteArrayAsync();
            double took = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
            answer.EnsureSuccessStatusCode();
            return took;
        }
    }
}
