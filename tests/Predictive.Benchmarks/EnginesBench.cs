using Predictive.Learning.BuiltIn;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.Learning;
using Predictive.MLNet;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Scoring;
using Predictive.History.Simulation;
using Predictive.Training.Pipeline;
using Predictive.Training.Snapshots;
using Predictive.Segmentation.Models;
using Predictive.Training;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>engines DIR[@CUTOFF[/DAYS]] ... [--seed 1] [--json]</c>: every engine and trainer side by side on each dataset: accuracy out of time,
/// seconds to train (features left out) and seconds of all cores together for the whole backtest (features, which cost all the same,
/// included), rows scored and explained per second by all cores, and the size of the version zip. Default cutoff: a window of 90 days
/// before the end.
/// </summary>
/// <remarks>Seconds of the cores are what to compare on a machine that does something else too.</remarks>
internal static class EnginesBench
{
    public static int Run(string[] args)
    {
        bool json = args.Contains("--json");
        int seed = Array.IndexOf(args, "--seed") is >= 0 and int at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 1;
        string[] folders = [.. args.Where((a, i) => !a.StartsWith("--", StringComparison.Ordinal) && (i == 0 || args[i - 1] != "--seed"))];
        if (folders.Length == 0)
        {
            Console.Error.WriteLine("Usage: engines DIR[@CUTOFF[/DAYS]] ... [--seed 1] [--json]");
            return 2;
        }

        List<ILearningEngine> engines = [new BuiltInEngine(), new MLNetEngine()];
        if (engines[1].Trainers.Any(t => t.Name == MLNetEngine.LightGbm))
        {
            engines.Add(new MLNetEngine(MLNetEngine.LightGbm));
        }

        // Compiles everything before anything is timed.
        TransactionHistory small = Simulator.Generate(new SimulationOptions { Customers = 600, Years = 1.5, Seed = 9 }).History;
        engines.ForEach(e => Measure(small, e, LocalTime.MidnightAfter(small.LastMicros).AddDays(-60), 60, seed));

        var rows = new List<object>();
        foreach (string folder in folders)
        {
            int cut = folder.LastIndexOf('@');
            string[] parts = cut < 0 ? [folder] : [folder[..cut], .. folder[(cut + 1)..].Split('/')];
            int days = parts.Length > 2 ? int.Parse(parts[2], CultureInfo.InvariantCulture) : 90;
            TransactionHistory history = DatasetLoader.Load(parts[0], new LoadOptions());
            LocalTime cutoff = parts.Length > 1
                && LocalTime.TryParse(parts[1], TimeZoneInfo.FindSystemTimeZoneById(history.Description.TimeZone), out LocalTime given)
                ? given : LocalTime.MidnightAfter(history.LastMicros).AddDays(-days);
            Print($"{parts[0]}, {history.CustomerCount:N0} customers, cutoff {cutoff}, {days} days");
            Print($"{"engine",-16} {"AUC",7} {"log loss",9} {"Gini",7} {"Spearman",9} {"capture",8} {"train s",8} {"core s",8} "
                + $"{"scored/s",10} {"explained/s",12} {"zip KB",7} {"ML.NET's KB",12}");
            JudgedReport? first = null;
            foreach (ILearningEngine engine in engines)
            {
                Measured m = Measure(history, engine, cutoff, days, seed);
                JudgedReport r = m.Report;
                Print($"{r.EngineLabel,-16} {r.Churn.Auc,7:0.0000} {r.Churn.LogLoss,9:0.0000} {r.Clv.Gini,7:0.0000} "
                    + $"{r.Clv.Spearman,9:0.0000} {r.Clv.TopDecileCapture,8:0.0000} {m.TrainSeconds,8:0.0} {m.CoreSeconds,8:0.0} "
                    + $"{m.Scored,10:N0} {m.Explained,12:N0} {m.ZipBytes / 1000,7:N0} {m.OriginalBytes / 1000,12:N0}");
                EngineComparison? against = first is null ? null : EngineComparison.Of(r, first, seed);
                first ??= r with { Models = null! }; // comparing needs no models, and they are large
                rows.Add(new
                {
                    dataset = parts[0], customers = history.CustomerCount, cutoff = cutoff.ToString(), days, engine = r.Engine,
                    trainer = r.Trainer, auc = r.Churn.Auc, logLoss = r.Churn.LogLoss, gini = r.Clv.Gini, spearman = r.Clv.Spearman,
                    topDecileCapture = r.Clv.TopDecileCapture, trainSeconds = m.TrainSeconds, coreSeconds = m.CoreSeconds,
                    scoredPerSecond = m.Scored, explainedPerSecond = m.Explained, zipBytes = m.ZipBytes, originalBytes = m.OriginalBytes,
                    against,
                });
                if (against is not null)
                {
                    Print($"{"",-16} {against.Reason}");
                }
            }
        }

        if (json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(rows, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase }));
        }

        return 0;

        void Print(string line) => (json ? Console.Error : Console.Out).WriteLine(line);
    }

    private static Measured Measure(TransactionHistory history, ILearningEngine engine, LocalTime cutoff, int days, int seed)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        JudgedReport report =
            Backtest.Run(history, new BacktestOptions { Cutoff = cutoff, HorizonDays = days, Seed = seed, Engine = engine });
        double cores = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        TrainedModels models = report.Models;
        ModelBundle bundle = BundleAssembler.Assemble(
            history, models, new TrainingOptions { AsOf = cutoff, HorizonDays = days, Seed = seed, Engine = engine });
        var churn = new double[models.Features.Rows];
        var clv = new ClvPrediction[churn.Length];
        double scored = PerSecond(churn.Length, () =>
        {
            models.Churn.Predict(models.Features, churn);
            models.Clv.Predict(models.Features, churn, clv);
        });
        int explained = Math.Min(churn.Length, 5_000), width = models.Features.Columns;
        var rows = new float[explained * width];
        for (int i = 0; i < explained; i++)
        {
            models.Features.CopyRow(i, rows.AsSpan(i * width, width));
        }

        var contributions = new double[explained * (width + 1)];
        double reasons = PerSecond(explained, () => models.Churn.Explain(rows, contributions));
        Console.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture, $"{report.EngineLabel}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s in all"));
        return new Measured(
            report, report.Seconds.Train, cores, scored, reasons, bundle.ToPackage().ToBytes().Length,
            bundle.Originals.Values.Sum(o => (long)o.Length));
    }

    // The best of several passes: what else runs on the machine only adds.
    private static double PerSecond(int rows, Action pass)
    {
        pass();
        double best = double.PositiveInfinity;
        long start = Stopwatch.GetTimestamp();
        for (int n = 0; n < 5 || (n < 200 && Stopwatch.GetElapsedTime(start).TotalSeconds < 1); n++)
        {
            long began = Stopwatch.GetTimestamp();
            pass();
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return rows / best;
    }

    private sealed record Measured(
        JudgedReport Report, double TrainSeconds, double CoreSeconds, double Scored, double Explained, long ZipBytes, long OriginalBytes);
}
