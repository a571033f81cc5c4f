using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Predictive.Api.Keys;
using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.Benchmarks;

/// <summary>
/// Events into a host that answers scores at the same time, both at a steady rate: how long until an event is acknowledged, counted from
/// when it was due, beside what one flush of the disk takes: <c>events --data DIR --models DIR [--rate 1000] [--scores 5000] [--seconds
/// 20]</c>. Scores come from <c>wrk -t1 -c400</c>, which waits between a connection's requests, now less, now more: enough connections
/// that what an answer takes hardly lowers the rate.
/// </summary>
internal static partial class EventsBench
{
    private const int Flushes = 300, Connections = 400;

    /// <summary>What an answer takes beside the events, about: the wait is so much shorter.</summary>
    private const int UsualAnswerMs = 4;

    public static int Run(string[] args) => Measure(args).GetAwaiter().GetResult();

    private static async Task<int> Measure(string[] args)
    {
        string data = BenchProcess.Option(args, "--data") ?? "data-samples", models = BenchProcess.Option(args, "--models") ?? "models";
        int rate = BenchProcess.Option(args, "--rate", 1000), scores = BenchProcess.Option(args, "--scores", 5000),
            seconds = BenchProcess.Option(args, "--seconds", 20);
        using var work = new EventsWork(data, models);
        string[] ids = work.Customers();
        using Process host = work.Serve();
        string url = await HostBench.UrlOf(host);
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = new Uri(url) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", work.Key);
            // Both ways are compiled before anything counts.
            using (Process warm = Wrk(url, work, ids, scores, 4))
            {
                await Send(client, ids, rate, 4, 0);
                await warm.WaitForExitAsync();
            }

            host.Refresh();
            TimeSpan before = host.TotalProcessorTime;
            (double[] alone, _) = await Send(client, ids, rate, seconds, 1_000_000);
            host.Refresh();
            double busy = (host.TotalProcessorTime - before).TotalMilliseconds;
            double[] flushes = work.Flush(Flushes);
            using Process wrk = Wrk(url, work, ids, scores, seconds + 2);
            await Task.Delay(1000);
            (double[] together, int failed) = await Send(client, ids, rate, seconds, 2_000_000);
            string text = await wrk.StandardOutput.ReadToEndAsync();
            await wrk.WaitForExitAsync();
            string metrics = await client.GetStringAsync("/metrics");
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                rate,
                seconds,
                failed,
                perSecond = together.Length / (double)seconds,
                scoresPerSecond = Number(PerSecond().Match(text)),
                scoresP99 = P99().Match(text).Groups[1].Value,
                acknowledgedMs = Quantiles(together),
                acknowledgedAloneMs = Quantiles(alone),
                flushMs = Quantiles(flushes),
                hostCpuMsAnEvent = Math.Round(busy / alone.Length, 3),
                eventsACommit = Number(Taken().Match(metrics)) / Number(Commits().Match(metrics)),
                cores = Environment.ProcessorCount,
            }));
            return 0;
        }
        finally
        {
            host.Kill();
        }
    }

    /// <summary>Sends at a steady rate, whatever the answers take; latencies count from when each was due.</summary>
    private static async Task<(double[] Milliseconds, int Failed)> Send(HttpClient client, string[] ids, int rate, int seconds, int first)
    {
        var random = new Random(first);
        string at = "2025-01-02T10:00:00";
        var sending = new List<Task<double>>();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < rate * seconds; i++)
        {
            double due = i * 1000.0 / rate;
            while (Stopwatch.GetElapsedTime(start).TotalMilliseconds is var now && now < due)
            {
                await Task.Delay(1);
            }

            string body = JsonSerializer.Serialize(
                new { eventId = $"b{first + i}", customerId = ids[random.Next(ids.Length)], orderedAt = at, amount = i % 90 });
            sending.Add(One(due, body));
        }

        double[] taken = await Task.WhenAll(sending);
        return ([.. taken.Where(t => t >= 0)], taken.Count(t => t < 0));

        async Task<double> One(double due, string body)
        {
            using HttpResponseMessage answer =
                await client.PostAsync("/v1/events", new StringContent(body, Encoding.UTF8, "application/json"));
            await answer.Content.ReadAsByteArrayAsync();
            return answer.IsSuccessStatusCode ? Stopwatch.GetElapsedTime(start).TotalMilliseconds - due : -1;
        }
    }

    private static Process Wrk(string url, EventsWork work, string[] ids, int perSecond, int seconds)
    {
        string script = work["scores.lua"];
        File.WriteAllText(script, string.Create(CultureInfo.InvariantCulture, $$"""
            local ids = {{{string.Join(',', ids.Select(i => $"\"{i}\""))}}}
            math.randomseed(7)
            local headers = { ["Authorization"] = "Bearer {{work.Key}}" }
            -- Drawn, or all connections would ask at one moment, and wait for one another.
            function delay() return math.random(0, {{2 * ((1000 * Connections / perSecond) - UsualAnswerMs)}}) end
            request = function() return wrk.format("GET", "/v1/customers/" .. ids[math.random(#ids)] .. "/score", headers) end
            """));
        return Process.Start(new ProcessStartInfo(
            "wrk", ["-t1", $"-c{Connections}", $"-d{seconds}s", "--latency", "-s", script, url]) { RedirectStandardOutput = true })!;
    }

    private static object Quantiles(double[] values)
    {
        Array.Sort(values);
        double At(double q) => Math.Round(values[(int)Math.Min(values.Length - 1, q * values.Length)], 2);
        return new { median = At(.5), p90 = At(.9), p99 = At(.99), p999 = At(.999), most = At(1) };
    }

    private static double Number(Match match) =>
        double.TryParse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"99%\s+([\d.]+(?:us|ms|s))")]
    private static partial Regex P99();

    [GeneratedRegex(@"^predictive_events_total\{[^}]*accepted[^}]*\} ([\d.e+]+)", RegexOptions.Multiline)]
    private static partial Regex Taken();

    [GeneratedRegex(@"^predictive_event_commits_total(?:\{[^}]*\})? ([\d.e+]+)", RegexOptions.Multiline)]
    private static partial Regex Commits();
}

/// <summary>A copy of a dataset and of a registry, with a store of their own, that goes with the bench.</summary>
internal sealed class EventsWork : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-events-").FullName;

    public EventsWork(string data, string models)
    {
        Copy(data, Data);
        Copy(models, Models);
        Key = new KeyFile(this["keys.json"]).Add(KeyRole.Admin, DateTimeOffset.UnixEpoch).Text;
    }

    public string this[string name] => Path.Combine(_folder, name);

    public string Data => this["data"];

    public string Models => this["models"];

    public string Key { get; }

    /// <summary>Some customers.</summary>
    public string[] Customers()
    {
        TransactionHistory history = DatasetLoader.Load(Data);
        return [.. Enumerable.Range(0, Math.Min(2000, history.CustomerCount)).Select(history.CustomerId)];
    }

    /// <summary>Starts a host on them in a process of its own.</summary>
    public Process Serve() => BenchProcess.StartHost(
        "host", "--serve", "host", "--data", Data, "--models", Models, "--keys", this["keys.json"], "--log", this["requests.log"]);

    /// <summary>Milliseconds that each of so many flushes of a small file beside the store takes.</summary>
    public double[] Flush(int times)
    {
        using var file = new FileStream(this["flush"], FileMode.Create);
        byte[] page = new byte[4096];
        return [.. Enumerable.Range(0, times).Select(_ =>
        {
            file.Write(page);
            long start = Stopwatch.GetTimestamp();
            file.Flush(flushToDisk: true);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        })];
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".parquet" or ".json" or ".zip"))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
