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

    /// <summary>
    /// Reads one segment batch by batch: customer codes (−1 = outside the dates) and local times into the caller's arrays; the amount and the other columns
    /// stand at the same rows and are the caller's to read.
    /// </summary>
    private void ReadSegment(int segment, CustomerIds ids, Scatter.BatchReader others, int[] codes, long[] times, Action<int, ColumnReader?> batchOf)
    {
        var clock = new LocalClock(_zone);
        for (int p = _segments[segment].First; p < _segments[segment].End; p++)
        {
            ParquetDatasetPart part = _source.Parts[p];
            using CustomerIds.Reader customer = ids.Open(part);
            using ColumnReader time = part.OpenColumn(_source.Time.Path);
            using ColumnReader? amount = _source.Amount is null ? null : part.OpenColumn(_source.Amount.Path);
            others.Open(part);
            int rows = (int)part.RowGroup.RowCount;
            for (int done = 0; done < rows; done += Batch)
            {
                _cancellation.ThrowIfCancellationRequested();
                int n = Math.Min(Batch, rows - done);
                customer.Read(codes.AsSpan(0, n));
                ReadTimes(time, times.AsSpan(0, n), clock);
                if (_bounded)
                {
                    DropOutside(times, codes.AsSpan(0, n));
                }

                batchOf(n, amount);
            }

            Report(part.RowGroup.RowCount);
        }
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
