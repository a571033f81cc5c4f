namespace Predictive.Segmentation.History.Import;

/// <summary>Turns a CSV file into a canonical dataset folder: transactions.parquet, dataset.json, import-report.json and rejects.csv.</summary>
public static class CsvImport
{
    /// <summary>
    /// Imports one file. Nothing is left half-written: every file is written under a temporary name, flushed to disk, then renamed.
    /// </summary>
    /// <exception cref="DatasetException">The file or a column is missing, the format cannot be told, or no line can be kept.</exception>
    public static ImportReport Run(ImportOptions options, IProgress<ImportProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        throw new NotImplementedException();
    }
}
