using System.Buffers;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Predictive.History.Text;
using Encoding = System.Text.Encoding;

namespace Predictive.History.Parquet;

/// <summary>
/// Columns to be written as Arrow arrays: numbers in the caller's memory, text laid out, codes as dictionaries. What is laid out lies in
/// pooled arrays until this is disposed of: fresh ones for each row group cost a page fault every few rows.
/// </summary>
internal sealed class ArrowColumns : IDisposable
{
    private readonly List<Action> _returns = [];

    private static readonly DictionaryType Codes = new(Int32Type.Default, StringType.Default, ordered: false);

    /// <summary>Whether a column may have a dictionary: codes of too many texts in the first row group have none.</summary>
    /// <param name="field">What was asked for.</param>
    /// <param name="first">Its values in the first row group; null = there is none.</param>
    public static bool HasDictionary(ParquetField field, ColumnValues? first) =>
        field.HasDictionary && (first is not ColumnValues.Coded coded || IsSmall(coded));

    /// <summary>The Arrow field of a column; codes keep their dictionary.</summary>
    /// <param name="field">What was asked for.</param>
    /// <param name="first">Its values in the first row group; null = there is none.</param>
    public static Field FieldOf(ParquetField field, ColumnValues? first) => new(
        field.Name, first is ColumnValues.Coded && HasDictionary(field, first) ? Codes : field.Arrow, field.IsNullable);

    /// <summary>The values as an array of the field's type.</summary>
    /// <param name="field">Column.</param>
    /// <param name="type">As <see cref="FieldOf"/> chose it.</param>
    /// <param name="values">Of the field's kind.</param>
    /// <exception cref="ArgumentException">Values of another kind, or missing ones where there may be none.</exception>
    public IArrowArray Of(ParquetField field, IArrowType type, ColumnValues values) => (type, values) switch
    {
        (Int64Type, ColumnValues.Plain<long> v) => Numbers(v, field, (b, m, n) => new Int64Array(b, m, v.Count, n, 0)),
        (TimestampType t, ColumnValues.Plain<long> v) => Numbers(v, field, (b, m, n) => new TimestampArray(t, b, m, v.Count, n, 0)),
        (Int32Type, ColumnValues.Plain<int> v) => Numbers(v, field, (b, m, n) => new Int32Array(b, m, v.Count, n, 0)),
        (Date32Type, ColumnValues.Plain<int> v) => Numbers(v, field, (b, m, n) => new Date32Array(b, m, v.Count, n, 0)),
        (DoubleType, ColumnValues.Plain<double> v) => Numbers(v, field, (b, m, n) => new DoubleArray(b, m, v.Count, n, 0)),
        (FloatType, ColumnValues.Plain<float> v) => Numbers(v, field, (b, m, n) => new FloatArray(b, m, v.Count, n, 0)),
        (BooleanType, ColumnValues.Plain<bool> v) => Flags(v, field),
        (LargeStringType, ColumnValues.Texts v) => Texts(v.Values.Span, field),
        (LargeStringType, ColumnValues.Coded v) => Spelled(v, field),
        (DictionaryType, ColumnValues.Coded v) => Coded(v, field),
        _ => throw new ArgumentException($"Column {field.Name} takes {type.Name} values, not {values.GetType().Name}."),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Action back in _returns)
        {
            back();
        }

        _returns.Clear();
    }

    /// <summary>An array of at least so many, whatever they hold.</summary>
    private T[] Rent<T>(int length)
    {
        T[] rented = ArrayPool<T>.Shared.Rent(length);
        _returns.Add(() => ArrayPool<T>.Shared.Return(rented));
        return rented;
    }

    private static bool IsSmall(ColumnValues.Coded values) =>
        values.Bytes.Length + ((long)sizeof(int) * (values.Starts.Length - 1)) <= ParquetWriter.DictionaryLimit;

    private static IArrowArray Numbers<T>(
        ColumnValues.Plain<T> values, ParquetField field, Func<ArrowBuffer, ArrowBuffer, int, IArrowArray> make)
        where T : unmanaged
    {
        (ArrowBuffer present, int missing) = Present(values.IsMissing.Span, field);
        return make(Buffer(values.Values), present, missing);
    }

    private static BooleanArray Flags(ColumnValues.Plain<bool> values, ParquetField field)
    {
        (ArrowBuffer present, int missing) = Present(values.IsMissing.Span, field);
        ReadOnlySpan<bool> flags = values.Values.Span;
        byte[] bits = new byte[(flags.Length + 7) / 8];
        for (int i = 0; i < flags.Length; i++)
        {
            bits[i >> 3] |= (byte)((flags[i] ? 1 : 0) << (i & 7));
        }

        return new BooleanArray(new ArrowBuffer(bits), present, flags.Length, missing, 0);
    }

    private static LargeStringArray Texts(ReadOnlySpan<string?> values, ParquetField field)
    {
        long[] starts = new long[values.Length + 1];
        byte[] present = new byte[(values.Length + 7) / 8];
        int missing = 0;
        for (int i = 0; i < values.Length; i++)
        {
            starts[i + 1] = starts[i] + (values[i] is { } text ? Encoding.UTF8.GetByteCount(text) : 0);
            missing += Mark(present, i, values[i] is not null);
        }

        byte[] bytes = new byte[starts[^1]];
        for (int i = 0; i < values.Length; i++)
        {
            Encoding.UTF8.GetBytes(values[i] ?? "", bytes.AsSpan((int)starts[i]));
        }

        return new LargeStringArray(
            values.Length, Buffer<long>(starts), new ArrowBuffer(bytes), Nulls(present, missing, field), missing);
    }

    /// <summary>The text of every row: for a column without a dictionary.</summary>
    private LargeStringArray Spelled(ColumnValues.Coded values, ParquetField field)
    {
        ReadOnlySpan<int> codes = values.Codes.Span, starts = values.Starts.Span;
        ReadOnlySpan<byte> dictionary = values.Bytes.Span;
        long[] at = Rent<long>(codes.Length + 1);
        byte[] present = new byte[(codes.Length + 7) / 8];
        int missing = 0;
        at[0] = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            int code = codes[i];
            at[i + 1] = at[i] + (code < 0 ? 0 : starts[code + 1] - starts[code]);
            missing += Mark(present, i, code >= 0);
        }

        int length = checked((int)at[codes.Length]);
        byte[] bytes = Rent<byte>(length);
        for (int i = 0; i < codes.Length; i++)
        {
            int code = codes[i];
            if (code >= 0)
            {
                dictionary[starts[code]..starts[code + 1]].CopyTo(bytes.AsSpan((int)at[i]));
            }
        }

        return new LargeStringArray(
            codes.Length, Buffer<long>(at.AsMemory(0, codes.Length + 1)), new ArrowBuffer(bytes.AsMemory(0, length)),
            Nulls(present, missing, field), missing);
    }

    /// <summary>Codes renumbered to the distinct texts this row group holds, in order of first appearance.</summary>
    private DictionaryArray Coded(ColumnValues.Coded values, ParquetField field)
    {
        ReadOnlySpan<int> codes = values.Codes.Span;
        int texts = values.Starts.Length - 1;
        int[] own = Rent<int>(codes.Length), numbers = Rent<int>(texts), met = Rent<int>(texts);
        numbers.AsSpan(0, texts).Clear();
        byte[] present = new byte[(codes.Length + 7) / 8];
        (int missing, int count) = (0, 0);
        for (int i = 0; i < codes.Length; i++)
        {
            int code = codes[i];
            missing += Mark(present, i, code >= 0);
            if (code < 0)
            {
                own[i] = 0;
                continue;
            }

            ref int number = ref numbers[code];
            if (number == 0)
            {
                met[count] = code;
                number = ++count;
            }

            own[i] = number - 1;
        }

        StringArray dictionary = values.AreDistinct
            ? Those(values, met.AsSpan(0, count))
            : Merged(values, met.AsSpan(0, count), own.AsSpan(0, codes.Length));
        return new DictionaryArray(
            Codes,
            new Int32Array(
                Buffer<int>(own.AsMemory(0, codes.Length)), Nulls(present, missing, field), codes.Length, missing, 0),
            dictionary);
    }

    /// <summary>The texts of some codes.</summary>
    /// <remarks>In arrays of their own: Arrow's writer keeps a dictionary until the next row group begins.</remarks>
    private static StringArray Those(ColumnValues.Coded values, ReadOnlySpan<int> codes)
    {
        ReadOnlySpan<int> starts = values.Starts.Span;
        ReadOnlySpan<byte> all = values.Bytes.Span;
        int[] at = new int[codes.Length + 1];
        for (int i = 0; i < codes.Length; i++)
        {
            at[i + 1] = at[i] + starts[codes[i] + 1] - starts[codes[i]];
        }

        byte[] bytes = new byte[at[^1]];
        for (int i = 0; i < codes.Length; i++)
        {
            all[starts[codes[i]]..starts[codes[i] + 1]].CopyTo(bytes.AsSpan(at[i]));
        }

        return new StringArray(codes.Length, Buffer<int>(at), new ArrowBuffer(bytes), ArrowBuffer.Empty);
    }

    /// <summary>The same where a text may come twice: it gets one number, and the rows are told.</summary>
    /// <remarks>Arrow falls back to another encoding, whose bytes depend on its threads, where a dictionary holds a text twice.</remarks>
    private static StringArray Merged(ColumnValues.Coded values, ReadOnlySpan<int> codes, Span<int> own)
    {
        ReadOnlySpan<int> starts = values.Starts.Span;
        var texts = new TextPool();
        int[] merged = new int[Math.Max(1, codes.Length)];
        for (int i = 0; i < codes.Length; i++)
        {
            merged[i] = texts.CodeOf(values.Bytes.Span[starts[codes[i]]..starts[codes[i] + 1]]);
        }

        foreach (ref int number in own)
        {
            number = merged[number];
        }

        return new StringArray(texts.Count, Buffer(texts.Starts), new ArrowBuffer(texts.AllBytes), ArrowBuffer.Empty);
    }

    /// <summary>Marks a row as present; 1 where it is missing.</summary>
    private static int Mark(byte[] present, int row, bool isThere)
    {
        present[row >> 3] |= (byte)((isThere ? 1 : 0) << (row & 7));
        return isThere ? 0 : 1;
    }

    private static (ArrowBuffer Present, int Missing) Present(ReadOnlySpan<bool> isMissing, ParquetField field)
    {
        if (!isMissing.Contains(true))
        {
            return (ArrowBuffer.Empty, 0);
        }

        byte[] present = new byte[(isMissing.Length + 7) / 8];
        int missing = 0;
        for (int i = 0; i < isMissing.Length; i++)
        {
            missing += Mark(present, i, !isMissing[i]);
        }

        return (Nulls(present, missing, field), missing);
    }

    private static ArrowBuffer Nulls(byte[] present, int missing, ParquetField field) =>
        missing == 0 ? ArrowBuffer.Empty
        : field.IsNullable ? new ArrowBuffer(present)
        : throw new ArgumentException($"Column {field.Name} has missing values, but was made without them.");

    private static ArrowBuffer Buffer<T>(ReadOnlyMemory<T> values)
        where T : unmanaged => new(new BytesOf<T>(values).Memory);

    /// <summary>The bytes of an array of numbers, where they lie.</summary>
    private sealed class BytesOf<T>(ReadOnlyMemory<T> values) : MemoryManager<byte>
        where T : unmanaged
    {
        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(MemoryMarshal.AsMemory(values).Span);

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            MemoryHandle pinned = values.Pin();
            return new MemoryHandle((byte*)pinned.Pointer + elementIndex, pinnable: new Pinned(pinned));
        }

        public override void Unpin()
        {
            // The handle lets go.
        }

        protected override void Dispose(bool disposing)
        {
            // Nothing is held.
        }

        private sealed class Pinned(MemoryHandle handle) : IPinnable
        {
            private MemoryHandle _handle = handle;

            public MemoryHandle Pin(int elementIndex) => throw new NotSupportedException();

            public void Unpin() => _handle.Dispose();
        }
    }
}
