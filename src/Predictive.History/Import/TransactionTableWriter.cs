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
        Texts = [.. columns.Texts.Select(t => new TextColumn(t.Canonical, lines))];
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

    /// <summary>Codes of one text column and the distinct texts behind them, −1 = missing.</summary>
    internal sealed class TextColumn(string name, int lines)
    {
        public string Name => name;

        public int[] Codes { get; } = new int[lines];

        public TextPool Pool { get; } = new();

        public void Set(int line, ReadOnlySpan<byte> value, in TextKey key) => Codes[line] = value.IsEmpty ? -1 : Pool.CodeOf(value, key);
    }

    public void Clear()
    {
        Count = 0;
        foreach (var column in Texts)
        {
            column.Pool.Clear();
        }
    }
}

/// <summary>
/// Writes the canonical transactions table, one buffer per row group, on a thread of its own while the next buffer fills.
/// </summary>
internal sealed class TransactionTableWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly ParquetWriter _writer;
    private readonly CsvEncoding _encoding;
    private readonly TransactionBuffer[] _buffers;
    private readonly RowHashSet _customers = new(), _lettered = new(), _folded = new();
    private readonly SortedDictionary<string, long> _likeMissing = new(StringComparer.Ordinal);
    private readonly byte[] _lower = new byte[64];
    private Task _writing = Task.CompletedTask;
    private int _filling;

    public TransactionTableWriter(string path, CsvColumns columns, CsvEncoding encoding, int linesPerGroup)
    {
        _encoding = encoding;
        _buffers = [new TransactionBuffer(linesPerGroup, columns), new TransactionBuffer(linesPerGroup, columns)];
        _file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        _writer = ParquetWriter.Create(_file, Fields(_buffers[0]));
    }

    /// <summary>The buffer to fill.</summary>
    public TransactionBuffer Current => _buffers[_filling];

    /// <summary>Lines with a text that is not UTF-8 in a UTF-8 file; its bad bytes are marked as U+FFFD.</summary>
    public long DamagedLines { get; private set; }

    /// <summary>Distinct texts with bad bytes, and distinct texts with letters beyond ASCII that are good; per row group.</summary>
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
        var full = Current;
        _filling ^= 1;
        _writing = Task.Run(() => Write(full));
    }

    /// <summary>Writes what is left and the footer, and flushes to disk.</summary>
    public void Complete()
    {
        Next();
        _writing.GetAwaiter().GetResult();
        _writer.Complete();
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

        _writer.Dispose();
        _file.Dispose();
    }

    private static ParquetField[] Fields(TransactionBuffer buffer)
    {
        // Customer and order first, then time and amount, then the optional columns: as the documentation lists them.
        var fields = buffer.Texts.Select((t, i) => ParquetField.String(t.Name, nullable: i > 0)).ToList();
        fields.InsertRange(Ids(buffer), [ParquetField.Timestamp("ordered_at", isAdjustedToUtc: false), ParquetField.Double("amount")]);
        fields.AddRange(Numbers(buffer).Select(c => ParquetField.Double(c.Name, nullable: true)));
        return [.. fields];
    }

    private static int Ids(TransactionBuffer buffer) => buffer.Texts.Count(t => t.Name is "customer_id" or "order_id");

    private static IEnumerable<(string Name, double[] Values)> Numbers(TransactionBuffer b) =>
        new (string Name, double[]? Values)[] { ("quantity", b.Quantity), ("unit_cost", b.UnitCost), ("discount", b.Discount) }
            .Where(c => c.Values is not null).Select(c => (c.Name, c.Values!));

    private void Write(TransactionBuffer buffer)
    {
        int n = buffer.Count;
        if (n > 0)
        {
            TextPool customers = buffer.Texts[0].Pool;
            for (int code = 0; code < customers.Count; code++)
            {
                var id = customers.Bytes(code);
                _customers.Add(RowHash.Wide(id));
                if (id.IndexOfAnyExceptInRange((byte)0, (byte)'9') >= 0)
                {
                    _lettered.Add(RowHash.Wide(id));
                    _folded.Add(RowHash.Wide(Folded(id)));
                }
            }

            var columns = buffer.Texts.Select(t => Text(t, n)).ToList();
            columns.InsertRange(
                Ids(buffer), [ColumnValues.From(buffer.Time.AsMemory(0, n)), ColumnValues.From(buffer.Amount.AsMemory(0, n))]);
            columns.AddRange(Numbers(buffer).Select(c => ColumnValues.FromNaN(c.Values.AsMemory(0, n))));
            _writer.WriteRowGroup([.. columns]);
        }

        buffer.Clear();
    }

    private ReadOnlySpan<byte> Folded(ReadOnlySpan<byte> id)
    {
        if (id.Length <= _lower.Length && Ascii.ToLower(id, _lower, out int written) == OperationStatus.Done)
        {
            return _lower.AsSpan(0, written);
        }

        return Encoding.UTF8.GetBytes(CsvEncodings.Decode(id, _encoding).ToLowerInvariant());
    }

    private ColumnValues Text(TransactionBuffer.TextColumn column, int lines)
    {
        string[] dictionary = new string[column.Pool.Count];
        var odd = new Dictionary<int, bool>();
        for (int code = 0; code < dictionary.Length; code++)
        {
            var bytes = column.Pool.Bytes(code);
            dictionary[code] = CsvEncodings.Decode(bytes, _encoding);
            if (_encoding != CsvEncoding.Latin1 && bytes.IndexOfAnyExceptInRange((byte)0, (byte)0x7F) >= 0)
            {
                bool damaged = !Utf8.IsValid(bytes);
                Texts = damaged ? (Texts.Damaged + 1, Texts.Good) : (Texts.Damaged, Texts.Good + 1);
                if (damaged)
                {
                    odd[code] = true;
                }
            }

            if (column.Name == "customer_id" && IdsLikeMissing.Contains(dictionary[code]))
            {
                odd[code] = false;
            }
        }

        if (odd.Count > 0)
        {
            foreach (int code in column.Codes.AsSpan(0, lines))
            {
                if (odd.TryGetValue(code, out bool damaged))
                {
                    if (damaged)
                    {
                        DamagedLines++;
                    }
                    else
                    {
                        _likeMissing[dictionary[code]] = _likeMissing.GetValueOrDefault(dictionary[code]) + 1;
                    }
                }
            }
        }

        return ColumnValues.From(dictionary, column.Codes.AsMemory(0, lines));
    }
}
