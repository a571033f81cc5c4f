namespace Predictive.History.Loading;

/// <content>
/// Larger than memory: the lines are first written to temporary files by ranges of customers, then each range is grouped on its own.
/// <code>
/// pass 1   customer ids                  → lines per (segment, customer), ranges of customers that fit the budget
/// pass 2   ids, time, amount, others     → one temporary file per (segment, range), blocks of raw columns
/// then     each range's files            → the same counting sort as in memory
/// </code>
/// </content>
internal sealed partial class HistoryGrouping
{
    /// <summary>Reads the base range by range of customers, ascending; together they are exactly what <see cref="Run"/> gives.</summary>
    /// <param name="memoryBytes">Budget for everything this process holds.</param>
    /// <param name="temporaryFolder">Where the temporary files go.</param>
    public IEnumerable<TransactionHistory> RunInParts(
        long memoryBytes, string temporaryFolder) => RunInParts(memoryBytes, temporaryFolder, Finish);

    /// <summary>As the other form, making something else of each range.</summary>
    public IEnumerable<T> RunInParts<T>(long memoryBytes, string temporaryFolder, Finisher<T> finish)
    {
        SpillFolder.RemoveAbandoned(temporaryFolder);
        RefuseTooMany();
        int[]? codes = WholeBytes <= memoryBytes ? RowCodes() : null;
        Census census = Count(codes);
        if (codes is not null && WholeBytes + ((CustomerBytes + _options.BytesPerCustomer) * census.Ranks.Length) <= memoryBytes)
        {
            yield return Whole(census, codes, finish);
            yield break;
        }

        codes = null;
        (int First, int End)[] ranges = Ranges(census, memoryBytes);
        using var spill = new SpillFolder(temporaryFolder);
        var rangeOf = new ushort[census.Ranks.Length];
        for (int code = 0; code < rangeOf.Length; code++)
        {
            rangeOf[code] = census.Ranks[code] < 0 ? (ushort)0 : (ushort)RangeOf(ranges, census.Ranks[code]);
        }

        var tables = new Scatter(_source, _hashOrders, 0, _hashing);
        LineFaults[] faults = Faults();
        OverSegments(t => SpillSegment(t, census.Ids!, rangeOf, ranges.Length, spill, tables, faults));
        Refuse(faults);

        // The tables of ids are as large as a range, and nobody looks an id up any more.
        (census, rangeOf) = (census with { Ids = null, Ranks = [] }, []);
        for (int range = 0; range < ranges.Length; range++)
        {
            // What is garbage by now the next arrays would otherwise come on top of.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            yield return LoadRange(range, ranges[range], census, spill, tables, finish);
        }
    }

    // One estimate for the three uses of a budget: everything at once, range by range, or whole customers as a sample.

    /// <summary>What the runtime, the decoders and the buffers of the temporary files take, whatever the size of the base.</summary>
    private const long FixedBytes = 160L << 20;

    /// <summary>About what reading everything at once takes; told before the customers are known, so without them.</summary>
    private long WholeBytes => (_source.Rows * (LineBytes + sizeof(int))) + FixedBytes;

    /// <summary>
    /// What the census holds of a customer: counts for eight threads whatever there are (a draw must not depend on them), rank, offset, id,
    /// range.
    /// </summary>
    private long CustomerBytes => 64 + (HasTextIds ? TextIdBytes : 0);

    private bool HasTextIds => !CustomerIds.AreNumbers(_source);

    /// <summary>A text id: the string, its place in the table of ids, its dictionary entry.</summary>
    private const long TextIdBytes = 110;

    /// <summary>What a line takes while it is grouped.</summary>
    private long LineBytes =>
        sizeof(long) + sizeof(double) + (sizeof(int) * (_source.Texts.Count + _source.Numbers.Count)) + (_hashOrders ? sizeof(ulong) : 0)
        + (_hashing is null ? 0 : sizeof(ulong));

    private (int First, int End)[] Ranges(Census census, long memoryBytes)
    {
        long left = Math.Max(64L << 20, memoryBytes - FixedBytes - (CustomerBytes * census.Ranks.Length));

        // A third: the range, the range before it until it is collected, and what else the consumer makes of it.
        long most = left / 3;
        var ranges = new List<(int, int)>();
        int first = 0;
        for (int c = 1; c <= census.Customers; c++)
        {
            if (c == census.Customers || Bytes(first, c + 1) > most)
            {
                ranges.Add((first, c));
                first = c;
            }
        }

        return ranges.Count < ushort.MaxValue
            ? [.. ranges]
            : throw new ArgumentOutOfRangeException(
                nameof(memoryBytes), memoryBytes,
                $"The memory budget would cut {census.Customers:N0} customers into {ranges.Count:N0} parts; expected a larger budget.");

        long Bytes(int from, int end) =>
            ((census.Offsets[end] - (long)census.Offsets[from]) * LineBytes) + ((end - from) * _options.BytesPerCustomer);
    }

    private static int RangeOf((int First, int End)[] ranges, int customer)
    {
        int low = 0, high = ranges.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (customer < ranges[middle].End)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private void SpillSegment(
        int segment, CustomerIds ids, ushort[] rangeOf, int ranges, SpillFolder folder, Scatter tables, LineFaults[] faults)
    {
        var blocks = new SpillBlock?[ranges];
        int[] codes = new int[Batch], rows = new int[Batch];
        var others = new Scatter(tables, Batch);
        try
        {
            ReadSegment(segment, ids, others, faults, codes, (lines, n) =>
            {
                for (int i = 0; i < n; i++)
                {
                    rows[i] = codes[i] < 0 ? -1 : i;
                }

                lines.Others.Read(rows.AsSpan(0, n), lines.Times, lines.Amounts);
                for (int i = 0; i < n; i++)
                {
                    if (codes[i] >= 0)
                    {
                        int range = rangeOf[codes[i]];
                        SpillBlock block = blocks[range] ??= new SpillBlock(folder.Path(segment, range), others);
                        block.Add(codes[i], lines.Times[i], lines.Amounts[i], i);
                    }
                }
            });
            foreach (SpillBlock? block in blocks)
            {
                block?.Flush();
            }
        }
        finally
        {
            foreach (SpillBlock? block in blocks)
            {
                block?.Dispose();
            }
        }
    }

    private T LoadRange<T>(int range, (int First, int End) customers, Census census, SpillFolder folder, Scatter tables, Finisher<T> finish)
    {
        int first = census.Offsets[customers.First];
        var columns = new Scatter(tables, census.Offsets[customers.End] - first);
        OverSegments(t =>
        {
            string file = folder.Path(t, range);
            if (!File.Exists(file))
            {
                return;
            }

            int[] next = census.Next[t];
            using var block = new SpillReader(file, columns);
            while (block.Read())
            {
                for (int i = 0; i < block.Count; i++)
                {
                    block.Put(i, next[block.Codes[i]]++ - first);
                }
            }
        });
        folder.Remove(range, _segments.Length);
        int[] offsets = census.Offsets[customers.First..(customers.End + 1)];
        foreach (ref int offset in offsets.AsSpan())
        {
            offset -= first;
        }

        return finish(columns, census, customers.First, customers.End, offsets);
    }
}
