
namespace Predictive.History.Loading;

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
    /// <exception cref="DatasetException">The data cannot be used; says what was found, what was expected, where, and what to
    /// do.</exception>
    public static TransactionHistory Load(
        string pathOrFolder, LoadOptions? options = null, IProgress<LoadProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrFolder);
        options ??= new LoadOptions();
        using TransactionSource source = TransactionSource.Open(pathOrFolder, options);
        ProductJoin? products = ProductJoin.Of(source.Folder, cancellation);
        TransactionHistory history = new HistoryGrouping(source, options, progress, cancellation).Run();
        return Joined(source, options, products, history, isWhole: true, cancellation);
    }

    /// <summary>
    /// Joins the customers and events tables of a dataset folder to a history of it: what <see cref="Load"/> does unless
    /// <see cref="LoadOptions.Tables"/> is false.
    /// </summary>
    /// <returns>The history with <see cref="TransactionHistory.Tables"/>; the same object where the folder has neither table.</returns>
    /// <exception cref="DatasetException">A table cannot be used.</exception>
    public static TransactionHistory Join(TransactionHistory history, string pathOrFolder, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        DatasetFolder folder = DatasetFolder.Open(pathOrFolder);
        return TableJoin.Join(history, folder, folder.IdMap is null ? null : Sources.IdMap.Load(folder.IdMap), isWhole: true, cancellation);
    }

    /// <summary>
    /// Loads the whole base where it fits <see cref="LoadOptions.MemoryBytes"/> together with what is done with it; else whole customers,
    /// drawn evenly by a seeded hash of their id, as many as fit. With <see cref="SampleBudget.Customers"/> only so many are loaded from
    /// the beginning.
    /// </summary>
    /// <exception cref="DatasetException">As for <see cref="Load"/>; or the budget is too small for the fewest customers.</exception>
    public static LoadedSample LoadSample(
        string pathOrFolder, SampleBudget budget, LoadOptions? options = null, IProgress<LoadProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrFolder);
        ArgumentNullException.ThrowIfNull(budget);
        options ??= new LoadOptions();
        using TransactionSource source = TransactionSource.Open(pathOrFolder, options);
        ProductJoin? products = ProductJoin.Of(source.Folder, cancellation);
        var grouping = new HistoryGrouping(source, options, progress, cancellation);
        if (options.MemoryBytes is null && budget.Customers is null)
        {
            TransactionHistory whole = Joined(source, options, products, grouping.Run(), isWhole: true, cancellation);
            return new LoadedSample(whole, whole.CustomerCount, whole.LineCount, 0, whole.LastMicros);
        }

        LoadedSample sample = grouping.RunSample(budget, options.MemoryBytes);
        return sample with { History = Joined(source, options, products, sample.History, sample.IsWhole, cancellation) };
    }

    /// <summary>
    /// The people of a dataset without a transaction, where who has one is known from elsewhere: of a base that was read in parts, or of a
    /// slice of it. Whose id is in a slice has all transactions in it.
    /// </summary>
    /// <param name="pathOrFolder">As for <see cref="Load"/>.</param>
    /// <param name="customers">Ids of everybody with a transaction, of the slice.</param>
    /// <param name="options">Description, level and slice count; null = defaults.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <returns>A history without lines, as <see cref="CustomerTables.ProspectHistory"/>; null where no table knows of people.</returns>
    /// <exception cref="DatasetException">A table cannot be used.</exception>
    public static TransactionHistory? LoadProspects(
        string pathOrFolder, IReadOnlySet<string> customers, LoadOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrFolder);
        ArgumentNullException.ThrowIfNull(customers);
        options ??= new LoadOptions();
        DatasetFolder folder = DatasetFolder.Open(pathOrFolder);
        DatasetDescription description = options.Description ?? folder.Description;
        return TableJoin.Prospects(
            customers, folder, description with { Level = options.Level ?? description.Level }, options.Slice, cancellation);
    }

    /// <summary>Local microseconds of the last line of a dataset: reads the times and nothing else.</summary>
    /// <exception cref="DatasetException">As for <see cref="Load"/>.</exception>
    public static long LastMicros(string pathOrFolder, LoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrFolder);
        options ??= new LoadOptions();
        using TransactionSource source = TransactionSource.Open(pathOrFolder, options with { Columns = HistoryColumns.None });
        return new HistoryGrouping(source, options, null, default).LastMicros(long.MaxValue).Last;
    }

    /// <summary>
    /// Local microseconds of the last line before a local time, and the lines at or after it; reads the times and nothing else.
    /// </summary>
    /// <returns><see cref="long.MinValue"/> where no line lies before it.</returns>
    internal static (long Last, long After) LastMicrosBefore(string pathOrFolder, LocalTime end)
    {
        using TransactionSource source = TransactionSource.Open(pathOrFolder, new LoadOptions { Columns = HistoryColumns.None });
        return new HistoryGrouping(source, new LoadOptions { Columns = HistoryColumns.None }, null, default).LastMicros(end.Micros);
    }

    private static TransactionHistory Joined(
        TransactionSource source, LoadOptions options, ProductJoin? products, TransactionHistory history, bool isWhole,
        CancellationToken cancellation)
    {
        history = products is null ? history : products.To(history, options.Columns);
        return options.Tables ? TableJoin.Join(history, source.Folder, source.Map, isWhole, cancellation) : history;
    }

    /// <summary>
    /// Loads the transactions part by part: each is a history of its own, of the next customers by id; together they are the base.
    /// With <see cref="LoadOptions.MemoryBytes"/> set, a base that does not fit is cut up through temporary files, which are removed at the
    /// end, on failure, and (after a crash) at the next start.
    /// </summary>
    /// <remarks>
    /// Use one part at a time and drop it before the next; stopping early (disposing the enumerator) removes the files too.
    /// </remarks>
    /// <exception cref="DatasetException">As for <see cref="Load"/>.</exception>
    public static IEnumerable<TransactionHistory> LoadInParts(
        string pathOrFolder, LoadOptions? options = null, IProgress<LoadProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrFolder);
        return Parts(pathOrFolder, options ?? new LoadOptions(), progress, cancellation);
    }

    private static IEnumerable<TransactionHistory> Parts(
        string pathOrFolder, LoadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        using TransactionSource source = TransactionSource.Open(pathOrFolder, options);
        ProductJoin? products = ProductJoin.Of(source.Folder, cancellation);
        var grouping = new HistoryGrouping(source, options, progress, cancellation);
        foreach (TransactionHistory part in grouping.RunInParts(options.MemoryBytes ?? long.MaxValue, options.TemporaryFolder))
        {
            yield return Joined(source, options, products, part, isWhole: false, cancellation);
        }
    }
}
