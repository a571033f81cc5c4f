using Predictive.History.Warehouse.ClickHouse;

namespace Predictive.History.Warehouse.Copies;

/// <summary>Writes results back into a warehouse, as a table that others read.</summary>
public static class WarehouseTable
{
    /// <summary>Whether a text is an address of a table that can be written, or several: looked at before any work is done.</summary>
    /// <exception cref="DatasetException">It is not; says what was expected.</exception>
    public static void Require(string addresses) => _ = ReadAll(addresses);

    /// <summary>
    /// Replaces a table by what a Parquet file holds; it is made where it is not there. Who reads it meanwhile sees all of the old rows or
    /// all of the new.
    /// </summary>
    /// <param name="address">Such as <c>clickhouse://host:8123/db?table=scores</c>.</param>
    /// <param name="file">A flat Parquet file, such as the scores.</param>
    /// <param name="cancellation">Ends it; the table stays what it was.</param>
    /// <returns>Rows written, and server and table as a user would recognise them.</returns>
    /// <exception cref="DatasetException">The address cannot be written to, or the file holds what a table cannot.</exception>
    /// <exception cref="WarehouseException">The server or the network failed; the table is what it was.</exception>
    public static async Task<(long Rows, string Place)> ReplaceAsync(
        string address, string file, CancellationToken cancellation = default)
    {
        (long rows, IReadOnlyList<string> places) = await ReplaceAllAsync(address, [file], cancellation);
        return (rows, string.Join("; ", places));
    }

    /// <summary>
    /// The same of several files of one shape, and of one table or one on each of several servers (shards): the files are dealt out in
    /// turn. All are filled before the first takes its place, so that a fault leaves all as they were; only one in the few milliseconds of
    /// the swaps themselves leaves some of the servers with the new rows, and says so.
    /// </summary>
    /// <param name="addresses">One address, or several separated by commas.</param>
    /// <param name="files">At least one.</param>
    /// <param name="cancellation">As in the other form.</param>
    /// <returns>Rows written, and each server and table.</returns>
    /// <exception cref="DatasetException">As in the other form, or a file has other columns than the first.</exception>
    /// <exception cref="WarehouseException">As in the other form.</exception>
    public static async Task<(long Rows, IReadOnlyList<string> Places)> ReplaceAllAsync(
        string addresses, IReadOnlyList<string> files, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        ClickHouseTarget[] targets = [.. ReadAll(addresses).Select(a => new ClickHouseTarget(a))];
        Task<ClickHouseFilled>[] filling = [];
        int swapped = 0;
        try
        {
            // At once, and all are waited for, also where one fails.
            filling =
            [
                .. targets.Select((target, t) => target.FillAsync(
                    [.. files.Where((_, i) => i % targets.Length == t)], files[0], cancellation)),
            ];
            ClickHouseFilled[] filled = await Task.WhenAll(filling);
            await WarehouseSwaps.AllAsync([.. targets.Select((t, i) => (t.Place, (Func<Task>)(async () =>
            {
                await t.SwapAsync(filled[i], cancellation);
                swapped++;
            })))]);
            return (filled.Sum(f => f.Rows), [.. targets.Select(t => t.Place)]);
        }
        finally
        {
            for (int t = swapped; t < filling.Length; t++)
            {
                if (filling[t].IsCompletedSuccessfully)
                {
                    await targets[t].DropAsync(await filling[t]);
                }
            }

            Array.ForEach(targets, t => t.Dispose());
        }
    }

    /// <summary>The address of a table beside another, in the same database; of several, of each.</summary>
    /// <param name="addresses">Of a table <c>NAME</c>.</param>
    /// <param name="ending">Such as <c>_scores</c>.</param>
    /// <returns>Of the table <c>NAME_scores</c>.</returns>
    /// <exception cref="DatasetException">The address cannot be understood.</exception>
    public static string Beside(string addresses, string ending) =>
        string.Join(',', ReadAll(addresses).Select(a => a.Of(a.Table + ending)));

    private static WarehouseAddress[] ReadAll(string addresses) =>
        [.. addresses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).DefaultIfEmpty("").Select(Read)];

    private static WarehouseAddress Read(string address)
    {
        var to = WarehouseAddress.Read(address);
        return to.IsClickHouse ? to : throw new DatasetException(
            "unwritable-address", $"{to.Place} cannot be written to; expected a table of ClickHouse. Load the file there instead.");
    }
}
