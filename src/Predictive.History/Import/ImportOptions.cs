namespace Predictive.History.Import;

/// <summary>What to import and how. Immutable; everything left null is detected and reported (<see cref="DetectedFormat"/>).</summary>
public sealed record ImportOptions
{
    /// <summary>
    /// The file: CSV (plain, gzip, or a zip holding it alone), an Excel workbook (.xlsx), Parquet (a folder too); told by its content, not
    /// by its name.
    /// </summary>
    public required string Source { get; init; }

    /// <summary>Further files with the same header, read behind the first as if they were one. Default none.</summary>
    public IReadOnlyList<string> MoreSources { get; init; } = [];

    /// <summary>Name of the sheet of a workbook. Null = the first.</summary>
    public string? Sheet { get; init; }

    /// <summary>The dataset folder to write; made where absent. Its transactions are replaced; other tables in it stay.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>
    /// Name of a known export (<c>shopify</c>, <c>stripe</c> ...), whose columns and rules hold where nothing else is said. Null = by its
    /// header.
    /// </summary>
    public string? Preset { get; init; }

    /// <summary>Source column with the customer id; kept as text, so <c>00001</c> stays <c>00001</c>.</summary>
    public string? CustomerColumn { get; init; }

    /// <summary>
    /// Source column that names the customer where the customer column does not: the e-mail address of guests. Null = none.
    /// </summary>
    public string? GuestColumn { get; init; }

    /// <summary>
    /// Source column that names the customer of a negative amount, where that is another: who a refund is sent to. Null = none.
    /// </summary>
    public string? RefundCustomerColumn { get; init; }

    /// <summary>Source column with the instant of the order, or its date.</summary>
    public string? TimeColumn { get; init; }

    /// <summary>Source column with the time of day, where <see cref="TimeColumn"/> holds the date alone. Null = none.</summary>
    public string? TimeOfDayColumn { get; init; }

    /// <summary>Source column with the order id. Null = none: then equal rows may be real, and are kept and reported.</summary>
    public string? OrderColumn { get; init; }

    /// <summary>
    /// Source column with the net amount of the line, negative = refund. Null = quantity × unit price, or 1 per line where neither is
    /// named.
    /// </summary>
    public string? AmountColumn { get; init; }

    /// <summary>
    /// Source column with the units. Needed with <see cref="UnitPriceColumn"/>; allowed beside <see cref="AmountColumn"/>.
    /// </summary>
    public string? QuantityColumn { get; init; }

    /// <summary>Source column with the price of one unit. A line whose price is zero or negative is left out.</summary>
    public string? UnitPriceColumn { get; init; }

    /// <summary>Source column with the product id. Null = none.</summary>
    public string? ProductColumn { get; init; }

    /// <summary>Source column with the category. Null = none.</summary>
    public string? CategoryColumn { get; init; }

    /// <summary>Source column with the sales channel. Null = none.</summary>
    public string? ChannelColumn { get; init; }

    /// <summary>Source column with the discount of the line. Null = none.</summary>
    public string? DiscountColumn { get; init; }

    /// <summary>Source column with the cost of one unit. Null = none.</summary>
    public string? UnitCostColumn { get; init; }

    /// <summary>Rows that count, by what stands in a column: an order's status, a kind of event, a product that is none.</summary>
    public IReadOnlyList<ImportFilter> Filters { get; init; } = [];

    /// <summary>
    /// Source columns with money given back, or taken off, as a positive or negative number. Each becomes a line of its own that lowers
    /// what the row's customer spent.
    /// </summary>
    public IReadOnlyList<string> RefundColumns { get; init; } = [];

    /// <summary>
    /// True = the refund columns speak of the whole order: what stands equal on several rows of one order was given back once. Needs
    /// <see cref="OrderColumn"/>. Default: each row's is its own.
    /// </summary>
    public bool RefundsOfOrder { get; init; }

    /// <summary>Source column with the currency of the row. Null = only what the amounts carry is known.</summary>
    public string? CurrencyColumn { get; init; }

    /// <summary>ISO code: rows in another currency, or in none, are left out. Null = all are kept, and several are refused.</summary>
    public string? OnlyCurrency { get; init; }

    /// <summary>
    /// File of rates, <c>currency,rate</c> a line, a header first: amounts are multiplied by the rate of their currency. Null = none.
    /// </summary>
    public string? RatesFile { get; init; }

    /// <summary>Customer ids that stand for nobody; compared without regard to case.</summary>
    public IReadOnlyList<string> NoCustomer { get; init; } = [];

    /// <summary>True = ids that differ by upper and lower case alone are one customer, written in lower case.</summary>
    public bool FoldCase { get; init; }

    /// <summary>Source columns whose empty fields take the value of the row before (of the same order, where one is named).</summary>
    public IReadOnlyList<string> FillDown { get; init; } = [];

    /// <summary>
    /// True = <see cref="FillDown"/> goes on from order to order: a report names a customer once, above all of theirs. Default false.
    /// </summary>
    public bool FillsAcrossOrders { get; init; }

    /// <summary>
    /// A .NET date-time format such as <c>dd/MM/yyyy HH:mm</c>, or <c>unix-s</c>, <c>unix-ms</c>, <c>unix-us</c>, <c>unix</c> (by size),
    /// <c>excel</c>, <c>excel-1904</c>; several are separated by <c>|</c>, and the first that reads a time holds. Null = detected.
    /// </summary>
    public string? TimeFormat { get; init; }

    /// <summary>True = times without an offset are instants in UTC, to be shown on the dataset's clock.</summary>
    public bool TimesAreUtc { get; init; }

    /// <summary>
    /// Name of the encoding, such as <c>windows-1252</c> or <c>gb18030</c>. Null = detected among UTF-8, UTF-16 and Windows-1252.
    /// </summary>
    public string? Encoding { get; init; }

    /// <summary>The character between fields. Null = detected among comma, semicolon, tab and pipe.</summary>
    public char? Delimiter { get; init; }

    /// <summary>True = <c>1.234,50</c>, false = <c>1,234.50</c>. Null = detected.</summary>
    public bool? DecimalComma { get; init; }

    /// <summary>
    /// ISO 4217 code written to dataset.json; amounts are in it, whatever marks they carry. Null = the one they carry, if any.
    /// </summary>
    public string? Currency { get; init; }

    /// <summary>
    /// True = rows left out are written to <c>rejects.csv</c> as they are, even where a spreadsheet would run them. Default false: defused.
    /// </summary>
    public bool RawCells { get; init; }

    /// <summary>IANA time zone written to dataset.json; times that carry an offset are converted to its clock. Default UTC.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>
    /// Name of the system the file comes from: letters, digits, <c>-</c>, <c>_</c>, <c>.</c>. Null = none: the file is the whole history
    /// and replaces the transactions. Otherwise it is added as <c>transactions/source=NAME/…parquet</c>, beside deliveries of this and
    /// other sources (see History/Sources); a file delivered before is not added again.
    /// </summary>
    public string? SourceName { get; init; }

    /// <summary>
    /// What becomes of a dataset that is in the folder already. Default <see cref="ExistingData.Refuse"/>. A <see cref="SourceName"/>
    /// appends.
    /// </summary>
    public ExistingData Existing { get; init; }

    /// <summary>True where an <see cref="ImportPlan"/> has looked the file over already.</summary>
    internal bool IsPlanned { get; init; }

    /// <summary>Lines per Parquet row group. Default 524,288.</summary>
    public int RowGroupLines { get; init; } = 1 << 19;
}

/// <summary>A condition on one column.</summary>
/// <param name="Column">Source column.</param>
/// <param name="Values">Compared without regard to case and outer blanks.</param>
/// <param name="Keep">True = only rows with one of the values count; false = rows with one of them do not.</param>
/// <param name="Meaning">What the values are: <c>status</c>, <c>product</c>, <c>kind</c>; names the reason a row is left out for.</param>
public sealed record ImportFilter(string Column, IReadOnlyList<string> Values, bool Keep, string Meaning);

/// <summary>What an import does with a dataset that is there already.</summary>
public enum ExistingData
{
    /// <summary>It is refused, and nothing changes.</summary>
    Refuse,

    /// <summary>Its transactions are replaced; other tables stay.</summary>
    Overwrite,

    /// <summary>The file becomes one more beside those that are there; one that was appended before counts once.</summary>
    Append,
}
