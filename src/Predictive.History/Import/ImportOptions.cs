namespace Predictive.History.Import;

/// <summary>What to import and how. Immutable; everything left null is detected and reported (<see cref="DetectedFormat"/>).</summary>
public sealed record ImportOptions
{
    /// <summary>The CSV file, plain or gzip (told by its content, not by its name).</summary>
    public required string Source { get; init; }

    /// <summary>The dataset folder to write; made where absent. Its transactions are replaced; other tables in it stay.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Source column with the customer id; kept as text, so <c>00001</c> stays <c>00001</c>.</summary>
    public required string CustomerColumn { get; init; }

    /// <summary>Source column with the instant of the order.</summary>
    public required string TimeColumn { get; init; }

    /// <summary>Source column with the order id. Null = none: then equal rows may be real, and are kept and reported.</summary>
    public string? OrderColumn { get; init; }

    /// <summary>Source column with the net amount of the line, negative = refund. Null = quantity × unit price, or 1 per line where neither is named.</summary>
    public string? AmountColumn { get; init; }

    /// <summary>Source column with the units. Needed with <see cref="UnitPriceColumn"/>; allowed beside <see cref="AmountColumn"/>.</summary>
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

    /// <summary>A .NET date-time format such as <c>dd/MM/yyyy HH:mm</c>, or <c>unix-s</c>, <c>unix-ms</c>, <c>unix-us</c>. Null = detected.</summary>
    public string? TimeFormat { get; init; }

    /// <summary>The character between fields. Null = detected among comma, semicolon, tab and pipe.</summary>
    public char? Delimiter { get; init; }

    /// <summary>True = <c>1.234,50</c>, false = <c>1,234.50</c>. Null = detected.</summary>
    public bool? DecimalComma { get; init; }

    /// <summary>ISO 4217 code written to dataset.json. Null = the one the amounts carry, if any.</summary>
    public string? Currency { get; init; }

    /// <summary>True = rows left out are written to <c>rejects.csv</c> as they are, even where a spreadsheet would run them. Default false: defused.</summary>
    public bool RawCells { get; init; }

    /// <summary>IANA time zone written to dataset.json; times that carry an offset are converted to its clock. Default UTC.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>
    /// Name of the system the file comes from: letters, digits, <c>-</c>, <c>_</c>, <c>.</c>. Null = none: the file is the whole history and
    /// replaces the transactions. Otherwise it is added as <c>transactions/source=NAME/…parquet</c>, beside deliveries of this and other sources
    /// (see History/Sources); a file delivered before is not added again.
    /// </summary>
    public string? SourceName { get; init; }

    /// <summary>Lines per Parquet row group. Default 1,048,576.</summary>
    public int RowGroupLines { get; init; } = 1 << 20;
}
