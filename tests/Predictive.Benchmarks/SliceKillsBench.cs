using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.History.Simulation;
using Predictive.Tests;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>slice-kills [--kills 200] [--seed 1]</c>: two workers at a time over the slices of one base, killed (SIGKILL) at random points until
/// so many were, most of them while a slice or the result is written; then one is let through. Each run must end with the bytes of a run
/// that nobody disturbed: every slice once, one result. Every other run has its leases in PostgreSQL, where that is there.
/// </summary>
internal static class SliceKillsBench
{
    private const int Slices = 6, KillsOfARun = 8;

    public static int Run(string[] args)
    {
        int kills = BenchProcess.Option(args, "--kills", 200), seed = BenchProcess.Option(args, "--seed", 1);
        var random = new Random(seed);
        string root = Directory.CreateTempSubdirectory("predictive-slice-kills-").FullName, data = Path.Combine(root, "data"),
            models = Path.Combine(root, "models"), whole = Path.Combine(root, "whole");
        Simulator.GenerateTo(data, new SimulationOptions { Customers = 2_000, Years = 1.2, Seed = 3 });
        using var postgres = new PostgresServer();
        Wait(Start("train", data, "--models", models, "--store", Path.Combine(root, "train.db"), "--horizon", "30d"), 0, 3);
        Wait(Worker(whole, Path.Combine(root, "whole.db")), 0);
        var faults = new List<string>();
        var where = new SortedDictionary<string, int>(StringComparer.Ordinal);
        int killed = 0, runs = 0, through = 0;
        var watch = Stopwatch.StartNew();
        while (killed < kills)
        {
            runs++;
            string output = Path.Combine(root, $"run{runs}");
            string store = runs % 2 == 0 ? postgres.NewDatabase() : Path.Combine(root, $"run{runs}.db");
            int due = Math.Min(kills - killed, KillsOfARun);
            while (due > 0)
            {
                Process[] pair = [Worker(output, store), Worker(output, store)];
                foreach (Process worker in pair)
                {
                    // Three of four when work has begun, soon after a slice or the result is open; the others at any time.
                    bool atWork = random.Next(4) > 0;
                    var patience = Stopwatch.StartNew();
                    while (atWork && !worker.HasExited && Open(output) == 0 && patience.Elapsed.TotalSeconds < 60)
                    {
                        Thread.Sleep(1);
                    }

                    if (due == 0 || worker.WaitForExit(atWork ? random.Next(0, 400) : random.Next(100, 8_000)))
                    {
                        continue;
                    }

                    worker.Kill();
                    worker.WaitForExit();
                    due--;
                    killed++;
                    string state = Directory.Exists(Path.Combine(output, "result")) ? "after the result"
                        : !File.Exists(Path.Combine(output, "run.json")) ? "before the run" : Open(output) > 0 ? "in a slice" : "between";
                    where[state] = where.GetValueOrDefault(state) + 1;
                }

                foreach (Process worker in pair)
                {
                    through += worker.WaitForExit(120_000) && worker.ExitCode == 0 ? 1 : 0;
                    Expect(worker.HasExited, "a worker that nobody killed did not end");
                    Expect(worker.HasExited && worker.ExitCode is 0 or 137, $"a worker ended with {worker.ExitCode}");
                    worker.Dispose();
                }

                if (Directory.Exists(Path.Combine(output, "result")))
                {
                    break;
                }
            }

            Wait(Worker(output, store), 0);
            Check(output);
            Directory.Delete(output, recursive: true);
            Console.Error.WriteLine($"{killed} kills, {runs} runs, {faults.Count} faults, {watch.Elapsed.TotalSeconds:0} s");
        }

        Directory.Delete(root, recursive: true);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            seed, killed, runs, through, where, faults, Seconds = Math.Round(watch.Elapsed.TotalSeconds),
        }));
        return faults.Count == 0 ? 0 : 1;

        void Check(string output)
        {
            string[] files = [.. Files(output)];
            Expect(files.SequenceEqual(Files(whole)), $"run {runs}: files are {string.Join(", ", files)}");
            Expect(Open(output) == 0, $"run {runs}: something half-written is left");
            foreach (string file in files.Where(f => Path.GetFileName(f) != "run.json"))
            {
                Expect(
                    File.ReadAllBytes(Path.Combine(output, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(whole, file))),
                    $"run {runs}: {file} differs");
            }
        }

        void Expect(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }

        Process Worker(string output, string store) => Start(
            "worker", "--data", data, "--models", models, "--store", store, "--slices", Slices.ToString(CultureInfo.InvariantCulture),
            "--as-of", "2025-06-01", "--out", output, "--lease", "2s");
    }

    private static int Open(string output) => Directory.Exists(output)
        ? Directory.EnumerateDirectories(output, ".*.tmp", SearchOption.AllDirectories).Count()
        : 0;

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal);

    private static void Wait(Process process, params int[] codes)
    {
        using (process)
        {
            process.WaitForExit();
            if (!codes.Contains(process.ExitCode))
            {
                throw new InvalidOperationException($"exit code {process.ExitCode}");
            }
        }
    }

    private static Process Start(params string[] args)
    {
        Process process = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "predictive.dll"), .. args])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
