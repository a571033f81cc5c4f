using Predictive.History;
using Predictive.History.Parquet;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

public sealed class WriteBackTests(WarehouseServers servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AReaderSeesAllOfTheOldOrAllOfTheNew()
    {
        const int swaps = 12;
        string address = servers.ClickHouse.Address("swapped");
        string[] files = [File(1, 40_000), File(2, 70_000)];
        await WarehouseTable.ReplaceAsync(address, files[0]);
        using var over = new CancellationTokenSource();
        Task<HashSet<string>> reading = Task.Run(() =>
        {
            var seen = new HashSet<string>();
            while (!over.IsCancellationRequested)
            {
                seen.Add(servers.ClickHouse.Run("SELECT count(), min(version), max(version) FROM swapped"));
            }

            return seen;
        });
        for (int swap = 1; swap <= swaps; swap++)
        {
            (long rows, _) = await WarehouseTable.ReplaceAsync(address, files[swap % 2]);
            Assert.Equal(swap % 2 == 0 ? 40_000 : 70_000, rows);
        }

        over.Cancel();
        Assert.Equal(["40000\t1\t1", "70000\t2\t2"], (await reading).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("__new_", servers.ClickHouse.Run("SHOW TABLES"));
    }

    [Fact]
    public async Task ScoresAreReadBackAsTheyWereWritten()
    {
        string file = _folder["scores.parquet"];
        await Done(
            "score", servers.Shop, "--models", servers.Models, "--out", file, "--to", servers.ClickHouse.Address("scores"));
        using StoredFile scores = StoredFile.Open(file);
        string[] rows = servers.ClickHouse.Run(
            "SELECT customer_id, clv_expected, reasons, toUInt32(as_of) FROM scores ORDER BY customer_id").Split('\n');
        string[] ids = scores.Texts("customer_id")!, reasons = scores.Texts("reasons")!;
        double[] values = scores.Doubles("clv_expected");
        long at = new DateTimeOffset(scores.Times("as_of")[0]!.Value, TimeSpan.Zero).ToUnixTimeSeconds();
        Assert.Equal(
            ids.Select((id, i) => (id, values[i], reasons[i], at)).OrderBy(r => r.id, StringComparer.Ordinal),
            rows.Select(r => r.Split('\t')).Select(r => (
                r[0], double.Parse(r[1], System.Globalization.CultureInfo.InvariantCulture), r[2].Replace("\\'", "'"),
                long.Parse(r[3]))));
    }

    [Fact]
    public async Task ATableOfAnotherShapeGivesWay()
    {
        string address = servers.ClickHouse.Address("shaped");
        servers.ClickHouse.Run("CREATE TABLE shaped (other String) ENGINE = Memory");
        await WarehouseTable.ReplaceAsync(address, File(3, 10));
        Assert.Equal("10\t3", servers.ClickHouse.Run("SELECT count(), any(version) FROM shaped"));
        Assert.DoesNotContain("__new_", servers.ClickHouse.Run("SHOW TABLES"));
    }

    [Fact]
    public async Task WhatATableCannotHoldIsRefusedAndTheOldOneStays()
    {
        string address = servers.ClickHouse.Address("fine"), file = _folder["fine.parquet"];
        await WarehouseTable.ReplaceAsync(address, File(1, 10));
        using (ParquetWriter writer = ParquetWriter.Create(file, [ParquetField.String("customer_id"), ParquetField.Timestamp("at", false)]))
        {
            writer.WriteRowGroup(new string?[] { "a" }, new[] { 1_700_000_000_500_000 });
            writer.Complete();
        }

        DatasetException refused = await Assert.ThrowsAsync<DatasetException>(() => WarehouseTable.ReplaceAsync(address, file));
        Assert.Contains("whole seconds", refused.Message);
        Assert.Equal("10", servers.ClickHouse.Run("SELECT count() FROM fine"));
        Assert.DoesNotContain("__new_", servers.ClickHouse.Run("SHOW TABLES"));
        refused = await Assert.ThrowsAsync<DatasetException>(() => WarehouseTable.ReplaceAsync("postgres://127.0.0.1/db?table=t", file));
        Assert.Contains("cannot be written", refused.Message);
    }

    private string File(int version, int rows)
    {
        string file = _folder[$"{version}.parquet"];
        using ParquetWriter writer = ParquetWriter.Create(file, [ParquetField.String("customer_id"), ParquetField.Int32("version")]);
        for (int from = 0; from < rows; from += 10_000)
        {
            int some = Math.Min(10_000, rows - from);
            writer.WriteRowGroup(
                Enumerable.Range(from, some).Select(i => $"c{i}").ToArray<string?>(), Enumerable.Repeat(version, some).ToArray());
        }

        writer.Complete();
        return file;
    }
}
