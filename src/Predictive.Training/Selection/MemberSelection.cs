using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Training.Members;
using Predictive.Training.Evaluation;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Assembly;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Selection;

/// <summary>What validation inside the training period settled.</summary>
internal sealed record SelectionResult
{
    public required ChurnSettings Churn { get; init; }

    public required ClvSettings Clv { get; init; }

    /// <summary>Blend weights, in the order of <see cref="ChurnMembers.Names"/>.</summary>
    public required double[] Weights { get; init; }

    /// <summary>Cutoffs judged on, newest first.</summary>
    public IReadOnlyList<LocalTime> Cutoffs { get; init; } = [];

    /// <summary>What was predicted for each of them, newest first.</summary>
    public IReadOnlyList<JudgedWindow> Windows { get; init; } = [];

    /// <summary>Out-of-time predictions, for the interval; null without windows.</summary>
    public UnseenPredictions? OutOfTime { get; init; }

    public ChurnMetrics? ChurnMetrics { get; init; }

    public ClvMetrics? ClvMetrics { get; init; }

    public IReadOnlyDictionary<string, BaselineMetrics> Baselines { get; init; } = new Dictionary<string, BaselineMetrics>();

    /// <summary>Of the measures over the windows; null without windows.</summary>
    public WindowNoise? Noise { get; init; }

    public IReadOnlyList<LeaderboardEntry> Leaderboard { get; init; } = [];
}

/// <summary>Chooses tree size, blends and combination by out-of-time validation inside the training period.</summary>
internal static class MemberSelection
{
    /// <summary>Most validation windows. A third costs a quarter of a training and moves no measure of the outer windows by .001.</summary>
    public const int MostWindows = 2;

    /// <summary>Rows that the prior blend counts for: a small base stays near it.</summary>
    private const double PriorRows = 300;

    /// <summary>Gini that the order of customers far down may cost.</summary>
    private const double MostGiniCost = 0.002;

    /// <summary>Log loss by which a larger tree must win.</summary>
    private const double SizeMargin = 0.0003;

    public static SelectionResult Run(
        ModelFitter fitter, LocalTime asOf, ChurnSettings churn, ClvSettings clv, int threads, CancellationToken cancellation)
    {
        IReadOnlyList<LocalTime> cutoffs = fitter.Plan.ValidationCutoffs(asOf, MostWindows);
        if (cutoffs.Count == 0)
        {
            // Nothing to judge on also means few snapshots to learn from: one size smaller.
            TreeSize smaller = TreeSize.Ladder[Math.Max(0, TreeSize.RungOf(churn.Size) - 1)];
            return new SelectionResult { Churn = churn with { Size = smaller }, Clv = clv, Weights = churn.Prior };
        }

        Snapshot[] at = [.. cutoffs.Select(c => fitter.At(c, labels: true))];
        FittedMembers[] members = fitter.Fit(cutoffs, churn, clv, cancellation);
        List<(Snapshot At, FittedMembers Fitted, double[][] LogOdds)> windows =
            [.. members.Select((m, k) => (at[k], m, m.Churn.LogOddsOf(at[k].Features, threads)))];
        double[] weights;
        (churn, weights, windows) = ChooseSize(fitter, windows, churn, cancellation);
        (clv, windows) = ChooseValue(windows, clv, weights, fitter.Seed, threads);
        return Judge(fitter, windows, churn, clv, weights, threads) with { Cutoffs = cutoffs };
    }

    /// <summary>
    /// The size of the churn trees (the base's rung, the one below, the one above) and the blend, by the windows; and the windows with the
    /// chosen trees.
    /// </summary>
    private static (ChurnSettings Churn, double[] Weights, List<(Snapshot At, FittedMembers Fitted, double[][] LogOdds)> Windows)
        ChooseSize(
        ModelFitter fitter, List<(Snapshot At, FittedMembers Fitted, double[][] LogOdds)> windows, ChurnSettings churn,
        CancellationToken cancellation)
    {
        var (_, best) = Blend(windows);
        if (churn.Searched is not null)
        {
            return (churn, best, windows);
        }

        int rung = TreeSize.RungOf(churn.Size);
        double bestLoss = double.PositiveInfinity;
        var chosen = windows;
        // Small to large: a larger one must win by a margin, and where it does not, one larger still is not tried.
        for (int r = Math.Max(0, rung - 1); r <= Math.Min(rung + 1, TreeSize.Ladder.Count - 1); r++)
        {
            TreeSize size = TreeSize.Ladder[r];
            var candidate = r == rung ? windows : Resized(size);
            var (loss, weights) = Blend(candidate);
            if (loss >= bestLoss - SizeMargin)
            {
                break;
            }

            (bestLoss, best, chosen, churn) = (loss, weights, candidate, churn with { Size = size });
        }

        return (churn, best, chosen);

        (double Loss, double[] Weights) Blend(List<(Snapshot At, FittedMembers Fitted, double[][] LogOdds)> of)
        {
            BlendWeights.Window[] blended = [.. of.Select(w => new BlendWeights.Window(w.LogOdds, w.At.Churned))];
            double[] weights = BlendWeights.Fit(blended, churn.Prior, PriorRows);
            return (BlendWeights.Loss(blended, weights), weights);
        }

        List<(Snapshot At, FittedMembers Fitted, double[][] LogOdds)> Resized(TreeSize size)
        {
            ChurnMembers[] resized = fitter.Resize([.. windows.Select(w => w.Fitted)], churn, size, cancellation);
            return
            [
                .. windows.Select((w, k) => (
                    w.At, w.Fitted with { Churn = resized[k] },
                    (double[][])[w.LogOdds[0], resized[k].TreeLogOddsOf(w.At.Features), w.LogOdds[2], w.LogOdds[3]])),
            ];
        }
    }

    /// <summary>
    /// Weights of the value members by <see cref="ValueWeightChoice"/>; then the most of the tilt by rank, and of the shared value of the
    /// lost, that costs the windows at most <see cref="MostGiniCost"/> of Gini: who brings the money counts before the order of the rest.
    /// </summary>
    private static (ClvSettings Clv, List<(Snapshot At, FittedMembers Fitted, double[][] LogOdds)> Windows) ChooseValue(
        List<(Snapshot At, FittedMembers Fitted, double[][] LogOdds)> windows, ClvSettings clv, double[] weights, int seed, int threads)
    {
        var seen = windows.ConvertAll(w =>
        {
            ChurnModel model = ModelAssembly.Churn(w.Fitted.Churn, w.At, weights, w.Fitted.Forecast.Churn, null, threads);
            var probability = new double[w.At.Rows];
            model.Predict(w.At.Features, probability, threads);
            return (Model: model, Probability: probability, Outputs: ClvMembers.Outputs(w.Fitted.Clv, w.At.Features));
        });
        clv = clv with
        {
            Weights = ValueWeightChoice.Of(
                [.. windows.Zip(seen, (w, s) => new ValueWeightChoice.Window(
                    w.At, s.Probability, ClvMembers.Values(w.Fitted.Clv, w.At.Features, s.Probability, s.Outputs, threads)))],
                clv.Weights, seed, threads).Weights,
        };
        double[] strengths = [1, 0.5, 0], gini = new double[strengths.Length];
        foreach (var ((at, fitted, _), (churnModel, probability, outputs)) in windows.Zip(seen))
        {
            for (int s = 0; s < strengths.Length; s++)
            {
                ClvParts parts = ModelAssembly.Clv(
                    fitted.Clv with { Weights = clv.Weights, TiltStrength = strengths[s] * clv.Tilt }, strengths[s] * clv.LostShare, at,
                    probability, churnModel.Offset, SpendInterval.Unset, null, threads).Parts;
                double[] means = ClvMembers.Means(parts, at.Features, probability, outputs, threads);
                gini[s] += WindowMetrics.Clv(
                    at.NetSpend, [.. means.Select((m, i) => parts.Value(m, outputs[i].Rank, 1 - probability[i]))]).Gini / windows.Count;
            }
        }

        double strength = strengths[Array.FindIndex(gini, g => g >= gini[^1] - MostGiniCost)];
        clv = clv with { Tilt = strength * clv.Tilt, LostShare = strength * clv.LostShare };
        return (
            clv,
            [
                .. windows.Select(w => (
                    w.At, w.Fitted with { Clv = w.Fitted.Clv with { Weights = clv.Weights, TiltStrength = clv.Tilt } }, w.LogOdds)),
            ]);
    }

    private static SelectionResult Judge(
        ModelFitter fitter,
        List<(Snapshot At, FittedMembers Fitted, double[][] LogOdds)> windows,
        ChurnSettings churn,
        ClvSettings clv,
        double[] weights,
        int threads)
    {
        var settled = new SelectionResult { Churn = churn, Clv = clv, Weights = weights };
        var churnMetrics = new List<ChurnMetrics>();
        var clvMetrics = new List<ClvMetrics>();
        var baselines = new List<IReadOnlyDictionary<string, BaselineMetrics>>();
        var noise = new List<WindowNoise>();
        var judged = new List<JudgedWindow>();
        var members = new List<IReadOnlyList<LeaderboardEntry>>();
        UnseenPredictions? outOfTime = null;
        foreach (var (at, fitted, logOdds) in windows)
        {
            ChurnModel churnModel = ModelAssembly.Churn(fitted.Churn, at, weights, fitted.Forecast.Churn, null, threads);
            var probability = new double[at.Rows];
            churnModel.Predict(at.Features, probability, threads);
            ClvModel clvModel =
                ModelAssembly.Clv(
                    fitted.Clv, clv.LostShare, at, probability, churnModel.Offset, SpendInterval.Unset, fitted.Forecast, threads);
            var predictions = new ClvPrediction[at.Rows];
            clvModel.Predict(at.Features, probability, predictions, threads);
            double[] expected = [.. predictions.Select(p => p.Expected)];
            churnMetrics.Add(WindowMetrics.Churn(at.Churned, probability));
            clvMetrics.Add(WindowMetrics.Clv(at.NetSpend, expected));
            var simple = Baselines.Predict(fitter.Store.History, fitted.Table.Snapshots[0], at);
            baselines.Add(Baselines.Measure(simple, at));
            judged.Add(new JudgedWindow(at, probability, expected));
            noise.Add(NoiseBootstrap.Of(at, probability, expected, simple, fitter.Seed, threads));
            members.Add(Candidates(at, fitted, logOdds, settled, probability, threads));
            var oot = new UnseenPredictions(
                [.. probability.Select(p => 1 - p)], ModelFitter.LogSpend(clvModel.Parts, at.Features, threads), at.NetSpend);
            outOfTime = outOfTime is null ? oot : outOfTime.With(oot);
        }

        return settled with
        {
            Windows = judged,
            OutOfTime = outOfTime,
            ChurnMetrics = WindowMetrics.Mean(churnMetrics),
            ClvMetrics = WindowMetrics.Mean(clvMetrics),
            Baselines = Baselines.Mean(baselines),
            Noise = NoiseBootstrap.Mean(noise),
            Leaderboard = Leaderboards.Mean(members),
        };
    }

    /// <summary>Every candidate alone on one window, and the blend.</summary>
    public static IReadOnlyList<LeaderboardEntry> Candidates(
        Snapshot at, FittedMembers fitted, double[][] logOdds, SelectionResult settings, double[] probability, int threads)
    {
        var (churn, clv, weights) = (settings.Churn, settings.Clv, settings.Weights);
        var entries = new List<LeaderboardEntry>();
        for (int m = 0; m < logOdds.Length; m++)
        {
            ChurnMetrics metrics = WindowMetrics.Churn(at.Churned, [.. logOdds[m].Select(LogOdds.ToProbability)]);
            string name = m == 1 ? (churn.Searched is { } s ? $"searched {s.Trainer}" : churn.Size.Describe()) : ChurnMembers.Names[m];
            entries.Add(new LeaderboardEntry("churn", name, weights[m], metrics.Auc, metrics.LogLoss, null, null, 1));
        }

        ChurnMetrics blend = WindowMetrics.Churn(at.Churned, probability);
        entries.Add(new LeaderboardEntry("churn", "blend", 1, blend.Auc, blend.LogLoss, null, null, 1));

        TreeOutputs[] outputs = ClvMembers.Outputs(fitted.Clv, at.Features);
        double[][] values = ClvMembers.Values(fitted.Clv, at.Features, probability, outputs, threads);
        string[] names =
        [
            "two-part ridge", clv.Searched is { } found ? $"two-part searched {found.Trainer}" : "two-part trees", "two-part gamma trees",
            "paretoNbd × gammaGamma",
        ];
        for (int k = 0; k < 4; k++)
        {
            AddClv(names[k], clv.Weights[k], values[k]);
        }

        AddClv("rank trees", clv.Tilt, [.. outputs.Select(o => o.Rank)]);
        return entries;

        void AddClv(string name, double weight, double[] prediction)
        {
            ClvMetrics metrics = WindowMetrics.Clv(at.NetSpend, prediction);
            entries.Add(new LeaderboardEntry("clv", name, weight, null, null, metrics.Gini, metrics.Spearman, 1));
        }
    }
}
