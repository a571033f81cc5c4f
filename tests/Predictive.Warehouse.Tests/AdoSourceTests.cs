using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;

namespace Predictive.Warehouse.Tests;

/// <summary>The seam with another engine behind it.</summary>
public sealed class AdoSourceTests(WarehouseServers servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task DuckDbIsAHistory()
    {
        string database = _folder["shop.duckdb"], folder = _folder["copy"];
        Directory.CreateDirectory(folder);
        using (var open = new DuckDBConnection($"Data Source={database}"))
        {
            open.Open();
            using DuckDBCommand command = open.CreateCommand();
            command.CommandText =
                "CREATE TABLE lines AS SELECT 'c' || (i * 7919 % 97) AS customer_id, "
                    + "TIMESTAMP '1969-12-31 23:59:59.999999' + INTERVAL (i) HOUR "
                    + "AS ordered_at, (i % 1000)::DECIMAL(18, 2) / 100 AS amount, "
                    + "CASE WHEN i % 3 = 0 THEN NULL ELSE i END::UBIGINT AS order_id "
                    + "FROM range(5000) t(i)";
            command.ExecuteNonQuery();
        }

        using var source = new AdoSource(
            "DuckDB, table lines", () => new DuckDBConnection($"Data Source={database}"), "lines", AdoDialect.DuckDb,
            TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        var staging = new Staging(
            folder, WarehouseAddress.Read("postgres://duck/db?table=lines"), source, new History.DatasetDescription());
        Assert.True(await staging.RunAsync(HistorySlice.Whole, null, default));
        Assert.False(await staging.RunAsync(HistorySlice.Whole, null, default));
        History.TransactionHistory history = DatasetLoader.Load(folder);
        Assert.Equal((5_000, 97, -1L), (history.LineCount, history.CustomerCount, history.FirstMicros));
        Assert.Equal(24_975, history.Columns.Amount.Sum(), 6);
        int first = history.IndexOf("c0");
        Assert.Equal(-1, history.Lines(first).OrderedAt[0]);
    }

    /// <summary>An engine that no address names, through the seam: what every verb reads is then a folder as any other.</summary>
    [Fact]
    public async Task ACopyFromDuckDbGivesTheAnswersOfTheFilesItsTableWasMadeOf()
    {
        string database = _folder["shop.duckdb"], folder = _folder["shop"], shop = servers.Shop;
        Directory.CreateDirectory(folder);
        using (var open = new DuckDBConnection($"Data Source={database}"))
        {
            open.Open();
            using DuckDBCommand command = open.CreateCommand();
            command.CommandText = "CREATE TABLE lines AS SELECT * FROM read_parquet("
                + $"'{Path.Combine(shop, "transactions.parquet").Replace("'", "''", StringComparison.Ordinal)}') ORDER BY hash(ordered_at)";
            command.ExecuteNonQuery();
        }

        using var source = new AdoSource(
            "DuckDB, table lines", () => new DuckDBConnection($"Data Source={database}"), "lines", AdoDialect.DuckDb,
            TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        Assert.True(await new Staging(
            folder, WarehouseAddress.Read("postgres://duck/db?table=lines"), source, new History.DatasetDescription())
            .RunAsync(HistorySlice.Whole, null, default));
        foreach (string[] verb in new[]
        {
            new[] { "check", "--json" }, ["portfolio", "--models", servers.Models, "--json"],
            ["at-risk", "--models", servers.Models, "--json"],
        })
        {
            JsonNode[] said = [await Said(shop), await Said(folder)];
            Assert.Equal(said[0].ToJsonString(), said[1].ToJsonString());

            // The lines of a customer come in another order, on purpose: of what a check finds, it shows others as examples.
            async Task<JsonNode> Said(string data)
            {
                JsonNode answer = JsonNode.Parse(await WarehouseServers.Done([verb[0], data, .. verb[1..]]))!;
                answer["findings"]?.AsArray().ToList().ForEach(f => f!.AsObject().Remove("examples"));
                return answer;
            }
        }

        foreach (string data in new[] { shop, folder })
        {
            await WarehouseServers.Done("score", data, "--models", servers.Models, "--out", $"{data}-duck.parquet");
        }

        Assert.Equal(File.ReadAllBytes($"{shop}-duck.parquet"), File.ReadAllBytes($"{folder}-duck.parquet"));
    }

    /// <summary>A full disk here is not the warehouse's fault, and is not told as one.</summary>
    [Fact]
    public async Task WhatFailsHereIsNotToldAsFailingThere()
    {
        using var source = new AdoSource(
            "DuckDB, table range", () => new DuckDBConnection("Data Source=:memory:"), "range(50)", AdoDialect.DuckDb,
            TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        IReadOnlyList<SourceColumn> columns = await source.ColumnsAsync(default);
        IOException told = await Assert.ThrowsAnyAsync<IOException>(
            () => source.ReadAsync(columns, columns[0], HistorySlice.Whole, new FullDisk(columns), default));
        Assert.Equal((typeof(IOException), FullDisk.Said), (told.GetType(), told.Message));
    }

    // Nearest doubles, by the decimal's own digits.
    [Theory, InlineData("0.1"), InlineData("-1234567.89"), InlineData("79228162514264337593543950335")]
    [InlineData("9007199254740993.7"), InlineData("0.0000000000000000000000000001")]
    public void DecimalsAreTheNearestDouble(string text) => Assert.Equal(
        double.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
        AdoValues.Nearest(decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture)));

    private sealed class FullDisk(IReadOnlyList<SourceColumn> columns) : ILineSink
    {
        public const string Said = "No space left on device";

        public LineBatch Current { get; } = new(columns, 10);

        public void Next() => throw new IOException(Said);
    }
}
