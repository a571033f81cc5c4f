using Predictive.Parquet.Reading;

namespace Predictive.Parquet;

/// <summary>
/// One pass over one flat column of one row group, in batches into the caller's spans.
/// </summary>
/// <remarks>
/// Every <c>Read…</c> method fills the span from its start with the next rows and returns how many: the span's length until the group ends,
/// then fewer, then 0. Use one kind of read per instance: the first call decides. <c>isNull</c> may be empty, then nulls show only as the
/// stand-in value; otherwise it needs the length of the values. <see cref="NullsRead"/> tells cheaply whether a mask is worth looking at.
/// A type that cannot be read as asked (text as doubles) is an <see cref="InvalidOperationException"/>; damage met on the way is a
/// <see cref="ParquetFormatException"/>. Not thread-safe; different instances are independent.
/// </remarks>
public sealed class ColumnReader : IDisposable
{
    private readonly PageCursor _cursor;
    private readonly int _maxPageBytes;
    private IDisposable? _reader;
    private Func<long> _nulls = static () => 0;
    private string _kind = "";
    private long _skip;

    /// <param name="cursor">At the page that holds the first row.</param>
    /// <param name="skip">Rows of that page before the first row.</param>
    /// <param name="rowCount">Rows to hand out.</param>
    /// <param name="isDictionaryEncoded">See <see cref="IsDictionaryEncoded"/>.</param>
    /// <param name="maxPageBytes">See <see cref="ParquetReaderOptions.MaxPageBytes"/>.</param>
    internal ColumnReader(PageCursor cursor, long skip, long rowCount, bool isDictionaryEncoded, int maxPageBytes)
    {
        _skip = skip;
        _cursor = cursor;
        _maxPageBytes = maxPageBytes;
        RowCount = rowCount;
        IsDictionaryEncoded = isDictionaryEncoded;
    }

    /// <summary>The column.</summary>
    public ParquetColumn Column => _cursor.Column;

    /// <summary>Rows to hand out: of the row group, or of the part of it that was opened.</summary>
    public long RowCount { get; }

    /// <summary>Rows handed out so far.</summary>
    public long RowsRead { get; private set; }

    /// <summary>Nulls handed out so far.</summary>
    public long NullsRead => _nulls();

    /// <summary>True where the footer promises that every data page uses the dictionary: <see cref="ReadCodes"/> then only unpacks.</summary>
    public bool IsDictionaryEncoded { get; }

    /// <summary>True where <see cref="ReadTimestamp"/> gives instants in UTC; false for local date and time (DATE and INT96 included).</summary>
    public bool IsAdjustedToUtc => Column.LogicalType is { Kind: LogicalKind.Timestamp, IsAdjustedToUtc: true };

    /// <summary>Values by code of an integer column (as <see cref="ReadInt64"/> gives them); may grow with each <see cref="ReadCodes"/>.
    /// A dictionary can hold values no row uses. The span is valid until the next read or <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<long> Int64Dictionary => _reader is CodeReader<long> reader ? reader.Dictionary : default;

    /// <summary>Values by code of a column that is not integer, as text; may grow with each <see cref="ReadCodes"/>.
    /// A dictionary can hold values no row uses. The span is valid until the next read or <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<string> StringDictionary => _reader is CodeReader<string> reader ? reader.Dictionary : default;

    /// <summary>Integers of any width and sign (an unsigned 64-bit value above <see cref="long.MaxValue"/> is refused), booleans as 0 and 1, dates as days,
    /// times and timestamps in the file's unit, decimals of scale 0. Null = 0.</summary>
    public int ReadInt64(Span<long> values, Span<bool> isNull = default) => Read(Reader(nameof(ReadInt64), ValueStreams.Int64, 0L), values, isNull);

    /// <summary>Float, double, half, integers, decimals (value / 10^scale, correctly rounded up to 2⁵³), booleans as 0 and 1. Null = NaN.</summary>
    public int ReadDouble(Span<double> values, Span<bool> isNull = default) => Read(Reader(nameof(ReadDouble), ValueStreams.Double, double.NaN), values, isNull);

    /// <summary>Microseconds since 1970-01-01T00:00 of a timestamp of any unit (nanoseconds rounded down), INT96 or DATE (00:00 of the day). Null = 0.
    /// Whether they are UTC or local: <see cref="IsAdjustedToUtc"/>.</summary>
    public int ReadTimestamp(Span<long> micros, Span<bool> isNull = default) => Read(Reader(nameof(ReadTimestamp), ValueStreams.Timestamp, 0L), micros, isNull);

    /// <summary>Booleans. Null = false.</summary>
    public int ReadBoolean(Span<bool> values, Span<bool> isNull = default) => Read(Reader(nameof(ReadBoolean), ValueStreams.Boolean, false), values, isNull);

    /// <summary>Text: UTF-8 columns as they are, any other type in its invariant text (integers and decimals in digits, timestamps as
    /// <c>2011-12-09T12:50:00[.ffffff][Z]</c>, dates as <c>2011-12-09</c>, raw bytes that are not text in hexadecimal). Null = null.</summary>
    public int ReadString(Span<string?> values) => Read(Reader<string>(nameof(ReadString), ValueStreams.Text, null!), values!, default);

    /// <summary>The bytes of a byte array or fixed-length column. Null = null. Rows of one dictionary entry share one array: do not change it.</summary>
    public int ReadBytes(Span<byte[]?> values) => Read(Reader<byte[]>(nameof(ReadBytes), ValueStreams.Bytes, null!), values!, default);

    /// <summary>
    /// Codes into <see cref="Int64Dictionary"/> (integer columns) or <see cref="StringDictionary"/> (all others, as <see cref="ReadString"/> gives them). Null = −1.
    /// Each distinct value of the row group has one code where the file's own dictionary has no duplicates; values of pages without
    /// dictionary are added as they come, so look the dictionary up after each call.
    /// </summary>
    public int ReadCodes(Span<int> codes)
    {
        if (_reader is null)
        {
            if (HasIntegerCodes(Column))
            {
                var reader = new CodeReader<long>(_cursor, ValueStreams.Int64(Column, _maxPageBytes), 0, EqualityComparer<long>.Default);
                (_reader, _nulls) = (reader, () => reader.NullsRead);
            }
            else
            {
                var reader = new CodeReader<string>(_cursor, ValueStreams.Text(Column, _maxPageBytes), "", StringComparer.Ordinal);
                (_reader, _nulls) = (reader, () => reader.NullsRead);
            }

            _kind = nameof(ReadCodes);
        }

        CheckKind(nameof(ReadCodes));
        try
        {
            codes = codes[..(int)Math.Min(codes.Length, RowCount - RowsRead)];
            int rows;
            if (_reader is CodeReader<long> integers)
            {
                integers.Skip(TakeSkip());
                rows = integers.ReadCodes(codes);
            }
            else
            {
                var texts = (CodeReader<string>)_reader!;
                texts.Skip(TakeSkip());
                rows = texts.ReadCodes(codes);
            }

            RowsRead += rows;
            return rows;
        }
        catch (InvalidDataException e)
        {
            throw _cursor.Fault(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _cursor.Dispose();
    }

    private static bool HasIntegerCodes(ParquetColumn c) =>
        c.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64 && c.LogicalType is not { Kind: LogicalKind.Decimal, Scale: > 0 };

    private ChunkReader<T> Reader<T>(string kind, Func<ParquetColumn, int, ValueStream<T>> make, T nullValue)
    {
        if (_reader is null)
        {
            var made = new ChunkReader<T>(_cursor, make(Column, _maxPageBytes), nullValue);
            (_reader, _nulls, _kind) = (made, () => made.NullsRead, kind);
        }

        CheckKind(kind);
        return (ChunkReader<T>)_reader;
    }

    private void CheckKind(string kind)
    {
        if (_kind != kind)
        {
            throw new InvalidOperationException($"Column {Column.Path} is being read with {_kind}; open it again to read it with {kind}.");
        }
    }

    private long TakeSkip()
    {
        long skip = _skip;
        _skip = 0;
        return skip;
    }

    private int Read<T>(ChunkReader<T> reader, Span<T> values, Span<bool> isNull)
    {
        if (!isNull.IsEmpty && isNull.Length != values.Length)
        {
            throw new ArgumentException($"The null mask has {isNull.Length} entries for {values.Length} values.", nameof(isNull));
        }

        try
        {
            int wanted = (int)Math.Min(values.Length, RowCount - RowsRead);
            reader.Skip(TakeSkip());
            int rows = reader.Read(values[..wanted], isNull.IsEmpty ? isNull : isNull[..wanted]);
            RowsRead += rows;
            return rows;
        }
        catch (InvalidDataException e)
        {
            throw _cursor.Fault(e);
        }
    }
}
