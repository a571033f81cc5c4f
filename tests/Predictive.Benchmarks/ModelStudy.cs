using System.Globalization;
using System.Text.Json;
using Predictive.Learning;
using Predictive.Segmentation.History;
using Predictive.Segmentation.Scoring.Models;
using Predictive.Segmentation.Simulation;
using Predictive.Segmentation.Training.Churn;
using Predictive.Segmentation.Training.Clv;
using Predictive.Segmentation.Training.Evaluation;
using Predictive.Segmentation.Training.Protocol;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>modelstudy [--bases 20] [--largest 100000]</c>: the evidence for the training defaults, out of time on simulated bases of 1,000 to
/// <c>--largest</c> customers that differ in cadence, lifetime, ageing, season, growth and promotions.
/// </summary>
/// <remarks>Per base: log loss of each tree size and member; blend; level raw, half and fully anchored; CLV with tilt and level on and off.</remarks>
internal static class ModelStudy
{
    private static readonly int[] Sizes = [1_000, 1_500, 2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 40_000, 100_000];

    public static int Run(string[] args)
    {
        int bases = Option(args, "--bases", 20), largest = Option(args, "--largest", 100_000);
        var rows = new List<SortedDictionary<string, double>>();
        for (int b = 0; b < bases; b++)
        {
            var (options, horizon) = Base(b, largest);
            SortedDictionary<string, double> row = Study(options, horizon);
            rows.Add(row);
            Console.Error.WriteLine(FormattableString.Invariant($"base {b}: {options.Customers} customers, cadence {options.CadenceDays} d, H {horizon} d"));
            Console.Error.WriteLine("  " + string.Join("  ", row.Select(m => FormattableString.Invariant($"{m.Key} {m.Value:0.0000}"))));
        }

        var means = rows.SelectMany(r => r).GroupBy(m => m.Key).OrderBy(g => g.Key, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => Math.Round(g.Average(m => m.Value), 5));
        Console.WriteLine(JsonSerializer.Serialize(new { bench = "modelstudy", bases, largest, means }));
        return 0;
    }

    /// <summary>The b-th base: sizes cycle, the other traits with co-prime periods so that they combine.</summary>
    internal static (SimulationOptions Options, int Horizon) Base(int b, int largest)
    {
        double[] cadences = [10, 40, 90, 200];
        double[] growths = [-.2, .1, .6];
        int kind = (b / Sizes.Length) + b;
        double cadence = cadences[kind % 4];
        return (new SimulationOptions
        {
            Customers = Math.Min(largest, Sizes[b % Sizes.Length]),
            Seed = 1000 + b,
            Years = cadence > 100 ? 3 : 1.5 + (b % 2),
            CadenceDays = cadence,
            LifetimeDays = cadence * (5 + (7 * (b % 3))),
            AgeingShare = (b % 5) / 5.0,
            Season = .15 * (b % 4),
            GrowthPerYear = growths[b % 3],
            PromotionsPerYear = 2 * (b % 4),
        }, cadence > 100 ? 180 : cadence > 60 ? 120 : 90);
    }

    private static SortedDictionary<string, double> Study(SimulationOptions options, int horizon)
    {
        TransactionHistory history = Simulator.Generate(options).History;
        AsOf asOf = AsOf.MidnightAfter(history.LastMicros).AddDays(-horizon);
        var store = new SnapshotStore(history, horizon, 0, TimeProvider.System);
        var engine = new BuiltInEngine();
        var fitter = new ModelFitter(store, horizon, engine, 1, 0, 600_000);
        Snapshot at = fitter.At(asOf, labels: true);
        var result = new SortedDictionary<string, double>(StringComparer.Ordinal);
        int own = TreeSize.RungFor(at.Rows);
        FittedMembers fitted = fitter.Fit(asOf, new ChurnSettings { Size = TreeSize.Ladder[own] }, new ClvSettings { Size = TreeSize.Ladder[own] }, CancellationToken.None);
        double[][] members = fitted.Churn.LogOddsOf(at.Features, 0);
        for (int rung = 0; rung < TreeSize.Ladder.Count; rung++)
        {
            ChurnMembers sized = rung == own
                ? fitted.Churn
                : ChurnMembers.Fit(fitted.Table, null, new ChurnSettings { Size = TreeSize.Ladder[rung] }, engine, 1, 0, CancellationToken.None);
            Add($"churn.trees{rung}", Measure(at, sized.LogOddsOf(at.Features, 0)[1], 0));
        }

        double[] weights = new ChurnSettings().Prior;
        double[] blend = BlendWeights.Apply(members, weights);
        Add("churn.linear", Measure(at, members[0], 0));
        Add("churn.pareto", Measure(at, members[2], 0));
        Add("churn.bgnbd", Measure(at, members[3], 0));
        Add("churn.blend.raw", Measure(at, blend, 0));
        foreach (double anchor in new[] { .5, 1 })
        {
            double mean = Level.Mean(blend);
            Add(string.Create(CultureInfo.InvariantCulture, $"churn.blend.anchor{anchor}"), Measure(at, blend, Level.ShiftToMean(blend, mean + (anchor * (Level.Mean(members[2]) - mean)))));
        }

        Add("churn.blend.oracle", Measure(at, blend, Level.ShiftToMean(blend, at.Churned.Average(c => (double)c))));
        double[] churn = [.. blend.Select(LogOdds.ToProbability)];
        var none = new SpendInterval([], [new QuantileTable([0, 0])], 1, [.9, .9, .9]);
        foreach (double tilt in new[] { 0, .5, 1 })
        {
            foreach (bool leveled in new[] { false, true })
            {
                ClvModel model = ModelAssembly.Clv(fitted.Clv with { TiltStrength = tilt }, at, churn, none, leveled, 0);
                var predictions = new ClvPrediction[at.Rows];
                model.Predict(at.Features, churn, predictions);
                ClvMetrics clv = WindowMetrics.Clv(at.NetSpend, [.. predictions.Select(p => p.Expected)]);
                string name = string.Create(CultureInfo.InvariantCulture, $"clv.tilt{tilt}");
                result[$"{name}.gini"] = clv.Gini;
                result[$"{name}.spearman"] = clv.Spearman;
                result[leveled ? "clv.level.set.logError" : "clv.level.raw.logError"] = Math.Abs(Math.Log(Math.Max(1e-9, clv.PredictedTotal / clv.ActualTotal)));
            }
        }

        foreach (var (name, baseline) in Baselines.Measure(history, fitted.Table.Snapshots[0], at))
        {
            if (baseline.Churn is { } c)
            {
                Add($"baseline.{name}", c);
            }

            if (baseline.Clv is { } v)
            {
                result[$"baseline.{name}.gini"] = v.Gini;
                result[$"baseline.{name}.spearman"] = v.Spearman;
            }
        }

        return result;

        void Add(string name, ChurnMetrics metrics)
        {
            result[$"{name}.auc"] = metrics.Auc;
            result[$"{name}.logLoss"] = metrics.LogLoss;
            result[$"{name}.ece"] = metrics.Ece;
        }
    }

    private static ChurnMetrics Measure(Snapshot at, double[] logOdds, double shift) =>
        WindowMetrics.Churn(at.Churned, [.. logOdds.Select(f => LogOdds.ToProbability(f + shift))]);

    private static int Option(string[] args, string name, int standard)
    {
        int i = Array.IndexOf(args, name);
        return i >= 0 && i + 1 < args.Length ? int.Parse(args[i + 1], CultureInfo.InvariantCulture) : standard;
    }
}
