using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Loading;

/// <content>Pass 1: who there is, and how many lines of each.</content>
internal sealed partial class HistoryGrouping
{
    /// <summary>Who there is and where everybody's lines go.</summary>
    /// <param name="Ids">The codes; null = no line is read any more.</param>
    /// <param name="Names">Ids by customer; null = <paramref name="Numbers"/>.</param>
    /// <param name="Numbers">Ids by customer where they are whole numbers.</param>
    /// <param name="Ranks">Customer by code; −1 = unused.</param>
    /// <param name="Offsets">First line of each customer.</param>
    /// <param name="Next">Per segment and code: place of the next line.</param>
    /// <param name="ErasedLines">Lines left out, of customers who were erased.</param>
    internal sealed record Census(
        CustomerIds? Ids, string[]? Names, long[]? Numbers, int[] Ranks, int[] Offsets, int[][] Next, long ErasedLines)
    {
        public int Customers => Offsets.Length - 1;

        /// <summary>Id of a customer.</summary>
        public string Name(int customer) =>
            Names?[customer] ?? Numbers![customer].ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private Census Count(int[]? codes)
    {
        CustomerIds ids = CustomerIds.For(_source);
        var counts = new int[_segments.Length][];
        LineFaults[] faults = Faults();
        _erasedLines = 0;
        OverClaims(t => counts[t] = CountCustomers(t, ids, codes, faults));
        Refuse(faults);
        var (ranks, names, numbers) = ids.Finish(Used(counts, ids.Count));
        int[] offsets = Offsets(counts, ranks, numbers?.Length ?? names!.Length);
        if (_erasedLines > 0 && offsets.Length == 1)
        {
            throw DatasetFaults.EverybodyErased(_source.Table, _erasedLines).Refuse();
        }

        return new Census(ids, names, numbers, ranks, offsets, counts, _erasedLines);
    }

    private int[] CountCustomers(int segment, CustomerIds ids, int[]? codes, LineFaults[] faults)
    {
        var counts = new int[Math.Max(1, ids.Capacity)];
        int[] own = codes is null ? new int[Batch] : [];
        long erased = 0;
        CustomerIds.Reader reader = ids.Open();
        OverBatches(
            segment,
            reader.Open,
            (p, first, n) =>
            {
                Span<int> batch = codes is null ? own.AsSpan(0, n) : codes.AsSpan((int)_firstRows[p] + first, n);
                reader.Read(batch);
                for (int i = 0; i < n; i++)
                {
                    if (batch[i] == -1)
                    {
                        faults[p].Accepts(_source.Parts[p], first + i, -1, 0, 0, false);
                    }
                }

                erased += batch.Count(Erasures.Erased);
                counts = Count(batch, counts, ids);
            });
        Interlocked.Add(ref _erasedLines, erased);
        return counts;
    }

    private static int[] Count(ReadOnlySpan<int> batch, int[] counts, CustomerIds ids)
    {
        foreach (int code in batch)
        {
            if ((uint)code < (uint)counts.Length)
            {
                counts[code]++;
            }
            else if (code >= 0)
            {
                Array.Resize(ref counts, Math.Max(code + 1, Math.Max(ids.Count, counts.Length * 2)));
                counts[code]++;
            }
        }

        return counts;
    }

    private static bool[] Used(int[][] counts, int distinct)
    {
        var used = new bool[distinct];
        foreach (int[] segment in counts)
        {
            for (int code = 0; code < Math.Min(segment.Length, distinct); code++)
            {
                used[code] |= segment[code] > 0;
            }
        }

        return used;
    }

    /// <summary>Fills the offsets and turns the counts into the position of each segment's next line of each code.</summary>
    private static int[] Offsets(int[][] counts, int[] ranks, int customers)
    {
        var offsets = new int[customers + 1];
        for (int code = 0; code < ranks.Length; code++)
        {
            if (ranks[code] >= 0)
            {
                foreach (int[] segment in counts)
                {
                    offsets[ranks[code] + 1] += code < segment.Length ? segment[code] : 0;
                }
            }
        }

        for (int c = 0; c < customers; c++)
        {
            offsets[c + 1] += offsets[c];
        }

        for (int code = 0; code < ranks.Length; code++)
        {
            int position = ranks[code] < 0 ? 0 : offsets[ranks[code]];
            foreach (int[] segment in counts)
            {
                if (code < segment.Length)
                {
                    (segment[code], position) = (position, position + segment[code]);
                }
            }
        }

        return offsets;
    }
}
