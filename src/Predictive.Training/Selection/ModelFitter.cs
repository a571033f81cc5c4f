using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation;
using Predictive.Segmentation.Models;
using Predictive.Training.Members;
using Predictive.Training.Levels;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Selection;

/// <summary>The members trained as of one cutoff, and the rows they learned from.</summary>
internal sealed record FittedMembers(
    LocalTime Cutoff, TrainingTable Table, TrainingTable ClvTable, ChurnMembers Churn, ClvParts Clv, LevelForecasts Forecast);

/// <summary>Trains members as of a cutoff: the same routine for validation windows and for the final models.</summary>
/// <param name="store">Snapshots of the history (or of a sample of it).</param>
/// <param name="plan">Which snapshots to learn from, and the length of their label windows.</param>
/// <param name="engine">What learns the trees.</param>
/// <param name="seed">Of every draw.</param>
/// <param name="threads">0 = one per core.</param>
/// <param name="mostRows">Most training rows over all snapshots: beyond it, each is a sample of its population, all of one size.</param>
/// <param name="shared">Members fitted before.</param>
internal sealed class ModelFitter(
    SnapshotStore store, SnapshotPlan plan, ILearningEngine engine, int seed, int threads, int mostRows, SharedTraining shared)
{
    /// <summary>Most training rows of the final models over all snapshots.</summary>
    public const int MostTrainingRows = 300_000;

    private const int FewestOfAWindow = 1000;

    /// <summary>Customers whose out-of-fold predictions set the interval.</summary>
    public const int IntervalCustomers = 8_000;

    public SnapshotStore Store => store;

    public SnapshotPlan Plan => plan;

    public int HorizonDays => plan.HorizonDays;

    public int Seed => seed;

    public LocalTime First { get; } = new(store.History.FirstMicros);

    /// <summary>Snapshots of churn training as of a cutoff: full windows first, newest first.</summary>
    public IReadOnlyList<Snapshot> ChurnSnapshots(LocalTime cutoff)
    {
        IReadOnlyList<SnapshotPoint> full = plan.Full(cutoff);
        if (full.Count == 0)
        {
            return [];
        }

        List<SnapshotPoint> points = [.. full, .. plan.Half(cutoff)];
        // A large base: what differs from window to window tells more than ever more customers of one, so every window keeps its place and
        // each gives a sample of its own.
        int each = (int)Math.Max(FewestOfAWindow, (long)mostRows / points.Count);
        IEnumerable<Snapshot> snapshots = points.Select((p, i) => store.Get(p, labels: true, each, seed + i));
        return [.. snapshots.Where(s => s.Rows > 0)];
    }

    /// <summary>
    /// Those of them that CLV learns from: full windows not older than one and a half horizons, .8 per half horizon of age.
    /// </summary>
    public IReadOnlyList<Snapshot> ClvSnapshots(IReadOnlyList<Snapshot> churnSnapshots)
    {
        LocalTime newest = churnSnapshots[0].Point.AsOf;
        var chosen = new List<Snapshot>();
        foreach (Snapshot snapshot in churnSnapshots)
        {
            double age = newest.DaysSince(snapshot.Point.AsOf);
            double weight = ClvWeight(age);
            if (snapshot.Point.HorizonDays == plan.HorizonDays && weight > 0)
            {
                chosen.Add(snapshot with { Point = snapshot.Point with { Weight = weight } });
            }
        }

        return chosen;
    }

    /// <summary>Trains all members as of a cutoff.</summary>
    public FittedMembers Fit(LocalTime cutoff, ChurnSettings churn, ClvSettings clv, CancellationToken cancellation) =>
        Fit([cutoff], churn, clv, cancellation)[0];

    /// <summary>Trains all members as of several cutoffs: where the tables are small, all of them at once.</summary>
    public FittedMembers[] Fit(
        IReadOnlyList<LocalTime> cutoffs, ChurnSettings churn, ClvSettings clv, CancellationToken cancellation)
    {
        int count = cutoffs.Count;
        TrainingTable[] tables = new TrainingTable[count], clvTables = new TrainingTable[count];
        var lifetimes = new LifetimeTerms[count];
        for (int k = 0; k < count; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<Snapshot> snapshots = ChurnSnapshots(cutoffs[k]);
            tables[k] = TrainingTable.Stack(snapshots, plan.HorizonDays);
            clvTables[k] = TrainingTable.Stack(ClvSnapshots(snapshots), plan.HorizonDays);
            lifetimes[k] = LifetimeTerms.Of(store.Profile(cutoffs[k]), plan.HorizonDays, plan.HorizonDays);
        }

        var values = new ClvParts[count];
        var trees = new IPredictor[count];
        var linear = new LinearScorer[count];
        var levels = new LevelForecasts[count];
        (bool atOnce, int share) = MemberThreads.For(tables.Max(t => t.Rows), threads);
        // The longest first, so that what is left at the end is short.
        Together.Run(
            atOnce,
            [
                .. Each(k => values[k] = Once(
                    cutoffs[k], "value", clv with { Tilt = 1, LostShare = 0, Weights = ClvSettings.DefaultWeights },
                    () => ClvMembers.Fit(clvTables[k], null, clv, lifetimes[k], engine, seed + 100, threads, true, cancellation))),
                .. Each(k => trees[k] = Trees(tables[k], cutoffs[k], churn, share, cancellation)),
                .. Each(k => linear[k] = Once(
                    cutoffs[k], "linear", churn with { Size = TreeSize.Ladder[0], Searched = null },
                    () => ChurnMembers.FitLinear(tables[k], churn))),
                .. Each(k => levels[k] = Once(cutoffs[k], "level", null, () => Forecast(cutoffs[k]))),
            ]);
        return
        [
            .. cutoffs.Select((cutoff, k) => new FittedMembers(
                cutoff, tables[k], clvTables[k], ChurnMembers.Of(tables[k], linear[k], trees[k]),
                values[k] with { TiltStrength = clv.Tilt, Weights = clv.Weights }, levels[k])),
        ];

        IEnumerable<Action> Each(Action<int> step) => Enumerable.Range(0, count).Select(k => (Action)(() => step(k)));
    }

    private IPredictor Trees(TrainingTable table, LocalTime cutoff, ChurnSettings churn, int share, CancellationToken cancellation) =>
        Once(
            cutoff, "trees", (churn.Size, churn.Searched),
            () => ChurnMembers.FitTrees(table, null, churn, engine, seed, share, cancellation));

    private T Once<T>(LocalTime cutoff, string member, object? settings, Func<T> fit)
        where T : class =>
        shared.Fit(new FitKey(store, engine, plan.HasHalves, plan.IsYearly, mostRows, seed, cutoff, member, settings), fit);

    /// <summary>What the coming window does to the levels of churn, spend and orders.</summary>
    private LevelForecasts Forecast(LocalTime cutoff)
    {
        IReadOnlyList<PastWindow> windows = PastWindows.Of(store.History, cutoff, plan.HorizonDays, store.Profile(cutoff), seed, threads);
        double history = cutoff.DaysSince(First), reach = SnapshotPlan.Step(plan.HorizonDays) / 2.0;
        (double Age, double Weight)[] trained =
            [.. plan.Full(cutoff).Select(p => (cutoff.DaysSince(p.AsOf) - plan.HorizonDays, p.Weight))];
        return new LevelForecasts(
            LevelForecast.Fit(windows, w => w.Churn, cutoff, plan.HorizonDays, history, age => Trained(age, t => t.Weight)),
            LevelForecast.Fit(windows, w => w.Spend, cutoff, plan.HorizonDays, history, age => Trained(age, t => ClvWeight(t.Age))),
            LevelForecast.Fit(windows, w => w.Orders, cutoff, plan.HorizonDays, history, age => Trained(age, t => ClvWeight(t.Age))));

        // Past windows stand on the dense grid: of those a window counts for what was learned from about that time.
        double Trained(double age, Func<(double Age, double Weight), double> weight) =>
            trained.Where(t => Math.Abs(t.Age - age) < reach).Sum(weight);
    }

    /// <summary>Weight of a window of that age (days before the newest) in the training of CLV; 0 = not trained on.</summary>
    private double ClvWeight(double age) => age <= 1.55 * plan.HorizonDays ? Math.Pow(0.8, age / (plan.HorizonDays / 2.0)) : 0;

    /// <summary>The churn members with trees of another size, everything else as it was.</summary>
    public ChurnMembers[] Resize(
        IReadOnlyList<FittedMembers> fitted, ChurnSettings churn, TreeSize size, CancellationToken cancellation)
    {
        var resized = new ChurnMembers[fitted.Count];
        (bool atOnce, int share) = MemberThreads.For(fitted.Max(f => f.Table.Rows), threads);
        Together.Run(atOnce, [.. fitted.Select((f, k) => (Action)(() => resized[k] =
            f.Churn with { Trees = Trees(f.Table, f.Cutoff, churn with { Size = size }, share, cancellation) }))]);
        return resized;
    }

    /// <summary>The population at a time, to predict.</summary>
    public Snapshot At(LocalTime asOf, bool labels) => store.Get(new SnapshotPoint(asOf, plan.HorizonDays, 1), labels);

    /// <summary>Out-of-fold predictions on the newest CLV snapshot: nobody is predicted by a model that saw any row of theirs.</summary>
    public UnseenPredictions CrossFit(
        FittedMembers fitted, ChurnSettings churn, ClvSettings clv, double[] weights, int mostCustomers, CancellationToken cancellation)
    {
        const int Folds = 4;
        Snapshot target = fitted.ClvTable.Snapshots[0];
        var taken = new HashSet<int>(
            HistorySample.Draw(target.Rows, Math.Min(target.Rows, mostCustomers), seed + 7).Select(i => target.Customers[i]));
        int[] churnRows = RowsOf(fitted.Table, taken, mostCustomers), clvRows = RowsOf(fitted.ClvTable, taken, mostCustomers);
        var buy = new List<double>();
        var mu = new List<double>();
        var net = new List<double>();
        for (int fold = 0; fold < Folds; fold++)
        {
            int held = fold;
            int[] test =
            [.. Enumerable.Range(0, target.Rows).Where(i => taken.Contains(target.Customers[i]) && FoldOf(target.Customers[i]) == held)];
            int[] trainChurn = [.. churnRows.Where(r => FoldOf(fitted.Table.Customer[r]) != held)];
            int[] trainClv = [.. clvRows.Where(r => FoldOf(fitted.ClvTable.Customer[r]) != held)];
            if (test.Length == 0 || trainChurn.Length == 0)
            {
                continue;
            }

            ChurnMembers members = ChurnMembers.Fit(fitted.Table, trainChurn, churn, engine, seed, threads, cancellation);
            ClvParts parts =
                ClvMembers.Fit(fitted.ClvTable, trainClv, clv, fitted.Clv.Lifetimes, engine, seed + 100, threads, false, cancellation);
            FeatureMatrix features = target.Features.TakeRows(test);
            double[] logOdds = BlendWeights.Apply(members.LogOddsOf(features, threads), weights);
            double[] logSpend = LogSpend(parts, features, threads);
            for (int i = 0; i < test.Length; i++)
            {
                buy.Add(1 - LogOdds.ToProbability(logOdds[i]));
                mu.Add(logSpend[i]);
                net.Add(target.NetSpend[test[i]]);
            }
        }

        return new UnseenPredictions([.. buy], [.. mu], [.. net]);

        int FoldOf(int customer) => (int)((uint)HashCode(customer, seed) % Folds);
    }

    /// <summary>Mean of log1p(spend if buying) per row.</summary>
    public static double[] LogSpend(ClvParts parts, FeatureMatrix features, int threads)
    {
        TreeOutputs[] outputs = ClvMembers.Outputs(parts, features);
        var mu = new double[features.Rows];
        RowBlocks.Run(features, threads, (i, row) => mu[i] = parts.LogSpend(row, outputs[i]));
        return mu;
    }

    private static int[] RowsOf(TrainingTable table, HashSet<int> taken, int most)
    {
        IEnumerable<int> rows = Enumerable.Range(0, table.Rows);
        return [.. table.Snapshots[0].Rows > most ? rows.Where(r => taken.Contains(table.Customer[r])) : rows];
    }

    // A fixed mix (Fibonacci hashing): folds must not depend on the process, as string or tuple hash codes do.
    private static int HashCode(int customer, int seed)
    {
        uint x = ((uint)customer * 2654435769u) ^ ((uint)seed * 2246822519u);
        x ^= x >> 15;
        x *= 2246822519u;
        return (int)(x ^ (x >> 13));
    }
}

/// <summary>Predictions by models that did not see the customer's own outcome: out of fold, or out of time.</summary>
/// <param name="Buy">Chance to buy.</param>
/// <param name="LogSpend">Mean of log1p(spend if buying).</param>
/// <param name="Net">Net spend that came.</param>
internal sealed record UnseenPredictions(double[] Buy, double[] LogSpend, double[] Net)
{
    public UnseenPredictions With(UnseenPredictions other) =>
        new([.. Buy, .. other.Buy], [.. LogSpend, .. other.LogSpend], [.. Net, .. other.Net]);
}
