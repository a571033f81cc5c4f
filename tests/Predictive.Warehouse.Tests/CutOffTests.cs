using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>A machine whose packets vanish between it and the shard or the database: dropped, not refused.</summary>
public sealed class CutOffTests(WarehouseServers servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PostgresServer _postgres = new();
    private readonly CutOff? _there = CutOff.Make();

    public void Dispose()
    {
        _there?.Dispose();
        _postgres.Dispose();
        _folder.Dispose();
        if (ClickHouseServer.IsThere)
        {
            servers.ClickHouse.Run("DROP TABLE IF EXISTS slow");
        }
    }

    [Fact]
    public async Task AShardThatIsCutOffIsOneErrorWithinTheTimeoutAndTheNextAskingWorks()
    {
        CutOff there = There();
        string folder = servers.FolderOf($"clickhouse://{there.Reach(servers.ClickHouse.Port())}/default?table=slow&timeout=2");
        servers.ClickHouse.Run("DROP TABLE IF EXISTS slow");
        servers.ClickHouse.Run(
            "CREATE VIEW slow AS SELECT toString(number % 50) AS customer_id, toDateTime(1700000000) + number AS ordered_at, "
                + "toFloat64(number) AS amount FROM numbers(1000) WHERE sleepEachRow(0.002) = 0");

        // Before the first question, then while one is being answered.
        there.Cut();
        Assert.Contains("slow", await Error(there.Start("check", folder)));
        there.Mend();
        Process asking = there.Start("check", folder);
        while (!asking.HasExited
            && servers.ClickHouse.Run("SELECT count() FROM system.processes WHERE query LIKE '%FROM `slow`%' AND read_rows > 0 "
                + "AND query NOT LIKE '%system.processes%'") == "0")
        {
            await Task.Delay(5);
        }

        there.Cut();
        Assert.Contains("slow", await Error(asking));
        Assert.False(File.Exists(Path.Combine(folder, "transactions.parquet")));
        Assert.Empty(Directory.GetFiles(folder, ".*.tmp"));
        there.Mend();
        using Process again = there.Start("export-features", folder, "--out", _folder["features.csv"]);
        await again.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(51, File.ReadLines(_folder["features.csv"]).Count());
    }

    [Fact]
    public async Task AWorkerThatIsCutOffFromTheStoreLosesItsSliceToAnotherAndNothingIsDoneTwice()
    {
        CutOff there = There();
        var at = new NpgsqlConnectionStringBuilder(_postgres.NewDatabase());
        string[] reached = there.Reach(at.Port).Split(':');
        string near = at.ConnectionString;
        (at.Host, at.Port, at.Timeout, at.CommandTimeout) = (reached[0], int.Parse(reached[1]), 2, 2);
        SliceRunOf run = Run(near), cut = Run(at.ConnectionString);
        using Process away = there.Start(cut.Args);
        while (run.Open == 0)
        {
            Assert.False(away.HasExited, "the worker ended before it was caught in a slice");
            await Task.Delay(1);
        }

        there.Cut();
        Task<string> output = away.StandardOutput.ReadToEndAsync(), error = away.StandardError.ReadToEndAsync();
        JsonNode told = JsonNode.Parse(await Done(run.Args))!;
        Assert.True((bool)told["merged"]!);
        byte[] portfolio = File.ReadAllBytes(run.Result("portfolio.json"));
        there.Mend();
        await Task.WhenAll(output, error);
        await away.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(away.ExitCode == 0, await error);
        JsonNode late = JsonNode.Parse(await output)!;
        Assert.False((bool)late["merged"]!);
        Assert.Equal(run.Slices, (int)told["done"]! + (int)late["done"]!);
        Assert.Equal(portfolio, File.ReadAllBytes(run.Result("portfolio.json")));
        Assert.Equal((run.Slices, 0), (run.Files("scores.parquet").Length, run.Open));
    }

    private static async Task<string> Error(Process process)
    {
        using (process)
        {
            // By the timeout of the address and the times it is asked; how long that takes on a busy machine is told and not asserted.
            long start = Stopwatch.GetTimestamp();
            string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            TestContext.Current.TestOutputHelper!.WriteLine($"ended after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s: {error}");
            Assert.Equal(1, process.ExitCode);
            Assert.DoesNotContain("   at ", error);
            return Assert.Single(error.Split('\n'), l => l.StartsWith("error:", StringComparison.Ordinal));
        }
    }

    private CutOff There()
    {
        Assert.SkipWhen(_there is null, "needs network namespaces (root on Linux, with ip and iptables)");
        return _there!;
    }

    private SliceRunOf Run(string store) =>
        new(servers.Shop, servers.Models, store, 3, "2025-06-01", _folder["run"], ["--lease", "3s"]);
}
