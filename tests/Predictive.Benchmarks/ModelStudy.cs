using Predictive.Learning.BuiltIn;
using System.Globalization;
using System.Text.Json;
using Predictive.Learning;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Models;
using Predictive.History.Simulation;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Training.Assembly;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Members;
using Predictive.Training.Evaluation;
using Predictive.Training.Levels;
using Predictive.Training.Snapshots;
using Predictive.Training.Selection;
using Predictive.Segmentation.Rules;

namespace Predictive.Benchmarks;

/// <summary>
/// The evidence for the training defaults, out of time: on simulated bases that differ in size, cadence, lifetime, ageing, season, growth
/// and promotions, or on many windows of a dataset.
/// <code>
/// modelstudy [--from 0] [--bases 20] [--largest 100000]        simulated bases
/// modelstudy --data DIR [--horizons 30,60,90] [--windows 4]    windows of each horizon, evenly spread
/// modelstudy --merge FILE ...                                  means over rows printed before, as a table; windows of high ECE
/// </code>
/// </summary>
/// <remarks>
/// One JSON line per window on stdout. Per window: what the pipeline makes (blend, CLV, interval), each member alone, each tree size in the
/// blend, the linear member with and without products, the level raw, drawn to Pareto/NBD, drawn to it set right, and known; CLV by
/// combination, tilt and level.
/// </remarks>
internal static class ModelStudy
{
    private static readonly int[] Sizes = [1_000, 1_500, 2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 40_000, 100_000];

    /// <summary>Above so many customers only the size that the pipeline chose is trained.</summary>
    private static int AllSizesUpTo = 25_000;

    public static int Run(string[] args)
    {
        int merge = Array.IndexOf(args, "--merge");
        if (merge >= 0)
        {
            Table([
                .. args.Skip(merge + 1).SelectMany(File.ReadLines).Select(l => JsonSerializer.Deserialize<Dictionary<string, double>>(l)!),
            ]);
            return 0;
        }

        AllSizesUpTo = Array.IndexOf(args, "--levels") >= 0 ? 0 : AllSizesUpTo;
        var rows = new List<Dictionary<string, double>>();
        int data = Array.IndexOf(args, "--data");
        foreach (var (name, history, asOf, horizon) in data >= 0 ? Windows(args[data + 1], args) : Bases(args))
        {
            var row = new Dictionary<string, double>(Study(history, asOf, horizon)) { ["day"] = Day(asOf) };
            rows.Add(row);
            Console.Error.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: {row["customers"]} customers, log loss {row["churn.model.logLoss"]:0.0000}, {row["seconds"]:0.0} s"));
            Console.WriteLine(JsonSerializer.Serialize(row));
        }

        return rows.Count > 0 ? 0 : 1;
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

    private static IEnumerable<(string Name, TransactionHistory History, LocalTime AsOf, int Horizon)> Bases(string[] args)
    {
        int from = Option(args, "--from", 0), count = Option(args, "--bases", 20), largest = Option(args, "--largest", 100_000);
        for (int b = from; b < from + count; b++)
        {
            var (options, horizon) = Base(b, largest);
            TransactionHistory history = Simulator.Generate(options).History;
            yield return ($"base {b}", history, LocalTime.MidnightAfter(history.LastMicros).AddDays(-horizon), horizon);
        }
    }

    private static IEnumerable<(string Name, TransactionHistory History, LocalTime AsOf, int Horizon)> Windows(string folder, string[] args)
    {
        TransactionHistory history = DatasetLoader.Load(folder);
        int windows = Option(args, "--windows", 4), at = Array.IndexOf(args, "--horizons");
        LocalTime first = new(history.FirstMicros), end = LocalTime.MidnightAfter(history.LastMicros);
        foreach (int horizon in (at >= 0 ? args[at + 1] : "30,60,90").Split(',').Select(h => int.Parse(h, CultureInfo.InvariantCulture)))
        {
            // The first cutoff has one training window before it, the last one whole window after it.
            LocalTime earliest = LocalTime.From(first.ToDateTime().Date).AddDays(SnapshotPlan.HistoryNeeded(horizon) + horizon + 1),
                latest = end.AddDays(-horizon);
            int days = (int)((latest.Micros - earliest.Micros) / LocalTime.MicrosPerDay);
            for (int k = 0; k < windows && days >= 0; k++)
            {
                LocalTime asOf = earliest.AddDays(windows == 1 ? days : (int)((long)days * k / (windows - 1)));
                yield return ($"{asOf}, {horizon} d", history, asOf, horizon);
            }
        }
    }

    private static SortedDictionary<string, double> Study(TransactionHistory history, LocalTime asOf, int horizon)
    {
        long started = TimeProvider.System.GetTimestamp();
        var engine = new BuiltInEngine();
        TrainedModels models = TrainingPipeline.Train(history, new TrainingOptions { AsOf = asOf, HorizonDays = horizon, Engine = engine });
        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        Snapshot at = new SnapshotStore(history, horizon, 0, TimeProvider.System).Get(new SnapshotPoint(asOf, horizon, 1), labels: true);
        var result = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["customers"] = at.Rows, ["seconds"] = seconds, ["horizon"] = horizon,
        };
        var churn = new double[at.Rows];
        models.Churn.Predict(models.Features, churn);
        var clv = new ClvPrediction[at.Rows];
        models.Clv.Predict(models.Features, churn, clv);
        Add("churn.model", WindowMetrics.Churn(at.Churned, churn));
        result["churn.miss"] = churn.Average() - at.Churned.Average(c => (double)c);
        AddClv("clv.model", [.. clv.Select(c => c.Expected)]);
        result["clv.orders.logTotal"] =
            Math.Abs(Math.Log(clv.Sum(c => c.ExpectedOrders) / Math.Max(1, at.OrderCounts.Sum(o => (double)o))));
        AddInterval(WindowMetrics.Interval(at.NetSpend, churn, clv));
        if (models.Members is { } members && models.Report.Method == "windows")
        {
            Churn(members, models.Settings!, at, engine, Add);
            Clv(members, at, churn, models.Churn.Offset, AddClv);
        }

        Snapshot? train = models.TrainingSnapshots.Count > 0 ? models.TrainingSnapshots[0] : null;
        foreach (var (name, baseline) in Baselines.Measure(history, train, at))
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

        void AddClv(string name, double[] expected)
        {
            ClvMetrics metrics = WindowMetrics.Clv(at.NetSpend, expected);
            result[$"{name}.gini"] = metrics.Gini;
            result[$"{name}.spearman"] = metrics.Spearman;
            result[$"{name}.capture"] = metrics.TopDecileCapture;
            result[$"{name}.logTotal"] = Math.Abs(Math.Log(Math.Max(1e-9, metrics.PredictedTotal / metrics.ActualTotal)));
        }

        void AddInterval(IntervalMetrics interval)
        {
            result["interval.below"] = interval.BelowLow;
            result["interval.above"] = interval.AboveHigh;
            result["interval.missesKept"] = interval.BelowLow <= .12 && interval.AboveHigh <= .12 ? 1 : 0;
            result["interval.pinballHighRatio"] = interval.PinballHigh / interval.PopulationPinballHigh;
            result["interval.pinballLowRatio"] =
                interval.PopulationPinballLow == 0 ? 1 : interval.PinballLow / interval.PopulationPinballLow;
            if (interval is { CoverageLikelyBuyers: { } coverage, LikelyBuyers: >= 50 })
            {
                result["interval.coverage"] = coverage;
                result["interval.coverageKept"] = coverage is >= .76 and <= .84 ? 1 : 0;
            }
        }
    }

    private static void Churn(
        FittedMembers members, SelectionResult settings, Snapshot at, BuiltInEngine engine, Action<string, ChurnMetrics> add)
    {
        double[][] logOdds = members.Churn.LogOddsOf(at.Features, 0);
        double[] prior = settings.Churn.Prior;
        for (int rung = 0; rung < TreeSize.Ladder.Count && at.Rows <= AllSizesUpTo; rung++)
        {
            ChurnSettings sized = settings.Churn with { Size = TreeSize.Ladder[rung], Searched = null };
            double[] trees =
                (members.Churn with { Trees = ChurnMembers.FitTrees(members.Table, null, sized, engine, 1, 0, CancellationToken.None) })
                .TreeLogOddsOf(at.Features);
            add($"churn.trees{rung}", Measure(at, trees));
            add($"churn.blend.trees{rung}", Measure(at, BlendWeights.Apply([logOdds[0], trees, logOdds[2], logOdds[3]], prior)));
        }

        LinearScorer plain =
            LinearTrainer.Logistic(members.Table, null, members.Table.Gather(s => s.Churned), settings.Churn with { ProductPenalty = 0 });
        var plainLogOdds = new double[at.Rows];
        RowBlocks.Run(at.Features, 0, (i, row) => plainLogOdds[i] = plain.Score(row));
        add("churn.linear", Measure(at, logOdds[0]));
        add("churn.linear.noProducts", Measure(at, plainLogOdds));
        add("churn.trees", Measure(at, logOdds[1]));
        add("churn.pareto", Measure(at, logOdds[2]));
        add("churn.bgnbd", Measure(at, logOdds[3]));
        double[] blend = BlendWeights.Apply(logOdds, settings.Weights);
        add("churn.blend.prior", Measure(at, BlendWeights.Apply(logOdds, prior)));
        add(
            "churn.blend.noProducts",
            Measure(at, BlendWeights.Apply([plainLogOdds, logOdds[1], logOdds[2], logOdds[3]], settings.Weights)));
        double raw = Level.Mean(blend), lifetimes = Level.Mean(logOdds[2]);
        add("churn.level.raw", Measure(at, blend));
        LevelForecast forecast = members.Forecast.Churn;
        add("churn.level.pareto", Shifted(lifetimes));
        add("churn.level.pareto.5", Shifted(LogOdds.ToProbability((LogOdds.Of(raw) + LogOdds.Of(lifetimes)) / 2)));
        add("churn.level.season", Shifted(LogOdds.ToProbability(LogOdds.Of(raw) + forecast.Season)));
        add("churn.level.paretoSetRight", Shifted(LogOdds.ToProbability(LogOdds.Of(lifetimes) + forecast.Error)));
        add(
            "churn.level.noSeason",
            Shifted(LogOdds.ToProbability((forecast with { Season = 0 }).Combine(LogOdds.Of(raw), LogOdds.Of(lifetimes)))));
        foreach (int power in new[] { 0, 1, 2, 4 })
        {
            add(
                $"churn.level.share{power}",
                Shifted(LogOdds.ToProbability(forecast.Combine(LogOdds.Of(raw), LogOdds.Of(lifetimes), forecast.Share(power)))));
        }

        add("churn.level.known", Shifted(at.Churned.Average(c => (double)c)));

        ChurnMetrics Shifted(double mean)
        {
            double shift = Level.ShiftToMean(blend, mean);
            return Measure(at, [.. blend.Select(f => f + shift)]);
        }
    }

    private static void Clv(FittedMembers members, Snapshot at, double[] churn, double churnShift, Action<string, double[]> add)
    {
        string[] names = ["ridge", "logTrees", "gammaTrees", "paretoGammaGamma"];
        TreeOutputs[] outputs = ClvMembers.Outputs(members.Clv, at.Features);
        for (int k = 0; k < names.Length; k++)
        {
            double[] alone = new double[names.Length];
            alone[k] = 1;
            add($"clv.{names[k]}", ClvMembers.Means(members.Clv with { Weights = alone }, at.Features, churn, outputs, 0));
        }

        add("clv.rankTrees", [.. outputs.Select(o => o.Rank)]);
        foreach (var (name, weights, tilt, leveled) in new (string, double[], double, bool)[]
        {
            ("equal.tilt", [.25, .25, .25, .25], 1, true), ("defaults.tilt", ClvSettings.DefaultWeights, 1, true),
            ("tilt", members.Clv.Weights, 1, true), ("noTilt", members.Clv.Weights, 0, true),
            ("halfTilt", members.Clv.Weights, .5, true),
            ("ownTotal", members.Clv.Weights, 1, false),
        })
        {
            ClvParts parts = members.Clv with { Weights = weights, TiltStrength = tilt };
            ClvModel model = ModelAssembly.Clv(
                parts, parts.TiltStrength > 0 ? new ClvSettings().LostShare : 0, at, churn, churnShift, SpendInterval.Unset,
                leveled ? members.Forecast : null, 0);
            var predictions = new ClvPrediction[at.Rows];
            model.Predict(at.Features, churn, predictions);
            add($"clv.{name}", [.. predictions.Select(p => p.Expected)]);
        }
    }

    private static ChurnMetrics Measure(Snapshot at, double[] logOdds) =>
        WindowMetrics.Churn(at.Churned, [.. logOdds.Select(LogOdds.ToProbability)]);

    /// <summary>Means over rows, one line per candidate, one column per measure.</summary>
    private static void Table(List<Dictionary<string, double>> rows)
    {
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{rows.Count} windows, {rows.Average(r => r["customers"]):0} customers, {rows.Average(r => r["seconds"]):0.0} s on "
                    + $"average"));
        var means =
            rows.SelectMany(r => r).GroupBy(m => m.Key).ToDictionary(g => g.Key, g => (Mean: g.Average(m => m.Value), Count: g.Count()));
        foreach (string[] measures in new string[][] { ["auc", "logLoss", "ece"], ["gini", "spearman", "capture", "logTotal"] })
        {
            Console.WriteLine(
                $"\n| candidate | windows | {string.Join(" | ", measures)} |\n|---|---|{string.Concat(measures.Select(_ => "---|"))}");
            foreach (string name in means.Keys.Where(k => k.EndsWith($".{measures[0]}", StringComparison.Ordinal))
                .Select(k => k[..^(measures[0].Length + 1)]).Order(StringComparer.Ordinal))
            {
                var cells = measures.Select(
                    m => means.TryGetValue($"{name}.{m}", out var v) ? v.Mean.ToString("0.0000", CultureInfo.InvariantCulture) : "");
                Console.WriteLine($"| {name} | {means[$"{name}.{measures[0]}"].Count} | {string.Join(" | ", cells)} |");
            }
        }

        Console.WriteLine("\n| interval | mean |\n|---|---|");
        foreach (string key in means.Keys.Where(k => k.StartsWith("interval.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {key["interval.".Length..]} | {means[key].Mean:0.0000} |"));
        }

        Miscalibrated(rows);
    }

    /// <summary>
    /// Windows whose calibration error is above .05, and what of it stays where the level is known: the rest is the level's.
    /// </summary>
    private static void Miscalibrated(List<Dictionary<string, double>> rows)
    {
        Console.WriteLine("\n| day, horizon, customers | ECE | with the level known | mean p − share churned |\n|---|---|---|---|");
        foreach (Dictionary<string, double> row in rows.Where(r => r["churn.model.ece"] > .05).OrderByDescending(r => r["churn.model.ece"]))
        {
            double shape = row.GetValueOrDefault("churn.level.known.ece", double.NaN), miss = row.GetValueOrDefault("churn.miss");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.GetValueOrDefault("day")}, {row["horizon"]} d, {row["customers"]} | {row["churn.model.ece"]:.000} | "
                    + $"{shape:.000} | {miss:+.000;−.000} |"));
        }
    }

    private static double Day(LocalTime at) =>
        double.Parse(at.ToDateTime().ToString("yyyyMMdd", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static int Option(string[] args, string name, int standard)
    {
        int i = Array.IndexOf(args, name);
        return i >= 0 && i + 1 < args.Length ? int.Parse(args[i + 1], CultureInfo.InvariantCulture) : standard;
    }
}
