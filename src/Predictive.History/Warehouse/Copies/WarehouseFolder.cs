using Predictive.History.Loading;
using Predictive.History.Warehouse.ClickHouse;

namespace Predictive.History.Warehouse.Copies;

/// <summary>
/// Dataset folders whose transactions lie in a warehouse: <c>dataset.json</c> names it as <c>"source"</c>, and the folder holds a copy of
/// the lines. Everything that reads a dataset folder reads these.
/// </summary>
public static class WarehouseFolder
{
    /// <summary>
    /// The dataset folder behind what a user names: a path is its own; an address has one in the user's cache, made here.
    /// </summary>
    /// <param name="pathOrAddress">A folder, a file, or an address such as <c>clickhouse://host:8123/db?table=t</c>.</param>
    /// <exception cref="DatasetException">The address, or the description it names, cannot be understood.</exception>
    public static string PathOf(string pathOrAddress)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrAddress);
        if (!WarehouseAddress.IsAddress(pathOrAddress))
        {
            return pathOrAddress;
        }

        var address = WarehouseAddress.Read(pathOrAddress);
        return address.Description is not { } file ? WarehouseCache.FolderOf(new DatasetDescription { Source = address.ToString() })
            : File.Exists(file)
                ? WarehouseCache.FolderOf(DescriptionJson.ReadFile(file) with { Source = address.WithoutDescription.ToString() })
            : throw DatasetFaults.BadDescription(file, "it is not there.").Refuse();
    }

    /// <summary>Whether the transactions of a dataset lie in a warehouse.</summary>
    /// <exception cref="DatasetException">Its dataset.json cannot be understood.</exception>
    public static bool IsOne(string pathOrFolder) => SourceOf(pathOrFolder) is not null;

    /// <summary>Whether a dataset folder holds a copy of the lines of its warehouse.</summary>
    public static bool HasCopy(string folder) =>
        StagedState.Read(folder) is not null && File.Exists(Path.Combine(folder, Staging.TableFile));

    /// <summary>
    /// Brings the copy in a dataset folder up to date, where its transactions lie in a warehouse; else does nothing. Lines are copied only
    /// where their count or fingerprint has changed.
    /// </summary>
    /// <param name="pathOrFolder">From <see cref="PathOf"/>.</param>
    /// <param name="progress">Told as lines come.</param>
    /// <param name="cancellation">Ends it, and the query there.</param>
    /// <returns>Whether lines were copied.</returns>
    /// <exception cref="DatasetException">The address or the table cannot be used.</exception>
    /// <exception cref="WarehouseException">The server or the network failed; the copy is what it was.</exception>
    public static Task<bool> RefreshAsync(
        string pathOrFolder, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default) =>
        Read(pathOrFolder) is not { } read ? Task.FromResult(false)
            : StageAsync(pathOrFolder, read, progress, cancellation);

    /// <summary>
    /// A dataset folder with the lines of some of the customers alone, where the warehouse can cut them out: with anything beside the lines
    /// (an id map, accounts, erased customers, tables of customers or events) they are cut here, from the whole; so are those of an engine
    /// that does not cut.
    /// </summary>
    /// <param name="pathOrFolder">From <see cref="PathOf"/>.</param>
    /// <param name="slice">Which customers.</param>
    /// <param name="level">Who a customer is; null = as dataset.json says.</param>
    /// <param name="progress">Told as lines come.</param>
    /// <param name="cancellation">Ends it, and the query there.</param>
    /// <returns>A folder, up to date: of the slice, or the one given.</returns>
    /// <exception cref="DatasetException">As for <see cref="RefreshAsync"/>.</exception>
    /// <exception cref="WarehouseException">As for <see cref="RefreshAsync"/>.</exception>
    public static async Task<string> RefreshSliceAsync(
        string pathOrFolder, HistorySlice slice, CustomerLevel? level = null, IProgress<LoadProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(slice);
        if (Read(pathOrFolder) is not { } read)
        {
            return pathOrFolder;
        }

        using IHistorySource source = Open(read.Address);
        return await SliceAsync(
            pathOrFolder, read, source, CutsThere(pathOrFolder, read.Description, source, level) ? slice : HistorySlice.Whole, progress,
            cancellation);
    }

    /// <summary>
    /// A dataset folder with the lines of about so many customers, drawn by hash (<see cref="HistorySlice.Sample"/>): the engine counts the
    /// customers of the whole table and streams the sample's lines alone. Where it cannot (as for <see cref="RefreshSliceAsync"/>), or the
    /// table holds no more customers, the whole is copied and whoever loads it cuts the sample.
    /// </summary>
    /// <param name="pathOrFolder">From <see cref="PathOf"/>.</param>
    /// <param name="customers">At least 1.</param>
    /// <param name="level">Who a customer is; null = as dataset.json says.</param>
    /// <param name="progress">Told as lines come.</param>
    /// <param name="cancellation">Ends it, and the query there.</param>
    /// <returns>A folder, up to date, and what it is a sample of; of the whole, null.</returns>
    /// <exception cref="DatasetException">As for <see cref="RefreshAsync"/>.</exception>
    /// <exception cref="WarehouseException">As for <see cref="RefreshAsync"/>.</exception>
    public static async Task<(string Folder, SampledTable? Of)> RefreshSampleAsync(
        string pathOrFolder, int customers, CustomerLevel? level = null, IProgress<LoadProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (Read(pathOrFolder) is not { } read)
        {
            return (pathOrFolder, null);
        }

        using IHistorySource source = Open(read.Address);
        if (CutsThere(pathOrFolder, read.Description, source, level)
            && await new Staging(pathOrFolder, read.Address, source, read.Description).ReachAsync(cancellation) is var table
            && HistorySlice.BucketsFor(customers, table.Customers) is { } buckets)
        {
            return (
                await SliceAsync(pathOrFolder, read, source, HistorySlice.Sample(buckets), progress, cancellation),
                table with { Buckets = buckets });
        }

        return (await SliceAsync(pathOrFolder, read, source, HistorySlice.Whole, progress, cancellation), null);
    }

    /// <summary>What the lines of a table are now: equal texts are equal lines, whoever asks.</summary>
    /// <param name="pathOrFolder">From <see cref="PathOf"/>.</param>
    /// <param name="cancellation">Ends the query there.</param>
    /// <returns>Lines and fingerprint; null where the transactions lie in no warehouse.</returns>
    /// <exception cref="DatasetException">As for <see cref="RefreshAsync"/>.</exception>
    /// <exception cref="WarehouseException">As for <see cref="RefreshAsync"/>.</exception>
    public static async Task<string?> CensusAsync(string pathOrFolder, CancellationToken cancellation = default)
    {
        if (Read(pathOrFolder) is not { } read)
        {
            return null;
        }

        using IHistorySource source = Open(read.Address);
        return await new Staging(pathOrFolder, read.Address, source, read.Description).CensusAsync(cancellation);
    }

    /// <summary>The source that a dataset.json names; null = none.</summary>
    internal static WarehouseAddress? SourceOf(string pathOrFolder) => Read(pathOrFolder)?.Address;

    internal static (WarehouseAddress Address, DatasetDescription Description)? Read(string pathOrFolder)
    {
        DatasetDescription description = DatasetFolder.ReadDescription(pathOrFolder);
        if (description.Source is not { } text)
        {
            return null;
        }

        var address = WarehouseAddress.Read(text);
        return address.Description is null ? (address, description) : throw DatasetFaults.BadDescription(
            Path.Combine(pathOrFolder, DatasetFolder.DescriptionFile),
            "its \"source\" has the option 'description', which this file is itself.").Refuse();
    }

    /// <summary>The engine of an address.</summary>
    internal static IHistorySource Open(WarehouseAddress address) =>
        address.IsClickHouse ? new ClickHouseSource(address) : AdoSource.Postgres(address);

    // Whether the lines are all there is, and the engine finds those of some customers by itself.
    private static bool CutsThere(string folder, DatasetDescription description, IHistorySource source, CustomerLevel? level) =>
        source.CutsSlices && (level ?? description.Level) == CustomerLevel.Person
            && !File.Exists(Path.Combine(folder, Sources.Erasures.FileName))
            && !DatasetFolder.TableNames.Skip(1)
                .Any(t => Path.Exists(Path.Combine(folder, t)) || File.Exists(Path.Combine(folder, t + ".parquet")));

    private static async Task<string> SliceAsync(
        string folder, (WarehouseAddress Address, DatasetDescription Description) of, IHistorySource source, HistorySlice slice,
        IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        string copy = slice.IsWhole ? folder : WarehouseCache.FolderOf(of.Description, slice);
        await new Staging(copy, of.Address, source, of.Description).RunAsync(slice, progress, cancellation);
        return copy;
    }

    private static async Task<bool> StageAsync(
        string folder, (WarehouseAddress Address, DatasetDescription Description) of, IProgress<LoadProgress>? progress,
        CancellationToken cancellation)
    {
        using IHistorySource source = Open(of.Address);
        return await new Staging(folder, of.Address, source, of.Description).RunAsync(HistorySlice.Whole, progress, cancellation);
    }
}

/// <summary>The table that a sample was cut out of.</summary>
/// <param name="Customers">Its customers.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="LastMicros">Local time of its last line, to the second, on the dataset's clock.</param>
/// <param name="Buckets">The first so many of <see cref="HistorySlice.Buckets"/> buckets were cut out.</param>
public sealed record SampledTable(long Customers, long Lines, long LastMicros, int Buckets);
