namespace Predictive.Parquet;

/// <summary>
/// One pass over one flat column of one row group, in batches into the caller's spans.
/// </summary>
/// <remarks>
/// Every <c>Read…</c> method fills the span from its start with the next rows and returns how many: the span's length until the group ends,
/// then fewer, then 0. Use one kind of read per instance: the first call decides. <c>isNull</c> may be empty, then nulls show only as the
/// stand-in value; otherwise it needs the length of the values. <see cref="NullsRead"/> tells cheaply whether a mask is worth looking at.
/// Not thread-safe; different instances are independent.
/// </remarks>
public sealed class ColumnReader : IDisposable
{
    private ColumnReader() => throw new NotImplementedException();

    /// <summary>The column.</summary>
    public ParquetColumn Column => throw new NotImplementedException();

    /// <summary>Rows of the row group.</summary>
    public long RowCount => throw new NotImplementedException();

    /// <summary>Rows handed out so far.</summary>
    public long RowsRead => throw new NotImplementedException();

    /// <summary>Nulls handed out so far.</summary>
    public long NullsRead => throw new NotImplementedException();

    /// <summary>True where the footer promises that every data page uses the dictionary: <see cref="ReadCodes"/> then only unpacks.</summary>
    public bool IsDictionaryEncoded => throw new NotImplementedException();

    /// <summary>Integers of any width and sign (an unsigned 64-bit value above <see cref="long.MaxValue"/> is refused), booleans as 0 and 1, dates as days,
    /// times and timestamps in the file's unit, decimals of scale 0. Null = 0.</summary>
    public int ReadInt64(Span<long> values, Span<bool> isNull = default) => throw new NotImplementedException();

    /// <summary>Float, double, half, integers, decimals (value / 10^scale, correctly rounded up to 2⁵³). Null = NaN.</summary>
    public int ReadDouble(Span<double> values, Span<bool> isNull = default) => throw new NotImplementedException();

    /// <summary>Microseconds since 1970-01-01T00:00 of a timestamp of any unit (nanoseconds rounded down), INT96 or DATE (00:00 of the day). Null = 0.
    /// Whether they are UTC or local: <see cref="IsAdjustedToUtc"/>.</summary>
    public int ReadTimestamp(Span<long> micros, Span<bool> isNull = default) => throw new NotImplementedException();

    /// <summary>True where <see cref="ReadTimestamp"/> gives instants in UTC; false for local date and time (DATE and INT96 included).</summary>
    public bool IsAdjustedToUtc => throw new NotImplementedException();

    /// <summary>Booleans. Null = false.</summary>
    public int ReadBoolean(Span<bool> values, Span<bool> isNull = default) => throw new NotImplementedException();

    /// <summary>Text: UTF-8 columns as they are, any other type in its invariant text (integers and decimals in digits, timestamps as
    /// <c>2011-12-09T12:50:00[.ffffff][Z]</c>, dates as <c>2011-12-09</c>, raw bytes in hexadecimal). Null = null.</summary>
    public int ReadString(Span<string?> values) => throw new NotImplementedException();

    /// <summary>The bytes of a byte array or fixed-length column. Null = null.</summary>
    public int ReadBytes(Span<byte[]?> values) => throw new NotImplementedException();

    /// <summary>
    /// Codes into <see cref="Int64Dictionary"/> (integer columns) or <see cref="StringDictionary"/> (text columns). Null = −1.
    /// Each distinct value of the row group has one code where the file's own dictionary has no duplicates; values of pages without
    /// dictionary are added to it as they come, so look the dictionary up after each call.
    /// </summary>
    public int ReadCodes(Span<int> codes) => throw new NotImplementedException();

    /// <summary>Values by code of an integer column (as <see cref="ReadInt64"/> gives them); may grow with each <see cref="ReadCodes"/>.
    /// A dictionary can hold values no row uses.</summary>
    public ReadOnlySpan<long> Int64Dictionary => throw new NotImplementedException();

    /// <summary>Values by code of a text column; may grow with each <see cref="ReadCodes"/>. A dictionary can hold values no row uses.</summary>
    public ReadOnlySpan<string> StringDictionary => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
