using Predictive.History.Warehouse.ClickHouse;

namespace Predictive.History.Warehouse.Copies;

/// <summary>Writes results back into a warehouse, as a table that others read.</summary>
public static class WarehouseTable
{
    /// <summary>Whether a text is the address of a table that can be written: looked at before any work is done.</summary>
    /// <exception cref="DatasetException">It is not; says what was expected.</exception>
    public static void Require(string address) => _ = Read(address);

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
    public static Task<(long Rows, string Place)> ReplaceAsync(string address, string file, CancellationToken cancellation = default) =>
        ReplaceAsync(address, [file], cancellation);

    /// <summary>The same of several files of one shape: the table is their rows together.</summary>
    /// <param name="address">As in the other form.</param>
    /// <param name="files">At least one.</param>
    /// <param name="cancellation">As in the other form.</param>
    /// <returns>As in the other form.</returns>
    /// <exception cref="DatasetException">As in the other form, or a file has other columns than the first.</exception>
    /// <exception cref="WarehouseException">As in the other form.</exception>
    public static async Task<(long Rows, string Place)> ReplaceAsync(
        string address, IReadOnlyList<string> files, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        WarehouseAddress to = Read(address);
        using var target = new ClickHouseTarget(to);
        return (await target.ReplaceAsync(files, cancellation), to.Place);
    }

    /// <summary>The address of a table beside another, in the same database.</summary>
    /// <param name="address">Of a table <c>NAME</c>.</param>
    /// <param name="ending">Such as <c>_scores</c>.</param>
    /// <returns>Of the table <c>NAME_scores</c>.</returns>
    /// <exception cref="DatasetException">The address cannot be understood.</exception>
    public static string Beside(string address, string ending)
    {
        WarehouseAddress to = Read(address);
        return to.Of(to.Table + ending).ToString();
    }

    private static WarehouseAddress Read(string address)
    {
        var to = WarehouseAddress.Read(address);
        return to.IsClickHouse ? to : throw new DatasetException(
            "unwritable-address", $"{to.Place} cannot be written to; expected a table of ClickHouse. Load the file there instead.");
    }
}
