using System.Diagnostics;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>A worker on a small disk of its own (tmpfs), and another after it.</summary>
public sealed class FullDiskTests(WarehouseServers servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private string? _disk;

    public void Dispose()
    {
        if (_disk is not null)
        {
            Did("umount", "-l", _disk);
        }

        _folder.Dispose();
    }

    [Theory, InlineData("out"), InlineData("cache")]
    public async Task AFullDiskIsOneErrorAndLeavesNothingHalfMadeAndTheNextWorkerEndsTheRun(string full)
    {
        SliceRunOf whole = Run(_folder["whole"]);
        await Done(whole.Args);

        // The copies of slices lie elsewhere than what is made of them: either can fill up.
        string disk = Disk("64k"), cache = full == "cache" ? disk : servers.Cache;
        SliceRunOf run = Run(full == "out" ? Path.Combine(disk, "run") : _folder["run"]);
        (int code, string error) = await Worker(run, cache);
        Assert.Equal(1, code);
        string told = Assert.Single(error.Split('\n'), l => l.StartsWith("error:", StringComparison.Ordinal));
        Assert.Contains("No space left", told, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(" at Predictive", error);
        Assert.Equal(0, run.Open);
        Assert.Empty(run.Files("*.tmp"));
        Assert.False(Directory.Exists(Path.Combine(run.Output, "result")));
        Assert.Empty(Directory.GetFiles(disk, "*.tmp", new EnumerationOptions
        {
            RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None,
        }));

        Assert.True(Did("mount", "-o", "remount,size=64m", disk));
        (code, error) = await Worker(run, cache);
        Assert.True(code == 0, error);
        Assert.False((bool)run.Json("run.json")["changedMeanwhile"]!);
        foreach (string name in new[] { "portfolio.json", "at-risk.csv" })
        {
            Assert.Equal(File.ReadAllBytes(whole.Result(name)), File.ReadAllBytes(run.Result(name)));
        }

        Assert.Equal(run.Slices, run.Files("scores.parquet").Length);
    }

    private string Disk(string size)
    {
        string disk = _folder["disk"];
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Did("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", disk),
            "needs the right to mount a small disk (root on Linux)");
        return _disk = disk;
    }

    private static bool Did(string program, params string[] args)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private async Task<(int Code, string Error)> Worker(SliceRunOf run, string cache)
    {
        const string variable = "PREDICTIVE_WAREHOUSE_CACHE";
        Environment.SetEnvironmentVariable(variable, cache);
        try
        {
            (int code, _, string error) = await Ran(run.Args);
            return (code, error);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, servers.Cache);
        }
    }

    private SliceRunOf Run(string output) =>
        new(servers.FolderOf(servers.Distributed), servers.Models, _folder["store.db"], 3, "2025-06-01", output, []);
}
