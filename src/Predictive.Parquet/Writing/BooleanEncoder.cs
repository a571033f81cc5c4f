namespace Predictive.Parquet.Writing;

/// <summary>Encodes boolean columns: one bit each, never a dictionary.</summary>
internal sealed class BooleanEncoder(ParquetField field, ParquetWriterOptions options) : ChunkEncoder(field, options)
{
    private bool[] _present = [];

    protected override int DictionaryCount => 0;

    protected override ReadOnlySpan<bool> Prepare(ColumnValues values)
    {
        if (values.Values is not ReadOnlyMemory<bool> all)
        {
            throw values.Mismatch(Field);
        }

        if (_present.Length < all.Length)
        {
            _present = new bool[all.Length];
        }

        ReadOnlySpan<bool> isNull = values.IsNull.Span;
        int count = 0;
        for (int i = 0; i < all.Length; i++)
        {
            _present[count] = all.Span[i];
            count += isNull.IsEmpty || !isNull[i] ? 1 : 0;
        }

        return count == all.Length ? default : isNull;
    }

    protected override bool TryDictionary(int present) => false;

    protected override void WriteDictionary(ByteBuffer into) => throw new InvalidOperationException("Booleans have no dictionary.");

    protected override void WritePlain(int from, int count, ByteBuffer into)
    {
        int bytes = (count + 7) / 8;
        Span<byte> bits = into.GetSpan(Math.Max(1, bytes));
        bits[..bytes].Clear();
        for (int i = 0; i < count; i++)
        {
            if (_present[from + i])
            {
                bits[i >> 3] |= (byte)(1 << (i & 7));
            }
        }

        into.Advance(bytes);
    }

    protected override double AverageBytes(int present) => 0.125;

    protected override (byte[]? Min, byte[]? Max) Bounds(int from, int count, bool dictionary)
    {
        ReadOnlySpan<bool> page = _present.AsSpan(from, count);
        return ([(byte)(page.Contains(false) ? 0 : 1)], [(byte)(page.Contains(true) ? 1 : 0)]);
    }

    protected override int Compare(byte[] left, byte[] right) => left[0].CompareTo(right[0]);
}
