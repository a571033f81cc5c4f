using System.Text.Json.Nodes;
using Predictive.History;
using Predictive.History.Parquet;
using Predictive.History.Warehouse;
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
    public async Task SegmentsAreReadBackAsTheyWereWritten()
    {
        string file = _folder["segments.parquet"];
        string[] args = ["segment", servers.Shop, "--models", servers.Models, "--to", servers.ClickHouse.Address("groups")];
        (int code, _, string error) = await Ran(args);
        Assert.Equal(2, code);
        Assert.Contains("--out is not given", error);
        await Done([.. args, "--out", file]);
        using StoredFile segments = StoredFile.Open(file);
        Assert.Equal(
            segments.Texts("customer_id")!.Zip(segments.Texts("tier")!, (id, tier) => $"{id}\t{tier}").Order(StringComparer.Ordinal),
            servers.ClickHouse.Run("SELECT customer_id, tier FROM groups").Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AFigureOfThePortfolioIsARowOfItsTable()
    {
        string file = _folder["portfolio.parquet"], address = servers.ClickHouse.Address("figures");
        string[] args =
            ["portfolio", servers.Shop, "--models", servers.Models, "--compare", "2025-03-01", "--as-of", "2025-06-01", "--json"];
        (int code, _, string error) = await Ran([.. args, "--to", address]);
        Assert.Equal(2, code);
        Assert.Contains("--out is not given", error);
        JsonNode report = JsonNode.Parse(await Done([.. args, "--out", file, "--to", address]))!;
        string before = servers.ClickHouse.Run("SELECT count(), countIf(isNull(value) AND isNull(text)) FROM figures");
        Assert.Equal(
            "2025-06-01 00:00:00\t2025-03-01\tdefault/1",
            servers.ClickHouse.Run("SELECT DISTINCT toString(as_of, 'UTC'), compared_with, model FROM figures"));
        foreach (JsonNode? metric in report["metrics"]!.AsArray())
        {
            Assert.Equal((double?)metric!["value"], Value($"section = 'metric' AND name = '{metric["name"]}' AND measure = 'value'"));
            Assert.Equal((double?)metric["before"], Value($"section = 'metric' AND name = '{metric["name"]}' AND measure = 'before'"));
        }

        foreach (JsonNode? group in report["groups"]!["tier"]!.AsArray())
        {
            Assert.Equal(
                (double)group!["customers"]!,
                Value($"section = 'group' AND name = 'tier' AND key = '{group["name"]}' AND measure = 'customers'"));
        }

        JsonNode tier = report["compared"]!["migration"]!["tier"]!;
        Assert.Equal(
            tier["counts"]!.AsArray().Sum(r => r!.AsArray().Sum(n => (double)n!)),
            Value("section = 'migration' AND name = 'tier' AND measure = 'customers' AND isNotNull(other)"));
        Assert.Equal((double)report["revenue"]!["gini"]!, Value("section = 'revenue' AND isNull(name) AND measure = 'gini'"));
        Assert.Equal(
            report["cutoffs"]!.AsArray().Select(c => (string)c!),
            servers.ClickHouse.Run("SELECT text FROM figures WHERE section = 'cutoff' ORDER BY toInt32(key)").Split('\n')
                .Select(t => t.Replace("\\'", "'")));

        // Written anew it is the same table, and the same figures stand in the spreadsheet.
        await Done([.. args, "--out", file, "--to", address]);
        Assert.Equal(before, servers.ClickHouse.Run("SELECT count(), countIf(isNull(value) AND isNull(text)) FROM figures"));
        await Done([.. args, "--out", _folder["portfolio.csv"]]);
        using StoredFile stored = StoredFile.Open(file);
        Assert.True(System.IO.File.ReadLines(_folder["portfolio.csv"]).Count() > stored.RowCount);
        Assert.Equal($"{stored.RowCount}", before.Split('\t')[0]);

        double? Value(string where) =>
            servers.ClickHouse.Run($"SELECT sum(value), count(value) FROM figures WHERE {where}").Split('\t') is [var sum, not "0"]
                ? double.Parse(sum, System.Globalization.CultureInfo.InvariantCulture)
                : null;
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

    [Theory, InlineData("RENAME TABLE"), InlineData("REPLACE PARTITION")]
    public async Task AFaultBetweenTheSwapsOfTwoServersSaysWhichHasTheNewRowsAndTheNextRunMendsIt(string swap)
    {
        ClickHouseServer both = servers.ClickHouse;
        both.RunOnBoth("DROP TABLE IF EXISTS pair");
        using var second = new FakeServer(both.Port(1));
        string addresses = $"{both.Address("pair")},clickhouse://127.0.0.1:{second.Port}/default?table=pair";
        string[] old = [File(1, 1_000), File(2, 2_000)], fresh = [File(3, 3_000), File(4, 4_000)];
        bool isThere = swap == "REPLACE PARTITION";
        if (isThere)
        {
            await WarehouseTable.ReplaceAllAsync(addresses, old);
        }

        second.Refuses = swap;
        WarehouseException fault =
            await Assert.ThrowsAsync<WarehouseException>(() => WarehouseTable.ReplaceAllAsync(addresses, fresh));
        Assert.Contains("Coordination error", fault.Message);
        Assert.Contains($"127.0.0.1:{both.Port()}/default, table pair: the rows are the new ones already. Run again", fault.Message);
        Assert.Equal("3000\t3", both.Run("SELECT count(), any(version) FROM pair"));
        Assert.Equal(
            isThere ? "2000\t2" : "0",
            both.Run(isThere ? "SELECT count(), any(version) FROM pair" : "EXISTS TABLE pair", 1));
        Assert.DoesNotContain("__new_", both.Run("SHOW TABLES") + both.Run("SHOW TABLES", 1));

        second.Refuses = null;
        (long rows, _) = await WarehouseTable.ReplaceAllAsync(addresses, fresh);
        Assert.Equal(7_000, rows);
        Assert.Equal("4000\t4", both.Run("SELECT count(), any(version) FROM pair", 1));
        Assert.DoesNotContain("__new_", both.Run("SHOW TABLES") + both.Run("SHOW TABLES", 1));
    }

    /// <summary>What fails while the tables are written is not the end of a run: the next worker writes them.</summary>
    [Fact]
    public async Task ARunWhoseTablesCouldNotBeWrittenIsEndedByTheNextWorker()
    {
        ClickHouseServer both = servers.ClickHouse;
        using var second = new FakeServer(both.Port(1)) { Refuses = "RENAME TABLE" };
        var run = new SliceRunOf(
            servers.Shop, servers.Models, _folder["store.db"], 2, "2025-06-01", _folder["out"],
            ["--to", $"{both.Address("late")},clickhouse://127.0.0.1:{second.Port}/default?table=late"]);
        (int code, _, string error) = await Ran(run.Args);
        Assert.Equal(1, code);
        Assert.Single(error.Split('\n'), l => l.StartsWith("error:", StringComparison.Ordinal));
        Assert.Contains("the rows are the new ones already", error);
        Assert.False(Directory.Exists(Path.Combine(run.Output, "result")));
        second.Refuses = null;
        Assert.Contains("\"merged\": true", await Done(run.Args));
        string rows = both.Run("SELECT count() FROM late_scores"), others = both.Run("SELECT count() FROM late_scores", 1);
        Assert.Equal(
            run.Files("scores.parquet").Sum(f =>
            {
                using StoredFile file = StoredFile.Open(f);
                return file.Texts("customer_id").Length;
            }),
            int.Parse(rows, System.Globalization.CultureInfo.InvariantCulture)
                + int.Parse(others, System.Globalization.CultureInfo.InvariantCulture));
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
