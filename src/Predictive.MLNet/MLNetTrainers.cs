using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;
using Microsoft.ML.Transforms;
using Predictive.Learning;
using Predictive.MLNet.Data;

namespace Predictive.MLNet;

/// <summary>ML.NET's trainers and the pipeline of each.</summary>
/// <remarks>
/// The trees' number of threads never depends on the machine: unset, every core works, with the same model for any number of them, while
/// the number of this machine's cores would stand in the saved file. The linear trainer's and KMeans' sums do depend on how the rows are
/// divided, so those run on one thread.
/// </remarks>
internal static class MLNetTrainers
{
    /// <summary>What missing values become before trees, and the range that present ones are held in.</summary>
    public const float Missing = -1e30f, Least = -1e29f, Most = 1e29f;

    // LightGBM's threads wait for each other by spinning, after every leaf: on a busy machine that costs more than two of them save on a
    // table below this size.
    private const long ManyCells = 4_000_000;

    private const string Label = "Label";
    private const string Weight = "Weight";
    private const string FastForest = "fastforest", Logistic = "logistic";

    // FastTree and FastForest leave out, without an error, every training row with a value that is missing or infinite. So missing values
    // become one number below all others, which a tree can part from the rest, and infinite ones the ends of a range that any real number
    // fits in.
    private const string MissingIsLowest = "(x) => isna(x) ? -1e30f : max(-1e29f, min(1e29f, x))";

    // The linear trainer leaves such rows out too, and a score of an infinite value would be no number: it counts as missing.
    private const string InfiniteIsMissing = "(x) => isna(x - x) ? na(x) : x";

    /// <summary>Boosted trees first, FastTree before LightGBM.</summary>
    public static IReadOnlyList<EngineTrainer> All { get; } =
    [
        new(
            MLNetEngine.FastTree, LearnerKind.BoostedTrees,
            [Objective.Logistic, Objective.Squared, Objective.Tweedie, Objective.Poisson, Objective.Gamma], Penalised: false),
        new(MLNetEngine.LightGbm, LearnerKind.BoostedTrees, [Objective.Logistic, Objective.Squared]),
        new(Logistic, LearnerKind.Linear, [Objective.Logistic]),
        new(FastForest, LearnerKind.RandomForest, [Objective.Logistic, Objective.Squared], Penalised: false),
    ];

    /// <summary>The pipeline from the one vector column to a score.</summary>
    public static IEstimator<ITransformer> Pipeline(
        MLContext context, string trainer, LearnerOptions options, Baseline baseline, long cells)
    {
        IEstimator<ITransformer> pipeline = trainer switch
        {
            MLNetEngine.FastTree => Prepared(context).Append(Boosted(context, options)),
            MLNetEngine.LightGbm => Prepared(context).Append(Light(context, options, cells < ManyCells ? 1 : null)),
            FastForest => Prepared(context).Append(Forest(context, options)),
            _ => Standardised(context).Append(Linear(context, options)),
        };
        return baseline.Undo is { } undo ? pipeline.Append(context.Transforms.Expression("Score", undo, "Score")) : pipeline;
    }

    private static ExpressionEstimator Prepared(MLContext context) =>
        context.Transforms.Expression(Rows.Features, MissingIsLowest, Rows.Features);

    private static EstimatorChain<NormalizingTransformer> Standardised(MLContext context) =>
        context.Transforms.Expression(Rows.Features, InfiniteIsMissing, Rows.Features)
            .Append(
                context.Transforms.ReplaceMissingValues(Rows.Features, Rows.Features, MissingValueReplacingEstimator.ReplacementMode.Mean))
            .Append(context.Transforms.NormalizeMeanVariance(Rows.Features, Rows.Features, fixZero: false));

    private static IEstimator<ITransformer> Boosted(MLContext context, LearnerOptions options)
    {
        switch (options.Objective)
        {
            case Objective.Logistic:
                return context.BinaryClassification.Trainers.FastTree(Boosting(new FastTreeBinaryTrainer.Options(), options));
            case Objective.Squared:
                return context.Regression.Trainers.FastTree(Boosting(new FastTreeRegressionTrainer.Options(), options));
            default:
                var tweedie = Boosting(new FastTreeTweedieTrainer.Options(), options);
                tweedie.Index = options.Objective switch { Objective.Poisson => 1, Objective.Gamma => 2, _ => options.TweediePower };
                return context.Regression.Trainers.FastTreeTweedie(tweedie);
        }
    }

    private static IEstimator<ITransformer> Light(MLContext context, LearnerOptions options, int? threads)
    {
        if (options.Objective == Objective.Logistic)
        {
            var classifier = new LightGbmBinaryTrainer.Options
            {
                Sigmoid = 1, // a score is then a log-odds
                EvaluationMetric = LightGbmBinaryTrainer.Options.EvaluateMetricType.None,
                LabelColumnName = Label, FeatureColumnName = Rows.Features, ExampleWeightColumnName = Weight,
                NumberOfIterations = options.Trees, NumberOfLeaves = options.Leaves, LearningRate = options.LearningRate,
                MinimumExampleCountPerLeaf = options.MinRowsPerLeaf,
                Seed = options.Seed, NumberOfThreads = threads, Deterministic = true, ForceColumnWise = true,
                UseCategoricalSplit = false, HandleMissingValue = false, Booster = Booster(options),
            };
            return context.BinaryClassification.Trainers.LightGbm(classifier);
        }

        var regressor = new LightGbmRegressionTrainer.Options
        {
            EvaluationMetric = LightGbmRegressionTrainer.Options.EvaluateMetricType.None,
            LabelColumnName = Label, FeatureColumnName = Rows.Features, ExampleWeightColumnName = Weight,
            NumberOfIterations = options.Trees, NumberOfLeaves = options.Leaves, LearningRate = options.LearningRate,
            MinimumExampleCountPerLeaf = options.MinRowsPerLeaf,
            Seed = options.Seed, NumberOfThreads = threads, Deterministic = true, ForceColumnWise = true,
            UseCategoricalSplit = false, HandleMissingValue = false, Booster = Booster(options),
        };
        return context.Regression.Trainers.LightGbm(regressor);
    }

    private static GradientBooster.Options Booster(LearnerOptions options) => new()
    {
        L1Regularization = options.L1,
        L2Regularization = options.L2,
        MinimumChildWeight = 1e-3,
        FeatureFraction = options.FeatureSampling,
        SubsampleFraction = options.RowSampling,
        SubsampleFrequency = options.RowSampling < 1 ? 1 : 0,
    };

    private static IEstimator<ITransformer> Forest(MLContext context, LearnerOptions options) => options.Objective == Objective.Logistic
        ? context.BinaryClassification.Trainers.FastForest(Bagged(new FastForestBinaryTrainer.Options(), options))
            .Append(context.BinaryClassification.Calibrators.Platt(Label))
        : context.Regression.Trainers.FastForest(Bagged(new FastForestRegressionTrainer.Options(), options));

    private static LbfgsLogisticRegressionBinaryTrainer Linear(MLContext context, LearnerOptions options) =>
        context.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options
        {
            LabelColumnName = Label,
            FeatureColumnName = Rows.Features,
            ExampleWeightColumnName = Weight,
            L1Regularization = (float)options.L1,
            L2Regularization = (float)options.L2,
            NumberOfThreads = 1,
        });

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
        target.NumberOfQuantileSamples = 1; // kept in every leaf, read by nothing here
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
        target.MemoryStatistics = false;
    }
}
