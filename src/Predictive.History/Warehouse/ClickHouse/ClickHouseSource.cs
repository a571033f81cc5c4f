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
    public bool CutsSlices => true;

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
            $"SELECT count(), sum({Hash(all)}) FROM {From(all, customer, slice)}", cancellation))[0];
        return new SourceCensus(
            long.Parse(row[0], CultureInfo.InvariantCulture), ulong.Parse(row[1], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public async Task<SourceReach> ReachAsync(SourceColumn customer, SourceColumn time, CancellationToken cancellation)
    {
        // Grouped and then counted, and not uniqExact: a group that does not fit into memory goes to the server's disk.
        var at = ClickHouseColumn.Of(time.Name, time.TypeName);
        string id = ClickHouseColumn.Of(customer.Name, customer.TypeName).AsId;
        string[] row = (await _client.RowsAsync(
            "SELECT count(), sum(lines), max(latest) FROM (SELECT count() AS lines, max(toInt64("
                + $"{ClickHouseClient.Name(time.Name)})) AS latest FROM {ClickHouseClient.Name(address.Table)}"
                + $"{(address.IsFinal ? " FINAL" : "")} GROUP BY {id})",
            cancellation))[0];
        CultureInfo c = CultureInfo.InvariantCulture;
        return new SourceReach(
            long.Parse(row[0], c), long.Parse(row[1], c),
            long.TryParse(row[2], NumberStyles.AllowLeadingSign, c, out long last)
                ? last * (at.Wire == Wire.Day ? LocalTime.MicrosPerDay / 1_000_000 : 1)
                : null);
    }

    /// <inheritdoc/>
    public async Task<SourceCensus> ReadAsync(
        IReadOnlyList<SourceColumn> columns, SourceColumn customer, HistorySlice slice, ILineSink sink, CancellationToken cancellation)
    {
        ClickHouseColumn[] all = Of(columns);
        string sql =
            $"SELECT {string.Join(", ", all.Select((c, i) => $"{c.Sql} AS p{i}"))}, {Hash(all)} AS h "
                + $"FROM {From(all, customer, slice)} ORDER BY {ClickHouseClient.Name(customer.Name)} FORMAT RowBinary";
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

    // What cuts the slice stands inside: the server need not compare the lines of others.
    private string From(ClickHouseColumn[] columns, SourceColumn customer, HistorySlice slice)
    {
        string lines = ClickHouseClient.Name(address.Table) + (address.IsFinal ? " FINAL" : "")
            + ClickHouseBuckets.Where(ClickHouseColumn.Of(customer.Name, customer.TypeName), slice);
        return address.IsDistinct
            ? $"(SELECT DISTINCT {string.Join(", ", columns.Select(c => ClickHouseClient.Name(c.Source.Name)))} FROM {lines})"
            : lines;
    }
}
