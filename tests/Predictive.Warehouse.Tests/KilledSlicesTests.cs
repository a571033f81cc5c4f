using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Predictive.Store;
using Predictive.Store.Leases;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>Workers as processes of their own, killed or held up in the middle of a slice.</summary>
public sealed class KilledSlicesTests(WarehouseServers servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PostgresServer _postgres = new();

    public void Dispose()
    {
        _postgres.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task AKilledWorkersSliceIsDoneByTheOthersAndOnlyOneOfThemMerges()
    {
        string database = _postgres.NewDatabase();
        SliceRunOf whole = Run("whole", _folder["store.db"]), run = Run("run", database);
        await Done(whole.Args);
        using (Process killed = await StartedInASlice(run))
        {
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.False(Directory.Exists(Path.Combine(run.Output, "result")));
            Assert.InRange(run.Open, 0, 1);
        }

        Process[] others = [Start(run), Start(run)];
        JsonNode[] told = [await Told(others[0]), await Told(others[1])];
        Assert.Single(told, t => (bool)t["merged"]!);
        Assert.Equal(0, run.Open);
        Assert.False(HasLeases(database, run));
        Assert.False(HasLeases(_folder["store.db"], whole));
        Assert.Equal(File.ReadAllBytes(whole.Result("portfolio.json")), File.ReadAllBytes(run.Result("portfolio.json")));
        Assert.Equal(File.ReadAllBytes(whole.Result("at-risk.json")), File.ReadAllBytes(run.Result("at-risk.json")));
        Assert.Equal(run.Slices, run.Files("scores.parquet").Length);
        Assert.All(run.Files("scores.parquet").Zip(whole.Files("scores.parquet")), p =>
            Assert.Equal(File.ReadAllBytes(p.Second), File.ReadAllBytes(p.First)));
    }

    [Fact]
    public async Task WhatAWorkerThatWasHeldUpWritesLateIsDiscarded()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGSTOP");
        SliceRunOf run = Run("run", _folder["store.db"]);
        using Process late = await StartedInASlice(run);
        Signal(late, "STOP");
        JsonNode other = await Told(Start(run));
        Assert.True((bool)other["merged"]!);
        byte[] portfolio = File.ReadAllBytes(run.Result("portfolio.json"));
        Signal(late, "CONT");
        JsonNode told = await Told(late);
        Assert.False((bool)told["merged"]!);
        Assert.Equal(run.Slices, (int)told["done"]! + (int)other["done"]!);
        Assert.Equal(1, (int)told["discarded"]!);
        Assert.Equal(portfolio, File.ReadAllBytes(run.Result("portfolio.json")));
        Assert.Equal(0, run.Open);
    }

    private static async Task<Process> StartedInASlice(SliceRunOf run)
    {
        Process process = Start(run);
        for (int i = 0; run.Open == 0; i++)
        {
            Assert.False(process.HasExited && i > 0, "the worker ended before it was caught in a slice");
            await Task.Delay(1);
        }

        return process;
    }

    private static void Signal(Process process, string name)
    {
        using Process kill = Process.Start(
            "kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static Process Start(SliceRunOf run) => Process.Start(
        new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "predictive.dll"), .. run.Args])
        {
            RedirectStandardOutput = true,
        })!;

    private static async Task<JsonNode> Told(Process process)
    {
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        return JsonNode.Parse(output)!;
    }

    private static bool HasLeases(string store, SliceRunOf run)
    {
        string id = (string)run.Json("run.json")["id"]!;
        var leases = new LeaseBook(StoreDatabase.Open(store, TimeProvider.System));
        return leases.Read($"slices {id} 1") is not null || leases.Read($"slices {id} merge") is not null;
    }

    private SliceRunOf Run(string name, string store) =>
        new(servers.Shop, servers.Models, store, 3, "2025-06-01", _folder[name], ["--lease", "3s"]);
}
