using System.Globalization;
using Predictive.History.Loading;

namespace Predictive.History.Warehouse.Copies;

/// <summary>
/// Copies the lines of a source into <c>transactions.parquet</c> of a folder, unless the copy there is of the same lines. What reads files
/// does the rest: nothing is worked out twice.
/// <code>
/// columns    which of the table's are mapped or have the canonical name, and whether their types will do
/// census     lines and fingerprint, worked out there; equal to those of the copy = done
/// stream     into a hidden file, two batches in memory; each line with its hash
/// compare    what came with what was counted; then warehouse.json, then the file's own name
/// </code>
/// </summary>
internal sealed class Staging(string folder, WarehouseAddress address, IHistorySource source, DatasetDescription description)
{
    /// <summary>The copy.</summary>
    public const string TableFile = "transactions.parquet";

    private const string LockFile = ".warehouse.lock";
    private static readonly string[] s_names = ["customer_id", "order_id", "product_id", "category", "channel", "source"];

    /// <summary>Brings the copy up to date; waits while another process does.</summary>
    /// <param name="slice">Which customers.</param>
    /// <param name="progress">Told as lines come.</param>
    /// <param name="cancellation">Ends it; the copy stays what it was.</param>
    /// <returns>Whether lines were copied.</returns>
    /// <exception cref="DatasetException">The table cannot be used, or the folder holds transactions of its own.</exception>
    /// <exception cref="WarehouseException">The engine or the way to it failed.</exception>
    public async Task<bool> RunAsync(HistorySlice slice, IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        using FileStream held = await LockAsync(cancellation);
        string file = Path.Combine(folder, TableFile);
        long? number = File.Exists(file) ? StagedState.NumberOf(file) : null;
        StagedState? state = StagedState.Read(folder);
        if (Directory.Exists(Path.Combine(folder, "transactions")) || (File.Exists(file) && number is null && state is null))
        {
            throw new DatasetException(
                "two-sources",
                $"'{folder}' has transactions of its own, and its dataset.json names {source.Place} as their source; expected one of the "
                    + "two. Remove the files, or \"source\".");
        }

        foreach (string left in Directory.EnumerateFiles(folder, $".{TableFile}.*.tmp"))
        {
            // Of a process that was killed: whoever lives holds the lock.
            File.Delete(left);
        }

        (IReadOnlyList<SourceColumn> columns, SourceColumn customer) = Wanted(await source.ColumnsAsync(cancellation));
        var wanted = new StagedState(
            address.Identity, slice.ToString(), [.. columns.Select(c => $"{c.Name} {c.TypeName} {c.Kind}")],
            Math.Max(number ?? 0, state?.Number ?? 0) + 1, 0, null);
        SourceCensus census = await source.CensusAsync(columns, customer, slice, cancellation);
        if (state is not null && number == state.Number && state.IsOf(wanted, census))
        {
            return false;
        }

        if (census.Lines == 0)
        {
            throw DatasetFaults.EmptyTable(source.Place).Refuse();
        }

        await CopyAsync(file, wanted, columns, customer, slice, census, progress, cancellation);
        return true;
    }

    /// <summary>What the lines are now, as a text.</summary>
    public async Task<string> CensusAsync(CancellationToken cancellation)
    {
        (IReadOnlyList<SourceColumn> columns, SourceColumn customer) = Wanted(await source.ColumnsAsync(cancellation));
        SourceCensus census = await source.CensusAsync(columns, customer, HistorySlice.Whole, cancellation);
        return string.Create(CultureInfo.InvariantCulture, $"{address.Identity} {census.Lines} {census.Fingerprint}");
    }

    /// <summary>What the whole table holds, times on the dataset's clock; no sample is cut yet.</summary>
    /// <exception cref="DatasetException">The table cannot be used.</exception>
    public async Task<SampledTable> ReachAsync(CancellationToken cancellation)
    {
        (IReadOnlyList<SourceColumn> columns, SourceColumn customer) = Wanted(await source.ColumnsAsync(cancellation));
        string name = description.Columns.GetValueOrDefault("ordered_at", "ordered_at");
        SourceColumn time = columns.First(c => c.Name == name);
        SourceReach all = await source.ReachAsync(customer, time, cancellation);
        long last = (all.LastSeconds ?? 0) * 1_000_000;
        if (time.Kind == SourceKind.Instant && TimeZoneInfo.TryFindSystemTimeZoneById(description.TimeZone, out TimeZoneInfo? zone))
        {
            last = new LocalClock(zone).ToLocal(last);
        }

        return new SampledTable(all.Customers, all.Lines, last, HistorySlice.Buckets);
    }

    /// <summary>The customer's column, as the table has it.</summary>
    /// <exception cref="DatasetException">The table cannot be used.</exception>
    public async Task<SourceColumn> CustomerAsync(CancellationToken cancellation) =>
        Wanted(await source.ColumnsAsync(cancellation)).Customer;

    private async Task CopyAsync(
        string file, StagedState wanted, IReadOnlyList<SourceColumn> columns, SourceColumn customer, HistorySlice slice,
        SourceCensus census, IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        var notes = new Dictionary<string, string>
        {
            [StagedState.NumberNote] = wanted.Number.ToString(CultureInfo.InvariantCulture),
        };
        using var table = new StagedTable(file, columns, notes, census.Lines, progress);
        SourceCensus came = await source.ReadAsync(columns, customer, slice, table, cancellation);
        if (came != census && await source.CensusAsync(columns, customer, slice, cancellation) == census)
        {
            // The table rests, so what came is not what is there.
            throw new WarehouseException(string.Create(
                CultureInfo.InvariantCulture,
                $"{source.Place}: {came.Lines:N0} lines came and {census.Lines:N0} {(came.Lines == census.Lines ? "others " : "")}are "
                    + $"there. Nothing was kept; try again."));
        }

        table.Complete(() => (wanted with { Lines = came.Lines, Fingerprint = came.Fingerprint }).Write(folder));
    }

    /// <summary>The columns that mean something, each as what it is used as.</summary>
    private (IReadOnlyList<SourceColumn> Columns, SourceColumn Customer) Wanted(IReadOnlyList<SourceColumn> present)
    {
        string[] names = [.. present.Select(c => c.Name)];
        var columns = new List<SourceColumn>();
        SourceColumn? customer = null;
        foreach (string canonical in DatasetFolder.TransactionColumnNames)
        {
            string name = description.Columns.GetValueOrDefault(canonical, canonical);
            bool isRequired = canonical is "customer_id" or "ordered_at" || description.Columns.ContainsKey(canonical);
            if (present.FirstOrDefault(c => c.Name == name) is not { } column)
            {
                if (isRequired)
                {
                    throw DatasetFaults.MissingColumn(source.Place, name, canonical, names).Refuse();
                }

                continue;
            }

            column = As(column, canonical);
            columns.Add(column);
            customer = canonical == "customer_id" ? column : customer;
        }

        return (columns, customer!);
    }

    private SourceColumn As(SourceColumn column, string canonical)
    {
        bool isTime = column.Kind is SourceKind.Day or SourceKind.Instant or SourceKind.LocalTime;
        (bool isGood, string expected) = canonical == "ordered_at" ? (isTime, "a time or a day")
            : s_names.Contains(canonical) ? (!isTime && column.Kind != SourceKind.Other, "text or whole numbers")
            : (column.Kind is SourceKind.Whole or SourceKind.LargeWhole or SourceKind.Number, "a number");
        return !isGood
            ? throw DatasetFaults.WrongType(source.Place, column.Name, canonical, column.TypeName, expected).Refuse()
            : column.Kind != SourceKind.LargeWhole ? column
            : column with { Kind = s_names.Contains(canonical) ? SourceKind.Text : SourceKind.Number };
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellation)
    {
        string path = Path.Combine(folder, LockFile);
        while (true)
        {
            try
            {
                var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

                // When the folder was last used: what the cache goes by.
                held.SetLength(0);
                held.WriteByte((byte)'\n');
                held.Flush();
                return held;
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(200, cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DatasetException(
                    "read-only",
                    $"'{folder}' cannot be written; expected a folder that takes a copy of {source.Place}. Give the right to write there.",
                    inner: e);
            }
        }
    }
}
