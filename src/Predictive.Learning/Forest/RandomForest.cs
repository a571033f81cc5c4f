using Predictive.Learning.Boosting.Sampling;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting.Binning;
using Predictive.Learning.Boosting.Growing;
using Predictive.Learning.Boosting.Losses;
using Predictive.Learning.Boosting.Prediction;
using Predictive.Learning.Boosting.Threads;

namespace Predictive.Learning.Forest;

/// <summary>
/// Random forest (Breiman 2001) on the histogram grower of boosting: each tree sees a share of the rows (63.2 %, drawn without replacement:
/// what a bootstrap sees of distinct rows) and of the features, grows on squared error, and the prediction is the mean of the trees' leaf
/// means.
/// </summary>
/// <remarks>
/// Features are drawn per tree, not per split. For 0/1 labels squared error is the Gini criterion and the mean a probability.
/// </remarks>
internal static unsafe class RandomForest
{
    private const double BootstrapShare = .632;

    /// <summary>Trains; the ensemble's raw score is the prediction.</summary>
    public static TreeEnsemble Train(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var rows = new BoostingData(data.Features, data.Labels, data.Weights);
        var boosting = new BoostingOptions
        {
            Objective = Objective.Squared,
            Trees = options.Trees,
            Leaves = options.Leaves,
            MinRowsPerLeaf = options.MinRowsPerLeaf,
            FeatureSampling = options.FeatureSampling,
            RowSampling = options.RowSampling,
            L2 = options.L2,
            L1 = options.L1,
            LearningRate = 1,
            Seed = options.Seed,
            Threads = options.Threads,
        };
        boosting.Validate(rows.FeatureNames);
        Loss loss = Loss.Create(Objective.Squared, boosting.TweediePower, boosting.Quantile, boosting.HuberDelta);
        DataChecks.Check(rows, null, null, boosting, loss);
        if (options.Objective == Objective.Logistic)
        {
            DataChecks.BothClasses(rows);
        }

        using var team = new WorkerTeam((long)rows.Rows * rows.Columns < 20_000 ? 1 : WorkerTeam.Resolve(options.Threads));
        using BinnedData binned = BinnedData.Create(rows, boosting, team);
        using var state = new GradientState(rows, loss, team);
        using var grower = new TreeGrower(binned, boosting, rows.FeatureNames, team);
        var builder = new EnsembleBuilder(
            rows.FeatureNames, boosting, binned.Features, null) { BaseScore = loss.InitialScore(rows.Labels, rows.Weights) };
        new Span<float>(state.Scores, rows.Rows).Fill((float)builder.BaseScore);
        int take = Math.Max(1, (int)(BootstrapShare * options.RowSampling * rows.Rows));
        var drawn = new int[take];
        int features = Math.Max(1, (int)Math.Round(options.FeatureSampling * rows.Columns));
        for (int tree = 0; tree < options.Trees; tree++)
        {
            cancellation.ThrowIfCancellationRequested();

            // The scores stay at the mean, so every tree fits the same derivatives; only their rounding is drawn afresh.
            if (!state.Update((uint)SplitMix.For(options.Seed, 12, tree).Next()))
            {
                break;
            }

            grower.Finder.SetUnits(state.GradientUnit, state.HessianUnit);
            SplitMix.For(options.Seed, 13, tree).Draw(rows.Rows, take, drawn);
            grower.Partition.Reset(take, drawn);
            GrownTree grown = grower.Grow(take, state.Packed, state.Packing, Active(rows.Columns, features, options.Seed, tree));
            if (grown.Splits.Count > 0)
            {
                var (values, covers) = Leaves(grown, grower, state, options.Trees);
                builder.Add(grown, values, covers);
            }

            progress?.Report(new TrainingProgress(tree + 1, options.Trees));
        }

        return builder.Build();
    }

    private static bool[] Active(int columns, int take, int seed, int tree)
    {
        var active = new bool[columns];
        var drawn = new int[take];
        SplitMix.For(seed, 14, tree).Draw(columns, take, drawn);
        foreach (int j in drawn)
        {
            active[j] = true;
        }

        return active;
    }

    // Distance of a leaf's mean from the overall mean, over the number of trees; a tree without a split adds nothing, that is the overall
    // mean.
    private static (float[] Values, float[] Covers) Leaves(GrownTree tree, TreeGrower grower, GradientState state, int trees)
    {
        float[] values = new float[tree.Leaves.Count], covers = new float[tree.Leaves.Count];
        for (int leaf = 0; leaf < values.Length; leaf++)
        {
            double g = 0, h = 0, w = 0;
            for (int k = tree.Leaves[leaf].Begin; k < tree.Leaves[leaf].End; k++)
            {
                int row = grower.Partition.Rows[k];
                g += state.Gradients[row];
                h += state.Hessians[row];
                w += state.Weights is null ? 1 : state.Weights[row];
            }

            values[leaf] = (float)(grower.Finder.LeafValue(g, h, double.NegativeInfinity, double.PositiveInfinity) / trees);
            covers[leaf] = (float)w;
        }

        return (values, covers);
    }
}
