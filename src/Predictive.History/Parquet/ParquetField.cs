using Apache.Arrow.Types;
using Encoding = System.Text.Encoding;

namespace Predictive.History.Parquet;

/// <summary>A column of a file to be written: name, type, whether values may be missing. Make one with the static methods.</summary>
internal sealed record ParquetField
{
    private ParquetField(string name, IArrowType type, bool nullable) => (Name, Arrow, IsNullable) = (name, type, nullable);

    /// <summary>Column name.</summary>
    public string Name { get; }

    /// <summary>Arrow's type of it.</summary>
    internal IArrowType Arrow { get; }

    /// <summary>Whether values may be missing.</summary>
    public bool IsNullable { get; }

    /// <summary>
    /// False where values hardly repeat: then none is begun that is given up later. Codes of too many texts
    /// (<see cref="ParquetWriter.DictionaryLimit"/>, in the first row group) have none either. Default true.
    /// </summary>
    public bool HasDictionary { get; init; } = true;

    /// <summary>64-bit integers.</summary>
    public static ParquetField Int64(string name, bool nullable = false) => new(name, Int64Type.Default, nullable);

    /// <summary>32-bit integers.</summary>
    public static ParquetField Int32(string name, bool nullable = false) => new(name, Int32Type.Default, nullable);

    /// <summary>Doubles.</summary>
    public static ParquetField Double(string name, bool nullable = false) => new(name, DoubleType.Default, nullable);

    /// <summary>Single-precision numbers.</summary>
    public static ParquetField Single(string name, bool nullable = false) => new(name, FloatType.Default, nullable);

    /// <summary>Booleans.</summary>
    public static ParquetField Boolean(string name, bool nullable = false) => new(name, BooleanType.Default, nullable);

    /// <summary>UTF-8 text.</summary>
    public static ParquetField String(string name, bool nullable = false) => new(name, LargeStringType.Default, nullable);

    /// <summary>Microseconds since 1970-01-01T00:00: instants in UTC, or local times.</summary>
    public static ParquetField Timestamp(string name, bool isAdjustedToUtc, bool nullable = false) =>
        new(name, new TimestampType(TimeUnit.Microsecond, isAdjustedToUtc ? "UTC" : null), nullable);

    /// <summary>Days since 1970-01-01.</summary>
    public static ParquetField Date(string name, bool nullable = false) => new(name, Date32Type.Default, nullable);
}

/// <summary>The values of one column for one row group: the caller's memory, not copied, not changed.</summary>
internal abstract record ColumnValues
{
    /// <summary>Rows.</summary>
    public abstract int Count { get; }

    /// <summary>Numbers of a field's own storage type: long for Int64 and Timestamp, int for Int32 and Date, double, bool.</summary>
    /// <param name="Values">One per row; the value of a missing row is ignored.</param>
    /// <param name="IsMissing">Empty, or one per row.</param>
    internal sealed record Plain<T>(ReadOnlyMemory<T> Values, ReadOnlyMemory<bool> IsMissing) : ColumnValues
        where T : unmanaged
    {
        public override int Count => Values.Length;
    }

    /// <summary>Text, null = missing.</summary>
    internal sealed record Texts(ReadOnlyMemory<string?> Values) : ColumnValues
    {
        public override int Count => Values.Length;
    }

    /// <summary>Codes into a dictionary of text.</summary>
    /// <param name="Bytes">The texts in UTF-8, one behind the other.</param>
    /// <param name="Starts">Text c is the bytes [Starts[c], Starts[c + 1]).</param>
    /// <param name="Codes">One a row, −1 = missing.</param>
    /// <param name="AreDistinct">False = a text may stand in the dictionary twice.</param>
    internal sealed record Coded(
        ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<int> Starts, ReadOnlyMemory<int> Codes, bool AreDistinct) : ColumnValues
    {
        public override int Count => Codes.Length;
    }

    /// <summary>For Int64 and Timestamp (microseconds) fields.</summary>
    public static ColumnValues From(
        ReadOnlyMemory<long> values, ReadOnlyMemory<bool> isMissing = default) => new Plain<long>(values, isMissing);

    /// <summary>For Int32 and Date (days) fields.</summary>
    public static ColumnValues From(
        ReadOnlyMemory<int> values, ReadOnlyMemory<bool> isMissing = default) => new Plain<int>(values, isMissing);

    /// <summary>For Double fields; NaN stays NaN: use <see cref="FromNaN"/> to write it as missing.</summary>
    public static ColumnValues From(
        ReadOnlyMemory<double> values, ReadOnlyMemory<bool> isMissing = default) => new Plain<double>(values, isMissing);

    /// <summary>For Single fields; NaN stays NaN.</summary>
    public static ColumnValues From(ReadOnlyMemory<float> values) => new Plain<float>(values, default);

    /// <summary>For nullable Double fields: NaN is written as missing.</summary>
    public static ColumnValues FromNaN(ReadOnlyMemory<double> values)
    {
        bool[] missing = new bool[values.Length];
        ReadOnlySpan<double> span = values.Span;
        for (int i = 0; i < missing.Length; i++)
        {
            missing[i] = double.IsNaN(span[i]);
        }

        return From(values, missing);
    }

    /// <summary>For Boolean fields.</summary>
    public static ColumnValues From(ReadOnlyMemory<bool> values) => new Plain<bool>(values, default);

    /// <summary>For String fields; null = missing.</summary>
    public static ColumnValues From(ReadOnlyMemory<string?> values) => new Texts(values);

    /// <summary>For String fields: codes into a dictionary, −1 = missing.</summary>
    public static ColumnValues From(string[] dictionary, ReadOnlyMemory<int> codes)
    {
        int[] starts = new int[dictionary.Length + 1];
        for (int i = 0; i < dictionary.Length; i++)
        {
            starts[i + 1] = checked(starts[i] + Encoding.UTF8.GetByteCount(dictionary[i]));
        }

        byte[] bytes = new byte[starts[^1]];
        for (int i = 0; i < dictionary.Length; i++)
        {
            Encoding.UTF8.GetBytes(dictionary[i], bytes.AsSpan(starts[i]));
        }

        return new Coded(bytes, starts, codes, AreDistinct: false);
    }

    /// <summary>
    /// For String fields: the same of a dictionary in UTF-8 whose texts all differ; text c is the bytes [starts[c], starts[c + 1]).
    /// </summary>
    public static ColumnValues From(ReadOnlyMemory<byte> bytes, ReadOnlyMemory<int> starts, ReadOnlyMemory<int> codes) =>
        new Coded(bytes, starts, codes, AreDistinct: true);

    /// <summary>See <see cref="From(ReadOnlyMemory{long}, ReadOnlyMemory{bool})"/>.</summary>
    public static implicit operator ColumnValues(long[] values) => From(values);

    /// <summary>See <see cref="From(ReadOnlyMemory{int}, ReadOnlyMemory{bool})"/>.</summary>
    public static implicit operator ColumnValues(int[] values) => From(values);

    /// <summary>See <see cref="From(ReadOnlyMemory{double}, ReadOnlyMemory{bool})"/>.</summary>
    public static implicit operator ColumnValues(double[] values) => From(values);

    /// <summary>See <see cref="From(ReadOnlyMemory{bool})"/>.</summary>
    public static implicit operator ColumnValues(bool[] values) => From((ReadOnlyMemory<bool>)values);

    /// <summary>See <see cref="From(ReadOnlyMemory{string})"/>.</summary>
    public static implicit operator ColumnValues(string?[] values) => From((ReadOnlyMemory<string?>)values);
}
