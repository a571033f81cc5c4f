using System.Globalization;
using Predictive.History.Warehouse.ClickHouse;

namespace Predictive.History.Warehouse.Copies;

/// <summary>
/// How a table of a warehouse is laid out so that each slice of it is read by itself: else every slice reads the whole table, and twice the
/// lines in twice the slices are four times the work. A table of another order can be copied there, into one of this order.
/// </summary>
public static class WarehouseLayout
{
    /// <summary>What would be done; nothing is.</summary>
    /// <param name="pathOrAddresses">A dataset folder, an address, or those of servers that hold a share each, separated by commas.</param>
    /// <param name="name">Of the copy; null = that of the table with <c>_by_customer</c>.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DatasetException">The address or the table cannot be used, or its engine has no such order.</exception>
    /// <exception cref="WarehouseException">The server or the network failed.</exception>
    public static async Task<LayoutPlan> PlanAsync(
        string pathOrAddresses, string? name = null, CancellationToken cancellation = default)
    {
        Table first = All(pathOrAddresses)[0];
        SourceColumn customer = await CustomerAsync(first, cancellation);
        using var layout = new ClickHouseLayout(first.Address, NameOf(first, name));
        (IReadOnlyList<string> each, IReadOnlyList<string> here) = await layout.StatementsAsync(customer, cancellation);
        return new LayoutPlan(ClickHouseBuckets.IsOrder(await layout.OrderAsync(cancellation)), each, here);
    }

    /// <summary>
    /// Makes the copy, on each server from its own rows; an earlier one is replaced when all are filled. No row comes here.
    /// </summary>
    /// <param name="pathOrAddresses">As for <see cref="PlanAsync"/>; tables that hold their rows.</param>
    /// <param name="name">As for <see cref="PlanAsync"/>.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Lines, and each server and copy.</returns>
    /// <exception cref="DatasetException">As for <see cref="PlanAsync"/>; a table shows others' rows, or the name is another's.</exception>
    /// <exception cref="WarehouseException">As for <see cref="PlanAsync"/>; earlier copies are what they were.</exception>
    public static async Task<(long Lines, IReadOnlyList<string> Places)> MakeAsync(
        string pathOrAddresses, string? name = null, CancellationToken cancellation = default)
    {
        Table[] tables = All(pathOrAddresses);
        ClickHouseLayout[] layouts = [.. tables.Select(t => new ClickHouseLayout(t.Address, NameOf(t, name)))];
        try
        {
            // At once: each server has work of its own. All are waited for, also where one fails.
            long[] lines = await Task.WhenAll(layouts.Select(async (layout, i) =>
                await layout.FillAsync(await CustomerAsync(tables[i], cancellation), cancellation)));
            await WarehouseSwaps.AllAsync([.. layouts.Select(l => (l.Place, (Func<Task>)(() => l.SwapAsync(cancellation))))]);
            return (lines.Sum(), [.. layouts.Select(l => l.Place)]);
        }
        finally
        {
            foreach (ClickHouseLayout layout in layouts)
            {
                await layout.DropAsync();
                layout.Dispose();
            }
        }
    }

    /// <summary>What to tell who is about to read a table in slices that cost more than they must.</summary>
    /// <param name="pathOrFolder">From <see cref="WarehouseFolder.PathOf"/>.</param>
    /// <param name="slices">How many.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null where there is nothing to tell, or the server does not say how the table is ordered.</returns>
    /// <exception cref="DatasetException">The address cannot be used.</exception>
    public static async Task<string?> AdviceAsync(string pathOrFolder, int slices, CancellationToken cancellation = default)
    {
        if (slices == 1 || WarehouseFolder.SourceOf(pathOrFolder) is not { IsClickHouse: true } address)
        {
            return null;
        }

        string? order;
        try
        {
            using var layout = new ClickHouseLayout(address, address.Table);
            order = await layout.OrderAsync(cancellation);
        }
        catch (WarehouseException)
        {
            // An older server, or one that cannot be reached: what is done next says so.
            return null;
        }

        int times = ClickHouseBuckets.IsOrder(order) ? ClickHouseBuckets.TimesRead(slices) : slices;
        CultureInfo c = CultureInfo.InvariantCulture;
        return order is null || times == 1 ? null
            : string.Create(c, $"note: the {slices} slices read the table {times} times. ")
                + (ClickHouseBuckets.IsOrder(order)
                    ? string.Create(c, $"With a number of slices that divides {ClickHouseBuckets.Count} they would read it once.")
                    : "Laid out by customer it would be read once: predictive layout says how.");
    }

    private static Table[] All(string pathOrAddresses)
    {
        string[] named = WarehouseAddress.IsAddress(pathOrAddresses)
            ? pathOrAddresses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [pathOrAddresses];
        return
        [
            .. named.Select(n => WarehouseFolder.PathOf(n)).Select(path => WarehouseFolder.Read(path) is not { } read
                ? throw new DatasetException(
                    "no-warehouse",
                    $"'{path}' has its transactions in files; expected a table of ClickHouse, as \"source\" of its dataset.json or by "
                        + "address. Files need no layout.",
                    path)
                : read.Address.IsClickHouse ? new Table(path, read.Address, read.Description)
                : throw new DatasetException(
                    "no-layout",
                    $"{read.Address.Place}: expected a table of ClickHouse. This engine cuts no slices: the table is copied once, whatever "
                        + "its order.")),
        ];
    }

    private static string NameOf(Table table, string? name)
    {
        string copy = name ?? table.Address.Table + ClickHouseLayout.Ending;
        return copy != table.Address.Table ? copy : throw new DatasetException(
            "same-table", $"{table.Address.Place} would be replaced by its own copy; expected another name. Name one with --to.");
    }

    private static async Task<SourceColumn> CustomerAsync(Table table, CancellationToken cancellation)
    {
        using IHistorySource source = WarehouseFolder.Open(table.Address);
        return await new Staging(table.Folder, table.Address, source, table.Description).CustomerAsync(cancellation);
    }

    private sealed record Table(string Folder, WarehouseAddress Address, DatasetDescription Description);
}

/// <summary>What makes a copy by customer.</summary>
/// <param name="IsThere">Whether the table is of that order already.</param>
/// <param name="Each">Statements for each server that holds rows.</param>
/// <param name="Here">Statements then, for the server that shows them all; empty where it holds them.</param>
public sealed record LayoutPlan(bool IsThere, IReadOnlyList<string> Each, IReadOnlyList<string> Here);
