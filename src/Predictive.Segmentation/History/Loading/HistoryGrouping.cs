using System.Buffers;
using Predictive.Parquet;
using Predictive.Segmentation.History.Checks;

namespace Predictive.Segmentation.History.Loading;

/// <summary>
/// Reads a <see cref="TransactionSource"/> in two passes and groups it by customer with a counting sort.
/// </summary>
/// <remarks>
/// <code>
/// pass 1   customer ids          → a code per row, rows per (thread, code)
///          rank the ids          → Offsets, and where each thread's rows of each customer begin
/// pass 2   time, amount, others  → scattered straight into their final place
/// after    customers whose lines are not in time order are sorted, stably; codes of text columns are ranked
/// </code>
/// Each thread owns a contiguous run of row groups and every (thread, customer) has its own stretch of the output, so lines stand in
/// source order whatever the thread count, and no two threads write to one place.
/// </remarks>
internal sealed partial class HistoryGrouping
{
    private const int Batch = 8192;

    private readonly TransactionSource _source;
    private readonly LoadOptions _options;
    private readonly IProgress<LoadProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly (int First, int End)[] _segments;
    private readonly long[] _firstRows;
    private readonly TimeZoneInfo _zone;
    private readonly bool _bounded;
    private long _rowsDone, _nullIds, _nullTimes, _badAmounts;

    public HistoryGrouping(TransactionSource source, LoadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        (_source, _options, _progress, _cancellation) = (source, options, progress, cancellation);
        _zone = TimeZoneInfo.TryFindSystemTimeZoneById(source.Description.TimeZone, out TimeZoneInfo? zone)
            ? zone
            : throw DatasetFaults.UnknownTimeZone($"'{source.Table}'", source.Description.TimeZone).Refuse();
        _bounded = options.From is not null || options.Before is not null;
        _firstRows = new long[source.Parts.Count + 1];
        for (int p = 0; p < source.Parts.Count; p++)
        {
            _firstRows[p + 1] = _firstRows[p] + source.Parts[p].RowGroup.RowCount;
        }

        _segments = Segments(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
    }

    /// <summary>Reads everything at once.</summary>
    public TransactionHistory Run()
    {
        if (_source.Rows > Array.MaxLength)
        {
            throw TooManyRows();
        }

        if (_options.MemoryBytes is { } budget && WholeBytes > budget)
        {
            throw DatasetFaults.MemoryTooSmall(_source.Table, budget, WholeBytes, WholeBytes, "holding the whole history").Refuse();
        }

        var codes = GC.AllocateUninitializedArray<int>((int)_source.Rows);
        Census census = Count(codes);
        var columns = new Scatter(_source, census.Offsets[^1]);
        OverSegments(t => ScatterSegment(t, codes, census.Next[t], columns));
        return Finish(columns, census, 0, census.Customers);
    }

    /// <summary>Who there is and where everybody's lines go.</summary>
    /// <param name="Ids">The codes.</param>
    /// <param name="Names">Ids by customer; null = <paramref name="Numbers"/>.</param>
    /// <param name="Numbers">Ids by customer where they are whole numbers.</param>
    /// <param name="Ranks">Customer by code; −1 = unused.</param>
    /// <param name="Offsets">First line of each customer.</param>
    /// <param name="Next">Per segment and code: place of the next line.</param>
    private sealed record Census(CustomerIds Ids, string[]? Names, long[]? Numbers, int[] Ranks, int[] Offsets, int[][] Next)
    {
        public int Customers => Offsets.Length - 1;
    }

    private Census Count(int[]? codes)
    {
        CustomerIds ids = CustomerIds.For(_source);
        var counts = new int[_segments.Length][];
        OverSegments(t => counts[t] = CountCustomers(t, ids, codes));
        Refuse(_nullIds, "missing-customer-id", "customer_id", _source.Customer.Path, "have no customer id", "every line to name its customer. Leave such lines out ('predictive import' does), or map another column");
        Refuse(_nullTimes, "missing-time", "ordered_at", _source.Time.Path, "have no time", "every line to say when. Leave such lines out ('predictive import' does)");
        var (ranks, names, numbers) = ids.Finish(Used(counts, ids.Count));
        int[] offsets = Offsets(counts, ranks, numbers?.Length ?? names!.Length);
        return new Census(ids, names, numbers, ranks, offsets, counts);
    }

    private TransactionHistory Finish(Scatter columns, Census census, int firstCustomer, int endCustomer)
    {
        Refuse(_badAmounts, "missing-amount", "amount", _source.Amount?.Path ?? "amount", "have no amount (null, NaN or infinite)", "a finite number on every line. Leave such lines out ('predictive import' does)");
        int[] offsets = census.Offsets[firstCustomer..(endCustomer + 1)];
        int first = offsets[0];
        foreach (ref int offset in offsets.AsSpan())
        {
            offset -= first;
        }

        new HistoryOrdering(columns, offsets, _segments.Length, _options.KeepOrderIds, _cancellation).Run();
        string[]? names = census.Numbers is null ? census.Names![firstCustomer..endCustomer] : null;
        return new TransactionHistory(columns.ToColumns(names, offsets, census.Numbers?[firstCustomer..endCustomer]), _source.Description);
    }

    private DatasetException TooManyRows() => new(
        "too-many-rows",
        $"'{_source.Table}' holds {_source.Rows:N0} rows; at most {Array.MaxLength:N0} can be read at once. Bound the dates.",
        _source.Table);

    private (int First, int End)[] Segments(int threads)
    {
        int parts = _source.Parts.Count;
        threads = Math.Max(1, Math.Min(threads, parts));
        var segments = new (int, int)[threads];
        int part = 0;
        for (int t = 0; t < threads; t++)
        {
            int first = part;
            long until = _firstRows[^1] * (t + 1) / threads;
            while (part < parts && (t == threads - 1 || _firstRows[part + 1] <= until))
            {
                part++;
            }

            segments[t] = (first, part);
        }

        return segments;
    }

    private void OverSegments(Action<int> work)
    {
        try
        {
            Parallel.For(0, _segments.Length, new ParallelOptions { MaxDegreeOfParallelism = _segments.Length, CancellationToken = _cancellation }, work);
        }
        catch (AggregateException e)
        {
            throw TransactionSource.Translate(e.InnerExceptions[0], _source.Table) ?? e.InnerExceptions[0];
        }
    }

    private int[] CountCustomers(int segment, CustomerIds ids, int[]? codes)
    {
        var counts = new int[Math.Max(1, ids.Capacity)];
        var clock = new LocalClock(_zone);
        int[] own = codes is null ? new int[Batch] : [];
        long[] times = _bounded ? ArrayPool<long>.Shared.Rent(Batch) : [];
        for (int p = _segments[segment].First; p < _segments[segment].End; p++)
        {
            ParquetDatasetPart part = _source.Parts[p];
            using CustomerIds.Reader reader = ids.Open(part);
            using ColumnReader? time = _bounded ? part.OpenColumn(_source.Time.Path) : null;
            int rows = (int)part.RowGroup.RowCount;
            for (int done = 0; done < rows; done += Batch)
            {
                _cancellation.ThrowIfCancellationRequested();
                int n = Math.Min(Batch, rows - done);
                Span<int> batch = codes is null ? own.AsSpan(0, n) : codes.AsSpan((int)_firstRows[p] + done, n);
                reader.Read(batch);
                if (time is not null)
                {
                    ReadTimes(time, times.AsSpan(0, batch.Length), clock);
                    DropOutside(times, batch);
                }

                counts = Count(batch, counts, ids);
            }

            Interlocked.Add(ref _nullIds, reader.Nulls);
            Report(part.RowGroup.RowCount);
        }

        if (times.Length > 0)
        {
            ArrayPool<long>.Shared.Return(times);
        }

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

    private void ReadTimes(ColumnReader reader, Span<long> times, LocalClock clock)
    {
        long nulls = reader.NullsRead;
        int read = reader.ReadTimestamp(times);
        if (read != times.Length)
        {
            throw new IOException($"Column {reader.Column.Path} ended {times.Length - read} rows early.");
        }

        Interlocked.Add(ref _nullTimes, reader.NullsRead - nulls);
        if (reader.IsAdjustedToUtc)
        {
            clock.ToLocal(times);
        }
    }

    private void DropOutside(ReadOnlySpan<long> times, Span<int> batch)
    {
        long from = _options.From?.Micros ?? long.MinValue, before = _options.Before?.Micros ?? long.MaxValue;
        for (int i = 0; i < batch.Length; i++)
        {
            if (times[i] < from || times[i] >= before)
            {
                batch[i] = -1;
            }
        }
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

    private void ScatterSegment(int segment, int[] codes, int[] next, Scatter columns)
    {
        var clock = new LocalClock(_zone);
        var positions = new int[Batch];
        using var batchReader = new Scatter.BatchReader(columns);
        long[] times = new long[Batch];
        double[] amounts = new double[Batch];
        for (int p = _segments[segment].First; p < _segments[segment].End; p++)
        {
            ParquetDatasetPart part = _source.Parts[p];
            using ColumnReader time = part.OpenColumn(_source.Time.Path);
            using ColumnReader? amount = _source.Amount is null ? null : part.OpenColumn(_source.Amount.Path);
            batchReader.Open(part);
            int first = (int)_firstRows[p], rows = (int)part.RowGroup.RowCount;
            for (int done = 0; done < rows; done += Batch)
            {
                _cancellation.ThrowIfCancellationRequested();
                int n = Math.Min(Batch, rows - done);
                ReadOnlySpan<int> batch = codes.AsSpan(first + done, n);
                for (int i = 0; i < n; i++)
                {
                    positions[i] = batch[i] < 0 ? -1 : next[batch[i]]++;
                }

                ReadTimes(time, times.AsSpan(0, n), clock);
                ReadAmounts(amount, amounts.AsSpan(0, n), positions);
                columns.Put(positions.AsSpan(0, n), times, amounts);
                batchReader.Read(positions.AsSpan(0, n));
            }

            Report(part.RowGroup.RowCount);
        }
    }

    private void ReadAmounts(ColumnReader? reader, Span<double> amounts, ReadOnlySpan<int> positions)
    {
        if (reader is null)
        {
            amounts.Fill(1);
            return;
        }

        if (reader.ReadDouble(amounts) != amounts.Length)
        {
            throw new IOException($"Column {reader.Column.Path} ended early.");
        }

        int bad = 0;
        for (int i = 0; i < amounts.Length; i++)
        {
            bad += !double.IsFinite(amounts[i]) && positions[i] >= 0 ? 1 : 0;
        }

        if (bad > 0)
        {
            Interlocked.Add(ref _badAmounts, bad);
        }
    }

    private void Refuse(long count, string code, string meaning, string column, string found, string expected)
    {
        if (count > 0)
        {
            string rows = count.ToString("N0", System.Globalization.CultureInfo.InvariantCulture), all = _source.Rows.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
            throw new DatasetException(
                code,
                $"{rows} of the {all} rows of '{_source.Table}' {found} (column '{column}', wanted as {meaning}); expected {expected}.",
                _source.Table,
                column,
                count);
        }
    }

    private void Report(long rows) => _progress?.Report(new LoadProgress(Interlocked.Add(ref _rowsDone, rows) / 2, _source.Rows));
}
