using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.Cli;
using Predictive.History.Simulation;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;
using Predictive.Worker;
using Predictive.Worker.Gate;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>kills N [--seed 1] [--longest 15000]</c>: trainings (train, gate, publish, promote, job) in processes that are killed at random
/// points, half of them while they publish. After each kill: every zip and alias is sound, the gate's book is readable, the audit chain is
/// whole and, once settled, ends with what serves; at the end every job that a kill left is seen and ended.
/// </summary>
internal static class KillsBench
{
    private const int Names = 11;

    public static int Run(string[] args)
    {
        if (Array.IndexOf(args, "--train") >= 0)
        {
            return Train(args).GetAwaiter().GetResult();
        }

        if (args.Length == 0 || !int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out int kills))
        {
            Console.Error.WriteLine("Usage: kills N [--seed 1] [--longest MILLISECONDS]");
            return 2;
        }

        int seed = BenchProcess.Option(args, "--seed", 1);
        var random = new Random(seed);
        string root = Directory.CreateTempSubdirectory("predictive-kills-").FullName, data = Path.Combine(root, "data"),
            models = Path.Combine(root, "models");
        Simulator.GenerateTo(data, new SimulationOptions { Customers = 200, Years = .6, Seed = 3 });
        StoreDatabase store = StoreDatabase.Open(Path.Combine(models, "store.db"), TimeProvider.System);
        var book = new JobBook(store);
        var faults = new List<string>();
        var points = new SortedDictionary<string, int>(StringComparer.Ordinal);
        int settled = 0, survived = 0;
        for (int kill = 1; kill <= kills; kill++)
        {
            // A name comes again when the lease of its dead process is over.
            string name = $"m{kill % Names}";
            var registry = new ModelRegistry(models, SmokeTest.Admit);
            using (Process child = BenchProcess.Start(
                "kills", "--train", "--data", data, "--models", models, "--name", name, "--seed",
                kill.ToString(CultureInfo.InvariantCulture)))
            {
                child.BeginOutputReadLine();
                bool late = kill % 2 == 0;
                Stopwatch watch = Stopwatch.StartNew();
                int wait = random.Next(0, BenchProcess.Option(args, "--longest", 15_000));
                while (!child.HasExited && (late ? !IsPublishing(book, name) : watch.ElapsedMilliseconds < 1500 + wait))
                {
                    Thread.Sleep(late ? 5 : 20);
                }

                if (late)
                {
                    // The stage is told once a second: from before the zip to after the alias.
                    Thread.Sleep(random.Next(0, 2500));
                }

                if (child.HasExited)
                {
                    survived++;
                }
                else
                {
                    string stage = book.List(1, name) is [{ IsOver: false } job] ? job.Stage ?? "begin" : "between";
                    points[stage] = points.GetValueOrDefault(stage) + 1;
                    child.Kill();
                    child.WaitForExit();
                }
            }

            settled += Check(registry, name, models, store, faults, kill) ? 1 : 0;
            Console.Error.WriteLine($"kill {kill} of {name}: {registry.Versions(name).Count} version(s), {faults.Count} fault(s) so far");
        }

        // Who comes next sees what was left: each name's lease is over by then, and its jobs are ended.
        Thread.Sleep(LeaseBook.Standard + TimeSpan.FromSeconds(2));
        int lost = book.List(10_000).Count(j => j.State == JobState.Running);
        for (int n = 0; n < Names; n++)
        {
            if (TrainTurn.TryTake(store, $"m{n}") is { } lease)
            {
                using (lease)
                {
                    book.Begin(TrainTurn.Kind, $"m{n}", lease)?.Dispose();
                }
            }
            else
            {
                faults.Add($"the lease of m{n} is still held");
            }
        }

        if (book.List(10_000).Count(j => !j.IsOver) is var open and > 0)
        {
            faults.Add($"{open} job(s) left open");
        }

        faults.ForEach(Console.Error.WriteLine);
        Console.WriteLine(JsonSerializer.Serialize(
            new { kills, seed, survived, settled, lost, faults = faults.Count, versions = Enumerable.Range(0, Names)
                .Sum(n => new ModelRegistry(models, SmokeTest.Admit).Versions($"m{n}").Count), points }));
        Directory.Delete(root, recursive: true);
        return faults.Count == 0 ? 0 : 1;
    }

    private static bool IsPublishing(JobBook book, string name) => book.List(1, name) is [{ Stage: "publish", IsOver: false }];

    private static bool Check(ModelRegistry registry, string name, string models, StoreDatabase store, List<string> faults, int kill)
    {
        bool settled = false;
        try
        {
            if (registry.Versions(name).Count > 0)
            {
                settled = registry.WhileStill(name, aliases => new AuditedChanges(store).Settle(
                    ModelRegistry.SubjectsOf(name), ModelRegistry.SubjectOf(name, aliases.Champion))) is not null;
                faults.AddRange(registry.Verify(name).Select(f => $"kill {kill}: {f}"));
                _ = GateBook.Read(models, name);
            }

            if (new AuditLog(store).Verify().Fault is { } fault)
            {
                faults.Add($"kill {kill}: audit: {fault}");
            }

            string? serves = ModelRegistry.SubjectOf(name, registry.Aliases(name).Champion);
            string? told = new AuditLog(store).List(100_000)
                .FirstOrDefault(e => e.Action is "promote" or "force" && e.Subject.StartsWith($"model {name}/", StringComparison.Ordinal))?
                .Subject;
            if (serves != told)
            {
                faults.Add($"kill {kill}: {serves ?? "nothing"} serves, the log ends with {told ?? "nothing"}");
            }
        }
        catch (Exception e)
        {
            faults.Add($"kill {kill}: {e.GetType().Name}: {e.Message}");
        }

        return settled;
    }

    // Trains until it is killed: each version serves, so that aliases move.
    private static async Task<int> Train(string[] args)
    {
        for (int i = 0; ; i++)
        {
            int code = await new CommandLineApp(Console.Out, TextWriter.Null, TimeProvider.System).RunAsync(
            [
                "train", BenchProcess.Option(args, "--data")!, "--models", BenchProcess.Option(args, "--models")!, "--name",
                BenchProcess.Option(args, "--name")!, "--horizon", "30d", "--promote", "force", "--seed",
                (BenchProcess.Option(args, "--seed", 1) + i).ToString(CultureInfo.InvariantCulture),
            ]);
            if (code != 0)
            {
                return code;
            }
        }
    }
}
