using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Predictive.Api.Keys;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;

namespace Predictive.EndToEnd.Tests.Fleet;

/// <summary>How large a trial is.</summary>
/// <param name="Customers">Simulated.</param>
/// <param name="Scores">Asked of each host a second.</param>
/// <param name="Events">Sent to each host a second.</param>
/// <param name="KillsInTraining">Whether the worker is killed while it trains, and its job awaited until it was begun again.</param>
/// <param name="Patience">Seconds that anything may take.</param>
internal sealed record FleetSize(int Customers, double Scores, double Events, bool KillsInTraining, int Patience);

/// <summary>
/// Two hosts and two workers, each a process, on one registry folder and one PostgreSQL database: load on both hosts, deliveries, a
/// promotion, one worker and one host killed and started again. What must hold afterwards is told as faults.
/// </summary>
internal sealed partial class FleetTrial(string connection, string folder, FleetSize size, Action<string> tell) : IDisposable
{
    private const string Name = "shop";
    private const string Settings = "fleet.json";

    private readonly List<string> _faults = [];
    private readonly Dictionary<string, object?> _figures = [];
    private readonly FleetProcess?[] _hosts = new FleetProcess?[2], _workers = new FleetProcess?[2];
    private readonly string[] _urls =
        [.. Enumerable.Range(0, 2).Select(_ => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FleetProcess.FreePort()}"))];

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private long _lines;

    private string Data => Path.Combine(folder, Name);

    private string Models => Path.Combine(folder, "models");

    private StoreDatabase Store { get; } = StoreDatabase.Open(connection, TimeProvider.System);

    private JobBook Jobs => new(Store);

    private ModelRegistry Registry => new(Models, SmokeTest.Admit);

    /// <summary>Runs it.</summary>
    /// <returns>What was found wrong, and figures.</returns>
    public async Task<(IReadOnlyList<string> Faults, IReadOnlyDictionary<string, object?> Figures)> Run()
    {
        (string[] deliveries, string[] customers, string lastDay) = Prepare();
        using var watch = new FleetWatch(connection, JobBook.LeaseOf("train", Name));
        for (int i = 0; i < 2; i++)
        {
            _workers[i] = Worker();
            _hosts[i] = Host(i);
        }

        await Task.WhenAll(Ready(0), Ready(1));
        using var load = new FleetLoad(_urls, _client.DefaultRequestHeaders.Authorization!, customers, lastDay);
        load.Start(size.Scores, size.Events);
        tell("load on both hosts");
        Deliver(deliveries[0]);
        await Until("a version of the first delivery", () => Registry.Versions(Name).Count >= 2);
        await Promote();
        await Kill(load);
        Deliver(deliveries[1]);
        foreach (string url in _urls)
        {
            using HttpResponseMessage asked = await _client.PostAsync($"{url}/v1/jobs/train", null);
            Expect(asked.IsSuccessStatusCode, $"a training could not be asked for: {(int)asked.StatusCode}");
        }

        int newest = Registry.Versions(Name)[^1].Version;
        await Until("a version of the second delivery", () => Registry.Versions(Name)[^1].Version > newest);
        await load.End();
        await Quiet();
        Stop();
        new FleetCheck(Store, Models, Name, Data, _lines, load, watch, _faults, _figures).Run();
        _figures["scores"] = load.Scores;
        _figures["excused"] = load.Excused;
        return (_faults, _figures);
    }

    public void Dispose()
    {
        foreach (FleetProcess? process in _hosts.Concat(_workers))
        {
            process?.Dispose();
        }

        _client.Dispose();
    }

    // A shop's file, a first version, and two later files that are still to come.
    private (string[] Deliveries, string[] Customers, string LastDay) Prepare()
    {
        TransactionHistory history =
            Simulator.Generate(new SimulationOptions { Customers = size.Customers, Years = 1.4, Seed = 12 }).History;
        TransactionColumns columns = history.Columns;
        var lines = new List<(DateTime At, string Text)>();
        for (int c = 0; c < history.CustomerCount; c++)
        {
            for (int i = columns.Offsets[c]; i < columns.Offsets[c + 1]; i++)
            {
                DateTime at = new LocalTime(columns.OrderedAt[i]).ToDateTime();
                lines.Add((at, string.Create(
                    CultureInfo.InvariantCulture, $"{history.CustomerId(c)},{at:yyyy-MM-ddTHH:mm:ss},{columns.Amount[i]:0.00},o{i}")));
            }
        }

        DateTime end = new LocalTime(history.LastMicros).ToDateTime().Date.AddDays(1);
        DateTime[] cuts = [DateTime.MinValue, end.AddDays(-14), end.AddDays(-7), end];
        string[] files = [.. Enumerable.Range(0, 3).Select(p => Path.Combine(folder, $"part{p}.csv"))];
        for (int p = 0; p < 3; p++)
        {
            File.WriteAllLines(
                files[p], ["customer,date,amount,order", .. lines.Where(l => l.At >= cuts[p] && l.At < cuts[p + 1]).Select(l => l.Text)]);
        }

        Deliver(files[0], "--out", Data);
        // Settings by a file, as in a container.
        File.WriteAllText(Path.Combine(folder, Settings), JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["data"] = Data, ["models"] = Models, ["name"] = Name, ["store"] = connection, ["horizon"] = "30d", ["engine"] = "built-in",
            ["schedule"] = "none", ["on-new-data"] = "2s", ["log"] = "quiet",
        }));
        string key = new KeyFile(Path.Combine(Models, "keys.json")).Add(KeyRole.Admin, DateTimeOffset.UnixEpoch).Text;
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        FleetProcess.Done(folder, "train", Data, "--models", Models, "--name", Name, "--store", connection, "--horizon", "30d");
        return (
            files[1..],
            // Those whom the first file knows.
            [
                .. Enumerable.Range(0, history.CustomerCount)
                    .Where(c => new LocalTime(columns.OrderedAt[columns.Offsets[c]]).ToDateTime() < cuts[1])
                    .Select(history.CustomerId).Take(200),
            ],
            end.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    }

    private void Deliver(string file, params string[] more)
    {
        string told = FleetProcess.Done(folder, ["import", file, .. more.Length > 0 ? more : ["--out", Data, "--append"]]);
        Match kept = Kept().Match(told);
        _lines += long.Parse(kept.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        Expect(kept.Success && kept.Groups[1].Value == kept.Groups[2].Value, $"the import of {Path.GetFileName(file)} left lines out");
        tell($"delivered {Path.GetFileName(file)}");
    }

    // Pinned while it is measured, so that no training promotes another meanwhile.
    private async Task Promote()
    {
        int serving = Registry.Aliases(Name).Champion!.Value;
        int other = Registry.Versions(Name).Select(v => v.Version).Where(v => v != serving).Max();
        FleetProcess.Done(folder, "models", "pin", other.ToString(CultureInfo.InvariantCulture), "--name", Name, "--models", Models,
            "--store", connection);
        using HttpResponseMessage done = await _client.PostAsync($"{_urls[0]}/v1/models/{Name}/{other}/promote", null);
        long start = Stopwatch.GetTimestamp();
        Expect(done.IsSuccessStatusCode, $"the promotion was answered {(int)done.StatusCode}");
        string model = string.Create(CultureInfo.InvariantCulture, $"{Name}/{other}");
        double[] seconds = await Task.WhenAll(_urls.Select(async url =>
        {
            await Until($"{url} answers from {model}", () => Answers(url) == model);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }));
        _figures["secondsToPromoted"] = seconds.Select(s => Math.Round(s, 2)).ToArray();
        tell($"promoted {model}: both hosts answer from it after {seconds.Max():0.0} s");
        FleetProcess.Done(folder, "models", "pin", other.ToString(CultureInfo.InvariantCulture), "--off", "--name", Name, "--models",
            Models, "--store", connection);
    }

    private string? Answers(string url)
    {
        using HttpResponseMessage answer = _client.GetAsync($"{url}/v1/at-risk?top=1").GetAwaiter().GetResult();
        return answer.Headers.TryGetValues("Predictive-Model", out IEnumerable<string>? model) ? model.FirstOrDefault() : null;
    }

    // The second host, and the worker that trains (or, in a small trial, one that does not).
    private async Task Kill(FleetLoad load)
    {
        Job? cut = null;
        int worker = 0;
        await Until(size.KillsInTraining ? "a training is under way" : "no training is under way", () =>
        {
            Job? running = Jobs.List(5, Name).FirstOrDefault(j => j.State == JobState.Running);
            if (!size.KillsInTraining)
            {
                return running is null;
            }

            // Events came in since the last one: there is something to learn.
            if (!Jobs.List(5, Name).Any(j => !j.IsOver))
            {
                _client.PostAsync($"{_urls[0]}/v1/jobs/train", null).GetAwaiter().GetResult().EnsureSuccessStatusCode().Dispose();
            }

            worker = Array.FindIndex(_workers, w => w!.Id == HolderOf());
            cut = running is { Stages.Count: > 1 } && worker >= 0 ? running : null;
            return cut is not null;
        });
        long gone = Stopwatch.GetTimestamp();
        _hosts[1]!.Kill();
        _workers[worker]!.Kill();
        // What it was doing when it died, which need not be what it was seen doing.
        cut = HolderOf() == _workers[worker]!.Id ? Jobs.List(5, Name).FirstOrDefault(j => j.State == JobState.Running) : null;
        tell(cut is null ? "killed a host and a worker" : $"killed a host, and a worker in job {cut.Id} ({cut.Stage})");
        await Task.Delay(2000);
        _hosts[1] = Host(1);
        _workers[worker] = Worker();
        await Ready(1);
        load.Absent(1, gone, Stopwatch.GetTimestamp());
        _figures["killedJob"] = cut?.Id;
        _figures["secondsAway"] = Math.Round(Stopwatch.GetElapsedTime(gone).TotalSeconds, 1);
    }

    private int HolderOf() => new LeaseBook(Store).Read(JobBook.LeaseOf("train", Name)) is { Held: true, Holder: var holder }
        && int.TryParse(holder.Split(' ')[^1], CultureInfo.InvariantCulture, out int pid)
            ? pid
            : 0;

    private async Task Quiet()
    {
        long still = Stopwatch.GetTimestamp();
        int jobs = 0;
        await Until("all jobs are over", () =>
        {
            IReadOnlyList<Job> all = Jobs.List(1000, Name);
            if (all.Count != jobs || all.Any(j => !j.IsOver))
            {
                (jobs, still) = (all.Count, Stopwatch.GetTimestamp());
            }

            // Files that stood still for two seconds are seen within four more.
            return Stopwatch.GetElapsedTime(still).TotalSeconds > 10;
        });
    }

    private void Stop()
    {
        foreach (FleetProcess process in _hosts.Concat(_workers).OfType<FleetProcess>())
        {
            int? code = process.Stop(TimeSpan.FromSeconds(60));
            string told = string.Join(" | ", process.Told.TakeLast(3));
            Expect(code is 0 or 3, $"told to stop, a process ended with {(object?)code ?? "nothing"}: {told}");
        }
    }

    private FleetProcess Worker() => new(folder, "worker", "--config", Settings);

    private FleetProcess Host(int i) => new(folder, "serve", "--config", Settings, "--urls", _urls[i]);

    private Task Ready(int host) => Until($"host {host} is ready", () =>
    {
        try
        {
            return _client.GetAsync($"{_urls[host]}/health/ready").GetAwaiter().GetResult().IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            Expect(!_hosts[host]!.HasEnded, $"host {host} ended: {string.Join(" | ", _hosts[host]!.Told)}");
            return false;
        }
    });

    private Task Until(string what, Func<bool> condition) => Task.Run(async () =>
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start).TotalSeconds > size.Patience)
            {
                string told = string.Join("\n", _workers.Concat(_hosts).OfType<FleetProcess>().SelectMany(p => p.Told.TakeLast(5)));
                throw new InvalidOperationException($"{what}: not within {size.Patience} s\n{told}");
            }

            await Task.Delay(50);
        }
    });

    private void Expect(bool holds, string fault)
    {
        if (!holds)
        {
            _faults.Add(fault);
        }
    }

    [GeneratedRegex(@"kept ([\d,]+) of ([\d,]+) rows")]
    private static partial Regex Kept();
}
