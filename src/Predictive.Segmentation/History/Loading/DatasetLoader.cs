namespace Predictive.Segmentation.History.Loading;

/// <summary>Reads a dataset (a folder, or a single Parquet file) into a <see cref="TransactionHistory"/>.</summary>
public static class DatasetLoader
{
    /// <summary>Loads the transactions, grouped by customer and in time order within each.</summary>
    /// <param name="pathOrFolder">
    /// A Parquet file, or a folder with <c>transactions.parquet</c> or <c>transactions/</c> (files, hive-partitioned or not).
    /// </param>
    /// <param name="options">Null = defaults.</param>
    /// <param name="progress">Told now and then, from any thread.</param>
    /// <param name="cancellation">Ends the load early.</param>
    /// <exception cref="DatasetException">The data cannot be used; says what was found, what was expected, where, and what to do.</exception>
    public static TransactionHistory Load(
        string pathOrFolder, LoadOptions? options = null, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrFolder);
        options ??= new LoadOptions();
        using TransactionSource source = TransactionSource.Open(pathOrFolder, options);
        return new HistoryGrouping(source, options, progress, cancellation).Run();
    }
}
