using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Worker;
using Predictive.Worker.Gate;
using Predictive.Worker.Tests.Gate;

namespace Predictive.Benchmarks;

/// <summary>
/// Weekly deliveries of a simulated shop with real trainings and the whole gate. <c>weeks [--customers 1500] [--from 1] [--to 100]
/// [--horizon 90] [--seed 5]</c>: healthy ones, how many are accepted; a part begins with a first version of the week before it.
/// <c>year [--customers 600] [--from 1] [--to 52] [--horizon 45]</c>: a year with two changes of regime and five accidents, each mended a
/// week later; what the gate did, and how long a worse model served than under the other policies (always promote, never retrain).
/// </summary>
internal static class WeeksBench
{
    private const string Name = "shop";

    public static int Healthy(string[] args)
    {
        Shop shop = new(args, customers: 1500, horizon: 90, last: 100);
        int accepted = 0, trained = 0;
        shop.Train(shop.Delivery(shop.From - 1), shop.From - 1);
        for (int week = shop.From; week <= shop.To; week++)
        {
            TrainRuns runs = shop.Train(shop.Delivery(week), week);
            trained++;
            accepted += runs.Best.Serves ? 1 : 0;
            Console.Error.WriteLine(shop.Told(week, runs));
        }

        Console.Error.WriteLine($"{accepted} of {trained} healthy deliveries accepted");
        Console.WriteLine(JsonSerializer.Serialize(new { shop.Customers, shop.From, shop.To, trained, accepted }));
        return 0;
    }

    public static int Year(string[] args)
    {
        Shop shop = new(args, customers: 600, horizon: 45, last: 52);
        (int Week, string Kind, double Strength)[] accidents =
        [
            (8, "amounts times a factor", 100), (15, "a file delivered twice", .5), (24, "customers gone", .5),
            (35, "another time zone", 8), (44, "the last days missing", 100),
        ];
        // From these weeks on, for good: prices up by 15 %; a quarter of the customers never buys again.
        shop.Regime = (Prices: 18, Exodus: 30);
        var worse = new Dictionary<string, int> { ["worker"] = 0, ["always"] = 0, ["never"] = 0 };
        var weeks = new List<object>();
        int held = 0, accidentsHeld = 0, accidentsSeen = 0;
        shop.Train(shop.Delivery(shop.From - 1), shop.From - 1);
        for (int week = shop.From; week <= shop.To; week++)
        {
            IReadOnlyList<TransactionLine> lines = shop.Delivery(week);
            int accident = Array.FindIndex(accidents, a => a.Week == week);
            if (accident >= 0)
            {
                (_, string kind, double strength) = accidents[accident];
                lines = [.. Corruptions.All.Single(k => k.Name == kind).Apply(lines, shop.Day(week - 1), strength, new Random(week))];
            }

            string said;
            try
            {
                TrainRuns runs = shop.Train(lines, week);
                said = shop.Told(week, runs);
                held += runs.Best.IsHeld && accident < 0 ? 1 : 0;
                accidentsSeen += accident >= 0 ? 1 : 0;
                accidentsHeld += accident >= 0 && !runs.Best.Serves ? 1 : 0;
            }
            catch (DatasetException e)
            {
                said = $"week {week}: refused, {e.Findings[0].Code}";
                accidentsSeen += accident >= 0 ? 1 : 0;
                accidentsHeld += accident >= 0 ? 1 : 0;
            }

            // Judged by what the shop then did, with the data as they really were.
            var registry = new ModelRegistry(shop.Models, SmokeTest.Admit);
            var versions = new Dictionary<string, ModelVersion>
            {
                ["worker"] = registry.Resolve(Name), ["always"] = registry.Versions(Name)[^1], ["never"] = registry.Versions(Name)[0],
            };
            Dictionary<string, double[]> losses = versions.ToDictionary(v => v.Key, v => shop.Losses(registry, v.Value, week));
            foreach (string policy in worse.Keys.ToArray())
            {
                worse[policy] += losses.Any(other => IsWorse(losses[policy], other.Value)) ? 7 : 0;
            }

            var means = losses.ToDictionary(l => l.Key, l => Math.Round(l.Value.Average(), 4));
            weeks.Add(new { week, accident = accident >= 0 ? accidents[accident].Kind : null, means });
            string mishap = accident >= 0 ? $"   <- {accidents[accident].Kind}" : "";
            Console.Error.WriteLine($"{said}{mishap}   {string.Join(", ", means.Select(m => $"{m.Key} {m.Value}"))}");
        }

        Console.Error.WriteLine(
            $"accidents kept out: {accidentsHeld} of {accidentsSeen}; healthy weeks held: {held}; days with a model worse than another "
                + $"policy's: {string.Join(", ", worse.Select(w => $"{w.Key} {w.Value}"))}");
        Console.WriteLine(JsonSerializer.Serialize(
            new { shop.Customers, shop.From, shop.To, accidentsSeen, accidentsHeld, healthyHeld = held, daysWorse = worse, weeks }));
        return 0;
    }

    // Beyond two standard errors of the difference on the same customers.
    private static bool IsWorse(double[] own, double[] other)
    {
        double[] difference = [.. own.Zip(other, (a, b) => a - b)];
        double mean = difference.Average();
        double error = Math.Sqrt(difference.Sum(d => (d - mean) * (d - mean)) / Math.Max(1, difference.Length - 1) / difference.Length);
        return mean > 2 * error && mean > .002;
    }

    private sealed class Shop
    {
        private readonly List<TransactionLine> _lines;
        private readonly DateTime _start;
        private readonly int _horizon;

        public Shop(string[] args, int customers, int horizon, int last)
        {
            Customers = BenchProcess.Option(args, "--customers", customers);
            From = BenchProcess.Option(args, "--from", 1);
            To = BenchProcess.Option(args, "--to", last);
            _horizon = BenchProcess.Option(args, "--horizon", horizon);
            // A year and a half of history before the first week, and a horizon after the last to judge by.
            double years = 1.5 + ((last * 7 + _horizon) / 365.25);
            TransactionHistory history = Simulator.Generate(new SimulationOptions
            {
                Customers = Customers, Years = years, Seed = BenchProcess.Option(args, "--seed", 5),
            }).History;
            _lines = Corruptions.Lines(history);
            _start = LocalTime.MidnightAfter(history.LastMicros).ToDateTime().AddDays(-_horizon - (7 * last));
            Models = Directory.CreateTempSubdirectory("predictive-weeks-").FullName;
        }

        public int Customers { get; }

        public int From { get; }

        public int To { get; }

        public string Models { get; }

        public (int Prices, int Exodus)? Regime { get; set; }

        public DateTime Day(int week) => _start.AddDays(7 * week);

        public IReadOnlyList<TransactionLine> Delivery(int week) => [.. World().Where(l => l.OrderedAt < Day(week))];

        public TrainRuns Train(IReadOnlyList<TransactionLine> lines, int week) => TrainRuns.Execute(
            new TrainRequest(
                TransactionHistoryBuilder.Build(lines), [new BuiltInEngine()],
                engine => new TrainingOptions { AsOf = LocalTime.From(Day(week)), HorizonDays = _horizon, Engine = engine }, Models, Name),
            null,
            CancellationToken.None);

        public string Told(int week, TrainRuns runs) => string.Create(
            CultureInfo.InvariantCulture,
            $"week {week}: {runs.Best.Trained.Report.Grade?.Overall} "
                + $"{(runs.Best.Serves ? "accepted" : "held, " + string.Join('+', runs.Best.Verdict!.Reasons.Select(r => r.Code)))}"
                + $" (train {runs.Best.Seconds["train"]:0.0} s, gate {runs.Best.Seconds["gate"]:0.0} s)");

        // Churn log loss per customer of a version as of a week.
        public double[] Losses(ModelRegistry registry, ModelVersion version, int week)
        {
            TransactionHistory world = TransactionHistoryBuilder.Build(World());
            LocalTime asOf = LocalTime.From(Day(week));
            ScoreTable scores = new CustomerScorer(ModelBundle.Load(registry.Load(version)), new ModelStamp(Name, version.Version))
                .ScoreAll(world, asOf);
            Labels labels = Labels.Compute(world, scores.Customers, asOf, _horizon);
            return [.. scores.ChurnProbability.Select((p, i) =>
                -Math.Log(Math.Clamp(labels.Churned[i] > 0 ? p : 1 - p, 1e-6, 1)))];
        }

        private IEnumerable<TransactionLine> World()
        {
            if (Regime is not var (prices, exodus))
            {
                return _lines;
            }

            DateTime dearer = Day(prices), gone = Day(exodus);
            return _lines
                .Where(l => l.OrderedAt < gone || DeliveryFacts.HashOf(l.CustomerId) % 4 != 0)
                .Select(l => l.OrderedAt < dearer ? l : l with { Amount = l.Amount * 1.15 });
        }
    }
}
