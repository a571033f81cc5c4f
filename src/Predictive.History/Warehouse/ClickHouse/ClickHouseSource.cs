using System.Globalization;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>
/// A table of ClickHouse, from 18.16 on, local or Distributed. The server counts, cuts, sorts and hashes; rows come as RowBinary, each with
/// its hash, so that what has come can be held against what was counted.
/// </summary>
internal sealed class ClickHouseSource(WarehouseAddress address) : IHistorySource
{
    private readonly ClickHouseClient _client = new(address);

    /// <inheritdoc/>
    public string Place => address.Place;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SourceColumn>> ColumnsAsync(CancellationToken cancellation) =>
        [.. (await _client.RowsAsync($"DESCRIBE TABLE {ClickHouseClient.Name(address.Table)}", cancellation))
            .Select(r => ClickHouseColumn.Of(r[0], r[1]).Source)];

    /// <inheritdoc/>
    public async Task<SourceCensus> CensusAsync(
        IReadOnlyList<SourceColumn> columns, SourceColumn customer, HistorySlice slice, CancellationToken cancellation)
    {
        ClickHouseColumn[] all = Of(columns);
        string[] row = (await _client.RowsAsync(
            $"SELECT count(), sum({Hash(all)}) FROM {From(all)}{Where(customer, slice)}", cancellation))[0];
        return new SourceCensus(
            long.Parse(row[0], CultureInfo.InvariantCulture), ulong.Parse(row[1], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public async Task<SourceCensus> ReadAsync(
        IReadOnlyList<SourceColumn> columns, SourceColumn customer, HistorySlice slice, ILineSink sink, CancellationToken cancellation)
    {
        ClickHouseColumn[] all = Of(columns);
        string sql =
            $"SELECT {string.Join(", ", all.Select((c, i) => $"{c.Sql} AS p{i}"))}, {Hash(all)} AS h FROM {From(all)}"
                + $"{Where(customer, slice)} ORDER BY {ClickHouseClient.Name(customer.Name)} FORMAT RowBinary";
        using ClickHouseBody body = await _client.ReadAsync(sql, cancellation);
        var rows = new RowBinary(all, sink);
        await rows.ReadAsync(body, cancellation);
        return new SourceCensus(rows.Lines, rows.Fingerprint);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static ClickHouseColumn[] Of(IReadOnlyList<SourceColumn> columns) =>
        [.. columns.Select(c => ClickHouseColumn.Of(c.Name, c.TypeName) with { Source = c })];

    private static string Hash(ClickHouseColumn[] columns) => $"cityHash64({string.Join(", ", columns.Select(c => c.Hashed))})";

    private static string Where(SourceColumn customer, HistorySlice slice) => slice.IsWhole ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $" WHERE cityHash64({ClickHouseColumn.Of(customer.Name, customer.TypeName).AsId}) % {slice.Count} = {slice.Number}");

    private string From(ClickHouseColumn[] columns)
    {
        string table = ClickHouseClient.Name(address.Table) + (address.IsFinal ? " FINAL" : "");
        return address.IsDistinct
            ? $"(SELECT DISTINCT {string.Join(", ", columns.Select(c => ClickHouseClient.Name(c.Source.Name)))} FROM {table})"
            : table;
    }
}
