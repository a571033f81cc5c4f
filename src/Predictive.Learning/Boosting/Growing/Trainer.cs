using Predictive.Learning.Boosting.Sampling;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting.Binning;
using Predictive.Learning.Boosting.Losses;
using Predictive.Learning.Boosting.Prediction;
using Predictive.Learning.Boosting.Threads;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>The boosting rounds: derivatives, a tree, its values, the scores, and whether to go on.</summary>
internal sealed unsafe class Trainer(
    BoostingData data,
    BoostingOptions options,
    BoostingValidation? validation,
    TreeEnsemble? continueFrom,
    IProgress<TrainingProgress>? progress,
    CancellationToken cancellation)
{
    private readonly Loss _loss = Loss.Create(options.Objective, options.TweediePower, options.Quantile, options.HuberDelta);

    public TreeEnsemble Train()
    {
        options.Validate(data.FeatureNames);
        DataChecks.Check(data, validation, continueFrom, options, _loss);
        bool small = (long)data.Rows * data.Columns < 20_000;
        using var team = new WorkerTeam(small ? 1 : WorkerTeam.Resolve(options.Threads));
        using BinnedData binned = BinnedData.Create(data, options, team);
        progress?.Report(new TrainingProgress(0, options.Trees));
        using var state = new GradientState(data, _loss, team);
        using var grower = new TreeGrower(binned, options, data.FeatureNames, team);
        var builder = new EnsembleBuilder(data.FeatureNames, options, binned.Features, continueFrom);
        builder.BaseScore = continueFrom?.BaseScore ?? _loss.InitialScore(data.Labels, data.Weights);
        InitialScores(state, builder.BaseScore);
        EarlyStopping? stopping =
            validation is null ? null : new EarlyStopping(validation, options, _loss, builder.BaseScore, continueFrom);
        var fitter = new LeafFitter(state, _loss, grower.Finder, options.LearningRate, team);
        int firstTree = builder.Trees.Count;
        bool sampling = options.RowSampling < 1 || options.FeatureSampling < 1;
        for (int round = 0; round < options.Trees; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!state.Update((uint)SplitMix.For(options.Seed, 2, firstTree + round).Next()))
            {
                break;
            }

            grower.Finder.SetUnits(state.GradientUnit, state.HessianUnit);
            int[]? drawn = DrawRows(firstTree + round);
            int count = drawn?.Length ?? data.Rows;
            grower.Partition.Reset(count, drawn);
            GrownTree tree = grower.Grow(count, state.Packed, state.Packing, DrawFeatures(firstTree + round));
            if (tree.Splits.Count > 0)
            {
                var (values, covers) = fitter.Fit(tree, grower.Partition.Rows);
                if (drawn is not null)
                {
                    BinTraversal.AddToRest(binned, state, tree, values, Mask(drawn));
                }

                builder.Add(tree, values, covers);
            }
            else if (!sampling)
            {
                break; // the next round would find nothing either
            }

            progress?.Report(new TrainingProgress(round + 1, options.Trees));
            if (stopping is not null && tree.Splits.Count > 0 && stopping.ShouldStop(builder.Trees[^1], builder.Trees.Count))
            {
                break;
            }
        }

        if (stopping is not null)
        {
            builder.Truncate(stopping.BestTrees);
        }

        return builder.Build();
    }

    private void InitialScores(GradientState state, double baseScore)
    {
        if (continueFrom is null)
        {
            new Span<float>(state.Scores, data.Rows).Fill((float)baseScore);
            return;
        }

        var raw = new double[data.Rows];
        continueFrom.PredictRaw(data, raw, options.Threads);
        for (int i = 0; i < raw.Length; i++)
        {
            state.Scores[i] = (float)raw[i];
        }
    }

    private int[]? DrawRows(int tree)
    {
        if (options.RowSampling >= 1)
        {
            return null;
        }

        var drawn = new int[Math.Max(1, (int)Math.Round(options.RowSampling * data.Rows))];
        SplitMix.For(options.Seed, 3, tree).Draw(data.Rows, drawn.Length, drawn);
        return drawn;
    }

    private bool[] DrawFeatures(int tree)
    {
        var active = new bool[data.Columns];
        if (options.FeatureSampling >= 1)
        {
            active.AsSpan().Fill(true);
            return active;
        }

        var drawn = new int[Math.Max(1, (int)Math.Round(options.FeatureSampling * data.Columns))];
        SplitMix.For(options.Seed, 4, tree).Draw(data.Columns, drawn.Length, drawn);
        foreach (int j in drawn)
        {
            active[j] = true;
        }

        return active;
    }

    private bool[] Mask(int[] drawn)
    {
        var mask = new bool[data.Rows];
        foreach (int row in drawn)
        {
            mask[row] = true;
        }

        return mask;
    }
}
