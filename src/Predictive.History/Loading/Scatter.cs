using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Loading;

/// <summary>The columns of a history while they are filled, line by line at the places a counting sort gives.</summary>
internal sealed class Scatter
{
    private readonly SharedTexts[] _tables;
    private readonly string[]?[] _names;
    private readonly LineHashing? _hashing;
    private int[]? _orders;
    private ulong[]? _keptHashes;

    /// <param name="source">Where the lines come from.</param>
    /// <param name="hashOrders">Take order ids as hashes: enough to tell orders apart, and no table of ids is needed.</param>
    /// <param name="lines">How many.</param>
    /// <param name="hashing">Null = lines are not hashed.</param>
    public Scatter(TransactionSource source, bool hashOrders, int lines, LineHashing? hashing = null)
        : this(source, hashOrders, lines, null, hashing)
    {
    }

    /// <summary>Fresh columns over the interned texts of others.</summary>
    public Scatter(Scatter tables, int lines)
        : this(tables.Source, tables.OrderHashes is not null, lines, tables._tables, tables._hashing)
    {
    }

    private Scatter(TransactionSource source, bool hashOrders, int lines, SharedTexts[]? tables, LineHashing? hashing)
    {
        Source = source;
        _hashing = hashing;
        LineHashes = hashing is null ? null : HugePages.Array<ulong>(lines);
        OrderedAt = HugePages.Array<long>(lines);
        Amount = HugePages.Array<double>(lines);
        TextColumns = [.. source.Texts.Where(t => !hashOrders || t.Kind != HistoryColumns.Order)];
        Texts = [.. TextColumns.Select(_ => HugePages.Array<int>(lines))];
        Numbers = [.. source.Numbers.Select(_ => HugePages.Array<float>(lines))];
        OrderHashes = hashOrders ? HugePages.Array<ulong>(lines) : null;
        _names = new string[]?[Texts.Length];
        _tables = tables ?? [.. TextColumns.Select(_ => new SharedTexts())];
    }

    /// <summary>Where the lines come from.</summary>
    public TransactionSource Source { get; }

    /// <summary>Local microseconds.</summary>
    public long[] OrderedAt { get; }

    /// <summary>Amounts.</summary>
    public double[] Amount { get; }

    /// <summary>The text columns that are interned.</summary>
    public IReadOnlyList<(HistoryColumns Kind, NameColumn Column)> TextColumns { get; }

    /// <summary>Codes of each of <see cref="TextColumns"/>; provisional until <see cref="Finish"/>.</summary>
    public int[][] Texts { get; }

    /// <summary>Values of each number column.</summary>
    public float[][] Numbers { get; }

    /// <summary>Hash of each line's order id, 0 = none; null where orders are no column, or one of <see cref="Texts"/>.</summary>
    public ulong[]? OrderHashes { get; private set; }

    /// <summary>Hash of each line over all its columns, where asked for: see <see cref="LineHashing"/>.</summary>
    public ulong[]? LineHashes { get; }

    /// <summary>The name behind a provisional code of a text column. Not while threads are reading.</summary>
    public string Name(HistoryColumns kind, int code) => _tables[TextIndex(kind)].Text(code);

    /// <summary>The provisional codes of a text column; null where it was not asked for or is not there.</summary>
    public int[]? Codes(HistoryColumns kind) => Text(kind);

    /// <summary>The values of a number column; null where it was not asked for or is not there.</summary>
    public float[]? Values(HistoryColumns kind) => Number(kind);

    /// <summary>Puts a batch of times and amounts in place; position −1 = not wanted.</summary>
    public void Put(ReadOnlySpan<int> positions, ReadOnlySpan<long> times, ReadOnlySpan<double> amounts)
    {
        long[] toTimes = OrderedAt;
        double[] toAmounts = Amount;
        for (int i = 0; i < positions.Length; i++)
        {
            int at = positions[i];
            if (at >= 0)
            {
                toTimes[at] = times[i];
                toAmounts[at] = amounts[i];
            }
        }
    }

    /// <summary>Ranks the texts, puts each customer's lines in order, and turns order hashes into small codes.</summary>
    /// <param name="offsets">First line of each customer, and the end.</param>
    /// <param name="threads">How many to use.</param>
    /// <param name="keepHashes">Whether the hashes of the order ids stay beside the codes.</param>
    /// <param name="cancellation">Ends early.</param>
    public void Finish(int[] offsets, int threads, bool keepHashes, CancellationToken cancellation)
    {
        for (int text = 0; text < Texts.Length; text++)
        {
            Rank(text, threads);
        }

        var order = new LineOrder
        {
            OrderedAt = OrderedAt,
            Amount = Amount,
            Product = Text(HistoryColumns.Product),
            Category = Text(HistoryColumns.Category),
            Channel = Text(HistoryColumns.Channel),
            Quantity = Number(HistoryColumns.Quantity),
            UnitCost = Number(HistoryColumns.UnitCost),
            Discount = Number(HistoryColumns.Discount),
            OrderHashes = OrderHashes,
            Order = Text(HistoryColumns.Order),
            OrderNames = Names(HistoryColumns.Order),
        };
        HistoryOrdering.Sort(order, offsets, threads, cancellation);
        if (OrderHashes is not null)
        {
            _orders = HistoryOrdering.Densify(OrderHashes, offsets, threads);
            _keptHashes = keepHashes ? OrderHashes : null;
            OrderHashes = null;
        }
    }

    /// <summary>The finished columns.</summary>
    public TransactionColumns ToColumns(string[]? customers, int[] offsets, long[]? numericIds)
    {
        return new TransactionColumns
        {
            CustomerIds = customers!, // null = told by the numbers
            NumericIds = numericIds,
            Offsets = offsets,
            OrderedAt = OrderedAt,
            Amount = Amount,
            Order = _orders ?? Text(HistoryColumns.Order),
            Orders = Names(HistoryColumns.Order),
            OrderHashes = _keptHashes,
            Product = Text(HistoryColumns.Product),
            Products = Names(HistoryColumns.Product),
            Category = Text(HistoryColumns.Category),
            Categories = Names(HistoryColumns.Category),
            Channel = Text(HistoryColumns.Channel),
            Channels = Names(HistoryColumns.Channel),
            Quantity = Number(HistoryColumns.Quantity),
            UnitCost = Number(HistoryColumns.UnitCost),
            Discount = Number(HistoryColumns.Discount),
        };
    }

    private int[]? Text(HistoryColumns kind) => TextIndex(kind) is >= 0 and int i ? Texts[i] : null;

    private string[]? Names(HistoryColumns kind) => TextIndex(kind) is >= 0 and int i ? _names[i] : null;

    private float[]? Number(HistoryColumns kind) =>
        Source.Numbers.ToList().FindIndex(n => n.Kind == kind) is >= 0 and int i ? Numbers[i] : null;

    private int TextIndex(HistoryColumns kind) => TextColumns.ToList().FindIndex(t => t.Kind == kind);

    private void Rank(int text, int threads)
    {
        int[] codes = Texts[text];
        var used = new bool[_tables[text].Count];
        foreach (int code in codes)
        {
            if (code >= 0)
            {
                used[code] = true;
            }
        }

        (int[] ranks, _names[text]) = _tables[text].Finish(used);
        Parallel.For(0, threads, t =>
        {
            foreach (ref int code in codes.AsSpan((int)((long)codes.Length * t / threads)..(int)((long)codes.Length * (t + 1) / threads)))
            {
                code = code < 0 ? -1 : ranks[code];
            }
        });
    }

    /// <summary>Reads the optional columns of one row group after another; one per thread.</summary>
    internal sealed class BatchReader(Scatter scatter)
    {
        private readonly SharedTexts.Local[] _locals = [.. scatter._tables.Select(t => t.Open())];
        private readonly NameBatches[] _texts = new NameBatches[scatter.Texts.Length];
        private readonly ColumnBatches[] _numbers = new ColumnBatches[scatter.Numbers.Length];
        private readonly LineHashing.Reader? _hashing = scatter._hashing?.Open();
        private NameBatches? _orders;
        private int[] _codes = [];
        private double[] _values = [];
        private ulong[] _hashes = [];
        private ulong[] _lines = [];

        /// <summary>Starts a row group.</summary>
        public void Open(PartReader rows)
        {
            for (int i = 0; i < _texts.Length; i++)
            {
                _texts[i] = new NameBatches(rows, scatter.TextColumns[i].Column);
            }

            for (int i = 0; i < _numbers.Length; i++)
            {
                _numbers[i] = rows.Column(scatter.Source.Numbers[i].Column);
            }

            _hashing?.Open(rows);
            _orders = scatter.OrderHashes is null
                ? null
                : new NameBatches(rows, scatter.Source.Texts.First(t => t.Kind == HistoryColumns.Order).Column);
        }

        /// <summary>After the last row.</summary>
        public void Close() => _hashing?.Close();

        /// <summary>Reads the next rows and puts them in place; position −1 = not wanted.</summary>
        /// <param name="positions">One per row.</param>
        /// <param name="times">Of the same rows.</param>
        /// <param name="amounts">Of the same rows.</param>
        public void Read(ReadOnlySpan<int> positions, ReadOnlySpan<long> times, ReadOnlySpan<double> amounts)
        {
            Span<ulong> lines = [];
            if (_codes.Length < positions.Length)
            {
                (_codes, _values, _hashes) = (new int[positions.Length], new double[positions.Length], new ulong[positions.Length]);
                _lines = _hashing is null ? [] : new ulong[positions.Length];
            }

            if (_hashing is not null)
            {
                lines = _lines.AsSpan(0, positions.Length);
                for (int r = 0; r < positions.Length; r++)
                {
                    lines[r] = RowHash.Mix((ulong)times[r], BitConverter.DoubleToUInt64Bits(amounts[r]));
                }
            }

            for (int i = 0; i < _texts.Length; i++)
            {
                Span<int> codes = _codes.AsSpan(0, positions.Length);
                _texts[i].ReadCodes(codes, _locals[i].Pool);
                _locals[i].Share(codes);
                Put<int>(positions, codes, scatter.Texts[i]);
                for (int r = 0; r < lines.Length; r++)
                {
                    lines[r] = RowHash.Mix(lines[r], (ulong)codes[r]);
                }
            }

            for (int i = 0; i < _numbers.Length; i++)
            {
                Span<double> values = _values.AsSpan(0, positions.Length);
                _numbers[i].ReadNumbers(values);
                float[] to = scatter.Numbers[i];
                for (int r = 0; r < positions.Length; r++)
                {
                    if (positions[r] >= 0)
                    {
                        to[positions[r]] = (float)values[r];
                    }
                }

                for (int r = 0; r < lines.Length; r++)
                {
                    lines[r] = RowHash.Mix(lines[r], BitConverter.DoubleToUInt64Bits(values[r]));
                }
            }

            if (_orders is not null)
            {
                Span<ulong> hashes = _hashes.AsSpan(0, positions.Length);
                _orders.ReadHashes(hashes);
                Put<ulong>(positions, hashes, scatter.OrderHashes!);
            }

            if (_hashing is not null)
            {
                _hashing.Take(lines, positions);
                for (int r = 0; _orders is not null && r < lines.Length; r++)
                {
                    // A line without an order id, where others have one, is compared with none.
                    lines[r] = _hashes[r] == 0 ? 0 : Math.Max(1, RowHash.Mix(lines[r], _hashes[r]));
                }

                Put<ulong>(positions, lines, scatter.LineHashes!);
            }
        }

        private static void Put<T>(ReadOnlySpan<int> positions, ReadOnlySpan<T> values, T[] to)
        {
            for (int r = 0; r < positions.Length; r++)
            {
                if (positions[r] >= 0)
                {
                    to[positions[r]] = values[r];
                }
            }
        }
    }
}
