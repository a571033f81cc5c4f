using System.Collections.Concurrent;
using System.Globalization;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.History.Loading;
using Predictive.Store.Ingest;

namespace Predictive.Api.Serving;

/// <summary>Which events the files of the data in service hold, by table.</summary>
internal sealed record FoldedTables(FoldedEvents Transactions, FoldedEvents Events)
{
    /// <summary>What they hold of one stream.</summary>
    public FoldedEvents Of(IngestTable table, string? stream) =>
        (table == IngestTable.Transactions ? Transactions : Events).For(stream);

    /// <summary>Looks at the files of a dataset.</summary>
    public static FoldedTables Read(string path) =>
        new(FoldedEvents.Of(path, IngestTable.Transactions), FoldedEvents.Of(path, IngestTable.Events));

    public bool IsSame(FoldedTables other) => Transactions.IsSame(other.Transactions) && Events.IsSame(other.Events);
}

/// <summary>What events need of the data in service.</summary>
/// <param name="Folded">Which of them the files hold.</param>
/// <param name="Target">What the dataset has a place for.</param>
/// <param name="People">Whose the lines are, where the customers are accounts; null where they are people.</param>
internal sealed record EventBase(FoldedTables Folded, IngestTarget Target, AccountPeople? People = null);

/// <summary>
/// The events that the data in service may not hold yet, by customer. One thread changes it; any number read it, without a lock.
/// </summary>
internal sealed class EventBook
{
    private readonly ConcurrentDictionary<string, PendingCustomer> _customers = new(StringComparer.Ordinal);
    private readonly Dictionary<(IngestTable Table, long First), EventState> _events = [];
    private readonly SortedDictionary<int, int> _days = [];
    private readonly Lock _daysLock = new();
    private volatile LastDay? _last;

    /// <summary>Events in the book.</summary>
    public int Count { get; private set; }

    /// <summary>Whether an event is in the book: its earlier revisions are known then.</summary>
    public bool Knows(IngestTable table, long first) => _events.ContainsKey((table, first));

    /// <summary>Takes a revision in; those of one event come in their order.</summary>
    /// <param name="table">Where it belongs.</param>
    /// <param name="stream">Key of the stream it comes from.</param>
    /// <param name="revision">The revision.</param>
    public void Apply(IngestTable table, string stream, StoredEvent revision)
    {
        IngestedEvent? content = revision.IsErased ? null : IngestedEvent.FromBody(revision.Body);
        (IngestTable, long First) key = (table, revision.First);
        EventState? before = _events.GetValueOrDefault(key);
        if (before is not null && before.Revisions[^1].Sequence >= revision.Sequence)
        {
            return;
        }

        var now = new EventState(table, stream, revision.First, [.. before?.Revisions ?? [], new(revision.Sequence, content)]);
        _events[key] = now;
        foreach (string customer in now.Customers)
        {
            PendingCustomer? there = _customers.GetValueOrDefault(customer);
            _customers[customer] = new PendingCustomer([customer], [.. there?.Events.Where(e => e != before) ?? [], now]);
        }

        Day(before, -1);
        Day(now, 1);
        Count = _events.Count;
    }

    /// <summary>What is pending of a customer; null = nothing.</summary>
    /// <param name="customer">Their id.</param>
    /// <param name="accounts">Who belongs to which, where the customers are accounts; null where they are people.</param>
    public PendingCustomer? Of(string customer, AccountMap? accounts)
    {
        if (accounts is null)
        {
            return _customers.GetValueOrDefault(customer);
        }

        IReadOnlyList<string> people = _customers.IsEmpty ? [] : accounts.PeopleOf(customer);
        EventState[] events = [.. people.SelectMany(p => _customers.GetValueOrDefault(p)?.Events ?? []).Distinct()];
        return events.Length == 0 ? null : new PendingCustomer(people, events);
    }

    /// <summary>Midnight after the last day, not after today, on which a transaction in the book falls; null = there is none.</summary>
    public LocalTime? LastMidnight(DateOnly today)
    {
        if (_last is { } known && known.Today == today)
        {
            return known.Midnight;
        }

        int most = LocalTime.StartOf(today).Day;
        lock (_daysLock)
        {
            int? last = null;
            foreach (int day in _days.Keys)
            {
                if (day > most)
                {
                    break;
                }

                last = day;
            }

            LocalTime? midnight = last is { } found ? new LocalTime((found + 1) * LocalTime.MicrosPerDay) : null;
            _last = new LastDay(today, midnight);
            return midnight;
        }
    }

    /// <summary>Forgets events that the data in service hold with their newest content.</summary>
    public void Forget(FoldedTables folded)
    {
        foreach (EventState state in _events.Values.Where(e => e.IsFolded(folded)).ToArray())
        {
            _events.Remove((state.Table, state.First));
            Day(state, -1);
            foreach (string customer in state.Customers)
            {
                Put(customer, [.. _customers[customer].Events.Where(e => e != state)]);
            }
        }

        Count = _events.Count;
    }

    /// <summary>Forgets what is known of customers who were erased.</summary>
    /// <param name="isErased">Whether one was; asked once for each.</param>
    public void Erase(Func<string, bool> isErased)
    {
        foreach (string gone in _customers.Keys.Where(isErased).ToArray())
        {
            foreach (EventState state in _customers[gone].Events)
            {
                // Its place stays: what it corrected is no longer in force.
                var now = state with
                {
                    Revisions = [.. state.Revisions.Select(r => r.Content?.CustomerId == gone ? r with { Content = null } : r)],
                };
                _events[(state.Table, state.First)] = now;
                Day(state, -1);
                Day(now, 1);
                foreach (string other in now.Customers)
                {
                    Put(other, [.. _customers[other].Events.Select(e => e == state ? now : e)]);
                }
            }

            _customers.TryRemove(gone, out _);
        }
    }

    private void Put(string customer, EventState[] events)
    {
        if (events.Length == 0)
        {
            _customers.TryRemove(customer, out _);
        }
        else
        {
            _customers[customer] = new PendingCustomer([customer], events);
        }
    }

    private sealed record LastDay(DateOnly Today, LocalTime? Midnight);

    private void Day(EventState? state, int change)
    {
        if (state is { Table: IngestTable.Transactions } && state.Revisions[^1].Content is { } content)
        {
            int day = LocalTime.DayOf(content.At);
            lock (_daysLock)
            {
                _last = null;
                int count = _days.GetValueOrDefault(day) + change;
                if (count == 0)
                {
                    _days.Remove(day);
                }
                else
                {
                    _days[day] = count;
                }
            }
        }
    }
}

/// <summary>A content an event had from a sequence on; null = its customer was erased.</summary>
internal readonly record struct EventRevision(long Sequence, IngestedEvent? Content);

/// <summary>An event with all its revisions, oldest first.</summary>
internal sealed record EventState(IngestTable Table, string Stream, long First, EventRevision[] Revisions)
{
    /// <summary>Whom any of its contents is about.</summary>
    public IEnumerable<string> Customers => Revisions.Select(r => r.Content?.CustomerId).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>Whether the files hold its newest content.</summary>
    public bool IsFolded(FoldedTables folded) => folded.Of(Table, Stream).ThroughOf(First) >= Revisions[^1].Sequence;

    /// <summary>The content the files hold; null = none.</summary>
    public IngestedEvent? InFiles(FoldedTables folded)
    {
        long through = folded.Of(Table, Stream).ThroughOf(First);
        int at = Array.FindLastIndex(Revisions, r => r.Sequence <= through);
        return at < 0 ? null : Revisions[at].Content;
    }
}

/// <summary>The events pending of one customer. Immutable but for the answer it keeps ready.</summary>
/// <param name="ids">Theirs; of an account, those of its people.</param>
/// <param name="events">The events.</param>
internal sealed class PendingCustomer(IReadOnlyCollection<string> ids, EventState[] events)
{
    private volatile Ready? _ready;

    public EventState[] Events => events;

    /// <summary>Differs where the events do.</summary>
    public string Version { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{Newest(events, IngestTable.Transactions)}.{Newest(events, IngestTable.Events)}");

    /// <summary>What they change in the history that the data in service give; null = nothing.</summary>
    public OverlayChange? Change(FoldedTables folded)
    {
        List<IngestedEvent>? added = null, removed = null;
        foreach (EventState e in events)
        {
            if (e.IsFolded(folded))
            {
                continue;
            }

            if (e.InFiles(folded) is { } old && ids.Contains(old.CustomerId))
            {
                (removed ??= []).Add(old);
            }

            if (e.Revisions[^1].Content is { } now && ids.Contains(now.CustomerId))
            {
                (added ??= []).Add(now);
            }
        }

        return added is null && removed is null ? null : new OverlayChange(added ?? [], removed ?? []);
    }

    /// <summary>The answer kept, where it was made from the same snapshot at the same as-of.</summary>
    public byte[]? Find(object snapshot, LocalTime asOf) => _ready is { } r && r.Snapshot == snapshot && r.AsOf == asOf ? r.Answer : null;

    /// <summary>Keeps an answer.</summary>
    public void Keep(object snapshot, LocalTime asOf, byte[] answer) => _ready = new Ready(snapshot, asOf, answer);

    private static long Newest(EventState[] of, IngestTable table) =>
        of.Where(e => e.Table == table).Select(e => e.Revisions[^1].Sequence).DefaultIfEmpty().Max();

    private sealed record Ready(object Snapshot, LocalTime AsOf, byte[] Answer);
}
