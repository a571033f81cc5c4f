namespace Predictive.History.Import.Tables;

/// <summary>What table to import, from what, and how.</summary>
/// <param name="Table">Which table.</param>
/// <param name="File">
/// The file, the folder, and how the file is written. Of its columns those that the table has count: customer, time, product, category,
/// channel, unit price, unit cost; a rule for sales (status, refund, currency, preset ...) is refused.
/// </param>
public sealed record TableImportOptions(ImportedTable Table, ImportOptions File)
{
    /// <summary>
    /// Source columns of what sales have not: <c>kind</c>, <c>value</c>, <c>session</c>, <c>campaign</c>, <c>outcome</c>, <c>name</c>.
    /// Those left out are found by name.
    /// </summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();
}

/// <summary>What the import of a table did. Holds no clock reading and no absolute path, so equal input gives equal text.</summary>
public sealed record TableImportReport
{
    /// <summary><c>customers</c>, <c>events</c>, <c>contacts</c> or <c>products</c>.</summary>
    public required string Table { get; init; }

    /// <summary>Name of the file read, without its folder.</summary>
    public required string SourceFile { get; init; }

    /// <summary>SHA-256 of the file's bytes, lower-case hexadecimal.</summary>
    public required string SourceSha256 { get; init; }

    /// <summary>How it was written.</summary>
    public required DetectedFormat Format { get; init; }

    /// <summary>Column of the table → source column.</summary>
    public required IReadOnlyDictionary<string, string> Columns { get; init; }

    /// <summary>Columns of the table that hold numbers; the others hold text, or the time.</summary>
    public required IReadOnlyList<string> Numbers { get; init; }

    /// <summary>Source columns that were not used.</summary>
    public required IReadOnlyList<string> Unused { get; init; }

    /// <summary>Rows of the file, without the header.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows written to the dataset.</summary>
    public required long Kept { get; init; }

    /// <summary>Distinct ids among them.</summary>
    public required long Ids { get; init; }

    /// <summary>Rows left out by reason, most frequent first.</summary>
    public required IReadOnlyList<ImportCount> Rejected { get; init; }

    /// <summary>Kept rows worth knowing about.</summary>
    public required IReadOnlyList<ImportCount> Remarks { get; init; }

    /// <summary>Local time of the first kept row, ISO 8601; null where the table has no time.</summary>
    public string? First { get; init; }

    /// <summary>Local time of the last kept row.</summary>
    public string? Last { get; init; }

    /// <summary>Name of the file with the rows left out, beside the data; null where there are none.</summary>
    public string? RejectsFile { get; init; }

    /// <summary>True where the same file had been delivered before and nothing was added.</summary>
    public bool AlreadyDelivered { get; init; }
}
