namespace Predictive.History.Import;

/// <summary>How far an import is.</summary>
/// <param name="BytesRead">Bytes of the file (compressed, where it is) read so far.</param>
/// <param name="BytesTotal">Size of the file.</param>
/// <param name="Rows">Rows seen so far.</param>
public readonly record struct ImportProgress(long BytesRead, long BytesTotal, long Rows);

/// <summary>How the file turned out to be written; what was given in the options is repeated here.</summary>
/// <param name="Compression"><c>none</c>, <c>gzip</c>, <c>zip</c>, <c>xlsx</c> or <c>parquet</c>.</param>
/// <param name="Encoding"><c>utf-8</c>, <c>utf-16le</c>, <c>utf-16be</c>, <c>latin-1</c>, or the one that was named.</param>
/// <param name="Delimiter">The character between fields.</param>
/// <param name="DecimalSeparator"><c>.</c> or <c>,</c>.</param>
/// <param name="TimeFormat">As a .NET format, or <c>unix-s</c>, <c>unix-ms</c>, <c>unix-us</c>.</param>
/// <param name="CurrencyMarks">Currency signs or codes met in the amounts, in order of appearance.</param>
public sealed record DetectedFormat(
    string Compression, string Encoding, string Delimiter, string DecimalSeparator, string TimeFormat, IReadOnlyList<string> CurrencyMarks);

/// <summary>Rows left out for one reason, or kept with a remark.</summary>
/// <param name="Reason">A stable name, such as <c>no-customer</c>.</param>
/// <param name="Text">The same in words.</param>
/// <param name="Count">How many rows.</param>
/// <param name="FirstLines">Line numbers of the first few; the header is line 1.</param>
public sealed record ImportCount(string Reason, string Text, long Count, IReadOnlyList<long> FirstLines);

/// <summary>What an import did. Holds no clock reading and no absolute path, so equal input gives equal text.</summary>
public sealed record ImportReport
{
    /// <summary>Name of the file read, without its folder.</summary>
    public required string SourceFile { get; init; }

    /// <summary>SHA-256 of the file's bytes, lower-case hexadecimal.</summary>
    public required string SourceSha256 { get; init; }

    /// <summary>How it was written.</summary>
    public required DetectedFormat Format { get; init; }

    /// <summary>Canonical column → source column.</summary>
    public required IReadOnlyDictionary<string, string> Columns { get; init; }

    /// <summary>Rows of the file, without the header.</summary>
    public required long Rows { get; init; }

    /// <summary>Lines written to the dataset.</summary>
    public required long Kept { get; init; }

    /// <summary>
    /// Rows left out, one entry per reason that occurred, most frequent first. <see cref="Rows"/> − <see cref="Kept"/> is their sum.
    /// </summary>
    public required IReadOnlyList<ImportCount> Rejected { get; init; }

    /// <summary>Kept rows worth knowing about: refunds, equal rows without an order id, zero amounts, text read as Latin-1 ...</summary>
    public required IReadOnlyList<ImportCount> Remarks { get; init; }

    /// <summary>Customers with at least one kept line.</summary>
    public required long Customers { get; init; }

    /// <summary>Sum of the kept amounts, refunds subtracted, exact.</summary>
    public required decimal NetAmount { get; init; }

    /// <summary>Local time of the first kept line, ISO 8601; null where none was kept.</summary>
    public required string? First { get; init; }

    /// <summary>Local time of the last kept line, ISO 8601; null where none was kept.</summary>
    public required string? Last { get; init; }

    /// <summary>Name of the file with the rows left out, beside the data; null where there are none.</summary>
    public required string? RejectsFile { get; init; }

    /// <summary>True where the same file had been delivered before and nothing was added.</summary>
    public bool AlreadyDelivered { get; init; }
}
