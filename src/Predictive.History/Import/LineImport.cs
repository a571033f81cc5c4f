using Predictive.History.Loading;
using Predictive.History.Text;

namespace Predictive.History.Import;

/// <summary>The rules by which a row becomes a transaction line or is left out.</summary>
internal sealed partial class LineImport
{
    private readonly CsvFormat _format;
    private readonly CsvColumns _columns;
    private readonly LineKeeper _keeper;
    private readonly CsvNumbers _numbers;
    private readonly int[] _texts;
    private readonly int _orderText;
    private PendingLines _pending;
    private readonly RowRules? _rules;
    private readonly Money? _money;
    private readonly RowHashSet? _refunded;
    private byte[] _canonical = new byte[256];
    private RowFate _fault;

    /// <param name="options">What is asked of rows.</param>
    /// <param name="format">How the file is written.</param>
    /// <param name="keeper">Where rows go.</param>
    public LineImport(ImportOptions options, CsvFormat format, LineKeeper keeper)
    {
        _texts = [.. format.Columns.Texts.Select(c => c.Column)];
        _orderText = Array.IndexOf(_texts, format.Columns.Order);
        (_keeper, _pending) = (keeper, keeper.Take());
        _format = format;
        _columns = format.Columns;
        _numbers = new CsvNumbers(format.DecimalComma, format.Encoding, lax: options.DecimalComma is null);
        _rules = RowRules.Of(options, format.Columns, format.Encoding);
        _money = Money.Of(options, format.Columns);
        _refunded = options.RefundsOfOrder && format.Columns.Order >= 0 ? new RowHashSet() : null;
    }

    /// <summary>Rows seen, blank lines not counted.</summary>
    public long Rows { get; private set; }

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

        if (row.AnyZero && row.Row.Contains((byte)0))
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
        double quantity = Optional(source, _columns.Quantity), cost = Optional(source, _columns.UnitCost);
        double discount = Optional(source, _columns.Discount);
        ref PendingLine line = ref Next(source, PendingKind.Line);
        Fill(ref line, micros, unscaled, scale, hash);
        line.Value = value;
        _pending.SetNumbers(quantity, cost, discount);
        for (int t = 0; t < _texts.Length; t++)
        {
            _pending.AddText(
                _rules is null ? Blanks(row.Field(_texts[t])) : t == 0 ? _rules.Customer(row) : _rules.Field(row, _texts[t]));
        }

        if (_columns.Refunds.Length > 0)
        {
            TakeRefunds(source, micros, hash, rate, rateScale);
        }
    }

    /// <summary>Hands what waits over to the keeper; nothing that is taken later lies in the chunk of the file that holds it.</summary>
    public void LeaveChunk(byte[] chunk)
    {
        (_pending.Chunk, _pending.IsLastOfChunk) = (chunk, true);
        HandOver();
    }

    private void HandOver()
    {
        _keeper.Give(_pending);
        _pending = _keeper.Take();
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
                Remark(source, RowFate.BadOptionalNumber);
                continue;
            }

            if (number.Unscaled == 0)
            {
                continue;
            }

            if (_refunded?.Add(RowHash.Mix(RowHash.Wide(text, RowHash.Wide(Text(row, _columns.Order))), (UInt128)(r + 1))) == false)
            {
                Remark(source, RowFate.RefundRepeated);
                continue;
            }

            (Int128 unscaled, int scale) = Money.Times(-Int128.Abs(number.Unscaled), number.Scale, rate, rateScale);
            ref PendingLine line = ref Next(source, PendingKind.Refund);
            Fill(ref line, micros, unscaled, scale, RowHash.Mix(hash, (UInt128)(r + 1)));
            line.Value = ExactNumber.ToDouble(unscaled, scale);
            _pending.SetNumbers(double.NaN, double.NaN, double.NaN);
            for (int t = 0; t < _texts.Length; t++)
            {
                var field = t == 0 ? (_rules is null ? Blanks(row.Field(_texts[0])) : _rules.Customer(row))
                    : t == _orderText || _texts[t] == _columns.Channel ? Text(row, _texts[t]) : default;
                _pending.AddText(field);
            }
        }
    }

    /// <summary>Room for a line of the current row.</summary>
    private ref PendingLine Next(CsvRowSource source, PendingKind kind)
    {
        if (_pending.IsFull)
        {
            _pending.Chunk = source.Rows.Buffer;
            HandOver();
        }

        ref PendingLine line = ref _pending.Next(source.Line);
        (line.Kind, line.RowStart, line.RowLength) = (kind, source.Rows.RowStart, source.Rows.Row.Length);
        return ref line;
    }

    private static void Fill(ref PendingLine line, long micros, Int128 unscaled, int scale, UInt128 hash) =>
        (line.Micros, line.Unscaled, line.Scale, line.Hash) = (micros, unscaled, checked((byte)scale), hash);

    private ReadOnlySpan<byte> Text(CsvRows row, int column) =>
        column < 0 ? default : _rules is null ? Blanks(row.Field(column)) : _rules.Field(row, column);

    private void Remark(CsvRowSource source, RowFate fate)
    {
        Next(source, PendingKind.Remark).Fate = fate;
        _pending.AddOnlyText(default);
    }

    private void Reject(CsvRowSource source, RowFate fate, int column)
    {
        Next(source, PendingKind.LeftOut).Fate = fate;
        _pending.AddOnlyText(column < 0 ? default : source.Rows.Field(column));
    }
}
