using Predictive.History.Text;

namespace Predictive.History.Import;

/// <summary>
/// Finds rows that equal an earlier one where that decides nothing and is only told: rows without an order id. They are put aside in the
/// order of the file, parted by their hash, and compared part by part at the end.
/// </summary>
/// <remarks>
/// A set asked row by row is reached at random, far beyond any cache, and was a quarter of an import's processor time; a part fits the
/// cache. 16 bytes a row. Rows are taken for equal by 72 bits of their hash: of files with a billion distinct rows, one in 10,000 has a
/// pair that only seems equal, and a remark counts one too many.
/// </remarks>
internal sealed class EqualRows
{
    private const int PartBits = 8;
    private const int Block = 1 << 12;
    private readonly List<Entry[]>[] _parts = [.. Enumerable.Range(0, 1 << PartBits).Select(_ => new List<Entry[]>())];
    private readonly Entry[][] _filling = [.. Enumerable.Range(0, 1 << PartBits).Select(_ => Array.Empty<Entry>())];
    private readonly int[] _used = new int[1 << PartBits];

    private readonly record struct Entry(ulong Key, long Line);

    /// <summary>Puts a row aside.</summary>
    /// <param name="hash">Over every column.</param>
    /// <param name="line">Line number in the file; later ones are larger.</param>
    public void Add(UInt128 hash, long line)
    {
        int part = (int)((ulong)(hash >> 64) >> (64 - PartBits));
        Entry[] block = _filling[part];
        if (_used[part] == block.Length)
        {
            block = _filling[part] = GC.AllocateUninitializedArray<Entry>(Block);
            _parts[part].Add(block);
            _used[part] = 0;
        }

        block[_used[part]++] = new Entry((ulong)hash, line);
    }

    /// <summary>Line numbers of the rows that equal an earlier one, ascending. To be asked once, at the end.</summary>
    public long[] Find()
    {
        var found = new List<long>[_parts.Length];
        Parallel.For(0, _parts.Length, part => found[part] = FindIn(part));
        long[] lines = [.. found.SelectMany(l => l)];
        Array.Sort(lines);
        return lines;
    }

    private List<long> FindIn(int part)
    {
        var repeated = new List<long>();
        int count = (Math.Max(0, _parts[part].Count - 1) * Block) + _used[part];
        ulong[] slots = new ulong[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, count * 2L))];
        int mask = slots.Length - 1;
        bool zero = false;
        foreach (Entry[] block in _parts[part])
        {
            int used = block == _filling[part] ? _used[part] : Block;
            foreach (ref readonly Entry entry in block.AsSpan(0, used))
            {
                if (entry.Key == 0)
                {
                    if (zero)
                    {
                        repeated.Add(entry.Line);
                    }

                    zero = true;
                    continue;
                }

                int at = (int)(entry.Key >> 20) & mask;
                while (slots[at] != 0 && slots[at] != entry.Key)
                {
                    at = (at + 1) & mask;
                }

                if (slots[at] == entry.Key)
                {
                    repeated.Add(entry.Line);
                }

                slots[at] = entry.Key;
            }
        }

        // What was looked through is not needed any more.
        _parts[part].Clear();
        _filling[part] = [];
        return repeated;
    }
}
