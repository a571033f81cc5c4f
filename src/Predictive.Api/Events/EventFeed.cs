using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.History.Sources;
using Predictive.Store;
using Predictive.Store.Ingest;

namespace Predictive.Api.Events;

/// <summary>An event to be made durable.</summary>
internal sealed record EventToAppend(IngestTable Table, string Customer, NewEvent Event);

/// <summary>
/// Events on their way in: what many requests bring at one time is committed together, then is in the book, then is acknowledged. One
/// thread does it, and between commits takes up what other hosts have brought.
/// </summary>
/// <remarks>
/// <code>
/// requests ──▶ channel ──▶ one commit for all that wait ──▶ book ──▶ answers
/// </code>
/// While the disk flushes, the next batch gathers: the slower the disk, the larger the batches. Where several came at once, the next
/// commit waits some milliseconds for more, for a commit costs the processor more than the events in it; who sends one after the other
/// does not wait.
/// </remarks>
internal sealed partial class EventFeed : BackgroundService
{
    private const int MostWaiting = 10_000;
    private const int MostTogether = 10_000;

    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(5);

    private static readonly IngestTable[] s_tables = Enum.GetValues<IngestTable>();

    private readonly HostStore _store;
    private readonly SnapshotKeeper _keeper;
    private readonly ScoringHostOptions _options;
    private readonly HostMetrics _metrics;
    private readonly ILogger<EventFeed> _log;
    private readonly Channel<Brought> _channel =
        Channel.CreateBounded<Brought>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Dictionary<IngestTable, long> _seen = [];
    private readonly Dictionary<IngestTable, string> _keys = [];
    private readonly Dictionary<IngestTable, long> _covered = [];
    private bool _loaded;
    private long _looked, _wrote;
    private FoldedTables? _forgotten;
    private string? _told, _refused;
    private Erasures _erased = Erasures.None;

    public EventFeed(HostStore store, SnapshotKeeper keeper, ScoringHostOptions options, HostMetrics metrics, ILogger<EventFeed> log)
    {
        (_store, _keeper, _options, _metrics, _log) = (store, keeper, options, metrics, log);
        metrics.WatchEvents(() => keeper.Events.Count);
    }

    /// <summary>Makes events durable; they are in the next score when this returns.</summary>
    /// <exception cref="StoreException">The store failed: none of them is in.</exception>
    /// <exception cref="RequestException">Too many wait already: 503.</exception>
    public Task<AppendedEvent[]> Append(IReadOnlyList<EventToAppend> events)
    {
        var brought = new Brought(
            events, Stopwatch.GetTimestamp(),
            new TaskCompletionSource<AppendedEvent[]>(TaskCreationOptions.RunContinuationsAsynchronously));
        return _channel.Writer.TryWrite(brought)
            ? brought.Done.Task
            : throw RequestException.Busy("Too many events are waiting to be written. Send them again in some seconds.");
    }

    /// <summary>
    /// Looks at the store, and at who was erased, now: when this returns, nothing of them is in the book or in the store.
    /// </summary>
    /// <exception cref="RequestException">Too much waits already: 503.</exception>
    public Task LookNow() => Append([]);

    /// <summary>Reads what the store holds and the data in service do not: before the host answers.</summary>
    public void Start() => Look();

    /// <inheritdoc/>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        // What was brought before is written before the host ends.
        _channel.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var batch = new List<Brought>();
        Task<bool> more = _channel.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        while (true)
        {
            if (await Task.WhenAny(more, Task.Delay(_options.PollInterval, stoppingToken)) != more)
            {
                if (!stoppingToken.IsCancellationRequested)
                {
                    Look();
                    continue;
                }

                _channel.Writer.TryComplete();
            }

            if (!await more)
            {
                return;
            }

            if (batch.Count > 1 && s_pace - Stopwatch.GetElapsedTime(_wrote) is { Ticks: > 0 } rest)
            {
                await Task.Delay(rest, CancellationToken.None);
            }

            int events = 0;
            batch.Clear();
            while (events < MostTogether && _channel.Reader.TryRead(out Brought? next))
            {
                batch.Add(next);
                events += next.Events.Count;
            }

            _wrote = Stopwatch.GetTimestamp();
            Write(batch);
            if (Stopwatch.GetElapsedTime(_looked) >= _options.PollInterval)
            {
                // However much comes in, there is time to look.
                Look();
            }

            more = _channel.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        }
    }

    private void Write(List<Brought> batch)
    {
        try
        {
            if (batch.TrueForAll(b => b.Events.Count == 0))
            {
                Look();
                batch.ForEach(b => b.Done.SetResult([]));
                return;
            }

            StoreDatabase store = _store.Get();
            if (!_loaded || _refused is not null)
            {
                Look();
            }

            if (_refused is { } refused)
            {
                throw new StoreException(refused);
            }

            // Whoever was erased, by whichever process, is known before anything of theirs is written.
            Erase(store);
            EventToAppend[] events = [.. batch.SelectMany(b => b.Events)];
            var results = new AppendedEvent[events.Length];
            bool[] gone = Array.ConvertAll(events, e => _erased.Contains(e.Customer));
            for (int i = 0; i < gone.Length; i++)
            {
                results[i] = new AppendedEvent(EventOutcome.Erased, new StoredEvent(0, events[i].Event.EventId, 0, 0, ""));
            }

            foreach (IngestTable table in s_tables)
            {
                int[] own = [.. Enumerable.Range(0, events.Length).Where(i => events[i].Table == table && !gone[i])];
                if (own.Length > 0)
                {
                    var log = new EventStream(store, IngestStream.Of(_options.Data!, table));
                    IReadOnlyList<AppendedEvent> appended = log.Append([.. own.Select(i => events[i].Event)]);
                    for (int i = 0; i < own.Length; i++)
                    {
                        results[own[i]] = appended[i];
                    }

                    _keys[table] = _keys.GetValueOrDefault(table) ?? log.Key()!;
                    Take(
                        log, table,
                        [.. appended.Where(a => a.Outcome is EventOutcome.Accepted or EventOutcome.Corrected).Select(a => a.Event)]);
                }
            }

            _metrics.EventsTaken(results);
            int at = 0;
            foreach (Brought one in batch)
            {
                one.Done.SetResult(results[at..(at += one.Events.Count)]);
                _metrics.EventsAcknowledged(Stopwatch.GetElapsedTime(one.At));
            }
        }
        catch (Exception e)
        {
            // Whatever it is, nobody may wait for ever, and the next batch comes.
            if (e is not StoreException)
            {
                WriteFailed(e);
            }

            foreach (Brought one in batch)
            {
                one.Done.TrySetException(e);
            }
        }
    }

    /// <summary>Takes up what other hosts brought, and forgets what the data in service hold by now.</summary>
    private void Look()
    {
        _looked = Stopwatch.GetTimestamp();
        if (_options.Data is null)
        {
            return;
        }

        try
        {
            StoreDatabase? there = _store.IfThere();
            Erase(there);
            if (there is not { } store)
            {
                _loaded = true;
                return;
            }

            FoldedTables? folded = _keeper.Current?.Base?.Folded;
            foreach (IngestTable table in s_tables)
            {
                var log = new EventStream(store, IngestStream.Of(_options.Data, table));
                string? key = log.Key();
                if (_keys.GetValueOrDefault(table) is { } before && before != key)
                {
                    throw new StoreException("The store was replaced by another while this host runs; start the host again.");
                }

                if (key is null)
                {
                    continue;
                }

                _keys[table] = key;
                long covered = folded?.Of(table, key).Covered ?? 0;
                if (log.LastSequence() is var known && known < covered)
                {
                    throw StoreException.OlderThanFiles(known, covered);
                }

                // Less than before where an older copy of the files was put back: what they held is taken up again.
                _seen[table] = covered < _covered.GetValueOrDefault(table) ? covered : _seen.GetValueOrDefault(table, covered);
                _covered[table] = covered;
                Take(log, table, log.Read(_seen[table]));
            }

            // One look later than the swap: requests that began before it still answer from the data before.
            if (folded is not null && ReferenceEquals(folded, _forgotten))
            {
                _keeper.Events.Forget(folded);
            }

            (_forgotten, _loaded, _told, _refused) = (folded, true, null, null);
            _keeper.EventFault = null;
        }
        catch (StoreException e)
        {
            _refused = e.Message;
            _keeper.EventFault = $"Events in the store are not in the scores: {e.Message}";
            if (e.Message != _told)
            {
                NotRead(e.Message);
            }

            _told = e.Message;
        }
    }

    private void Take(EventStream log, IngestTable table, IEnumerable<StoredEvent> revisions)
    {
        foreach (StoredEvent one in revisions)
        {
            long seen = _seen.GetValueOrDefault(table);
            if (one.Sequence <= seen)
            {
                continue;
            }

            // Other hosts' events lie between.
            if (one.Sequence > seen + 1)
            {
                foreach (StoredEvent other in log.Read(seen, one.Sequence - 1))
                {
                    TakeOne(log, table, other);
                }
            }

            TakeOne(log, table, one);
        }
    }

    /// <summary>Takes out of book and store whoever was erased since the last look.</summary>
    /// <exception cref="StoreException">The store fails, or who was erased cannot be read.</exception>
    private void Erase(StoreDatabase? store)
    {
        try
        {
            Erasures now = _keeper.RefreshErasures();
            if (ReferenceEquals(now, _erased))
            {
                return;
            }

            _keeper.Events.Erase(now.Contains);
            foreach (IngestTable table in store is null || now.Count == 0 ? [] : s_tables)
            {
                new EventStream(store!, IngestStream.Of(_options.Data!, table)).Erase(now.Contains);
            }

            _erased = now;
        }
        catch (DatasetException e)
        {
            throw new StoreException(e.Message, e);
        }
    }

    private void TakeOne(EventStream log, IngestTable table, StoredEvent one)
    {
        if (one.Revision > 1 && !_keeper.Events.Knows(table, one.First))
        {
            // What it corrects was forgotten, being in the files.
            foreach (StoredEvent earlier in log.Revisions([one.EventId]).Where(r => r.Sequence < one.Sequence))
            {
                _keeper.Events.Apply(table, _keys[table], earlier);
            }
        }

        _keeper.Events.Apply(table, _keys[table], one);
        _seen[table] = one.Sequence;
    }

    private sealed record Brought(IReadOnlyList<EventToAppend> Events, long At, TaskCompletionSource<AppendedEvent[]> Done);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Events in the store cannot be read: {Fault}")]
    private partial void NotRead(string fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "Events could not be written")]
    private partial void WriteFailed(Exception fault);
}
