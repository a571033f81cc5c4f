using Predictive.History.Parquet;

namespace Predictive.History.Loading;

/// <summary>
/// Reads a <see cref="TransactionSource"/> in two passes and groups it by customer with a counting sort.
/// </summary>
/// <remarks>
/// <code>
/// pass 1   customer ids          → a code per row, rows per (thread, code)
///          rank the ids          → Offsets, and where each thread's rows of each customer begin
/// pass 2   time, amount, others  → scattered straight into their final place
/// after    codes of text columns are ranked; each customer's lines are put in order (LineOrder)
/// </code>
/// Threads take row groups as they get to them in pass 1, and each reads the same ones again in pass 2; every (thread, customer) has its
/// own stretch of the output, so no two threads write to one place. The order within a customer depends on what the lines say and on
/// nothing else.
/// </remarks>
internal sealed partial class HistoryGrouping
{
    private const int Batch = 8192;

    private readonly TransactionSource _source;
    private readonly LoadOptions _options;
    private readonly IProgress<LoadProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly List<int>[] _segments; // row groups, in source order, of each thread
    private readonly long[] _firstRows;
    private readonly TimeZoneInfo _zone;
    private readonly bool _hashOrders;
    private readonly LineHashing? _hashing;
    private readonly List<LineFaults>? _told;
    private long _rowsDone, _erasedLines;
    private int _claimed;
    private bool _claiming;

    /// <param name="source">The table.</param>
    /// <param name="options">Columns, threads.</param>
    /// <param name="progress">Told after each row group.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <param name="isCheck">Lines that cannot be used are told (<see cref="Told"/>), not refused, and every line is hashed.</param>
    public HistoryGrouping(
        TransactionSource source, LoadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation,
        bool isCheck = false)
    {
        (_source, _options, _progress, _cancellation) = (source, options, progress, cancellation);
        _zone = TimeZoneInfo.TryFindSystemTimeZoneById(source.Description.TimeZone, out TimeZoneInfo? zone)
            ? zone
            : throw DatasetFaults.UnknownTimeZone($"'{source.Table}'", source.Description.TimeZone).Refuse();
        _hashing = isCheck ? new LineHashing(source, _zone) : null;
        _told = isCheck ? [] : null;
        _hashOrders = !options.KeepOrderIds && source.Texts.Any(t => t.Kind == HistoryColumns.Order);
        _firstRows = new long[source.Parts.Count + 1];
        for (int p = 0; p < source.Parts.Count; p++)
        {
            _firstRows[p + 1] = _firstRows[p] + source.Parts[p].Rows;
        }

        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        _segments = [.. Enumerable.Range(0, Math.Clamp(source.Parts.Count, 1, threads)).Select(_ => new List<int>())];
    }

    /// <summary>Makes something of the lines of a range of customers.</summary>
    /// <param name="columns">Grouped by customer, in no order within; text codes are provisional.</param>
    /// <param name="census">All customers.</param>
    /// <param name="first">First customer of the range.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="offsets">First line of each, and the end.</param>
    public delegate T Finisher<T>(Scatter columns, Census census, int first, int end, int[] offsets);

    /// <summary>Reads everything at once.</summary>
    public TransactionHistory Run()
    {
        if (_options.MemoryBytes is { } budget && WholeBytes > budget)
        {
            throw DatasetFaults.MemoryTooSmall(_source.Table, budget, WholeBytes, WholeBytes, "holding the whole history").Refuse();
        }

        RefuseTooMany();
        int[] codes = RowCodes();
        return Whole(Count(codes), codes, Finish);
    }

    private T Whole<T>(Census census, int[] codes, Finisher<T> finish)
    {
        var columns = new Scatter(_source, _hashOrders, census.Offsets[^1], _hashing);
        LineFaults[] faults = Faults();
        OverSegments(t => ScatterSegment(t, codes, census.Next[t], columns, faults));
        Refuse(faults);
        return finish(columns, census, 0, census.Customers, census.Offsets);
    }

    private int[] RowCodes() => HugePages.Array<int>((int)_source.Rows);

    /// <summary>What a check has counted of lines that cannot be used, by pass and row group.</summary>
    public IReadOnlyList<LineFaults> Told => _told ?? [];

    /// <summary>Lines left out so far, of customers who were erased.</summary>
    public long ErasedLines => _erasedLines;

    /// <summary>Lines by currency that a check has counted.</summary>
    public IReadOnlyDictionary<string, long> Currencies => _hashing?.Currencies ?? [];

    private TransactionHistory Finish(Scatter columns, Census census, int firstCustomer, int endCustomer, int[] offsets)
    {
        columns.Finish(offsets, _segments.Length, _options.KeepOrderHashes, _cancellation);
        string[]? names = census.Numbers is null ? census.Names![firstCustomer..endCustomer] : null;
        TransactionColumns grouped = columns.ToColumns(names, offsets, census.Numbers?[firstCustomer..endCustomer]);
        return new TransactionHistory(
            firstCustomer == 0 ? grouped with { ErasedLines = census.ErasedLines } : grouped, _source.Description)
        {
            Accounts = _source.Accounts,
        };
    }

    private void RefuseTooMany()
    {
        if (_source.Rows > Array.MaxLength)
        {
            throw new DatasetException(
                "too-many-rows",
                $"'{_source.Table}' holds {_source.Rows:N0} rows; at most {Array.MaxLength:N0} can be read at once. Leave out years that "
                    + "no longer count.",
                _source.Table);
        }
    }

    /// <summary>Times, amounts and the other columns of one thread's row groups, in step.</summary>
    private sealed class LineReader(HistoryGrouping grouping, Scatter columns, LineFaults[] faults)
    {
        private readonly LocalClock _clock = new(grouping._zone);
        private readonly Scatter.BatchReader _others = new(columns);
        private readonly bool[] _missing = new bool[Batch];
        private ColumnBatches? _time, _amount;

        public long[] Times { get; } = new long[Batch];

        public double[] Amounts { get; } = new double[Batch];

        public Scatter.BatchReader Others => _others;

        public void Open(PartReader rows)
        {
            _time = rows.Column(grouping._source.Time);
            _amount = grouping._source.Amount is { } amount ? rows.Column(amount) : null;
            _others.Open(rows);
        }

        /// <summary>
        /// Reads the next times and amounts of a row group, and counts the faults of those whose code (or place) is not negative.
        /// </summary>
        public void Read(int p, int first, Span<int> codes)
        {
            TablePart part = grouping._source.Parts[p];
            Span<double> amounts = Amounts.AsSpan(0, codes.Length);
            _time!.ReadTimes(Times.AsSpan(0, codes.Length), _clock);
            if (_amount is null)
            {
                amounts.Fill(1);
            }
            else
            {
                _amount.ReadNumbers(amounts, _missing.AsSpan(0, codes.Length));
            }

            for (int i = 0; i < codes.Length; i++)
            {
                if (codes[i] >= 0)
                {
                    faults[p].Accepts(part, first + i, codes[i], Times[i], amounts[i], _missing[i]);
                }
            }
        }
    }

    /// <summary>Reads one segment batch by batch, ids first: customer codes, negative = not wanted.</summary>
    private void ReadSegment(
        int segment, CustomerIds ids, Scatter columns, LineFaults[] faults, int[] codes, Action<LineReader, int> batchOf)
    {
        CustomerIds.Reader customer = ids.Open();
        var lines = new LineReader(this, columns, faults);
        OverBatches(
            segment,
            rows =>
            {
                customer.Open(rows);
                lines.Open(rows);
            },
            (p, first, n) =>
            {
                Span<int> batch = codes.AsSpan(0, n);
                customer.Read(batch);
                lines.Read(p, first, batch);
                batchOf(lines, n);
            });
        lines.Others.Close();
    }

    private void ScatterSegment(int segment, int[] codes, int[] next, Scatter columns, LineFaults[] faults)
    {
        var positions = new int[Batch];
        var lines = new LineReader(this, columns, faults);
        OverBatches(segment, lines.Open, (p, first, n) =>
        {
            ReadOnlySpan<int> batch = codes.AsSpan((int)_firstRows[p] + first, n);
            for (int i = 0; i < n; i++)
            {
                positions[i] = batch[i] < 0 ? -1 : next[batch[i]]++;
            }

            lines.Read(p, first, positions.AsSpan(0, n));
            columns.Put(positions.AsSpan(0, n), lines.Times, lines.Amounts);
            lines.Others.Read(positions.AsSpan(0, n), lines.Times, lines.Amounts);
        });
        lines.Others.Close();
    }

    /// <summary>Of each row group: the first examples are the first of the source, whoever read them.</summary>
    private LineFaults[] Faults() => [.. _source.Parts.Select(_ => new LineFaults())];

    private void Refuse(LineFaults[] faults)
    {
        if (_told is not null)
        {
            _told.AddRange(faults);
            return;
        }

        Finding[] findings = [.. LineFaults.Findings(faults, _source)];
        if (findings.Length > 0)
        {
            throw new DatasetException(findings);
        }
    }

    private void Report(long rows) => _progress?.Report(new LoadProgress(Interlocked.Add(ref _rowsDone, rows) / 2, _source.Rows));
}
