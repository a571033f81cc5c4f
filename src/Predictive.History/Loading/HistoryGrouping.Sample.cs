using Predictive.History.Sources;
using Predictive.History.Parquet;

namespace Predictive.History.Loading;

/// <content>
/// As many customers as are asked for, or fit: the ids are read first, customers are drawn by a hash of their id, and only their lines are
/// kept.
/// </content>
internal sealed partial class HistoryGrouping
{
    /// <summary>Reads whole customers: those of the buckets asked for, and of these as many as fit a budget.</summary>
    /// <param name="budget">What else is held beside the history.</param>
    /// <param name="memoryBytes">For everything; null = no limit.</param>
    /// <exception cref="DatasetException">Not even the fewest customers fit.</exception>
    public LoadedSample RunSample(SampleBudget budget, long? memoryBytes)
    {
        RefuseTooMany();
        Census census = Count(null);
        int customers = census.Customers;
        long lines = census.Offsets[^1];
        int? buckets = budget.Customers is { } wanted ? HistorySlice.BucketsFor(wanted, customers) : null;
        if (buckets is { } first)
        {
            var sample = HistorySlice.Sample(first);
            census = Keep(census, [.. Enumerable.Range(0, customers).Select(c => sample.Holds(census.Name(c)))]);
        }

        int inBuckets = census.Customers;
        long index = CustomerBytes * census.Ranks.Length;
        long needed = budget.FixedBytes + index + (budget.BytesPerCustomer * census.Customers) + (LineBytes * census.Offsets[^1]);
        if (memoryBytes is { } most && needed > most)
        {
            census = Keep(census, Draw(census, budget, most - budget.FixedBytes - index, needed, most));
        }

        var columns = new Scatter(_source, _hashOrders, census.Offsets[^1]);
        var last = new long[_segments.Length];
        LineFaults[] faults = Faults();
        OverSegments(t => last[t] = ScatterKept(t, census, columns, faults));
        Refuse(faults);
        return new LoadedSample(
            Finish(columns, census, 0, census.Customers, census.Offsets), customers, lines, needed, lines == 0 ? 0 : last.Max())
        {
            Buckets = buckets, BucketCustomers = inBuckets,
        };
    }

    /// <summary>
    /// Local time of the last line before <paramref name="end"/>, whoever's, and the lines from then on; of an empty table 0 and none.
    /// </summary>
    public (long Last, long After) LastMicros(long end)
    {
        long[] last = new long[_segments.Length], after = new long[_segments.Length];
        LineFaults[] faults = Faults();
        // Whose line it is matters only where somebody was erased.
        CustomerIds? ids = _source.Erasures.Count > 0 ? CustomerIds.For(_source) : null;
        OverClaims(t =>
        {
            var clock = new LocalClock(_zone);
            long[] times = new long[Batch];
            last[t] = long.MinValue;
            ColumnBatches? time = null;
            int[] codes = new int[Batch];
            CustomerIds.Reader? customer = ids?.Open();
            void Open(PartReader rows)
            {
                customer?.Open(rows);
                time = rows.Column(_source.Time);
            }

            OverBatches(t, Open, (p, first, n) =>
            {
                customer?.Read(codes.AsSpan(0, n));
                time!.ReadTimes(times.AsSpan(0, n), clock);
                for (int i = 0; i < n; i++)
                {
                    if (codes[i] != Erasures.Erased && faults[p].Accepts(_source.Parts[p], first + i, 0, times[i], 0, false))
                    {
                        last[t] = times[i] < end ? Math.Max(last[t], times[i]) : last[t];
                        after[t] += times[i] < end ? 0 : 1;
                    }
                }
            });
        });
        Refuse(faults);
        return _source.Rows == 0 ? (0, 0) : (last.Max(), after.Sum());
    }

    /// <summary>The largest share of the customers, by hash of their id, that fits.</summary>
    private bool[] Draw(Census census, SampleBudget budget, long available, long needed, long memoryBytes)
    {
        ulong[] hashes = new ulong[census.Customers];
        for (int c = 0; c < hashes.Length; c++)
        {
            hashes[c] = census.Numbers is { } numbers ? Mix((ulong)numbers[c], budget.Seed) : Hash(census.Names![c], budget.Seed);
        }

        // In the order of their hashes, while they fit: the same draw whatever the source order, threads or other customers.
        int[] order = [.. Enumerable.Range(0, hashes.Length)];
        Array.Sort(hashes, order);
        var kept = new bool[order.Length];
        int count = 0;
        foreach (int c in order)
        {
            available -= budget.BytesPerCustomer + (LineBytes * (census.Offsets[c + 1] - (long)census.Offsets[c]));
            if (available < 0)
            {
                break;
            }

            kept[c] = true;
            count++;
        }

        return count >= budget.FewestCustomers ? kept : throw NotEnough(budget, census, needed, memoryBytes);
    }

    private DatasetException NotEnough(SampleBudget budget, Census census, long needed, long memoryBytes)
    {
        long least = budget.FixedBytes + (CustomerBytes * census.Ranks.Length)
            + (budget.FewestCustomers * (budget.BytesPerCustomer + (LineBytes * census.Offsets[^1] / Math.Max(1, census.Customers))));
        return DatasetFaults.MemoryTooSmall(_source.Table, memoryBytes, needed, least * 21 / 20, budget.Purpose).Refuse();
    }

    private static Census Keep(Census census, bool[] kept)
    {
        var offsets = new List<int>(census.Customers) { 0 };
        var shift = new int[census.Customers];
        var newRank = new int[census.Customers];
        for (int c = 0; c < kept.Length; c++)
        {
            newRank[c] = -1;
            if (kept[c])
            {
                newRank[c] = offsets.Count - 1;
                shift[c] = offsets[^1] - census.Offsets[c];
                offsets.Add(offsets[^1] + census.Offsets[c + 1] - census.Offsets[c]);
            }
        }

        for (int code = 0; code < census.Ranks.Length; code++)
        {
            int rank = census.Ranks[code];
            if (rank < 0)
            {
                continue;
            }

            census.Ranks[code] = newRank[rank];
            foreach (int[] next in census.Next)
            {
                if (code < next.Length)
                {
                    next[code] += shift[rank];
                }
            }
        }

        return census with
        {
            Names = census.Names?.Where((_, c) => kept[c]).ToArray(),
            Numbers = census.Numbers?.Where((_, c) => kept[c]).ToArray(),
            Offsets = [.. offsets],
        };
    }

    /// <summary>Reads one segment again and keeps the lines of ranked customers.</summary>
    /// <returns>The latest time of all lines, kept or not.</returns>
    private long ScatterKept(int segment, Census census, Scatter columns, LineFaults[] faults)
    {
        int[] codes = new int[Batch], next = census.Next[segment];
        long last = long.MinValue;
        ReadSegment(segment, census.Ids!, columns, faults, codes, (lines, n) =>
        {
            for (int i = 0; i < n; i++)
            {
                last = codes[i] >= 0 ? Math.Max(last, lines.Times[i]) : last;
                codes[i] = codes[i] < 0 || census.Ranks[codes[i]] < 0 ? -1 : next[codes[i]]++;
            }

            columns.Put(codes.AsSpan(0, n), lines.Times, lines.Amounts);
            lines.Others.Read(codes.AsSpan(0, n), lines.Times, lines.Amounts);
        });
        return last;
    }

    // FNV-1a over the characters, then a finaliser: hash codes of strings differ from process to process.
    private static ulong Hash(string text, int seed)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return Mix(hash, seed);
    }

    // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    private static ulong Mix(ulong x, int seed)
    {
        x += 0x9E3779B97F4A7C15ul * ((ulong)(uint)seed + 1);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
