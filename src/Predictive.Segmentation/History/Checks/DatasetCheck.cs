namespace Predictive.Segmentation.History.Checks;

/// <summary>Looks a dataset over before anything is trained on it.</summary>
public static class DatasetCheck
{
    /// <summary>
    /// Checks a dataset folder or a single Parquet file. Faults of the data are findings, never exceptions: a dataset that cannot even be
    /// read gives a report whose blocking finding says why.
    /// </summary>
    public static CheckReport Run(
        string pathOrFolder, CheckOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pathOrFolder);
        throw new NotImplementedException();
    }

    /// <summary>Checks a history already loaded: everything that does not need the files.</summary>
    public static IReadOnlyList<Finding> Run(TransactionHistory history, CheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        throw new NotImplementedException();
    }
}
