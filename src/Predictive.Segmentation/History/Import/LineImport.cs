using Predictive.Segmentation.History.Checks;

namespace Predictive.Segmentation.History.Import;

/// <summary>The rules by which a row becomes a transaction line or is left out; keeps the counts and sums of the report.</summary>
internal sealed class LineImport
{
    private const int MaxScale = 45;

    private readonly CsvFormat _format;
    private readonly CsvColumns _columns;
    private readonly TransactionTableWriter _table;
    private readonly RejectLog _rejects;
    private readonly CsvNumbers _numbers;
    private readonly RowHashSet _seen = new();
    private readonly Int128[] _net = new Int128[MaxScale];
    private byte[] _canonical = new byte[256];
    private long _first = long.MaxValue;
    private long _last = long.MinValue;
    private RowFate _fault;

    public LineImport(CsvFormat format, TransactionTableWriter table, RejectLog rejects)
    {
        _format = format;
        _columns = format.Columns;
        _table = table;
        _rejects = rejects;
        _numbers = new CsvNumbers(format.DecimalComma, format.Encoding);
    }

    /// <summary>Rows seen, blank lines not counted.</summary>
    public long Rows { get; private set; }

    /// <summary>Lines kept.</summary>
    public long Kept { get; private set; }

    /// <summary>ISO code of the one currency the amounts name; null where they name none, several or an ambiguous one.</summary>
    public string? OnlyCurrency => _numbers.Marks.Keys.Select(CsvNumbers.CurrencyOf).Distinct().ToList() is [{ } one] ? one : null;

    /// <summary>Takes the current row of a source.</summary>
    public void Take(CsvRowSource source)
    {
        CsvRows row = source.Rows;
        if (row.FieldCount == 1 && Blanks(row.Row).IsEmpty)
        {
            return;
        }

        Rows++;
        if (row.Unclosed || !HasAllFields(row))
        {
            Reject(source, row.Unclosed ? RowFate.UnclosedQuote : RowFate.FieldCount, -1);
            return;
        }

        TransactionBuffer buffer = _table.Current;
        int line = buffer.Count;

        // Codes are given only once the row is known to stay, so that dictionaries hold nothing unused: ids come last.
        if (IsMissing(Blanks(row.Field(_columns.Customer))))
        {
            Reject(source, RowFate.NoCustomer, _columns.Customer);
            return;
        }

        var time = Blanks(row.Field(_columns.Time));
        if (!_format.Time.TryParse(time, out long micros))
        {
            Reject(source, time.IsEmpty ? RowFate.NoTime : RowFate.BadTime, _columns.Time);
            return;
        }

        ExactNumber quantity = default;
        if (!Amount(row, ref quantity, out Int128 unscaled, out int scale, out int column))
        {
            Reject(source, _fault, column);
            return;
        }

        bool ordered = _columns.Order >= 0 && !Blanks(row.Field(_columns.Order)).IsEmpty;
        if (!_seen.Add(HashOf(row)))
        {
            if (ordered)
            {
                Reject(source, RowFate.DuplicateLine, _columns.Order);
                return;
            }

            _rejects.Remark(RowFate.EqualRow, source.Line);
        }

        buffer.Customer.Set(line, Blanks(row.Field(_columns.Customer)));
        buffer.Order?.Set(line, Blanks(row.Field(_columns.Order)));
        buffer.Product?.Set(line, Blanks(row.Field(_columns.Product)));
        buffer.Category?.Set(line, Blanks(row.Field(_columns.Category)));
        buffer.Channel?.Set(line, Blanks(row.Field(_columns.Channel)));
        buffer.Time[line] = micros;
        buffer.Amount[line] = ExactNumber.ToDouble(unscaled, scale);
        Optional(buffer.Quantity, line, source, _columns.Quantity);
        Optional(buffer.UnitCost, line, source, _columns.UnitCost);
        Optional(buffer.Discount, line, source, _columns.Discount);

        if (unscaled <= 0)
        {
            _rejects.Remark(unscaled == 0 ? RowFate.ZeroAmount : RowFate.Refund, source.Line);
        }

        _net[scale] += unscaled;
        _first = Math.Min(_first, micros);
        _last = Math.Max(_last, micros);
        Kept++;
        buffer.Count = line + 1;
        if (buffer.Count == buffer.Capacity)
        {
            _table.Next();
        }
    }

    /// <summary>What the import did; call when everything is written.</summary>
    public ImportReport Report(ImportOptions options, CsvSource source, CsvFormat format, TransactionTableWriter table, bool anyRejects)
    {
        var remarks = _rejects.Remarks.ToList();
        if (_numbers.Marks.Count > 1)
        {
            remarks.Add(new ImportCount(
                "mixed-currency", $"amounts name several currencies ({string.Join(", ", _numbers.Marks.Keys)}); they are added up as they stand", _numbers.Marks.Values.Sum(), []));
        }

        if (table.LatinTexts > 0)
        {
            remarks.Add(new ImportCount("latin-1-text", "distinct texts that are not UTF-8 were read as Latin-1", table.LatinTexts, []));
        }

        return new ImportReport
        {
            SourceFile = Path.GetFileName(options.Source),
            SourceSha256 = source.Sha256(),
            Format = new DetectedFormat(
                source.Gzip ? "gzip" : "none",
                CsvEncodings.NameOf(format.Encoding),
                format.Delimiter == (byte)'\t' ? "tab" : ((char)format.Delimiter).ToString(),
                format.DecimalComma ? "," : ".",
                format.TimeText,
                [.. _numbers.Marks.Keys]),
            Columns = new SortedDictionary<string, string>(CsvColumns.Wanted(options).ToDictionary(w => w.Canonical, w => w.Source), StringComparer.Ordinal),
            Rows = Rows,
            Kept = Kept,
            Rejected = _rejects.Rejected,
            Remarks = remarks,
            Customers = table.Customers,
            NetAmount = Net(),
            First = new AsOf(_first).ToString(),
            Last = new AsOf(_last).ToString(),
            RejectsFile = anyRejects ? CsvImport.RejectsFile : null,
        };
    }

    /// <summary>Amount as unscaled / 10^scale: the column, quantity × price, or 1.</summary>
    private bool Amount(CsvRows row, ref ExactNumber quantity, out Int128 unscaled, out int scale, out int column)
    {
        (unscaled, scale, column) = (1, 0, _columns.Amount);
        if (_columns.Amount >= 0)
        {
            bool read = Number(row, _columns.Amount, out var amount);
            (unscaled, scale) = (amount.Unscaled, amount.Scale);
            return read;
        }

        if (_columns.UnitPrice < 0)
        {
            return true;
        }

        column = _columns.UnitPrice;
        if (!Number(row, _columns.UnitPrice, out var price))
        {
            return false;
        }

        if (price.Unscaled <= 0)
        {
            _fault = price.Unscaled == 0 ? RowFate.ZeroPrice : RowFate.NegativePrice;
            return false;
        }

        column = _columns.Quantity;
        if (!Number(row, _columns.Quantity, out quantity))
        {
            return false;
        }

        (unscaled, scale) = ((Int128)quantity.Unscaled * price.Unscaled, quantity.Scale + price.Scale);
        return true;
    }

    private bool Number(CsvRows row, int column, out ExactNumber number)
    {
        var text = Blanks(row.Field(column));
        number = default;
        _fault = text.IsEmpty ? RowFate.NoAmount : RowFate.BadAmount;
        return !text.IsEmpty && _numbers.TryParse(text, out number);
    }

    private void Optional(double[]? values, int line, CsvRowSource source, int column)
    {
        if (values is null)
        {
            return;
        }

        var text = Blanks(source.Rows.Field(column));
        values[line] = double.NaN;
        if (text.IsEmpty)
        {
            return;
        }

        if (_numbers.TryParse(text, out var number))
        {
            values[line] = number.ToDouble();
        }
        else
        {
            _rejects.Remark(RowFate.BadOptionalNumber, source.Line);
        }
    }

    /// <summary>As many fields as the header; further ones are forgiven where they are empty (a delimiter at the end of the line).</summary>
    private bool HasAllFields(CsvRows row)
    {
        int n = row.FieldCount;
        while (n > _columns.Count && row.Field(n - 1).IsEmpty)
        {
            n--;
        }

        return n == _columns.Count;
    }

    /// <summary>
    /// Equal for rows whose fields are equal, however they are quoted: a row with quotes is hashed as it would stand with no needless ones.
    /// </summary>
    private UInt128 HashOf(CsvRows row)
    {
        if (!row.AnyQuoted)
        {
            return RowHash.Wide(row.Row);
        }

        if (_canonical.Length < row.Row.Length * 2 + 16)
        {
            _canonical = new byte[row.Row.Length * 4];
        }

        int n = 0;
        for (int i = 0; i < row.FieldCount; i++)
        {
            var field = row.Field(i);
            if (i > 0)
            {
                _canonical[n++] = _format.Delimiter;
            }

            bool quote = field.IndexOfAny(_format.Delimiter, (byte)'\n', (byte)'\r') >= 0 || (field.Length > 0 && field[0] == (byte)'"');
            if (!quote)
            {
                field.CopyTo(_canonical.AsSpan(n));
                n += field.Length;
                continue;
            }

            _canonical[n++] = (byte)'"';
            foreach (byte b in field)
            {
                _canonical[n++] = b;
                if (b == (byte)'"')
                {
                    _canonical[n++] = b;
                }
            }

            _canonical[n++] = (byte)'"';
        }

        return RowHash.Wide(_canonical.AsSpan(0, n));
    }

    private void Reject(CsvRowSource source, RowFate fate, int column)
    {
        string value = column < 0 ? "" : CsvEncodings.Decode(source.Rows.Field(column), _format.Encoding, out _);
        _rejects.Reject(fate, source.Line, value, CsvEncodings.Decode(source.Rows.Row, _format.Encoding, out _));
    }

    private decimal Net()
    {
        decimal net = 0;
        for (int scale = 0; scale < MaxScale; scale++)
        {
            Int128 sum = _net[scale];
            int digits = scale;
            for (; digits > 28 || Int128.Abs(sum) > (Int128)decimal.MaxValue; digits--)
            {
                sum /= 10;
            }

            decimal part = (decimal)sum;
            for (; digits > 0; digits--)
            {
                part /= 10;
            }

            net += part;
        }

        // Without the zeros that adding different scales leaves behind.
        return net / 1.0000000000000000000000000000m;
    }

    /// <summary>Empty, or what databases and data frames write for nothing.</summary>
    private static bool IsMissing(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (text.Length <= 4 && (text.SequenceEqual("NULL"u8) || text.SequenceEqual("null"u8) || text.SequenceEqual("\\N"u8) || text.SequenceEqual("NaN"u8)
            || text.SequenceEqual("nan"u8) || text.SequenceEqual("#N/A"u8) || text.SequenceEqual("N/A"u8)));

    private static ReadOnlySpan<byte> Blanks(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (text[0] > (byte)' ' && text[^1] > (byte)' ') ? text : text.Trim(" \t"u8);
}
