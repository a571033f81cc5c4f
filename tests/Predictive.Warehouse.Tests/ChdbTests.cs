using System.Diagnostics;
using System.Globalization;
using Predictive.History;
using Predictive.History.Warehouse;
using Predictive.History.Warehouse.ClickHouse;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>
/// Debian's ClickHouse is of 2018; the engine of a current one comes as the npm package chdb (<c>npm install --no-save</c> in Chdb), and
/// Chdb/server.mjs hands it what the product sends a server: every statement, and settings too.
/// </summary>
public sealed class ChdbTests(WarehouseServers servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ACurrentClickHouseUnderstandsTheSameStatementsAndGivesTheSame()
    {
        using Process engine = Start(out int port);
        try
        {
            string shop = servers.Shop, file = Path.Combine(shop, "transactions.parquet");
            string lines = Address(port, "lines"), laid = Address(port, "lines_by_customer");

            // Written: made, filled, renamed; then the partition replaced.
            (long rows, _) = await WarehouseTable.ReplaceAsync(lines, file);
            Assert.Equal(rows, (await WarehouseTable.ReplaceAsync(lines, file)).Rows);
            Assert.Contains("ORDER BY (cityHash64(`customer_id`) % 960, `customer_id`)", await Done("layout", lines));
            await Done("layout", lines, "--run");
            await Done("layout", lines, "--run");
            Assert.Contains("laid out by customer already", await Done("layout", laid));
            (int code, _, string error) = await Ran("check", Address(port, "absent"));
            Assert.Equal(1, code);
            Assert.Contains("(code 60)", error);

            // Read: what it counts, cuts and hashes is what the server of 2018 does.
            servers.ClickHouse.Run("DROP TABLE IF EXISTS chdb_lines");
            string old = servers.ClickHouse.Address("chdb_lines");
            await WarehouseTable.ReplaceAsync(old, file);
            foreach (HistorySlice slice in new[] { HistorySlice.Whole, new HistorySlice(2, 12), new HistorySlice(5, 7) })
            {
                SourceCensus expected = await Census(old, slice);
                Assert.True(expected.Lines > 100);
                Assert.Equal(expected, await Census(lines, slice));
                Assert.Equal(expected, await Census(laid, slice));
                Assert.Equal(await Census(old + "&distinct=1", slice), await Census(lines + "&distinct=1", slice));
            }

            byte[] scores = await Scores(shop, "shop");
            Assert.Equal(scores, await Scores(lines, "lines"));
            Assert.Equal(scores, await Scores(laid, "laid"));
        }
        finally
        {
            engine.StandardInput.Close();
            if (!engine.WaitForExit(10_000))
            {
                engine.Kill();
            }
        }
    }

    private static string Address(int port, string table) =>
        string.Create(CultureInfo.InvariantCulture, $"clickhouse://127.0.0.1:{port}/default?table={table}");

    private static async Task<SourceCensus> Census(string address, HistorySlice slice)
    {
        using var source = new ClickHouseSource(WarehouseAddress.Read(address));
        SourceColumn[] columns = [.. await source.ColumnsAsync(default)];
        return await source.CensusAsync(columns, columns.Single(c => c.Name == "customer_id"), slice, default);
    }

    private async Task<byte[]> Scores(string data, string name)
    {
        string file = _folder[name + ".parquet"];
        await Done("score", data, "--models", servers.Models, "--out", file);
        return File.ReadAllBytes(file);
    }

    private Process Start(out int port)
    {
        string scripts = Path.Combine(SharedData.RepositoryRoot, "tests", "Predictive.Warehouse.Tests", "Chdb");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(scripts, "node_modules", "chdb")),
            "needs the npm package chdb (npm install --no-save --prefix tests/Predictive.Warehouse.Tests/Chdb); it is not there");
        Process engine = Process.Start(new ProcessStartInfo("node", [Path.Combine(scripts, "server.mjs"), _folder["engine"]])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        port = int.Parse(engine.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        return engine;
    }
}
