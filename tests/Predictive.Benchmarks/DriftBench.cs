using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Worker;
using Predictive.Worker.Drift;
using Predictive.Worker.Gate;
using Predictive.Worker.Tests.Gate;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>drift [--bases 20] [--from 1] [--customers 800] [--horizon 60]</c>: how often <c>predictive drift</c> says that a training is due, by
/// what changed for good on the day of the training, by how much and how long ago; beside it the false alarms on the same bases where
/// nothing changed.
/// </summary>
internal static class DriftBench
{
    private delegate IEnumerable<TransactionLine> Change(TransactionLine line, double strength);

    private static readonly int[] s_weeks = [4, 13, 26];

    private static readonly (string Name, double[] Strengths, Change Change)[] s_kinds =
    [
        ("prices up by", [.05, .15, .5], (l, s) => [l with { Amount = l.Amount * (1 + s) }]),
        ("customers gone", [.1, .25, .5], (l, s) => Chance(l.CustomerId, "gone") < s ? [] : [l]),
        ("orders lost", [.1, .25, .5], (l, s) => Chance(l.CustomerId, $"{l.OrderedAt:O}") < s ? [] : [l]),
        ("orders refunded", [.05, .15, .4], (l, s) => l.Amount > 0 && Chance(l.CustomerId, $"{l.OrderedAt:O}") < s
            ? [l, l with { Amount = -l.Amount, OrderedAt = l.OrderedAt.AddDays(3) }] : [l]),
        ("customers who order under new ids", [.1, .25, .5], (l, s) => Chance(l.CustomerId, "new") < s
            ? [l with { CustomerId = l.CustomerId + "-new" }] : [l]),
    ];

    public static int Run(string[] args)
    {
        int bases = BenchProcess.Option(args, "--bases", 20), from = BenchProcess.Option(args, "--from", 1),
            customers = BenchProcess.Option(args, "--customers", 800), horizon = BenchProcess.Option(args, "--horizon", 60);
        var rows = new SortedDictionary<(string Kind, double Strength, int Weeks), Tally>();
        for (int seed = from; seed < from + bases; seed++)
        {
            Look(seed, customers, horizon, rows);
            Console.Error.WriteLine($"base of seed {seed} looked at");
        }

        foreach (((string kind, double strength, int weeks), Tally tally) in rows)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind,-34} {strength,4}  after {weeks,2} weeks: training due on {tally.Due} of {tally.Bases} bases, a distribution "
                    + $"beyond its band on {tally.Any}, {(double)tally.Moved / tally.Bases:0.0} of {tally.Distributions} on average"));
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            bases, customers, horizon, rows = rows.Select(r => new
            {
                r.Key.Kind, r.Key.Strength, r.Key.Weeks, r.Value.Bases, r.Value.Due, r.Value.Any, r.Value.Moved, r.Value.Distributions,
            }),
        }));
        return 0;
    }

    private static void Look(int seed, int customers, int horizon, IDictionary<(string Kind, double Strength, int Weeks), Tally> rows)
    {
        List<TransactionLine> lines = Corruptions.Lines(
            Simulator.Generate(new SimulationOptions { Customers = customers, Years = 2.5, Seed = seed }).History);
        DateTime end = lines.Max(l => l.OrderedAt).Date.AddDays(1), trained = end.AddDays(-7 * s_weeks[^1]);
        string models = Directory.CreateTempSubdirectory("predictive-driftbench-").FullName;
        try
        {
            TrainRuns.Execute(
                new TrainRequest(
                    TransactionHistoryBuilder.Build(lines.Where(l => l.OrderedAt < trained)), [new BuiltInEngine()],
                    engine => new TrainingOptions { AsOf = LocalTime.From(trained), HorizonDays = horizon, Engine = engine }, models,
                    "shop"),
                null, CancellationToken.None);
            var registry = new ModelRegistry(models, SmokeTest.Admit);
            ModelVersion version = registry.Versions("shop")[0];
            Count("nothing changed", 0, lines);
            foreach (var (name, strengths, change) in s_kinds)
            {
                foreach (double strength in strengths)
                {
                    Count(name, strength, [.. lines.SelectMany(l => l.OrderedAt < trained ? [l] : change(l, strength))]);
                }
            }

            void Count(string kind, double strength, IReadOnlyList<TransactionLine> world)
            {
                foreach (int weeks in s_weeks)
                {
                    DateTime now = trained.AddDays(7 * weeks);
                    DriftDocument found = DriftLook.Run(
                        TransactionHistoryBuilder.Build(world.Where(l => l.OrderedAt < now)), registry, version, LocalTime.From(now));
                    if (!rows.TryGetValue((kind, strength, weeks), out Tally? tally))
                    {
                        rows[(kind, strength, weeks)] = tally = new Tally();
                    }

                    int moved = found.Distributions.Count(d => d.Drifted);
                    tally.Bases++;
                    tally.Due += found.Drifted ? 1 : 0;
                    tally.Any += moved > 0 ? 1 : 0;
                    tally.Moved += moved;
                    tally.Distributions = found.Distributions.Count;
                }
            }
        }
        finally
        {
            Directory.Delete(models, recursive: true);
        }
    }

    // The same customer (or order) has the same fate at every strength: who goes at a tenth goes at a half.
    private static double Chance(string customer, string what) => DeliveryFacts.HashOf($"{customer}|{what}") % 10_000 / 10_000.0;

    private sealed class Tally
    {
        public int Bases { get; set; }

        public int Due { get; set; }

        public int Any { get; set; }

        public int Moved { get; set; }

        public int Distributions { get; set; }
    }
}
