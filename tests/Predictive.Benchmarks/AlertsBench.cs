using System.Diagnostics;
using System.Text.Json;
using Predictive.Acting.Alerts;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store;

namespace Predictive.Benchmarks;

/// <summary>
/// How long the standard rules take over a large base that is scored: <c>alerts --models DIR [--customers 500000] [--seed 1] [--store
/// CONNECTION]</c>. The first look, the same again, and one a month later, each with its writing to the store. The champion of the
/// registry scores the simulated base.
/// </summary>
internal static class AlertsBench
{
    public static int Run(string[] args)
    {
        int customers = BenchProcess.Option(args, "--customers", 500_000), seed = BenchProcess.Option(args, "--seed", 1);
        var registry = new ModelRegistry(BenchProcess.Option(args, "--models") ?? "models", SmokeTest.Admit);
        ModelVersion version = registry.Resolve("default", "champion");
        var scorer = new CustomerScorer(ModelBundle.Load(registry.Load(version)), new ModelStamp(version.Name, version.Version));
        TransactionHistory history = Simulator.Generate(new SimulationOptions { Customers = customers, Years = 1, Seed = seed }).History;
        LocalTime end = LocalTime.MidnightAfter(history.LastMicros);
        Console.Error.WriteLine($"{history.CustomerCount} customers, {history.LineCount} lines");
        string folder = Directory.CreateTempSubdirectory("predictive-alerts-").FullName;
        try
        {
            StoreDatabase store = StoreDatabase.Open(
                BenchProcess.Option(args, "--store") ?? Path.Combine(folder, "store.db"), TimeProvider.System);
            var settings = new RuleOptions();
            AlertSettings rules = AlertSettings.Parse(AlertSettings.Standard, settings);
            var looks = new List<object>();
            foreach ((string look, int days) in new[] { ("first", -30), ("again", -30), ("a month later", 0) })
            {
                ScoreTable scores = scorer.ScoreAll(history, end.AddDays(days));
                long start = Stopwatch.GetTimestamp();
                IReadOnlyList<RuleOutcome> outcomes = new AlertEvaluation(store).Evaluate(rules, scores, settings);
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                looks.Add(new
                {
                    look, customers = scores.Count, seconds = Math.Round(seconds, 2), fired = outcomes.Sum(o => o.Result.Fired),
                    holding = outcomes.Sum(o => o.Result.Holding),
                });
                Console.Error.WriteLine(looks[^1]);
            }

            Console.WriteLine(JsonSerializer.Serialize(new { customers, rules = rules.Rules.Count, looks }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }
}
