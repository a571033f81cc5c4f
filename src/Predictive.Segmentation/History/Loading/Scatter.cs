using Predictive.Parquet;

namespace Predictive.Segmentation.History.Loading;

/// <summary>The columns of a history while they are filled, line by line at the places a counting sort gives.</summary>
internal sealed class Scatter
{
    private KeyTable[] _tables;

    public Scatter(TransactionSource source, int lines)
    {
        Source = source;
        OrderedAt = GC.AllocateUninitializedArray<long>(lines);
        Amount = GC.AllocateUninitializedArray<double>(lines);
        Texts = [.. source.Texts.Select(_ => GC.AllocateUninitializedArray<int>(lines))];
        Numbers = [.. source.Numbers.Select(_ => GC.AllocateUninitializedArray<float>(lines))];
        Names = new string[]?[Texts.Length];
        _tables = [.. source.Texts.Select(t => new KeyTable(t.IsNumeric))];
    }

    /// <summary>Fresh columns over the interned texts of others.</summary>
    public Scatter(Scatter tables, int lines)
        : this(tables.Source, lines) => _tables = tables._tables;

    /// <summary>Where the lines come from.</summary>
    public TransactionSource Source { get; }

    /// <summary>Local microseconds.</summary>
    public long[] OrderedAt { get; }

    /// <summary>Amounts.</summary>
    public double[] Amount { get; }

    /// <summary>Codes of each text column; provisional until <see cref="SetNames"/>.</summary>
    public int[][] Texts { get; }

    /// <summary>Values of each number column.</summary>
    public float[][] Numbers { get; }

    /// <summary>Names of each text column by final code.</summary>
    public string[]?[] Names { get; }

    /// <summary>Codes of a text column are below this.</summary>
    public int Distinct(int text) => _tables[text].Count;

    /// <summary>Ranks of a text column's provisional codes; keeps the names.</summary>
    public int[] SetNames(int text, bool[] used)
    {
        var (ranks, names, _) = _tables[text].Finish(used);
        if (!names.IsOrdinal())
        {
            // Whole numbers come ranked by value; names everywhere ascend ordinally.
            var byName = new int[names.Length];
            for (int i = 0; i < byName.Length; i++)
            {
                byName[i] = i;
            }

            Array.Sort(names, byName, StringComparer.Ordinal);
            var moved = new int[names.Length];
            for (int i = 0; i < byName.Length; i++)
            {
                moved[byName[i]] = i;
            }

            for (int code = 0; code < ranks.Length; code++)
            {
                ranks[code] = ranks[code] < 0 ? -1 : moved[ranks[code]];
            }
        }

        Names[text] = names;
        return ranks;
    }

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

    /// <summary>The finished columns.</summary>
    public TransactionColumns ToColumns(string[]? customers, int[] offsets, long[]? numericIds)
    {
        int[]? Text(HistoryColumns kind) => Find(kind) is int i and >= 0 ? Texts[i] : null;
        string[]? Name(HistoryColumns kind) => Find(kind) is int i and >= 0 ? Names[i] : null;
        float[]? Number(HistoryColumns kind)
        {
            int i = Source.Numbers.ToList().FindIndex(n => n.Kind == kind);
            return i >= 0 ? Numbers[i] : null;
        }

        return new TransactionColumns
        {
            CustomerIds = customers!, // null = told by the numbers
            NumericIds = numericIds,
            Offsets = offsets,
            OrderedAt = OrderedAt,
            Amount = Amount,
            Order = Text(HistoryColumns.Order),
            Orders = Name(HistoryColumns.Order),
            Product = Text(HistoryColumns.Product),
            Products = Name(HistoryColumns.Product),
            Category = Text(HistoryColumns.Category),
            Categories = Name(HistoryColumns.Category),
            Channel = Text(HistoryColumns.Channel),
            Channels = Name(HistoryColumns.Channel),
            Quantity = Number(HistoryColumns.Quantity),
            UnitCost = Number(HistoryColumns.UnitCost),
            Discount = Number(HistoryColumns.Discount),
        };
    }

    /// <summary>Position of the text column of that kind, or −1.</summary>
    public int Find(HistoryColumns kind) => Source.Texts.ToList().FindIndex(t => t.Kind == kind);

    /// <summary>Reads the optional columns of one row group after another; one per thread.</summary>
    internal sealed class BatchReader(Scatter scatter) : IDisposable
    {
        private readonly ColumnReader?[] _texts = new ColumnReader?[scatter.Texts.Length];
        private readonly KeyTable.Mapping?[] _mappings = new KeyTable.Mapping?[scatter.Texts.Length];
        private readonly int[] _constants = new int[scatter.Texts.Length];
        private readonly ColumnReader?[] _numbers = new ColumnReader?[scatter.Numbers.Length];
        private int[] _codes = [];
        private double[] _values = [];

        /// <summary>Starts a row group.</summary>
        public void Open(ParquetDatasetPart part)
        {
            Dispose();
            for (int i = 0; i < _texts.Length; i++)
            {
                TransactionSource.TextColumn column = scatter.Source.Texts[i];
                if (column.Column is null)
                {
                    _constants[i] = part.File.Partition.GetValueOrDefault(column.Partition) is { } value ? scatter._tables[i].Intern(value) : -1;
                    continue;
                }

                _texts[i] = part.OpenColumn(column.Column.Path);
                _mappings[i] = scatter._tables[i].Open();
            }

            for (int i = 0; i < _numbers.Length; i++)
            {
                _numbers[i] = part.OpenColumn(scatter.Source.Numbers[i].Column.Path);
            }
        }

        /// <summary>Reads the next rows and puts them in place.</summary>
        public void Read(ReadOnlySpan<int> positions) => Read(positions, scatter.Texts, scatter.Numbers);

        /// <summary>Reads the next rows and puts them into other arrays.</summary>
        public void Read(ReadOnlySpan<int> positions, int[][] texts, float[][] numbers)
        {
            if (_codes.Length < positions.Length)
            {
                (_codes, _values) = (new int[positions.Length], new double[positions.Length]);
            }

            for (int i = 0; i < _texts.Length; i++)
            {
                Span<int> codes = _codes.AsSpan(0, positions.Length);
                if (_texts[i] is { } reader)
                {
                    Expect(reader.ReadCodes(codes), codes.Length, reader);
                    _mappings[i]!.Map(reader, codes);
                }
                else
                {
                    codes.Fill(_constants[i]);
                }

                Put(positions, codes, texts[i]);
            }

            for (int i = 0; i < _numbers.Length; i++)
            {
                Span<double> values = _values.AsSpan(0, positions.Length);
                Expect(_numbers[i]!.ReadDouble(values), values.Length, _numbers[i]!);
                float[] to = numbers[i];
                for (int r = 0; r < positions.Length; r++)
                {
                    if (positions[r] >= 0)
                    {
                        to[positions[r]] = (float)values[r];
                    }
                }
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            foreach (ColumnReader? reader in _texts.Concat(_numbers))
            {
                reader?.Dispose();
            }
        }

        private static void Put(ReadOnlySpan<int> positions, ReadOnlySpan<int> codes, int[] to)
        {
            for (int r = 0; r < positions.Length; r++)
            {
                if (positions[r] >= 0)
                {
                    to[positions[r]] = codes[r];
                }
            }
        }

        private static void Expect(int read, int expected, ColumnReader reader)
        {
            if (read != expected)
            {
                throw new IOException($"Column {reader.Column.Path} ended {expected - read} rows early.");
            }
        }
    }
}

/// <summary>Order of names.</summary>
internal static class NameOrder
{
    /// <summary>Whether names ascend ordinally.</summary>
    public static bool IsOrdinal(this string[] names)
    {
        for (int i = 1; i < names.Length; i++)
        {
            if (string.CompareOrdinal(names[i - 1], names[i]) > 0)
            {
                return false;
            }
        }

        return true;
    }
}
