namespace Predictive.History.Warehouse;

/// <summary>
/// A table of transactions that an engine elsewhere holds. The engine counts, filters, removes duplicates and sorts; what the lines mean is
/// worked out here, by the code that reads files.
/// </summary>
/// <remarks>
/// How to add one: README.md of this folder. An implementation is used by one caller at a time and keeps no connection open between calls.
/// Its faults are a <see cref="WarehouseException"/> (the engine, the network) or a <see cref="DatasetException"/> (the table).
/// </remarks>
internal interface IHistorySource : IDisposable
{
    /// <summary>Server and table as a user would recognise them; no credentials.</summary>
    string Place { get; }

    /// <summary>
    /// Whether the engine finds a slice by itself. Else the whole is copied once, slices are cut out of the copy, and none is asked for.
    /// </summary>
    bool CutsSlices { get; }

    /// <summary>Every column of the table, in its order.</summary>
    Task<IReadOnlyList<SourceColumn>> ColumnsAsync(CancellationToken cancellation);

    /// <summary>What the lines are now, worked out by the engine over the columns named.</summary>
    /// <param name="columns">As <see cref="ColumnsAsync"/> gave them.</param>
    /// <param name="customer">The column of <paramref name="columns"/> with the customer.</param>
    /// <param name="slice">Which customers.</param>
    /// <param name="cancellation">Ends the query, there too.</param>
    Task<SourceCensus> CensusAsync(
        IReadOnlyList<SourceColumn> columns, SourceColumn customer, HistorySlice slice, CancellationToken cancellation);

    /// <summary>
    /// How many customers and lines there are, and the last time: what a sample is cut by and told against. Asked only of an engine that
    /// <see cref="CutsSlices"/>, and reads two columns there.
    /// </summary>
    /// <param name="customer">As for <see cref="CensusAsync"/>.</param>
    /// <param name="time">The column with the time.</param>
    /// <param name="cancellation">Ends the query, there too.</param>
    Task<SourceReach> ReachAsync(SourceColumn customer, SourceColumn time, CancellationToken cancellation);

    /// <summary>Streams the lines in customer order, each once; a stream that ends early is a fault, never an end.</summary>
    /// <param name="columns">Those wanted, in the order of the sink's.</param>
    /// <param name="customer">As for <see cref="CensusAsync"/>.</param>
    /// <param name="slice">Which customers.</param>
    /// <param name="sink">Takes the lines batch by batch.</param>
    /// <param name="cancellation">Ends the query, there too.</param>
    /// <returns>The census of what was streamed: equal to <see cref="CensusAsync"/>'s where the table rested.</returns>
    Task<SourceCensus> ReadAsync(
        IReadOnlyList<SourceColumn> columns, SourceColumn customer, HistorySlice slice, ILineSink sink, CancellationToken cancellation);
}

/// <summary>What the values of a column are, once they are here.</summary>
internal enum SourceKind
{
    /// <summary>Not read; asking for it is refused by the type's name.</summary>
    Other,

    /// <summary>Text, UTF-8.</summary>
    Text,

    /// <summary>Whole numbers within 64 bits.</summary>
    Whole,

    /// <summary>Whole numbers up to 2⁶⁴: read as <see cref="Text"/> (their digits) or <see cref="Number"/>, as they are used.</summary>
    LargeWhole,

    /// <summary>Numbers, as the nearest double.</summary>
    Number,

    /// <summary>Days.</summary>
    Day,

    /// <summary>Instants: microseconds since 1970-01-01T00:00Z.</summary>
    Instant,

    /// <summary>Local times: microseconds since 1970-01-01T00:00 of no particular zone.</summary>
    LocalTime,
}

/// <summary>A column of a table elsewhere.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="TypeName">Its type, in the words of the engine.</param>
/// <param name="Kind">What its values are here.</param>
/// <param name="IsNullable">Whether values may be missing.</param>
internal sealed record SourceColumn(string Name, string TypeName, SourceKind Kind, bool IsNullable);

/// <summary>What tells whether lines are still the same.</summary>
/// <param name="Lines">How many.</param>
/// <param name="Fingerprint">
/// The sum of a 64-bit hash of every line, whatever their order; null = the engine has no such hash, so nothing is ever taken as unchanged.
/// </param>
internal sealed record SourceCensus(long Lines, ulong? Fingerprint);

/// <summary>What a table holds in all.</summary>
/// <param name="Customers">Distinct ids.</param>
/// <param name="Lines">Lines.</param>
/// <param name="LastSeconds">
/// The last time, whole seconds since 1970-01-01T00:00, of UTC or of no particular zone as the column's kind says; null = none.
/// </param>
internal sealed record SourceReach(long Customers, long Lines, long? LastSeconds);

/// <summary>Takes lines in batches of one layout.</summary>
internal interface ILineSink
{
    /// <summary>The batch to fill.</summary>
    LineBatch Current { get; }

    /// <summary>Takes the full batch and makes room for the next lines.</summary>
    void Next();
}

/// <summary>The engine or the way to it failed: not the data, not the question. Nothing was kept of what had come.</summary>
public sealed class WarehouseException : IOException
{
    /// <summary>With what happened, where, and what to do.</summary>
    public WarehouseException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
