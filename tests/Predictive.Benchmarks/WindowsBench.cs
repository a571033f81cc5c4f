using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.MLNet;
using Predictive.Training.Pipeline;
using Predictive.Training.Snapshots;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>windows DIR --horizon 365 (--cutoffs D,D | --most N) [--engines built-in,mlnet] --out FOLDER</c>: what
/// <c>peers/two_snapshots.py</c> learns from and is judged on, as CSV: the customer's number, whether the customer churned, the net spend
/// of the window, our features; and what our own models say of the same customers.
/// </summary>
/// <remarks>
/// Per cutoff T a folder of its own: <c>0.csv</c> as of T (the window that judges), <c>1.csv</c> as of T − H, <c>2.csv</c> as of T − 2H and
/// so on to <c>5.csv</c>, as far as there is history; <c>ENGINE.csv</c>: probability and expected spend, in the order of <c>0.csv</c>;
/// <c>ENGINE.json</c>: seconds and interval. Missing values are empty. <c>--most</c> spreads cutoffs evenly, at least a quarter of the
/// horizon apart, between the first that has a window to learn from and the last whose window has passed. What is there is kept.
/// </remarks>
internal static class WindowsBench
{
    private const int MostSnapshots = 5;

    public static int Run(string[] args)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;
        string? cutoffs = Option("--cutoffs"), most = Option("--most");
        if (args.Length == 0 || Option("--horizon") is not { } horizonText || (cutoffs is null) == (most is null)
            || Option("--out") is not { } output)
        {
            Console.Error.WriteLine(
                "Usage: windows DIR --horizon DAYS (--cutoffs DATE,DATE | --most N) [--engines built-in,mlnet] --out FOLDER");
            return 2;
        }

        TransactionHistory history = DatasetLoader.Load(args[0]);
        int horizon = int.Parse(horizonText, CultureInfo.InvariantCulture);
        ILearningEngine[] engines =
            [.. (Option("--engines") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select<string, ILearningEngine>(
                name => name switch
                {
                    BuiltInEngine.EngineName => new BuiltInEngine(),
                    MLNetEngine.EngineName => new MLNetEngine(),
                    _ => throw new ArgumentException(
                        $"Engine '{name}'; expected {BuiltInEngine.EngineName} or {MLNetEngine.EngineName}."),
                })];
        var store = new SnapshotStore(history, horizon, 0, TimeProvider.System);
        LocalTime earliest = new LocalTime(history.FirstMicros).AddDays(SnapshotPlan.HistoryNeeded(horizon));
        foreach (LocalTime asOf in cutoffs is null
            ? Spread(history, horizon, int.Parse(most!, CultureInfo.InvariantCulture))
            : cutoffs.Split(',').Select(c => LocalTime.StartOf(DateOnly.Parse(c, CultureInfo.InvariantCulture))))
        {
            string day = asOf.ToDateTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            string folder = Directory.CreateDirectory(Path.Combine(output, day)).FullName;
            for (int k = 0; k <= MostSnapshots && (k == 0 || asOf.AddDays(-k * horizon) >= earliest); k++)
            {
                string path = Path.Combine(folder, $"{k}.csv");
                if (!File.Exists(path))
                {
                    Write(store.Get(new SnapshotPoint(asOf.AddDays(-k * horizon), horizon, 1), labels: true), path);
                }
            }

            foreach (ILearningEngine engine in engines)
            {
                string path = Path.Combine(folder, $"{engine.Name}.csv");
                if (!File.Exists(path))
                {
                    Judge(history, asOf, horizon, engine, path);
                    Console.WriteLine($"{args[0]} {day} {engine.Name}");
                }
            }
        }

        return 0;
    }

    /// <summary>Cutoffs as <c>--most</c> spreads them, newest first.</summary>
    internal static IEnumerable<LocalTime> Spread(TransactionHistory history, int horizon, int most)
    {
        LocalTime first = LocalTime.From(new LocalTime(history.FirstMicros).ToDateTime().Date)
            .AddDays(SnapshotPlan.HistoryNeeded(horizon) + horizon + 1);
        LocalTime last = LocalTime.MidnightAfter(history.LastMicros).AddDays(-horizon);
        int days = (int)((last.Micros - first.Micros) / LocalTime.MicrosPerDay);
        int count = Math.Min(most, (days / Math.Max(1, (horizon + 3) / 4)) + 1);
        return Enumerable.Range(0, count).Select(k => last.AddDays(count == 1 ? 0 : -(int)((long)days * k / (count - 1))));
    }

    private static void Judge(TransactionHistory history, LocalTime asOf, int horizon, ILearningEngine engine, string path)
    {
        JudgedReport report = Backtest.Run(history, new BacktestOptions { Cutoff = asOf, HorizonDays = horizon, Engine = engine });
        File.WriteAllText(
            Path.ChangeExtension(path, "json"),
            JsonSerializer.Serialize(new
            {
                report.Seconds, report.Interval!.BelowLow, report.Interval.AboveHigh, report.Interval.CoverageLikelyBuyers,
                report.Interval.LikelyBuyers, Grade = report.Grade.ToString(), Plan = report.TrainSnapshots,
            }));
        File.WriteAllLines(
            path,
            report.Window!.Churn.Select((p, i) => FormattableString.Invariant($"{p:R},{report.Window.Value[i]:R}")).Prepend("churn,value"));
    }

    private static void Write(Snapshot at, string path)
    {
        using (var file = new StreamWriter(path + ".tmp"))
        {
            file.WriteLine(string.Join(',', at.Features.Names.Prepend("net").Prepend("churned").Prepend("customer")));
            for (int i = 0; i < at.Rows; i++)
            {
                file.Write(FormattableString.Invariant($"{at.Customers[i]},{at.Churned[i]},{at.NetSpend[i]:R}"));
                for (int j = 0; j < at.Features.Columns; j++)
                {
                    float v = at.Features.Column(j)[i];
                    file.Write(float.IsFinite(v) ? FormattableString.Invariant($",{v:R}") : ",");
                }

                file.WriteLine();
            }
        }

        File.Move(path + ".tmp", path, overwrite: true);
    }
}
