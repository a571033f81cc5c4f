using Predictive.History.Sheets;

namespace Predictive.History.Import;

/// <summary>Why a row was left out, or kept with a remark.</summary>
internal enum RowFate : byte
{
    NoCustomer,
    NoTime,
    BadTime,
    NoAmount,
    BadAmount,
    ZeroPrice,
    NegativePrice,
    DuplicateLine,
    FieldCount,
    UnclosedQuote,
    ZeroByte,
    Status,
    Product,
    Kind,
    OtherCurrency,
    NoRate,
    ImpossibleAmount,
    NoId,
    NoKind,
    EqualToEarlier,

    // From here on the row is kept.
    Refund,
    RefundTaken,
    RefundRepeated,
    ZeroAmount,
    EqualRow,
    BadOptionalNumber,
}

/// <summary>Counts the rows left out or remarked upon, and writes those left out to a CSV file: line, reason, value, row.</summary>
internal sealed class RejectLog : IDisposable
{
    private const int FirstLinesKept = 5;

    private static readonly Dictionary<RowFate, (string Name, string Text)> Names = new()
    {
        [RowFate.NoCustomer] = ("no-customer", "no customer id"),
        [RowFate.NoTime] = ("no-time", "no time"),
        [RowFate.BadTime] = ("unparseable-time", "a time that cannot be read"),
        [RowFate.NoAmount] = ("no-amount", "no amount, quantity or price"),
        [RowFate.BadAmount] = ("unparseable-amount", "an amount, quantity or price that is no number"),
        [RowFate.ZeroPrice] = ("zero-price", "a unit price of zero"),
        [RowFate.NegativePrice] = ("negative-price", "a unit price below zero"),
        [RowFate.DuplicateLine] = ("duplicate-line", "equal in every column to an earlier line of the same order"),
        [RowFate.FieldCount] = ("wrong-field-count", "more or fewer fields than the header"),
        [RowFate.UnclosedQuote] = ("unclosed-quote", "a quoted field that never ends, or not within 16 MB"),
        [RowFate.ZeroByte] = ("zero-byte", "a zero byte, which no text holds: the row is damaged"),
        [RowFate.Status] = ("status-not-counted", "a status that does not count"),
        [RowFate.Product] = ("excluded-product", "a product that is left out"),
        [RowFate.Kind] = ("other-kind", "a kind of row that is no sale"),
        [RowFate.OtherCurrency] = ("other-currency", "another currency than the one asked for, or none"),
        [RowFate.NoRate] = ("no-rate", "a currency without a rate, or none"),
        [RowFate.ImpossibleAmount] = ("impossible-amount", "an amount beyond ±10,000,000,000,000"),
        [RowFate.NoId] = ("no-id", "no product id"),
        [RowFate.NoKind] = ("no-kind", "no kind of event"),
        [RowFate.EqualToEarlier] = ("equal-to-earlier", "equal in every column to an earlier row"),
        [RowFate.Refund] = ("refund", "a negative amount, kept"),
        [RowFate.RefundTaken] =
            ("refund-subtracted", "money given back or taken off on a row, kept as a line of its own that lowers the net amount"),
        [RowFate.RefundRepeated] = ("refund-repeated", "money given back on an order, said on an earlier row of it already: taken once"),
        [RowFate.ZeroAmount] = ("zero-amount", "an amount of zero, kept; it is no purchase"),
        [RowFate.EqualRow] = ("equal-row", "equal in every column to an earlier row without an order id, kept: it may be real"),
        [RowFate.BadOptionalNumber] =
            ("unparseable-optional-number", "a quantity, discount or unit cost that is no number, kept as missing"),
    };

    private readonly string _path;
    private readonly long[] _counts = new long[Names.Count];
    private readonly List<long>[] _first = [.. Enumerable.Range(0, Names.Count).Select(_ => new List<long>())];
    private readonly bool _raw;
    private CsvSheet? _sheet;
    private FileStream? _file;

    /// <summary>Nothing is written before the first row is left out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="raw">True = text is written as it is, even where a spreadsheet would run it.</param>
    public RejectLog(string path, bool raw) => (_path, _raw) = (path, raw);

    /// <summary>Rows left out.</summary>
    public long Count { get; private set; }

    /// <summary>A kept row worth knowing about.</summary>
    public void Remark(RowFate fate, long line) => Tally(fate, line);

    /// <summary>A row left out.</summary>
    /// <param name="fate">Why.</param>
    /// <param name="line">Line number.</param>
    /// <param name="value">The value at fault; empty where the row as a whole is.</param>
    /// <param name="row">The row as it stands in the file.</param>
    public void Reject(RowFate fate, long line, string value, string row)
    {
        Count++;
        Tally(fate, line);
        if (_sheet is null)
        {
            _file = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            _sheet = new CsvSheet(_file, ["line", "reason", "value", "row"], _raw);
        }

        _sheet.Write([line, Names[fate].Name, value, row]);
    }

    /// <summary>Flushes to disk.</summary>
    /// <returns>False where no row was left out and there is no file.</returns>
    public bool Complete()
    {
        bool any = _file is not null;
        _sheet?.Dispose();
        _sheet = null;
        _file?.Flush(flushToDisk: true);
        Dispose();
        return any;
    }

    /// <summary>The counts of rows left out, most frequent first.</summary>
    public IReadOnlyList<ImportCount> Rejected => Counts(f => f < RowFate.Refund);

    /// <summary>The counts of kept rows remarked upon, most frequent first.</summary>
    public IReadOnlyList<ImportCount> Remarks => Counts(f => f >= RowFate.Refund);

    public void Dispose()
    {
        _sheet?.Dispose();
        _file?.Dispose();
        (_sheet, _file) = (null, null);
    }

    private List<ImportCount> Counts(Func<RowFate, bool> which) =>
    [
        .. Names.Where(n => which(n.Key) && _counts[(int)n.Key] > 0)
            .Select(n => new ImportCount(n.Value.Name, n.Value.Text, _counts[(int)n.Key], _first[(int)n.Key]))
            .OrderByDescending(c => c.Count).ThenBy(c => c.Reason, StringComparer.Ordinal),
    ];

    private void Tally(RowFate fate, long line)
    {
        if (_counts[(int)fate]++ < FirstLinesKept)
        {
            _first[(int)fate].Add(line);
        }
    }
}
