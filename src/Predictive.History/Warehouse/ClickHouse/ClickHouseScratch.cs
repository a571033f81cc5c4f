using System.Globalization;
using System.Security.Cryptography;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>Tables that are filled beside another, <c>NAME__new_SECONDS_HEX</c>, until they take its place.</summary>
internal sealed class ClickHouseScratch(ClickHouseClient client, WarehouseAddress address)
{
    private const string NewMark = "__new_";
    private const long Forgotten = 86_400;

    /// <summary>A name that is free; what killed processes left of such is removed first.</summary>
    /// <exception cref="WarehouseException">The server or the network failed.</exception>
    public async Task<string> NewAsync(CancellationToken cancellation)
    {
        string now = (await client.RowsAsync("SELECT toUInt32(now())", cancellation))[0][0];
        await ForgetAsync(long.Parse(now, CultureInfo.InvariantCulture), cancellation);
        return $"{address.Table}{NewMark}{now}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    }

    /// <summary>Whether the table itself is there.</summary>
    /// <exception cref="WarehouseException">The server or the network failed.</exception>
    public async Task<bool> IsThereAsync(CancellationToken cancellation) =>
        (await client.RowsAsync($"EXISTS TABLE {ClickHouseClient.Name(address.Table)}", cancellation))[0][0] != "0";

    /// <summary>Lets a table take the place, in one statement where another is there; that one is removed.</summary>
    /// <exception cref="WarehouseException">The server or the network failed; the table is what it was.</exception>
    public async Task RenameAsync(string made, CancellationToken cancellation)
    {
        string table = ClickHouseClient.Name(address.Table), fresh = ClickHouseClient.Name(made);
        if (!await IsThereAsync(cancellation))
        {
            await client.ChangeAsync($"RENAME TABLE {fresh} TO {table}", null, cancellation);
            return;
        }

        string old = made.Replace(NewMark, NewMark + "old_", StringComparison.Ordinal);
        await client.ChangeAsync($"RENAME TABLE {table} TO {ClickHouseClient.Name(old)}, {fresh} TO {table}", null, cancellation);
        await DropAsync(old);
    }

    /// <summary>Removes a table; best effort, also when it is cancelled: what stays is removed by a later run.</summary>
    public async Task DropAsync(string table)
    {
        try
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await client.ChangeAsync($"DROP TABLE IF EXISTS {ClickHouseClient.Name(table)}", null, soon.Token);
        }
        catch (Exception e) when (e is WarehouseException or OperationCanceledException)
        {
            // Told by what failed before, if anything did.
        }
    }

    // What a process that was killed left; those of a day and less may be at work.
    private async Task ForgetAsync(long now, CancellationToken cancellation)
    {
        string prefix = address.Table + NewMark;
        foreach (string[] row in await client.RowsAsync(
            $"SELECT name FROM system.tables WHERE database = {ClickHouseClient.Text(address.Database)} AND "
                + $"startsWith(name, {ClickHouseClient.Text(prefix)})", cancellation))
        {
            string[] parts = row[0][prefix.Length..].Replace("old_", "", StringComparison.Ordinal).Split('_');
            if (long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long at) && now - at > Forgotten)
            {
                await DropAsync(row[0]);
            }
        }
    }
}
