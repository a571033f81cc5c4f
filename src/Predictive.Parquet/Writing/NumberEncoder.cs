using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Predictive.Parquet.Writing;

/// <summary>Encodes int, long, float and double columns. Values are told apart by their bits, so that −0 and every NaN survive.</summary>
internal sealed class NumberEncoder<T>(ParquetField field, ParquetWriterOptions options) : ChunkEncoder(field, options)
    where T : unmanaged, INumber<T>
{
    private const int Sample = 1 << 16;
    private T[] _values = [];
    private ReadOnlyMemory<T> _present;
    private T[] _dictionary = [];
    private int[] _slots = [];
    private int _count;

    protected override int DictionaryCount => _count;

    protected override ReadOnlySpan<bool> Prepare(ColumnValues values)
    {
        ReadOnlyMemory<T> all = Stored(values);
        ReadOnlySpan<bool> isNull = values.IsNull.Span;
        if (isNull.IsEmpty || !isNull.Contains(true))
        {
            _present = all;
            return default;
        }

        Reserve(all.Length);
        ReadOnlySpan<T> from = all.Span;
        int count = 0;
        for (int i = 0; i < from.Length; i++)
        {
            _values[count] = from[i];
            count += isNull[i] ? 0 : 1;
        }

        _present = _values.AsMemory(0, count);
        return isNull;
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool TryDictionary(int present)
    {
        int size = Unsafe.SizeOf<T>();
        int most = Options.MaxDictionaryBytes / size;
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Math.Min(present, most) * 2L, 64, 1 << 29));
        if (_slots.Length != capacity)
        {
            _slots = new int[capacity];
        }
        else
        {
            Array.Clear(_slots);
        }

        if (Codes.Length < present)
        {
            Codes = new int[present];
        }

        _count = 0;
        int shift = 64 - BitOperations.TrailingZeroCount(capacity), mask = capacity - 1;
        ReadOnlySpan<T> values = _present.Span;
        for (int i = 0; i < values.Length; i++)
        {
            T value = values[i];
            ulong bits = Bits(value);
            int slot = (int)((bits * 0x9E3779B97F4A7C15) >> shift);
            int code;
            while ((code = _slots[slot] - 1) >= 0 && Bits(_dictionary[code]) != bits)
            {
                slot = (slot + 1) & mask;
            }

            if (code < 0)
            {
                if (_count == most || (i >= Sample && _count > i / 4 * 3))
                {
                    return false;
                }

                if (_count == _dictionary.Length)
                {
                    Array.Resize(ref _dictionary, Math.Max(256, 2 * _dictionary.Length));
                }

                code = _count++;
                _dictionary[code] = value;
                _slots[slot] = _count;
            }

            Codes[i] = code;
        }

        int width = 32 - BitOperations.LeadingZeroCount((uint)(_count - 1));
        return (long)_count * size + (long)present * width / 8 < (long)present * size;
    }

    protected override void WriteDictionary(ByteBuffer into) => into.AppendValues<T>(_dictionary.AsSpan(0, _count));

    protected override void WritePlain(int from, int count, ByteBuffer into) => into.AppendValues(_present.Span.Slice(from, count));

    protected override double AverageBytes(int present) => Unsafe.SizeOf<T>();

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override (byte[]? Min, byte[]? Max) Bounds(int from, int count, bool dictionary)
    {
        bool any = false;
        T min = default, max = default;
        foreach (T value in _present.Span.Slice(from, count))
        {
            if (T.IsNaN(value))
            {
                continue;
            }

            if (!any)
            {
                (min, max, any) = (value, value, true);
            }
            else if (value < min)
            {
                min = value;
            }
            else if (value > max)
            {
                max = value;
            }
        }

        if (!any)
        {
            return (null, null);
        }

        // The format asks for −0 as a lower and +0 as an upper bound, since the two compare equal.
        if (T.IsZero(min) && min is float or double)
        {
            min = -T.Zero;
        }

        return (MemoryMarshal.AsBytes([min]).ToArray(), MemoryMarshal.AsBytes([T.IsZero(max) ? T.Zero : max]).ToArray());
    }

    protected override int Compare(byte[] left, byte[] right) => MemoryMarshal.Read<T>(left).CompareTo(MemoryMarshal.Read<T>(right));

    private static ulong Bits(T value) => Unsafe.SizeOf<T>() == 8 ? Unsafe.BitCast<T, ulong>(value) : Unsafe.BitCast<T, uint>(value);

    private void Reserve(int length)
    {
        if (_values.Length < length)
        {
            _values = new T[length];
        }
    }

    // The caller's array where its type is the stored one, a converted copy otherwise.
    private ReadOnlyMemory<T> Stored(ColumnValues values)
    {
        if (values.Values is ReadOnlyMemory<T> same && values.Dictionary is null)
        {
            return same;
        }

        switch (values.Values)
        {
            case ReadOnlyMemory<int> ints when typeof(T) == typeof(long) && values.Dictionary is null:
                var wide = new T[ints.Length];
                for (int i = 0; i < wide.Length; i++)
                {
                    wide[i] = T.CreateChecked(ints.Span[i]);
                }

                return wide;
            case ReadOnlyMemory<long> longs when typeof(T) == typeof(int):
                var narrow = new T[longs.Length];
                for (int i = 0; i < narrow.Length; i++)
                {
                    if (values.IsNull.IsEmpty || !values.IsNull.Span[i])
                    {
                        long value = longs.Span[i];
                        narrow[i] = value is >= int.MinValue and <= int.MaxValue
                            ? T.CreateChecked(value)
                            : throw new ArgumentException($"Column {Field.Name} holds 32 bits, but row {i} of the row group is {value}.", nameof(values));
                    }
                }

                return narrow;
            case ReadOnlyMemory<float> singles when typeof(T) == typeof(double):
                var doubles = new T[singles.Length];
                for (int i = 0; i < doubles.Length; i++)
                {
                    doubles[i] = T.CreateChecked(singles.Span[i]);
                }

                return doubles;
            default:
                throw values.Mismatch(Field);
        }
    }
}
