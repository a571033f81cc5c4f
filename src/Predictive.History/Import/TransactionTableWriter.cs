using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Import;

/// <summary>One row group of transactions being filled; optional columns are null where the source has none.</summary>
internal sealed class TransactionBuffer
{
    public TransactionBuffer(int lines, CsvColumns columns)
    {
        Time = new long[lines];
        Amount = new double[lines];
        Texts = [.. columns.Texts.Select(t => new TextColumn(lines))];
        Quantity = columns.Quantity >= 0 ? new double[lines] : null;
        UnitCost = columns.UnitCost >= 0 ? new double[lines] : null;
        Discount = columns.Discount >= 0 ? new double[lines] : null;
    }

    /// <summary>Lines filled.</summary>
    public int Count { get; set; }

    /// <summary>Lines that fit.</summary>
    public int Capacity => Time.Length;

    public long[] Time { get; }

    public double[] Amount { get; }

    /// <summary>Text columns in the order of <see cref="CsvColumns.Texts"/>; the customer comes first.</summary>
    public TextColumn[] Texts { get; }

    public double[]? Quantity { get; }

    public double[]? UnitCost { get; }

    public double[]? Discount { get; }

    /// <summary>Codes of one text column, −1 = missing, and the distinct texts behind them.</summary>
    internal sealed class TextColumn(int lines)
    {
        public int[] Codes { get; } = new int[lines];

        public TextPool Pool { get; set; } = new();

        public void Set(int line, ReadOnlySpan<byte> value, in TextKey key) => Codes[line] = value.IsEmpty ? -1 : Pool.CodeOf(value, key);
    }
}

/// <summary>
/// Writes the canonical transactions table, one buffer per row group, on a thread of its own while the next buffer fills.
/// </summary>
internal sealed class TransactionTableWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly CsvEncoding _encoding;
    private readonly TransactionBuffer[] _buffers;
    private readonly TextTable[] _texts;
    private readonly RowHashSet _customers = new(), _lettered = new(), _folded = new();
    private readonly SortedDictionary<string, long> _likeMissing = new(StringComparer.Ordinal);
    private readonly byte[] _lower = new byte[64];
    private ParquetWriter? _writer;
    private Task _writing = Task.CompletedTask;
    private int _filling;

    public TransactionTableWriter(string path, CsvColumns columns, CsvEncoding encoding, int linesPerGroup)
    {
        _encoding = encoding;
        _buffers = [new TransactionBuffer(linesPerGroup, columns), new TransactionBuffer(linesPerGroup, columns)];
        _texts = [.. columns.Texts.Select((t, i) => new TextTable(t.Canonical, _buffers[0].Texts[i].Pool, _buffers[1].Texts[i].Pool))];
        _file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
    }

    /// <summary>The buffer to fill.</summary>
    public TransactionBuffer Current => _buffers[_filling];

    /// <summary>Lines with a text that is not UTF-8 in a UTF-8 file; its bad bytes are marked as U+FFFD.</summary>
    public long DamagedLines { get; private set; }

    /// <summary>Distinct texts with bad bytes, and distinct texts with letters beyond ASCII that are good.</summary>
    public (long Damaged, long Good) Texts { get; private set; }

    /// <summary>Lines by customer id, for ids that look like a missing value.</summary>
    public IReadOnlyDictionary<string, long> LikeMissing => _likeMissing;

    /// <summary>Distinct ids that differ from another by upper and lower case alone.</summary>
    public long DifferByCase => _lettered.Count - _folded.Count;

    /// <summary>Distinct customers of the buffers handed over.</summary>
    public long Customers => _customers.Count;

    /// <summary>Hands the current buffer over and waits until the other one is free.</summary>
    public void Next()
    {
        _writing.GetAwaiter().GetResult();
        TransactionBuffer full = Current;
        TextPart[] parts = [.. full.Texts.Select((t, i) => _texts[i].Part(t.Pool))];
        _filling ^= 1;
        Current.Count = 0;
        for (int t = 0; t < parts.Length; t++)
        {
            // Codes go on meaning the same in the next row group, unless so many texts came together that most will not come again.
            Current.Texts[t].Pool = _texts[t].Next(full.Texts[t].Pool, full.Capacity);
        }

        _writing = Task.Run(() => Write(full, parts));
    }

    /// <summary>Writes what is left and the footer, and flushes to disk.</summary>
    public void Complete()
    {
        Next();
        _writing.GetAwaiter().GetResult();
        _writer?.Complete();
        _file.Flush(flushToDisk: true);
    }

    public void Dispose()
    {
        try
        {
            _writing.Wait();
        }
        catch (AggregateException)
        {
            // Told where it mattered; here only the file is to be let go.
        }

        _writer?.Dispose();
        _file.Dispose();
    }

    private ParquetField[] Fields()
    {
        // Customer and order first, then time and amount, then the optional columns: as the documentation lists them.
        var fields = _texts.Select((t, i) => ParquetField.String(t.Name, nullable: i > 0)).ToList();
        fields.InsertRange(Ids, [ParquetField.Timestamp("ordered_at", isAdjustedToUtc: false), ParquetField.Double("amount")]);
        fields.AddRange(Numbers(_buffers[0]).Select(c => ParquetField.Double(c.Name, nullable: true)));
        return [.. fields];
    }

    private int Ids => _texts.Count(t => t.Name is "customer_id" or "order_id");

    private static IEnumerable<(string Name, double[] Values)> Numbers(TransactionBuffer b) =>
        new (string Name, double[]? Values)[] { ("quantity", b.Quantity), ("unit_cost", b.UnitCost), ("discount", b.Discount) }
            .Where(c => c.Values is not null).Select(c => (c.Name, c.Values!));

    private void Write(TransactionBuffer buffer, TextPart[] parts)
    {
        int n = buffer.Count;
        if (n == 0)
        {
            return;
        }

        TextPart customers = parts[0];
        for (int code = customers.Known; code < customers.Count; code++)
        {
            var id = customers[code];
            _customers.Add(RowHash.Wide(id));
            if (id.IndexOfAnyExceptInRange((byte)0, (byte)'9') >= 0)
            {
                _lettered.Add(RowHash.Wide(id));
                _folded.Add(RowHash.Wide(Folded(id)));
            }
        }

        var columns = parts.Select((p, i) => Text(_texts[i], p, buffer.Texts[i].Codes.AsMemory(0, n))).ToList();
        columns.InsertRange(Ids, [ColumnValues.From(buffer.Time.AsMemory(0, n)), ColumnValues.From(buffer.Amount.AsMemory(0, n))]);
        columns.AddRange(Numbers(buffer).Select(c => ColumnValues.FromNaN(c.Values.AsMemory(0, n))));
        _writer ??= ParquetWriter.Create(_file, Fields());
        _writer.WriteRowGroup([.. columns]);
    }

    private ReadOnlySpan<byte> Folded(ReadOnlySpan<byte> id)
    {
        if (id.Length <= _lower.Length && Ascii.ToLower(id, _lower, out int written) == OperationStatus.Done)
        {
            return _lower.AsSpan(0, written);
        }

        return Encoding.UTF8.GetBytes(CsvEncodings.Decode(id, _encoding).ToLowerInvariant());
    }

    private ColumnValues Text(TextTable column, TextPart part, ReadOnlyMemory<int> codes)
    {
        if (part.Known == 0)
        {
            column.Restart();
        }

        // What is not known from the row groups before.
        int from = part.Starts.Span[part.Known];
        bool isAscii = Ascii.IsValid(part.Bytes.Span[from..]);
        for (int code = part.Known; !isAscii && _encoding != CsvEncoding.Latin1 && code < part.Count; code++)
        {
            if (Ascii.IsValid(part[code]))
            {
                continue;
            }

            bool damaged = !Utf8.IsValid(part[code]);
            Texts = damaged ? (Texts.Damaged + 1, Texts.Good) : (Texts.Damaged, Texts.Good + 1);
            if (damaged)
            {
                column.Odd[code] = true;
            }
        }

        column.IsPlain &= isAscii || (_encoding != CsvEncoding.Latin1 && !column.Odd.ContainsValue(true));
        for (int code = part.Known; column.Name == "customer_id" && code < part.Count; code++)
        {
            if (isAscii ? IdsLikeMissing.Contains(part[code]) : IdsLikeMissing.Contains(CsvEncodings.Decode(part[code], _encoding)))
            {
                column.Odd[code] = false;
            }
        }

        if (column.Odd.Count > 0)
        {
            foreach (int code in codes.Span)
            {
                if (!column.Odd.TryGetValue(code, out bool damaged))
                {
                    continue;
                }

                DamagedLines += damaged ? 1 : 0;
                if (!damaged)
                {
                    string id = CsvEncodings.Decode(part[code], _encoding);
                    _likeMissing[id] = _likeMissing.GetValueOrDefault(id) + 1;
                }
            }
        }

        return column.IsPlain
            ? ColumnValues.From(part.Bytes, part.Starts, codes)
            : ColumnValues.From([.. Enumerable.Range(0, part.Count).Select(c => CsvEncodings.Decode(part[c], _encoding))], codes);
    }

    /// <summary>The distinct texts of one column as they stood when a row group was full; texts are only added behind them.</summary>
    /// <param name="Bytes">One behind the other.</param>
    /// <param name="Starts">Where each begins, and where they end.</param>
    /// <param name="Known">How many of them the row group before had.</param>
    private readonly record struct TextPart(ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<int> Starts, int Known)
    {
        public int Count => Starts.Length - 1;

        public ReadOnlySpan<byte> this[int code] => Bytes.Span[Starts.Span[code]..Starts.Span[code + 1]];
    }

    /// <summary>What is known of a text column from row group to row group.</summary>
    private sealed class TextTable(string name, TextPool first, TextPool second)
    {
        private int _known;

        public string Name => name;

        /// <summary>Texts with bad bytes (true), ids that look like a missing value (false).</summary>
        public Dictionary<int, bool> Odd { get; } = [];

        /// <summary>True where the bytes of the file are UTF-8 as they stand.</summary>
        public bool IsPlain { get; set; } = true;

        /// <summary>The texts as they stand; to be called by whoever adds them.</summary>
        public TextPart Part(TextPool pool)
        {
            var part = new TextPart(pool.AllBytes, pool.Starts, _known);
            _known = pool.Count;
            return part;
        }

        /// <summary>The pool of the next row group.</summary>
        public TextPool Next(TextPool used, int mostTexts)
        {
            if (used.Count <= mostTexts)
            {
                return used;
            }

            // The other one, as this one is being written; that one was, before.
            _known = 0;
            TextPool other = used == first ? second : first;
            other.Clear();
            return other;
        }

        /// <summary>Another pool: nothing is known.</summary>
        public void Restart()
        {
            Odd.Clear();
            IsPlain = true;
        }
    }
}
