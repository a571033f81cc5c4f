using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Transforms;
using Predictive.Learning;

namespace Predictive.MLNet;

/// <summary>The ML.NET pipeline of each learner and objective.</summary>
internal static class Trainers
{
    private const string Label = "Label";
    private const string Weight = "Weight";

    // ML.NET's trees leave out, without an error, every training row with a value that is missing or infinite. So missing values become one number
    // below all others, which a tree can part from the rest, and infinite ones the ends of a range that any real number fits in.
    private const string MissingIsLowest = "(x) => isna(x) ? -1e30f : max(-1e29f, min(1e29f, x))";

    /// <exception cref="LearningException">ML.NET has no such trainer.</exception>
    public static IEstimator<ITransformer> Create(MLContext context, LearnerOptions options, Baseline baseline)
    {
        IEstimator<ITransformer> pipeline = options.Learner switch
        {
            LearnerKind.BoostedTrees => context.Transforms.Expression(Rows.Features, MissingIsLowest, Rows.Features).Append(Boosted(context, options)),
            LearnerKind.RandomForest => context.Transforms.Expression(Rows.Features, MissingIsLowest, Rows.Features).Append(Forest(context, options)),
            LearnerKind.Linear => Linear(context, options),
            _ => throw Refused(options),
        };
        return baseline.Undo is { } undo ? pipeline.Append(context.Transforms.Expression("Score", undo, "Score")) : pipeline;
    }

    private static IEstimator<ITransformer> Boosted(MLContext context, LearnerOptions options)
    {
        switch (options.Objective)
        {
            case Objective.Logistic:
                return context.BinaryClassification.Trainers.FastTree(Boosting(new FastTreeBinaryTrainer.Options(), options));
            case Objective.Squared:
                return context.Regression.Trainers.FastTree(Boosting(new FastTreeRegressionTrainer.Options(), options));
            case Objective.Tweedie:
            case Objective.Poisson:
            case Objective.Gamma:
                var tweedie = Boosting(new FastTreeTweedieTrainer.Options(), options);
                tweedie.Index = options.Objective switch { Objective.Poisson => 1, Objective.Gamma => 2, _ => options.TweediePower };
                return context.Regression.Trainers.FastTreeTweedie(tweedie);
            default:
                throw Refused(options);
        }
    }

    private static IEstimator<ITransformer> Forest(MLContext context, LearnerOptions options)
    {
        switch (options.Objective)
        {
            case Objective.Logistic:
                return context.BinaryClassification.Trainers.FastForest(Bagged(new FastForestBinaryTrainer.Options(), options))
                    .Append(context.BinaryClassification.Calibrators.Platt(Label));
            case Objective.Squared:
                return context.Regression.Trainers.FastForest(Bagged(new FastForestRegressionTrainer.Options(), options));
            default:
                throw Refused(options);
        }
    }

    private static IEstimator<ITransformer> Linear(MLContext context, LearnerOptions options)
    {
        var scaled = context.Transforms.ReplaceMissingValues(Rows.Features, Rows.Features, MissingValueReplacingEstimator.ReplacementMode.Mean)
            .Append(context.Transforms.NormalizeMeanVariance(Rows.Features, Rows.Features, fixZero: false));
        return options.Objective switch
        {
            Objective.Logistic => scaled.Append(context.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options
            {
                LabelColumnName = Label,
                FeatureColumnName = Rows.Features,
                ExampleWeightColumnName = Weight,
                L1Regularization = (float)options.L1,
                L2Regularization = (float)options.L2,
                NumberOfThreads = 1,
            })),
            Objective.Poisson => scaled.Append(context.Regression.Trainers.LbfgsPoissonRegression(new LbfgsPoissonRegressionTrainer.Options
            {
                LabelColumnName = Label,
                FeatureColumnName = Rows.Features,
                ExampleWeightColumnName = Weight,
                L1Regularization = (float)options.L1,
                L2Regularization = (float)options.L2,
                NumberOfThreads = 1,
            })),
            Objective.Squared => scaled.Append(context.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options
            {
                LabelColumnName = Label,
                FeatureColumnName = Rows.Features,
                ExampleWeightColumnName = Weight,
                NumberOfThreads = 1,
            })),
            _ => throw Refused(options),
        };
    }

    private static T Boosting<T>(T target, LearnerOptions options)
        where T : BoostedTreeOptions
    {
        Common(target, options);
        target.LearningRate = options.LearningRate;
        target.FeatureFraction = options.FeatureSampling;
        if (options.RowSampling < 1)
        {
            target.BaggingSize = 1;
            target.BaggingExampleFraction = options.RowSampling;
        }

        return target;
    }

    private static T Bagged<T>(T target, LearnerOptions options)
        where T : FastForestOptionsBase
    {
        Common(target, options);
        target.FeatureFraction = options.FeatureSampling;
        target.BaggingExampleFraction = options.RowSampling < 1 ? options.RowSampling : 0.7;
        return target;
    }

    private static void Common(TreeOptions target, LearnerOptions options)
    {
        target.LabelColumnName = Label;
        target.FeatureColumnName = Rows.Features;
        target.ExampleWeightColumnName = Weight;
        target.NumberOfTrees = options.Trees;
        target.NumberOfLeaves = options.Leaves;
        target.MinimumExampleCountPerLeaf = options.MinRowsPerLeaf;
        target.Seed = options.Seed;
        target.FeatureSelectionSeed = options.Seed;
        target.NumberOfThreads = 1;
        target.MemoryStatistics = false;
    }

    private static LearningException Refused(LearnerOptions options) =>
        new($"The engine 'mlnet' has no {options.Learner} for {options.Objective}; boosted trees learn Squared, Tweedie, Poisson and Gamma. Use those, or the engine 'built-in'.");
}
