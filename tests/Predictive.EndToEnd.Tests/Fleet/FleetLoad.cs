using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Predictive.EndToEnd.Tests.Fleet;

/// <summary>Scores and events at a steady rate on several hosts, with every answer that was no success.</summary>
internal sealed class FleetLoad : IDisposable
{
    private readonly string[] _urls, _customers;
    private readonly string _day;
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _client =
        new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { Timeout = TimeSpan.FromSeconds(60) };

    private readonly ConcurrentQueue<(int Host, long From, long To, string Fault)> _failed = new();
    private readonly List<(int Host, long From, long To)> _absences = [];
    private readonly ConcurrentDictionary<string, double> _sent = new(), _acknowledged = new();
    private readonly List<Task> _loops = [];
    private long _scores, _events, _repeated;

    /// <param name="urls">Of the hosts.</param>
    /// <param name="key">Whom they let in.</param>
    /// <param name="customers">Whom scores are asked of and events are of.</param>
    /// <param name="day">Of the events.</param>
    public FleetLoad(string[] urls, AuthenticationHeaderValue key, string[] customers, string day)
    {
        (_urls, _customers, _day) = (urls, customers, day);
        _client.DefaultRequestHeaders.Authorization = key;
    }

    public long Scores => Interlocked.Read(ref _scores);

    /// <summary>Events that were acknowledged, with their amounts.</summary>
    public IReadOnlyDictionary<string, double> Acknowledged => _acknowledged;

    /// <summary>Events that were sent, acknowledged or not.</summary>
    public int Sent => _sent.Count;

    /// <summary>Events sent again because the host that was asked first died.</summary>
    public long Repeated => Interlocked.Read(ref _repeated);

    /// <summary>Requests that failed while their host was meant to be there.</summary>
    public IReadOnlyList<string> Failures =>
    [
        .. _failed.Where(f => !_absences.Any(a => a.Host == f.Host && f.From <= a.To && f.To >= a.From))
            .Select(f => $"host {f.Host}: {f.Fault}"),
    ];

    /// <summary>Requests that failed at a host that was killed.</summary>
    public int Excused => _failed.Count - Failures.Count;

    /// <summary>A host was away between two times (<see cref="Stopwatch.GetTimestamp"/>).</summary>
    public void Absent(int host, long from, long to) => _absences.Add((host, from, to));

    /// <summary>Begins.</summary>
    /// <param name="scores">A second and host.</param>
    /// <param name="events">A second and host.</param>
    public void Start(double scores, double events)
    {
        for (int h = 0; h < _urls.Length; h++)
        {
            int host = h;
            _loops.Add(Task.Run(() => Loop(scores, i => Score(host, i))));
            _loops.Add(Task.Run(() => Loop(events, _ => Event(host))));
        }
    }

    /// <summary>Ends it when all requests under way have ended.</summary>
    public async Task End()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _client.Dispose();
    }

    // At its rate whatever the answers take, up to a hundred under way.
    private async Task Loop(double rate, Func<int, Task> once)
    {
        var under = new SemaphoreSlim(100);
        var running = new ConcurrentDictionary<Task, byte>();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; !_stop.IsCancellationRequested; i++)
        {
            TimeSpan early = TimeSpan.FromSeconds(i / rate) - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early);
            }

            await under.WaitAsync();
            Task task = once(i);
            running[task] = 0;
            _ = task.ContinueWith(
                t =>
                {
                    running.TryRemove(t, out byte _);
                    under.Release();
                }, TaskScheduler.Default);
        }

        await Task.WhenAll(running.Keys);
    }

    private async Task Score(int host, int i)
    {
        string customer = Uri.EscapeDataString(_customers[i * 7 % _customers.Length]);
        if (await Asked(host, () => _client.GetAsync($"{_urls[host]}/v1/customers/{customer}/score")))
        {
            Interlocked.Increment(ref _scores);
        }
    }

    // An event whose answer did not come is sent again, to the other host: the same id, the same content.
    private async Task Event(int host)
    {
        long number = Interlocked.Increment(ref _events);
        string id = $"fleet-{number}";
        double amount = 20 + (number % 50);
        _sent[id] = amount;
        var body = new { eventId = id, customerId = _customers[number % _customers.Length], orderedAt = $"{_day}T12:00:00", amount };
        for (int attempt = 0; attempt < 200; attempt++)
        {
            int to = (host + attempt) % _urls.Length;
            if (await Asked(to, () => _client.PostAsJsonAsync($"{_urls[to]}/v1/events", body)))
            {
                _acknowledged[id] = amount;
                return;
            }

            Interlocked.Increment(ref _repeated);
            await Task.Delay(100);
        }
    }

    private async Task<bool> Asked(int host, Func<Task<HttpResponseMessage>> ask)
    {
        long from = Stopwatch.GetTimestamp();
        try
        {
            using HttpResponseMessage answer = await ask();
            string text = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode)
            {
                return true;
            }

            _failed.Enqueue((host, from, Stopwatch.GetTimestamp(), $"{(int)answer.StatusCode} {text}"));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            _failed.Enqueue((host, from, Stopwatch.GetTimestamp(), e.Message));
        }

        return false;
    }
}
