using System.Globalization;
using System.Text.RegularExpressions;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>
/// A copy of a table, beside it in the same database, in the order of <see cref="ClickHouseBuckets"/>: made by the server from its own
/// rows, none of which comes here.
/// </summary>
/// <param name="address">The table.</param>
/// <param name="name">Of the copy.</param>
internal sealed partial class ClickHouseLayout(WarehouseAddress address, string name) : IDisposable
{
    /// <summary>What the names of copies end with, where none is given.</summary>
    public const string Ending = "_by_customer";

    private readonly ClickHouseClient _client = new(address);
    private readonly WarehouseAddress _to = address.Of(name);
    private string? _made;

    /// <summary>Server and copy, for messages.</summary>
    public string Place => _to.Place;

    /// <summary>How a table is ordered; of a Distributed table, those that it shows.</summary>
    /// <returns>Null where the server does not say.</returns>
    public async Task<string?> OrderAsync(CancellationToken cancellation) => (await FindAsync(cancellation))?.Order;

    /// <summary>The statements that make the copy, in order: on each server that holds rows, then on the one that shows them.</summary>
    /// <param name="customer">The customer's column.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="WarehouseException">The server or the network failed.</exception>
    public async Task<(IReadOnlyList<string> Each, IReadOnlyList<string> Here)> StatementsAsync(
        SourceColumn customer, CancellationToken cancellation)
    {
        Found? found = await FindAsync(cancellation);
        if (found?.Shown is not { } shown)
        {
            return ([.. Make(address.Table, name, customer)], []);
        }

        string own = shown.Table + Ending;
        return (
            [.. Make(shown.Table, own, customer)],
            [
                $"CREATE TABLE {ClickHouseClient.Name(name)} AS {ClickHouseClient.Name(address.Table)} ENGINE = Distributed("
                    + $"{ClickHouseClient.Name(shown.Cluster)}, {ClickHouseClient.Name(shown.Database)}, {ClickHouseClient.Name(own)})",
            ]);
    }

    /// <summary>Fills the copy under another name; <see cref="SwapAsync"/> gives it its own.</summary>
    /// <returns>Lines.</returns>
    /// <exception cref="DatasetException">The table shows others' rows, or a table of the name is there that is no such copy.</exception>
    /// <exception cref="WarehouseException">The server or the network failed; nothing was made.</exception>
    public async Task<long> FillAsync(SourceColumn customer, CancellationToken cancellation)
    {
        var scratch = new ClickHouseScratch(_client, _to);
        if ((await FindAsync(cancellation))?.Shown is not null)
        {
            throw new DatasetException(
                "shown-table",
                $"{address.Place} shows the rows of other servers (Distributed) and holds none; expected a table that holds its rows. "
                    + "Name the table of each server, separated by commas, or run the statements there by hand: without --run they are "
                    + "printed.");
        }

        if (await scratch.IsThereAsync(cancellation))
        {
            using var there = new ClickHouseLayout(_to, name);
            if (!ClickHouseBuckets.IsOrder(await there.OrderAsync(cancellation)))
            {
                throw new DatasetException(
                    "taken-table",
                    $"{_to.Place} is there already and is no copy by customer; expected a free name, or that of an earlier copy. Name "
                        + "another with --to.");
            }
        }

        string made = await scratch.NewAsync(cancellation);
        try
        {
            long before = await CountAsync(From(address.Table), cancellation);
            if (before == 0)
            {
                throw DatasetFaults.EmptyTable(address.Place).Refuse();
            }

            foreach (string statement in Make(address.Table, made, customer))
            {
                await _client.ChangeAsync(statement, null, cancellation);
            }

            long lines = await CountAsync(ClickHouseClient.Name(made), cancellation);
            if (lines != before && await CountAsync(From(address.Table), cancellation) == before)
            {
                // The table rests, so what came is not what is there.
                throw new WarehouseException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_to.Place}: {lines:N0} of {before:N0} lines arrived. Nothing was made; try again."));
            }

            _made = made;
            return lines;
        }
        catch
        {
            await scratch.DropAsync(made);
            throw;
        }
    }

    /// <summary>Gives the filled copy its name; an earlier copy goes.</summary>
    /// <exception cref="WarehouseException">The server or the network failed; an earlier copy is what it was.</exception>
    public async Task SwapAsync(CancellationToken cancellation)
    {
        await new ClickHouseScratch(_client, _to).RenameAsync(_made!, cancellation);
        _made = null;
    }

    /// <summary>Removes what was filled and has no name; best effort.</summary>
    public Task DropAsync() => _made is { } made ? new ClickHouseScratch(_client, _to).DropAsync(made) : Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // Merged at once: each part of its own has the two ends of every bucket.
    private IEnumerable<string> Make(string from, string to, SourceColumn customer)
    {
        var column = ClickHouseColumn.Of(customer.Name, customer.TypeName);
        string table = ClickHouseClient.Name(to);
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"CREATE TABLE {table} AS {ClickHouseClient.Name(from)} ENGINE = MergeTree() ORDER BY {ClickHouseBuckets.Order(column)} "
                + $"SETTINGS index_granularity = {ClickHouseBuckets.Granularity}");
        yield return $"INSERT INTO {table} SELECT * FROM {From(from)}";
        yield return $"OPTIMIZE TABLE {table} FINAL";
    }

    private string From(string table) => ClickHouseClient.Name(table) + (address.IsFinal ? " FINAL" : "");

    private async Task<long> CountAsync(string table, CancellationToken cancellation) => long.Parse(
        (await _client.RowsAsync($"SELECT count() FROM {table}", cancellation))[0][0], CultureInfo.InvariantCulture);

    // Of a table that shows others' rows: how those are ordered that hold them.
    private async Task<Found?> FindAsync(CancellationToken cancellation)
    {
        string[]? row = (await _client.RowsAsync(
            Query("system.tables", address.Database, address.Table, "engine_full, sorting_key"), cancellation)).SingleOrDefault();
        if (row is null)
        {
            return null;
        }

        if (Shows().Match(row[0]) is not { Success: true } shows)
        {
            return new Found(row[1], null);
        }

        string Of(string group) => shows.Groups[group].Value.Trim('\'', '`');
        var shown = new Shown(Of("cluster"), Of("database"), Of("table"));
        IReadOnlyList<string[]> orders = await _client.RowsAsync(
            Query(
                $"cluster({ClickHouseClient.Text(shown.Cluster)}, system.tables)", shown.Database, shown.Table, "DISTINCT sorting_key"),
            cancellation);
        return new Found(orders is [[var order]] ? order : null, shown);
    }

    private static string Query(string from, string database, string table, string columns) =>
        $"SELECT {columns} FROM {from} WHERE database = {ClickHouseClient.Text(database)} AND name = {ClickHouseClient.Text(table)}";

    [GeneratedRegex("^Distributed\\((?<cluster>[^,]+), (?<database>[^,]+), (?<table>[^,)]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Shows();

    private sealed record Found(string? Order, Shown? Shown);

    private sealed record Shown(string Cluster, string Database, string Table);
}
