using Predictive.Parquet;

namespace Predictive.Segmentation.History.Loading;

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
    public IEnumerable<TransactionHistory> RunInParts(long memoryBytes, string temporaryFolder)
    {
        SpillFolder.RemoveAbandoned(temporaryFolder);
        if (_source.Rows > Array.MaxLength)
        {
            throw TooManyRows();
        }

        if (WholeBytes * 5 / 4 <= memoryBytes)
        {
            yield return Run();
            yield break;
        }

        Census census = Count(null);
        (int First, int End)[] ranges = Ranges(census, memoryBytes);
        using var spill = new SpillFolder(temporaryFolder);
        var rangeOf = new ushort[census.Ranks.Length];
        for (int code = 0; code < rangeOf.Length; code++)
        {
            rangeOf[code] = census.Ranks[code] < 0 ? (ushort)0 : (ushort)RangeOf(ranges, census.Ranks[code]);
        }

        var tables = new Scatter(_source, 0);
        OverSegments(t => SpillSegment(t, census.Ids, rangeOf, ranges.Length, spill, tables));
        for (int range = 0; range < ranges.Length; range++)
        {
            yield return LoadRange(range, ranges[range], census, spill, tables);

            // The arrays of the range before are garbage now; the next ones would otherwise come on top of them.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        }
    }

    /// <summary>What the runtime, the decoders and the buffers of the temporary files take, whatever the size of the base.</summary>
    private const long FixedBytes = 160L << 20;

    /// <summary>About what reading everything at once takes.</summary>
    private long WholeBytes => (_source.Rows * (LineBytes + sizeof(int))) + FixedBytes;

    /// <summary>What the census holds of a customer: counts per segment, rank, offset, id, range.</summary>
    private long PerCustomerBytes => (sizeof(int) * (2L + _segments.Length)) + sizeof(long) + sizeof(ushort) + (HasTextIds ? TextIdBytes : 0);

    private bool HasTextIds => _source.Customer.PhysicalType == PhysicalType.ByteArray || _source.Map is not null;

    /// <summary>A text id: the string, its place in the table of ids, its dictionary entry.</summary>
    private const long TextIdBytes = 110;

    private long LineBytes => sizeof(long) + sizeof(double) + (sizeof(int) * (_source.Texts.Count + _source.Numbers.Count));

    private (int First, int End)[] Ranges(Census census, long memoryBytes)
    {
        long left = Math.Max(64L << 20, memoryBytes - FixedBytes - (PerCustomerBytes * census.Ranks.Length));

        // A third: the range, the range before it until it is collected, and what the consumer makes of it.
        long lines = Math.Max(1, left / 3 / LineBytes);
        var ranges = new List<(int, int)>();
        int first = 0;
        for (int c = 1; c <= census.Customers; c++)
        {
            if (c == census.Customers || census.Offsets[c + 1] - (long)census.Offsets[first] > lines)
            {
                ranges.Add((first, c));
                first = c;
            }
        }

        return ranges.Count < ushort.MaxValue
            ? [.. ranges]
            : throw new ArgumentOutOfRangeException(nameof(memoryBytes), memoryBytes, $"The memory budget would cut {census.Customers:N0} customers into {ranges.Count:N0} parts; expected a larger budget.");
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

    private void SpillSegment(int segment, CustomerIds ids, ushort[] rangeOf, int ranges, SpillFolder folder, Scatter tables)
    {
        var blocks = new SpillBlock?[ranges];
        using var others = new Scatter.BatchReader(tables);
        int[] codes = new int[Batch], sequence = [.. Enumerable.Range(0, Batch)];
        long[] times = new long[Batch];
        double[] amounts = new double[Batch];
        int[][] texts = [.. _source.Texts.Select(_ => new int[Batch])];
        float[][] numbers = [.. _source.Numbers.Select(_ => new float[Batch])];
        try
        {
            ReadSegment(segment, ids, others, codes, times, (n, amount) =>
            {
                ReadAmounts(amount, amounts.AsSpan(0, n), codes);
                others.Read(sequence.AsSpan(0, n), texts, numbers);
                for (int i = 0; i < n; i++)
                {
                    if (codes[i] >= 0)
                    {
                        int range = rangeOf[codes[i]];
                        SpillBlock block = blocks[range] ??= new SpillBlock(folder.Path(segment, range), texts.Length, numbers.Length);
                        block.Add(codes[i], times[i], amounts[i], texts, numbers, i);
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

    private TransactionHistory LoadRange(int range, (int First, int End) customers, Census census, SpillFolder folder, Scatter tables)
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
            using var block = new SpillReader(file, columns.Texts.Length, columns.Numbers.Length);
            while (block.Read())
            {
                for (int i = 0; i < block.Count; i++)
                {
                    int at = next[block.Codes[i]]++ - first;
                    columns.OrderedAt[at] = block.Times[i];
                    columns.Amount[at] = block.Amounts[i];
                    for (int k = 0; k < columns.Texts.Length; k++)
                    {
                        columns.Texts[k][at] = block.Texts[k][i];
                    }

                    for (int k = 0; k < columns.Numbers.Length; k++)
                    {
                        columns.Numbers[k][at] = block.Numbers[k][i];
                    }
                }
            }
        });
        folder.Remove(range, _segments.Length);
        return Finish(columns, census, customers.First, customers.End);
    }
}
