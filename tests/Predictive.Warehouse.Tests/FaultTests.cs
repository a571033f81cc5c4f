using System.Diagnostics;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>What breaks between a question and the last row: one clear error, and the copy is what it was.</summary>
public sealed class FaultTests(WarehouseServers servers) : IDisposable
{
    private const int RowBytes = 2 + 4 + 8 + 8;

    public void Dispose()
    {
        if (ClickHouseServer.IsThere)
        {
            servers.ClickHouse.Run("DROP TABLE IF EXISTS few");
        }
    }

    [Theory]
    [InlineData(Mishap.Reset, 100 * RowBytes, "broke off")]
    [InlineData(Mishap.Silence, 100 * RowBytes, "nothing came for 2 seconds")]
    [InlineData(Mishap.Ends, (100 * RowBytes) + 5, "in the middle of a row")]
    [InlineData(Mishap.Ends, 100 * RowBytes, "100 lines came and 1,000 are there")]
    [InlineData(Mishap.Exception, 100 * RowBytes, "Memory limit (for query) exceeded (code 241)")]
    [InlineData(Mishap.Exception, (100 * RowBytes) + 3, "Memory limit (for query) exceeded (code 241)")]
    [InlineData(Mishap.Exception, 0, "Memory limit (for query) exceeded (code 241)")]
    public async Task AnAnswerThatGoesWrongLeavesTheCopyAsItWas(object mishap, int after, string words)
    {
        Few(1_000);
        using var between = new FakeServer(servers.ClickHouse.Port());
        string folder = servers.FolderOf($"clickhouse://127.0.0.1:{between.Port}/default?table=few&timeout=2");
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        byte[] copy = File.ReadAllBytes(Path.Combine(folder, "transactions.parquet"));
        Few(1_000, 2);
        (between.Mishap, between.After) = ((Mishap)mishap, after);
        WarehouseException fault = await Assert.ThrowsAsync<WarehouseException>(() => WarehouseFolder.RefreshAsync(folder));
        Assert.Contains(words, fault.Message);
        Assert.DoesNotContain(ClickHouseServer.Password, fault.ToString());
        Assert.Equal(copy, File.ReadAllBytes(Path.Combine(folder, "transactions.parquet")));
        Assert.Empty(Directory.GetFiles(folder, ".*.tmp"));
        between.Mishap = Mishap.None;
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        Assert.False(await WarehouseFolder.RefreshAsync(folder));
        Assert.Equal(1_000, DatasetLoader.Load(folder).LineCount);
    }

    [Fact]
    public async Task ABusyServerIsAskedAgainBeforeAnythingCame()
    {
        Few(10);
        using var between = new FakeServer(servers.ClickHouse.Port()) { Busy = 2 };
        string folder = servers.FolderOf($"clickhouse://127.0.0.1:{between.Port}/default?table=few");
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        Assert.Equal(3, between.Asked);
        Few(11);
        between.Busy = 4;
        WarehouseException fault = await Assert.ThrowsAsync<WarehouseException>(() => WarehouseFolder.RefreshAsync(folder));
        Assert.Contains("Too many simultaneous queries", fault.Message);
        Assert.Equal(7, between.Asked);
    }

    [Fact]
    public async Task AShardThatDiesInTheMiddleIsAFaultAndNotHalfABase()
    {
        ClickHouseServer both = servers.ClickHouse;
        both.RunOnBoth(
            "CREATE TABLE IF NOT EXISTS half (customer_id UInt16, ordered_at DateTime, amount Float64) ENGINE = MergeTree() "
                + "ORDER BY ordered_at");
        both.RunOnBoth("INSERT INTO half SELECT number, toDateTime(1700000000) + number, 1 FROM numbers(1000)");
        both.Run("CREATE TABLE IF NOT EXISTS halves AS half ENGINE = Distributed(two, default, half)");
        string folder = servers.FolderOf(both.Address("halves"));
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        byte[] copy = File.ReadAllBytes(Path.Combine(folder, "transactions.parquet"));
        both.Run("INSERT INTO half SELECT number, toDateTime(1800000000) + number, 1 FROM numbers(1000)");

        // On the second shard every block now takes a while: there is a middle to die in.
        both.Run("RENAME TABLE half TO whole", 1);
        both.Run("CREATE VIEW half AS SELECT * FROM whole WHERE sleepEachRow(0.002) = 0", 1);
        Task<bool> refresh = Task.Run(() => WarehouseFolder.RefreshAsync(folder));
        while (!refresh.IsCompleted && both.Run("SELECT count() FROM system.processes WHERE NOT is_initial_query", 1) == "0")
        {
            await Task.Delay(10);
        }

        both.Kill(1);
        try
        {
            WarehouseException fault = await Assert.ThrowsAsync<WarehouseException>(() => refresh);
            Assert.Contains("ClickHouse says", fault.Message);
            (int code, _, string error) = await Ran("check", folder);
            Assert.Equal(1, code);
            Assert.DoesNotContain(" at ", error);
            Assert.Equal(copy, File.ReadAllBytes(Path.Combine(folder, "transactions.parquet")));
        }
        finally
        {
            both.Start(1);
        }

        both.Run("DROP TABLE half", 1);
        both.Run("RENAME TABLE whole TO half", 1);
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        Assert.Equal(3_000, DatasetLoader.Load(folder).LineCount);
    }

    [Fact]
    public async Task WhoCancelsEndsTheQueryThere()
    {
        servers.ClickHouse.Run("CREATE TABLE IF NOT EXISTS base (customer_id UInt16, ordered_at DateTime) ENGINE = Memory");
        servers.ClickHouse.Run("INSERT INTO base SELECT number, toDateTime(1700000000) FROM numbers(200)");
        servers.ClickHouse.Run("DROP TABLE IF EXISTS slow");
        servers.ClickHouse.Run(
            "CREATE VIEW slow AS SELECT customer_id, ordered_at FROM base ARRAY JOIN range(3000) AS n WHERE sleepEachRow(0.00004) = 0");
        string folder = servers.FolderOf(servers.ClickHouse.Address("slow"));
        using var stop = new CancellationTokenSource();
        Task<bool> refresh = Task.Run(() => WarehouseFolder.RefreshAsync(folder, null, stop.Token));
        const string running = "SELECT count() FROM system.processes WHERE query_id LIKE 'predictive-%'";
        while (!refresh.IsCompleted && servers.ClickHouse.Run(running) == "0")
        {
            await Task.Delay(10);
        }

        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => refresh);
        var left = Stopwatch.StartNew();
        while (servers.ClickHouse.Run(running) != "0")
        {
            Assert.True(left.Elapsed < TimeSpan.FromSeconds(30), "the query goes on");
            await Task.Delay(50);
        }

        Assert.False(File.Exists(Path.Combine(folder, "transactions.parquet")));
    }

    [Fact]
    public async Task WhatAKilledProcessLeftIsNoCopy()
    {
        Few(10);
        string folder = servers.FolderOf(servers.ClickHouse.Address("few")), table = Path.Combine(folder, "transactions.parquet");
        string left = Path.Combine(folder, ".transactions.parquet.1-1.tmp");
        File.WriteAllText(left, "half");
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        Assert.False(File.Exists(left));

        // Killed between the two renames: warehouse.json is of a copy that never got its name.
        byte[] old = File.ReadAllBytes(table);
        Few(11);
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        File.WriteAllBytes(table, old);
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        Assert.Equal(11, DatasetLoader.Load(folder).LineCount);
    }

    [Fact]
    public async Task TransactionsOfItsOwnAreNotWrittenOver()
    {
        Few(10);
        string folder = servers.FolderOf(servers.ClickHouse.Address("few")), table = Path.Combine(folder, "transactions.parquet");
        File.Copy(Path.Combine(servers.Shop, "transactions.parquet"), table);
        DatasetException refused = await Assert.ThrowsAsync<DatasetException>(() => WarehouseFolder.RefreshAsync(folder));
        Assert.Equal("two-sources", refused.Findings[0].Code);
        Assert.Equal(File.ReadAllBytes(Path.Combine(servers.Shop, "transactions.parquet")), File.ReadAllBytes(table));
    }

    [Fact]
    public async Task TwoProcessesCopyOnce()
    {
        Few(5_000);
        using var between = new FakeServer(servers.ClickHouse.Port());
        string folder = servers.FolderOf($"clickhouse://127.0.0.1:{between.Port}/default?table=few");
        bool[] copied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => WarehouseFolder.RefreshAsync(folder))));
        Assert.Single(copied, c => c);
        Assert.Equal(1, between.Asked);
    }

    [Theory]
    [InlineData("clickhouse://h/db", "names no table"), InlineData("clickhouse://h?table=t", "names no database")]
    [InlineData("mysql://h/db?table=t", "The scheme is 'mysql'"), InlineData("clickhouse://u:hunter2@h/db?table=t", "user or password")]
    [InlineData("clickhouse://h/db?table=t&timout=3", "unknown option 'timout'")]
    [InlineData("clickhouse://h/db?table=t&timeout=0", "'timeout'")]
    [InlineData("clickhouse://h/db?table=a&table=b", "twice"), InlineData("postgres:///db?table=t", "no address")]
    public async Task AnAddressThatCannotBeMeantIsRefused(string address, string words)
    {
        (int code, _, string error) = await Ran("check", address);
        Assert.Equal(2, code);
        Assert.Contains(words, error);
        Assert.DoesNotContain("hunter2", error);
    }

    [Fact]
    public async Task AServerThatIsNotThereIsOneError()
    {
        (int code, _, string error) = await Ran("check", "postgres://127.0.0.1:1/db?table=t");
        Assert.Equal(1, code);
        Assert.Contains("postgres://127.0.0.1:1/db, table t", error);
        (code, _, error) = await Ran("check", "clickhouse://127.0.0.1:1/db?table=t");
        Assert.Equal(1, code);
        Assert.Contains("Connection refused", error);
    }

    private void Few(int lines, int amount = 1)
    {
        servers.ClickHouse.Run("DROP TABLE IF EXISTS few");
        servers.ClickHouse.Run("CREATE TABLE few (customer_id UInt16, ordered_at DateTime, amount Float64) ENGINE = Memory");
        servers.ClickHouse.Run($"INSERT INTO few SELECT number, toDateTime(1700000000) + number, {amount} FROM numbers({lines})");
    }
}
