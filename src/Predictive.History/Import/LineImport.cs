using Predictive.History.Loading;
using Predictive.History.Text;

namespace Predictive.History.Import;

/// <summary>The rules by which a row becomes a transaction line or is left out; keeps the counts and sums of the report.</summary>
internal sealed partial class LineImport
{
    private const int MaxScale = 45;

    private readonly CsvFormat _format;
    private readonly CsvColumns _columns;
    private readonly TransactionTableWriter _table;
    private readonly RejectLog _rejects;
    private readonly CsvNumbers _numbers;
    private readonly RowHashSet _seen;
    private readonly int[] _texts;
    private readonly int _orderText;
    private readonly PendingLines _pending;
    private readonly RowRules? _rules;
    private readonly Money? _money;
    private readonly Int128[] _net = new Int128[MaxScale];
    private byte[] _canonical = new byte[256];
    private long _first = long.MaxValue;
    private long _last = long.MinValue;
    private RowFate _fault;

    /// <param name="options">What is asked of rows.</param>
    /// <param name="format">How the file is written.</param>
    /// <param name="table">Where kept lines go.</param>
    /// <param name="rejects">Where the others go.</param>
    /// <param name="expectedRows">A guess, to make room.</param>
    public LineImport(ImportOptions options, CsvFormat format, TransactionTableWriter table, RejectLog rejects, long expectedRows)
    {
        _seen = new RowHashSet(expectedRows);
        _texts = [.. format.Columns.Texts.Select(c => c.Column)];
        _orderText = Array.IndexOf(_texts, format.Columns.Order);
        _pending = new PendingLines(_texts.Length);
        _format = format;
        _columns = format.Columns;
        _table = table;
        _rejects = rejects;
        _numbers = new CsvNumbers(format.DecimalComma, format.Encoding, lax: options.DecimalComma is null);
        _rules = RowRules.Of(options, format.Columns, format.Encoding);
        _money = Money.Of(options, format.Columns);
    }

    /// <summary>Rows seen, blank lines not counted.</summary>
    public long Rows { get; private set; }

    /// <summary>Lines kept.</summary>
    public long Kept { get; private set; }

    /// <summary>ISO code of the one currency the rows name; null where they name none, several or an ambiguous one.</summary>
    public string? OnlyCurrency => _money is { Target: { } target } ? target
        : Currencies.Select(c => CsvNumbers.CurrencyOf(c.Currency)).Distinct().ToList() is [{ } one] ? one : null;

    /// <summary>
    /// Currencies named by a column, or by the amounts where there is no such column; rows of each and the first of its lines (0 =
    /// unknown).
    /// </summary>
    public IReadOnlyList<(string Currency, long Count, long FirstLine)> Currencies => _money is not null
        ? [.. _money.Currencies.Where(c => c.Currency.Length > 0)]
        : [
            .. _numbers.Marks.GroupBy(m => Money.NameOf(m.Key)).Select(g => (g.Key, g.Sum(m => m.Value), 0L))
                .OrderByDescending(c => c.Item2).ThenBy(c => c.Key, StringComparer.Ordinal),
        ];

    /// <summary>True where rows of other currencies were left out or converted, so that several do no harm.</summary>
    public bool CurrenciesAreSettled => _money?.Target is not null;

    /// <summary>What the numbers said of the decimal sign.</summary>
    public DecimalEvidence Decimals => _numbers.Evidence;

    /// <summary>Takes the current row of a source.</summary>
    public void Take(CsvRowSource source)
    {
        CsvRows row = source.Rows;
        if (row.FieldCount == 1 && Blanks(row.Row).IsEmpty)
        {
            return;
        }

        Rows++;
        _numbers.Line = source.Line;
        if (row.Unclosed || !HasAllFields(row, _columns.Count))
        {
            Reject(source, row.Unclosed ? RowFate.UnclosedQuote : RowFate.FieldCount, -1);
            return;
        }

        if (row.Row.Contains((byte)0))
        {
            Reject(source, RowFate.ZeroByte, -1);
            return;
        }

        if (_rules is not null)
        {
            _rules.Open(row);
            if (_rules.LeavesOut(row, out RowFate fate, out int at))
            {
                Reject(source, fate, at);
                return;
            }
        }

        if (_rules is null ? IsMissing(Blanks(row.Field(_columns.Customer))) : _rules.Customer(row).IsEmpty)
        {
            Reject(source, RowFate.NoCustomer, _columns.Customer);
            return;
        }

        var time = _rules is null ? Blanks(row.Field(_columns.Time)) : _rules.Time(row);
        if (!_format.Time.TryParse(time, source.Line, out long micros))
        {
            Reject(source, time.IsEmpty ? RowFate.NoTime : RowFate.BadTime, _columns.Time);
            return;
        }

        _numbers.LastMark = null;
        if (!Amount(row, out Int128 unscaled, out int scale, out int column))
        {
            Reject(source, _fault, column);
            return;
        }

        (Int128 rate, int rateScale) = (1, 0);
        if (_money is not null)
        {
            if (!_money.Takes(Text(row, _columns.Currency), _numbers.LastMark, source.Line, out rate, out rateScale, out RowFate fate))
            {
                Reject(source, fate, _columns.Currency < 0 ? column : _columns.Currency);
                return;
            }

            (unscaled, scale) = Money.Times(unscaled, scale, rate, rateScale);
        }

        double value = ExactNumber.ToDouble(unscaled, scale);
        if (Math.Abs(value) > LineFaults.LargestAmount)
        {
            Reject(source, RowFate.ImpossibleAmount, column);
            return;
        }

        UInt128 hash = HashOf(row);
        ref PendingLine line = ref _pending.Next();
        Fill(ref line, source, micros, unscaled, scale, hash);
        line.Value = value;
        line.Quantity = Optional(source, _columns.Quantity);
        line.UnitCost = Optional(source, _columns.UnitCost);
        line.Discount = Optional(source, _columns.Discount);
        _seen.Prefetch(hash);
        for (int t = 0; t < _texts.Length; t++)
        {
            var text = _rules is null ? Blanks(row.Field(_texts[t])) : t == 0 ? _rules.Customer(row) : _rules.Field(row, _texts[t]);
            TextKey key = _pending.AddText(text);
            _table.Current.Texts[t].Pool.Prefetch(key);
        }

        if (_columns.Refunds.Length > 0)
        {
            TakeRefunds(source, micros, hash, rate, rateScale);
        }

        if (_pending.IsFull)
        {
            Settle(row.Buffer);
        }
    }

    /// <summary>Money given back on the row, as lines of their own: the customer's, the order's, at the same time, of no product.</summary>
    private void TakeRefunds(CsvRowSource source, long micros, UInt128 hash, Int128 rate, int rateScale)
    {
        CsvRows row = source.Rows;
        for (int r = 0; r < _columns.Refunds.Length; r++)
        {
            var text = Blanks(row.Field(_columns.Refunds[r]));
            if (text.IsEmpty)
            {
                continue;
            }

            if (!_numbers.TryParse(text, out ExactNumber number))
            {
                _rejects.Remark(RowFate.BadOptionalNumber, source.Line);
                continue;
            }

            if (number.Unscaled == 0)
            {
                continue;
            }

            if (_pending.IsFull)
            {
                Settle(row.Buffer);
            }

            (Int128 unscaled, int scale) = Money.Times(-Int128.Abs(number.Unscaled), number.Scale, rate, rateScale);
            ref PendingLine line = ref _pending.Next();
            Fill(ref line, source, micros, unscaled, scale, RowHash.Mix(hash, (UInt128)(r + 1)));
            line.Value = ExactNumber.ToDouble(unscaled, scale);
            line.IsRefund = true;
            line.Quantity = line.UnitCost = line.Discount = double.NaN;
            for (int t = 0; t < _texts.Length; t++)
            {
                var field = t == 0 ? (_rules is null ? Blanks(row.Field(_texts[0])) : _rules.Customer(row))
                    : t == _orderText || _texts[t] == _columns.Channel ? Text(row, _texts[t]) : default;
                _pending.AddText(field);
            }
        }
    }

    private void Fill(ref PendingLine line, CsvRowSource source, long micros, Int128 unscaled, int scale, UInt128 hash)
    {
        line.Line = source.Line;
        line.Micros = micros;
        line.Unscaled = unscaled;
        line.Scale = scale;
        line.IsRefund = false;
        line.Row = (source.Rows.RowStart, source.Rows.Row.Length);
        line.Hash = hash;
    }

    private ReadOnlySpan<byte> Text(CsvRows row, int column) =>
        column < 0 ? default : _rules is null ? Blanks(row.Field(column)) : _rules.Field(row, column);

    /// <summary>
    /// Decides the lines that wait. Their places in the set of rows and in the pools of ids were asked for when they came in, so that the
    /// memory has had time to arrive: these look-ups are what an import would otherwise spend most of its time on.
    /// </summary>
    /// <param name="buffer">The chunk their rows lie in; call before it is given back.</param>
    public void Settle(byte[] buffer)
    {
        for (int i = 0; i < _pending.Count; i++)
        {
            ref PendingLine line = ref _pending[i];
            if (!_seen.Add(line.Hash))
            {
                var order = _orderText < 0 ? default : _pending.Text(i, _orderText);
                if (line.IsRefund && !order.IsEmpty)
                {
                    // Its row is a duplicate, and was told as that.
                    continue;
                }

                if (!order.IsEmpty)
                {
                    _rejects.Reject(
                        RowFate.DuplicateLine,
                        line.Line,
                        CsvEncodings.Decode(order, _format.Encoding),
                        CsvEncodings.Decode(buffer.AsSpan(line.Row.Start, line.Row.Length), _format.Encoding));
                    continue;
                }

                if (!line.IsRefund)
                {
                    _rejects.Remark(RowFate.EqualRow, line.Line);
                }
            }

            Keep(i, ref line);
        }

        _pending.Clear();
    }

    private void Keep(int pending, ref PendingLine line)
    {
        TransactionBuffer buffer = _table.Current;
        int at = buffer.Count;
        for (int t = 0; t < _texts.Length; t++)
        {
            buffer.Texts[t].Set(at, _pending.Text(pending, t), _pending.Key(pending, t));
        }

        buffer.Time[at] = line.Micros;
        buffer.Amount[at] = line.Value;
        Put(buffer.Quantity, at, line.Quantity);
        Put(buffer.UnitCost, at, line.UnitCost);
        Put(buffer.Discount, at, line.Discount);
        if (line.Unscaled <= 0)
        {
            _rejects.Remark(line.IsRefund ? RowFate.RefundTaken : line.Unscaled == 0 ? RowFate.ZeroAmount : RowFate.Refund, line.Line);
        }

        _net[line.Scale] += line.Unscaled;
        _first = Math.Min(_first, line.Micros);
        _last = Math.Max(_last, line.Micros);
        Kept += line.IsRefund ? 0 : 1;
        buffer.Count = at + 1;
        if (buffer.Count == buffer.Capacity)
        {
            _table.Next();
        }
    }

    private static void Put(double[]? column, int line, double value)
    {
        if (column is not null)
        {
            column[line] = value;
        }
    }

    private void Reject(CsvRowSource source, RowFate fate, int column)
    {
        // Lines before this one may still turn out duplicates: the rejects stay in the order of the file.
        Settle(source.Rows.Buffer);
        string value = column < 0 ? "" : CsvEncodings.Decode(source.Rows.Field(column), _format.Encoding);
        _rejects.Reject(fate, source.Line, value, CsvEncodings.Decode(source.Rows.Row, _format.Encoding));
    }
}
