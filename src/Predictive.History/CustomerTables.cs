
namespace Predictive.History;

/// <summary>
/// What the customers and events tables of a dataset say of the customers of a <see cref="TransactionHistory"/>, in its order of customers.
/// Immutable; safe to read from several threads.
/// </summary>
/// <remarks>Rows of people without a transaction are not here but for their ids: they are prospects, no customers yet.</remarks>
public sealed record CustomerTables
{
    /// <summary>
    /// Most distinct values of a text column that is taken as an attribute; one with more names things, it does not describe them.
    /// </summary>
    public const int MostCategories = 64;

    /// <summary>The events; null where the dataset has no events table.</summary>
    public EventColumns? Events { get; init; }

    /// <summary>
    /// The contacts: what we did, not what they did, so no feature and no rule reads them. Their kind is the channel; null where the
    /// dataset has no contacts table.
    /// </summary>
    public EventColumns? Contacts { get; init; }

    /// <summary>The attributes, ordinal by name; empty where the dataset has no customers table.</summary>
    public IReadOnlyList<AttributeColumn> Attributes { get; init; } = [];

    /// <summary>
    /// Ids of people whom the tables know and who have no transaction; null where only a part of the base was loaded. No rule and no model
    /// speaks of their spend.
    /// </summary>
    public IReadOnlySet<string>? Prospects { get; init; }

    /// <summary>
    /// What the tables say of them: a history without lines, read from the dataset when it is first asked for. Null where a part of the
    /// base was loaded.
    /// </summary>
    public Lazy<TransactionHistory>? ProspectHistory { get; init; }

    /// <summary>The same facts of the given customers only, in that order.</summary>
    internal CustomerTables Take(ReadOnlySpan<int> customers)
    {
        int[] taken = customers.ToArray();
        return this with
        {
            Events = Events?.Take(taken), Contacts = Contacts?.Take(taken),
            Attributes = [.. Attributes.Select(a => a.Take(taken))], Prospects = null, ProspectHistory = null,
        };
    }
}

/// <summary>
/// Events grouped by customer and in time order within each, equal times in source order; customer c owns [Offsets[c], Offsets[c + 1]).
/// </summary>
public sealed record EventColumns
{
    /// <summary>Customers + 1 entries.</summary>
    public required int[] Offsets { get; init; }

    /// <summary>Local microseconds since 1970-01-01T00:00 per event.</summary>
    public required long[] OccurredAt { get; init; }

    /// <summary>Index into <see cref="Kinds"/> per event.</summary>
    public required int[] Kind { get; init; }

    /// <summary>Value per event, such as the points of an NPS answer; NaN = none.</summary>
    public required double[] Value { get; init; }

    /// <summary>Names of the kinds (visit, service_request, nps ...), ordinal.</summary>
    public required string[] Kinds { get; init; }

    /// <summary>
    /// Index into <see cref="Details"/> per event, −1 = none; null where the table has no further columns. For people, not for models.
    /// </summary>
    public int[]? Detail { get; init; }

    /// <summary>What the further columns say, in words: product, category, channel, session; campaign and outcome of a contact.</summary>
    public string[] Details { get; init; } = [];

    /// <summary>What an event is about, by code of <see cref="Details"/>; empty where that is not known.</summary>
    public EventThing[] Things { get; init; } = [];

    internal EventColumns Take(int[] customers)
    {
        var offsets = new int[customers.Length + 1];
        for (int i = 0; i < customers.Length; i++)
        {
            offsets[i + 1] = offsets[i] + Offsets[customers[i] + 1] - Offsets[customers[i]];
        }

        return new EventColumns
        {
            Offsets = offsets, OccurredAt = Gather(OccurredAt), Kind = Gather(Kind), Value = Gather(Value), Kinds = Kinds,
            Detail = Detail is null ? null : Gather(Detail), Details = Details,
            Things = Things,
        };

        T[] Gather<T>(T[] column)
        {
            var target = new T[offsets[^1]];
            for (int i = 0; i < customers.Length; i++)
            {
                column.AsSpan(Offsets[customers[i]], offsets[i + 1] - offsets[i]).CopyTo(target.AsSpan(offsets[i]));
            }

            return target;
        }
    }
}

/// <summary>What an event is about.</summary>
/// <param name="Product">Its product; null = none is named.</param>
/// <param name="Category">Its category; null = none is named.</param>
public readonly record struct EventThing(string? Product, string? Category);

/// <summary>One attribute of the customers: a number each, or a category each. It has no time: it is taken as true at every time.</summary>
public sealed record AttributeColumn
{
    /// <summary>Name of the column in the customers table.</summary>
    public required string Name { get; init; }

    /// <summary>Value per customer, NaN = unknown: the number, or the index into <see cref="Categories"/>.</summary>
    public required float[] Values { get; init; }

    /// <summary>Names of the categories, ordinal; null = the attribute is a number.</summary>
    public string[]? Categories { get; init; }

    /// <summary>What it says of a customer as text or number; null = unknown.</summary>
    public object? ValueOf(int customer) =>
        float.IsNaN(Values[customer]) ? null : Categories is { } names ? names[(int)Values[customer]] : (double)Values[customer];

    internal AttributeColumn Take(int[] customers) => this with { Values = Array.ConvertAll(customers, c => Values[c]) };
}

/// <summary>The events of one customer, in time order: a window on the columns, nothing copied.</summary>
public readonly ref struct CustomerEvents
{
    private readonly EventColumns? _columns;
    private readonly int _start;
    private readonly int _end;

    internal CustomerEvents(EventColumns? columns, int start, int end) => (_columns, _start, _end) = (columns, start, end);

    /// <summary>Whether the dataset has an events table at all.</summary>
    public bool IsKnown => _columns is not null;

    /// <summary>Number of events.</summary>
    public int Count => _end - _start;

    /// <summary>Local microseconds per event, ascending.</summary>
    public ReadOnlySpan<long> OccurredAt => _columns is null ? [] : _columns.OccurredAt.AsSpan(_start, Count);

    /// <summary>Index of the kind per event.</summary>
    public ReadOnlySpan<int> Kind => _columns is null ? [] : _columns.Kind.AsSpan(_start, Count);

    /// <summary>Value per event; NaN = none.</summary>
    public ReadOnlySpan<double> Value => _columns is null ? [] : _columns.Value.AsSpan(_start, Count);

    /// <summary>Index of what an event is about, in <see cref="EventColumns.Things"/>; −1 = nothing is known.</summary>
    public int Thing(int at) =>
        _columns is { Detail: { } details } && details[_start + at] is var detail && detail < _columns.Things.Length ? detail : -1;

    /// <summary>What the further columns of the table say of an event; null = nothing.</summary>
    public string? Detail(int at) =>
        _columns?.Detail is { } details && details[_start + at] is >= 0 and var detail ? _columns.Details[detail] : null;

    internal string KindName(int at) => _columns!.Kinds[Kind[at]];

    /// <summary>The events strictly before a local time.</summary>
    public CustomerEvents Before(LocalTime asOf)
    {
        ReadOnlySpan<long> times = OccurredAt;
        int low = 0, high = times.Length;
        while (low < high)
        {
            int mid = (low + high) >>> 1;
            (low, high) = times[mid] < asOf.Micros ? (mid + 1, high) : (low, mid);
        }

        return new CustomerEvents(_columns, _start, _start + low);
    }
}
