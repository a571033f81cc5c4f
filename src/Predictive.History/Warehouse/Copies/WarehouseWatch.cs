namespace Predictive.History.Warehouse.Copies;

/// <summary>
/// Keeps the copy in a dataset folder up for a process that goes on: looks at the warehouse when first asked, and then no more often than
/// the address's <c>refresh</c> says. Of another folder it does nothing. Not thread-safe.
/// </summary>
/// <param name="path">The dataset.</param>
/// <param name="clock">The wall clock.</param>
public sealed class WarehouseWatch(string path, TimeProvider clock)
{
    private DateTimeOffset? _next;
    private string? _folder;

    /// <summary>Customers of the sample that is kept up instead of the whole; null = the whole. Default null.</summary>
    public int? Customers { get; init; }

    /// <summary>Who they are; null = as dataset.json says.</summary>
    public CustomerLevel? Level { get; init; }

    /// <summary>Where the copy lies: the dataset itself, or the folder of the sample, once it was looked for.</summary>
    public string Folder => _folder ?? path;

    /// <summary>Brings the copy up to date, where it is time to look.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DatasetException">The address or the table cannot be used; the copy is what it was.</exception>
    /// <exception cref="WarehouseException">The server or the network failed; the copy is what it was.</exception>
    /// <returns>Whether it was time, or there is no warehouse to look at.</returns>
    public bool Look(CancellationToken cancellation = default)
    {
        if (WarehouseFolder.SourceOf(path) is not { } address)
        {
            return true;
        }

        if (clock.GetUtcNow() < _next)
        {
            return false;
        }

        // The next look is also put off where this one fails: a server that is down is not to be asked all the time.
        _next = clock.GetUtcNow() + address.Refresh;
        _folder = Task.Run(() => LookAsync(cancellation), cancellation).GetAwaiter().GetResult();
        return true;
    }

    private async Task<string> LookAsync(CancellationToken cancellation)
    {
        if (Customers is { } sampled)
        {
            return (await WarehouseFolder.RefreshSampleAsync(path, sampled, Level, null, cancellation)).Folder;
        }

        await WarehouseFolder.RefreshAsync(path, null, cancellation);
        return path;
    }
}
