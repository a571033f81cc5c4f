using System.Text.Json;
using Predictive.Acting.Tests.Uplift;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Training;
using Predictive.Training.Assembly;
using Predictive.Training.Pipeline;

namespace Predictive.Benchmarks;

/// <summary>
/// What learning whom a contact changes is worth: <c>uplift [--shops 3] [--loops 10] [--customers 5000] [--first 3000] [--capacity 500]
/// [--effect 20] [--seed 1]</c>. Simulated shops; in each, loops of a first campaign, what it teaches, and a second; profit per contact
/// under the truth.
/// </summary>
internal static class UpliftBench
{
    public static int Run(string[] args)
    {
        int shops = BenchProcess.Option(args, "--shops", 3), loops = BenchProcess.Option(args, "--loops", 10);
        int customers = BenchProcess.Option(args, "--customers", 5000), first = BenchProcess.Option(args, "--first", 3000);
        int capacity = BenchProcess.Option(args, "--capacity", 500), seed = BenchProcess.Option(args, "--seed", 1);
        double effect = BenchProcess.Option(args, "--effect", 20) / 100.0;
        var from = new DateOnly(2025, 7, 1);
        var found = new List<UpliftLoop.Profits>();
        string folder = Directory.CreateTempSubdirectory("uplift").FullName;
        for (int s = 0; s < shops; s++)
        {
            TransactionHistory history =
                Simulator.Generate(new SimulationOptions { Customers = customers, Years = 2, Seed = seed + s }).History;
            var options = new TrainingOptions { AsOf = LocalTime.StartOf(from), HorizonDays = 60, Engine = new BuiltInEngine() };
            var scorer = new CustomerScorer(
                BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options), new ModelStamp("default", 1));
            ScoreTable scores = scorer.ScoreAll(history, options.AsOf);
            for (int l = 0; l < loops; l++)
            {
                StoreDatabase store = StoreDatabase.Open(Path.Combine(folder, $"{s}-{l}.db"), TimeProvider.System);
                UpliftLoop.Profits one = new UpliftLoop(scorer, scores, store, seed + (1000 * s) + l).Loop(first, capacity, from, effect);
                found.Add(one);
                Console.Error.WriteLine($"shop {s}, loop {l}: {one}");
            }
        }

        Directory.Delete(folder, recursive: true);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            shops, loops, customers, first, capacity, effect, seed,
            perContact = new
            {
                first = Of(p => p.First), risk = Of(p => p.Risk), stake = Of(p => p.Stake), uplift = Of(p => p.Uplift),
                truth = Of(p => p.Truth),
            },
            qini = Of(p => p.Qini), betterThanChance = found.Count(p => p.IsBetter) / (double)found.Count,
            aheadOfStake = found.Count(p => p.Uplift > p.Stake) / (double)found.Count,
        }));
        return 0;

        double[] Of(Func<UpliftLoop.Profits, double> of) =>
            [Math.Round(found.Average(of), 4), Math.Round(found.Min(of), 4), Math.Round(found.Max(of), 4)];
    }
}
