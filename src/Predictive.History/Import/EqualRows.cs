using System.Numerics;

namespace Predictive.History.Import;

/// <summary>
/// Finds rows that equal an earlier one where that decides nothing and is only told: rows without an order id. They are put aside in the
/// order of the file, parted by their hash, and compared part by part at the end.
/// </summary>
/// <remarks>
/// A set asked row by row is reached at random, far beyond any cache, and costs more than all else that is done with a row; a part fits
/// the cache. 16 bytes a row. Rows are taken for equal by 72 bits of their hash: of files with a billion distinct rows, one in 10,000 has a
/// pair that only seems equal, and a remark counts one too many.
/// </remarks>
internal sealed class EqualRows
{
    private const int PartBits = 8, Parts = 1 << PartBits;
    private const int SmallestBlock = 64, LargestBlock = 1 << 12;
    private const int Slab = 1 << 18; // 4 MB: what large pages are asked for

    private readonly List<Memory<Entry>>[] _blocks = [.. Enumerable.Range(0, Parts).Select(_ => new List<Memory<Entry>>())];
    private readonly Entry[][] _slabs = new Entry[Parts][];
    private readonly int[] _at = new int[Parts], _end = new int[Parts];
    private Entry[] _slab = [];
    private int _taken;

    private readonly record struct Entry(ulong Key, long Line);

    /// <summary>Puts a row aside.</summary>
    /// <param name="hash">Over every column.</param>
    /// <param name="line">Line number in the file; later ones are larger.</param>
    public void Add(UInt128 hash, long line)
    {
        int part = (int)((ulong)(hash >> 64) >> (64 - PartBits));
        if (_at[part] == _end[part])
        {
            Begin(part);
        }

        _slabs[part][_at[part]++] = new Entry((ulong)hash, line);
    }

    /// <summary>Line numbers of the rows that equal an earlier one, ascending. To be asked once, at the end.</summary>
    public long[] Find()
    {
        var found = new List<long>[Parts];
        Parallel.For(
            0, Parts, () => Array.Empty<ulong>(), (part, _, slots) =>
            {
                found[part] = [];
                return FindIn(part, slots, found[part]);
            },
            _ => { });
        long[] lines = [.. found.SelectMany(l => l)];
        Array.Sort(lines);
        return lines;
    }

    /// <summary>A part's next block: each twice the one before, so that a small file takes little.</summary>
    private void Begin(int part)
    {
        List<Memory<Entry>> blocks = _blocks[part];
        int length = blocks.Count == 0 ? SmallestBlock : Math.Min(LargestBlock, 2 * blocks[^1].Length);
        if (_taken + length > _slab.Length)
        {
            (_slab, _taken) = (HugePages.Array<Entry>(Slab), 0);
        }

        blocks.Add(_slab.AsMemory(_taken, length));
        _slabs[part] = _slab;
        (_at[part], _end[part]) = (_taken, _taken + length);
        _taken += length;
    }

    private ulong[] FindIn(int part, ulong[] slots, List<long> repeated)
    {
        List<Memory<Entry>> blocks = _blocks[part];
        int unused = _end[part] - _at[part], count = blocks.Sum(b => b.Length) - unused;
        int room = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, count * 2L));
        if (slots.Length < room)
        {
            slots = new ulong[room];
        }

        int mask = slots.Length - 1;
        Array.Clear(slots);
        bool zero = false;
        for (int b = 0; b < blocks.Count; b++)
        {
            ReadOnlySpan<Entry> block = blocks[b].Span;
            foreach (ref readonly Entry entry in b == blocks.Count - 1 ? block[..^unused] : block)
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

        return slots;
    }
}
