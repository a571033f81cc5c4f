namespace Predictive.History.Warehouse.Copies;

/// <summary>Filled tables on several servers take their places one after the other: no engine does so for all at once.</summary>
internal static class WarehouseSwaps
{
    /// <summary>Runs the swaps in their order.</summary>
    /// <exception cref="WarehouseException">One failed; says which servers have the new rows by then.</exception>
    public static async Task AllAsync(IReadOnlyList<(string Place, Func<Task> Swap)> all)
    {
        int swapped = 0;
        try
        {
            for (; swapped < all.Count; swapped++)
            {
                await all[swapped].Swap();
            }
        }
        catch (WarehouseException e) when (swapped > 0)
        {
            throw new WarehouseException(
                $"{e.Message} {string.Join("; ", all.Take(swapped).Select(t => t.Place))}: the rows are the new ones already. Run "
                    + "again, so that all servers have them.", e);
        }
    }
}
