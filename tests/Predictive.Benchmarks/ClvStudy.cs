using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Training;
using Predictive.Training.Evaluation;
using Predictive.Training.Members;
using Predictive.Training.Pipeline;
using Predictive.Segmentation.Rules;
using Predictive.Training.Selection;
using Predictive.Training.Snapshots;

namespace Predictive.Benchmarks;

/// <summary>
/// Value models beside the product's blend, out of time, on the same snapshots, features, tilt and level:
/// <code>
/// clvstudy DIR --horizon 90 [--most 9] [--cutoffs D,D] [--name NAME]    one base, windows spread as by the bench windows and more
/// clvstudy [--from 0] [--bases 10] [--largest 25000]                    simulated bases, one window each
/// clvstudy --merge FILE ...                                             tables of rows printed before; the simulated bases as one
/// </code>
/// One JSON line per base on stdout: mean of every measure over its windows, and the standard error of the difference to the blend by a
/// bootstrap of customers (<see cref="ClvJudge"/>).
/// </summary>
/// <remarks>
/// <code>
/// blend             the product's members by default weights: .3 ridge, .3 log trees, .3 Gamma trees, .1 lifetimes
/// equal             the same, .25 each
/// weights           the product: weights by Gini over inner windows, drawn to the defaults by the noise of that gain
/// weights raw       the same, not drawn back
/// ziln              zero-inflated lognormal: p by the churn trees, μ by log trees, σ² by trees; p · e^(μ + σ²/2)
/// ziln, blend's p   the same with the product's chance to buy
/// tweedie           trees of the whole; power (1.3, 1.5, 1.7) and size (the value trees' or one larger) by inner windows
/// quantile mean     members averaged by quantile: mean ranks mapped to the mean quantile function
/// blend + ziln, blend + tweedie     one more member of weight .2, the others' .8 of theirs
/// </code>
/// What is chosen is chosen on inner windows, before the cutoff; the windows told of here choose nothing.
/// </remarks>
internal static class ClvStudy
{
    private const double Fifth = 0.2;

    private static readonly BuiltInEngine Engine = new();

    public static int Run(string[] args)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;
        int Number(string name, int standard) => Option(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;
        if (Array.IndexOf(args, "--merge") is var merge and >= 0)
        {
            Tables([.. args.Skip(merge + 1).SelectMany(File.ReadLines).Select(l => JsonSerializer.Deserialize<Row>(l)!)]);
            return 0;
        }

        if (args.Length > 0 && !args[0].StartsWith('-'))
        {
            TransactionHistory history = DatasetLoader.Load(args[0]);
            int horizon = Number("--horizon", 90);
            IEnumerable<LocalTime> cutoffs = WindowsBench.Spread(history, horizon, Number("--most", 9))
                .Concat((Option("--cutoffs") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)
                    .Select(c => LocalTime.StartOf(DateOnly.Parse(c, CultureInfo.InvariantCulture))));
            string name = Option("--name") ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(args[0]));
            Print(name, history, [.. cutoffs.Distinct().Order()], horizon);
            return 0;
        }

        int from = Number("--from", 0), count = Number("--bases", 10), largest = Number("--largest", 25_000);
        for (int b = from; b < from + count; b++)
        {
            var (options, horizon) = ModelStudy.Base(b, largest);
            TransactionHistory history = Simulator.Generate(options).History;
            Print($"simulated {b}", history, [LocalTime.MidnightAfter(history.LastMicros).AddDays(-horizon)], horizon);
        }

        return 0;
    }

    private static void Print(string name, TransactionHistory history, LocalTime[] cutoffs, int horizon)
    {
        var shared = new SharedTraining();
        var windows = new List<ClvWindow>();
        var weights = new List<double[]>();
        foreach (LocalTime cutoff in cutoffs)
        {
            if (Window(history, cutoff, horizon, shared) is not var (window, chosen, note))
            {
                Console.Error.WriteLine($"{name} {cutoff}: no full window to learn from, left out");
                continue;
            }

            windows.Add(window);
            weights.Add(chosen);
            Console.Error.WriteLine($"{name} {cutoff}: {window.Net.Length} customers, {note}");
        }

        if (windows.Count > 0)
        {
            Console.WriteLine(JsonSerializer.Serialize(new Row(name, windows.Count, ClvJudge.Of(windows), weights)));
        }
    }

    private static (ClvWindow Window, double[] Weights, string Note)? Window(
        TransactionHistory history, LocalTime cutoff, int horizon, SharedTraining shared)
    {
        var options = new TrainingOptions { AsOf = cutoff, HorizonDays = horizon, Engine = Engine, Shared = shared };
        TrainedModels models = TrainingPipeline.Train(history, options);
        if (models.Members is not { } members || models.Report.Method != "windows")
        {
            return null;
        }

        SelectionResult settings = models.Settings!;
        Snapshot at = shared.Judged(history, cutoff, horizon, options.Seed, 0, options.Clock);
        double[] churn = models.Probability, standard = new ClvSettings().Weights;
        TreeOutputs[] outputs = ClvMembers.Outputs(members.Clv, at.Features);
        var (moved, unmoved) = ClvCandidates.MemberValues(members.Clv, at.Features, churn, models.Churn.Offset, outputs);
        Inner[] inner = InnerWindows(history, options, settings, shared);
        ValueWeightChoice choice = ValueWeightChoice.Of(
            [.. inner.Select(w => new ValueWeightChoice.Window(w.Judged.At, w.Judged.Churn, w.Values))], standard, 1, 0);
        string note =
            $"best weights {Text(choice.Best)}, Gini {Text(choice.Gain)} ± {Text(choice.Error)} inside, used {Text(choice.Weights)}";
        // One number of the ladder is the value trees' own; a loss on everybody, zeros and all, may want larger ones.
        (double Power, int Up) tweedieBy = inner.Length == 0 ? (1.5, 0) : ClvCandidates.Powers
            .SelectMany(p => new[] { (Power: p, Up: 0), (Power: p, Up: 1) })
            .MaxBy(c => inner.Average(w => WindowMetrics.Clv(
                w.Judged.At.NetSpend,
                Said(ClvCandidates.Tweedie(w.Members.ClvTable, Larger(w.Settings.Size, c.Up), c.Power), w.Judged.At)).Gini));
        double[] tweedie =
            Said(ClvCandidates.Tweedie(members.ClvTable, Larger(settings.Clv.Size, tweedieBy.Up), tweedieBy.Power), at);
        double[] spend = ClvCandidates.LogNormalSpend(members.Clv, members.ClvTable, settings.Clv, at.Features);
        double[] own = [.. members.Churn.TreeLogOddsOf(at.Features).Select(f => 1 - LogOdds.ToProbability(f))];
        double[] unmovedChurn = [.. churn.Select(p => LogOdds.ToProbability(LogOdds.Of(p) - models.Churn.Offset))];
        var ziln = new ClvMeans(Times(spend, own), Times(spend, own));
        var zilnBlend = new ClvMeans(Times(spend, [.. churn.Select(p => 1 - p)]), Times(spend, [.. unmovedChurn.Select(p => 1 - p)]));
        var tweedieMeans = new ClvMeans(tweedie, tweedie);
        ClvMeans Blend(double[] w) => new(BlendWeights.Apply(moved, w), BlendWeights.Apply(unmoved, w));
        ClvMeans With(ClvMeans more) => new(Mixed(Blend(standard).Mean, more.Mean), Mixed(Blend(standard).Unmoved, more.Unmoved));
        var expected = new Dictionary<string, double[]>();
        foreach (var (name, means) in new (string, ClvMeans)[]
        {
            ("blend", Blend(standard)), ("equal", Blend([.25, .25, .25, .25])), ("weights", Blend(choice.Weights)),
            ("weights raw", Blend(choice.Best)),
            ("ziln", ziln), ("ziln, blend's p", zilnBlend), ("tweedie", tweedieMeans),
            ("quantile mean",
                new ClvMeans(ClvCandidates.QuantileMean(moved, standard), ClvCandidates.QuantileMean(unmoved, standard))),
            ("blend + ziln", With(zilnBlend)), ("blend + tweedie", With(tweedieMeans)),
        })
        {
            expected[name] =
                ClvCandidates.Shaped(models.Clv.Parts, settings.Clv.LostShare, members, at, churn, outputs, means);
        }

        // What is studied must be what the product does.
        double[] product = [.. models.Predictions.Select(p => p.Expected)];
        double apart = product.Zip(expected["weights"], (p, s) => Math.Abs(p - s) / Math.Max(1, p)).Max();
        return apart < 1e-6
            ? (
                new ClvWindow(at.Customers, at.NetSpend, expected), choice.Weights,
                $"{note}, tweedie {Text(tweedieBy.Power)} {tweedieBy.Up} up")
            : throw new InvalidOperationException($"The study's weighted blend is {apart} apart from the product's as of {cutoff}.");
    }

    /// <summary>The product's inner windows with the members that it judged there.</summary>
    private static Inner[] InnerWindows(
        TransactionHistory history, TrainingOptions options, SelectionResult settings, SharedTraining shared)
    {
        int horizon = options.HorizonDays, most = SettingsChoice.MostCustomers;
        TransactionHistory sample = HistorySample.Take(history, most, options.Seed);
        bool sampled = !ReferenceEquals(sample, history);
        TableSchema? tables = TableSchema.Fit(history, options.AsOf, options.FeatureSources);
        SnapshotStore store = shared.Store(
            history, sampled, options.Seed, horizon, tables, () => new SnapshotStore(sample, horizon, 0, options.Clock, tables));
        var plan = SnapshotPlan.Of(PurchaseCalendar.Of(history), new LocalTime(history.FirstMicros), options.AsOf, horizon);
        var fitter = new ModelFitter(store, plan, Engine, options.Seed, 0, ModelFitter.MostTrainingRows, shared);
        ClvSettings clv = sampled
            ? settings.Clv with { Size = TreeSize.Ladder[TreeSize.RungFor(Math.Min(history.CustomerCount, most)) - 1] }
            : settings.Clv;
        return settings.Cutoffs.Count == 0 ? [] :
        [
            .. fitter.Fit(settings.Cutoffs, settings.Churn, clv, CancellationToken.None).Select((m, k) =>
            {
                JudgedWindow judged = settings.Windows[k];
                TreeOutputs[] outputs = ClvMembers.Outputs(m.Clv, judged.At.Features);
                return new Inner(judged, m, clv, ClvMembers.Values(m.Clv, judged.At.Features, judged.Churn, outputs, 0));
            }),
        ];
    }

    private static TreeSize Larger(TreeSize size, int up) =>
        TreeSize.Ladder[Math.Min(TreeSize.Ladder.Count - 1, TreeSize.RungOf(size) + up)];

    private static double[] Said(IPredictor trees, Snapshot at)
    {
        var said = new double[at.Rows];
        trees.Predict(RowBlocks.WithConstant(at.Features, ChurnModel.HorizonColumn, 0), said);
        return said;
    }

    private static double[] Times(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x * y)];

    private static double[] Mixed(double[] blend, double[] more) => [.. blend.Zip(more, (b, m) => ((1 - Fifth) * b) + (Fifth * m))];

    private static void Tables(Row[] rows)
    {
        Dictionary<string, double>[] simulated = [.. rows.Where(r => r.IsSimulated).Select(r => r.Measures)];
        var bases = rows.Where(r => !r.IsSimulated).Select(r => ($"{r.Name}, {r.Windows}", r.Measures)).ToList();
        bases.AddRange(simulated.Take(1).Select(_ => ($"simulated, {simulated.Length}", ClvJudge.Mean(simulated))));
        bases.Add(("mean of the bases", ClvJudge.Mean([.. bases.Select(b => b.Item2)])));
        ClvJudge.Table(bases, ClvJudge.Measures[0], ClvJudge.Measures[1]);
        ClvJudge.Table(bases, ClvJudge.Measures[2], ClvJudge.Measures[3]);
    }

    private static string Text(params double[] values) =>
        string.Join("/", values.Select(v => v.ToString(".####;-.####;0", CultureInfo.InvariantCulture)));

    private sealed record Inner(JudgedWindow Judged, FittedMembers Members, ClvSettings Settings, double[][] Values);

    private sealed record Row(string Name, int Windows, Dictionary<string, double> Measures, List<double[]> Weights)
    {
        public bool IsSimulated => Name.StartsWith("simulated", StringComparison.Ordinal);
    }
}
