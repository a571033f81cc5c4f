using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Training.Snapshots;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>windows DIR --horizon 365 --cutoffs D,D --out FOLDER</c>: what <c>peers/xgboost_two_snapshots.py</c> learns from and is judged on, as
/// CSV: our features and, in front of them, whether the customer churned and the net spend of the window.
/// </summary>
/// <remarks>
/// Per cutoff T a folder of its own: <c>0.csv</c> as of T (the window that judges), <c>1.csv</c> as of T − H, <c>2.csv</c> as of T − 2H and
/// so on to <c>5.csv</c>, as far as there is history. Rows are in the order of customers, missing values empty.
/// </remarks>
internal static class WindowsBench
{
    private const int MostSnapshots = 5;

    public static int Run(string[] args)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;
        if (args.Length == 0 || Option("--horizon") is not { } horizonText || Option("--cutoffs") is not { } cutoffs
            || Option("--out") is not { } output)
        {
            Console.Error.WriteLine("Usage: windows DIR --horizon DAYS --cutoffs DATE,DATE --out FOLDER");
            return 2;
        }

        TransactionHistory history = DatasetLoader.Load(args[0]);
        int horizon = int.Parse(horizonText, CultureInfo.InvariantCulture);
        var store = new SnapshotStore(history, horizon, 0, TimeProvider.System);
        LocalTime earliest = new LocalTime(history.FirstMicros).AddDays(SnapshotPlan.HistoryNeeded(horizon));
        foreach (string cutoff in cutoffs.Split(','))
        {
            LocalTime asOf = LocalTime.StartOf(DateOnly.Parse(cutoff, CultureInfo.InvariantCulture));
            string folder = Directory.CreateDirectory(Path.Combine(output, cutoff)).FullName;
            for (int k = 0; k <= MostSnapshots && (k == 0 || asOf.AddDays(-k * horizon) >= earliest); k++)
            {
                Write(store.Get(new SnapshotPoint(asOf.AddDays(-k * horizon), horizon, 1), labels: true), Path.Combine(folder, $"{k}.csv"));
            }
        }

        Console.WriteLine($"{{\"folder\":\"{output}\"}}");
        return 0;
    }

    private static void Write(Snapshot at, string path)
    {
        using var file = new StreamWriter(path);
        file.WriteLine(string.Join(',', at.Features.Names.Prepend("net").Prepend("churned")));
        for (int i = 0; i < at.Rows; i++)
        {
            file.Write(FormattableString.Invariant($"{at.Churned[i]},{at.NetSpend[i]:R}"));
            for (int j = 0; j < at.Features.Columns; j++)
            {
                float v = at.Features.Column(j)[i];
                file.Write(float.IsFinite(v) ? FormattableString.Invariant($",{v:R}") : ",");
            }

            file.WriteLine();
        }
    }
}
