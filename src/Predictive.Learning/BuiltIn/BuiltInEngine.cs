using System.Globalization;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting;
using Predictive.Learning.Clustering;
using Predictive.Learning.Forest;
using Predictive.Learning.Linear;
using Predictive.Learning.Tuning;

namespace Predictive.Learning.BuiltIn;

/// <summary>The default engine: this library's own learners, in managed code. Stateless; safe to use from several threads.</summary>
public sealed class BuiltInEngine : ILearningEngine
{
    /// <summary><see cref="Name"/> of this engine.</summary>
    public const string EngineName = "built-in";

    private static readonly Objective[] s_all = Enum.GetValues<Objective>();

    /// <inheritdoc/>
    public string Name => EngineName;

    /// <inheritdoc/>
    public string Version => typeof(BuiltInEngine).Assembly.GetName().Version!.ToString(3);

    /// <inheritdoc/>
    public string PayloadExtension => ".bin";

    /// <inheritdoc/>
    public IReadOnlyList<EngineTrainer> Trainers { get; } =
    [
        new("boosting", LearnerKind.BoostedTrees, s_all),
        new("linear", LearnerKind.Linear, [.. s_all.Where(o => o != Objective.Quantile)]),
        new("forest", LearnerKind.RandomForest, [.. s_all.Where(o => o is not (Objective.Quantile or Objective.Huber))]),
    ];

    /// <inheritdoc/>
    public IPredictor TrainClassifier(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Train(data, options with { Objective = Objective.Logistic }, progress, cancellation);
    }

    /// <inheritdoc/>
    public IPredictor TrainRegressor(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Train(data, options, progress, cancellation);
    }

    /// <inheritdoc/>
    public IClusterModel TrainClusterer(
        FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default) =>
        KMeans.Fit(data, options, 0, progress, cancellation);

    /// <inheritdoc/>
    public SearchResult Search(
        TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress = null, CancellationToken cancellation = default) =>
        LearnerSearch.Run(this, data, options, progress, cancellation);

    private static IPredictor Train(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation) =>
        options.Learner switch
        {
            LearnerKind.BoostedTrees => TrainTrees(data, options, progress, cancellation),
            LearnerKind.Linear => TrainLinear(data, options, progress, cancellation),
            LearnerKind.RandomForest => TrainForest(data, options, progress, cancellation),
            _ => throw new LearningException($"The built-in engine has no learner '{options.Learner}'."),
        };

    private static LinearPredictor TrainLinear(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        // Factors are given by feature name across feature sets; names this table lacks do not concern it.
        var factors = options.PenaltyFactors?.Where(f => data.Features.Names.Contains(f.Key)).ToDictionary(StringComparer.Ordinal);
        var linear = new LinearOptions { L2 = options.L2, L1 = options.L1, PenaltyFactors = factors, Threads = options.Threads };
        LinearModel model = options.Objective == Objective.Logistic
            ? LogisticRegression.Fit(data.Features, data.Labels, data.Weights, linear, cancellation)
            : RidgeRegression.Fit(data.Features, data.Labels, data.Weights, linear, options.Objective, options.TweediePower, cancellation);
        progress?.Report(new TrainingProgress(1, 1));
        return new LinearPredictor(model);
    }

    private static ForestPredictor TrainForest(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        bool classifier = options.Objective == Objective.Logistic;
        if (options.Objective is Objective.Quantile or Objective.Huber)
        {
            throw new LearningException(
                $"A random forest predicts means; it cannot minimise {options.Objective}. Use boosted trees for it.");
        }

        for (int i = 0; classifier && i < data.Labels.Length; i++)
        {
            if (data.Labels[i] is not (0 or 1))
            {
                throw new LearningException(
                    string.Create(CultureInfo.InvariantCulture, $"The label of row {i} is {data.Labels[i]}; a classifier expects 0 or 1."));
            }
        }

        return new ForestPredictor(RandomForest.Train(data, options, progress, cancellation), classifier);
    }

    private static BoostedPredictor TrainTrees(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var boosting = new BoostingOptions
        {
            Objective = options.Objective,
            Trees = options.Trees,
            Leaves = options.Leaves,
            LearningRate = options.LearningRate,
            MinRowsPerLeaf = options.MinRowsPerLeaf,
            RowSampling = options.RowSampling,
            FeatureSampling = options.FeatureSampling,
            L1 = options.L1,
            L2 = options.L2,
            TweediePower = options.TweediePower,
            Quantile = options.Quantile,
            EarlyStoppingRounds = options.EarlyStoppingRounds,
            Seed = options.Seed,
            Threads = options.Threads,
        };
        BoostingValidation? validation =
            data.Validation is { } held ? new BoostingValidation(new BoostingData(held.Features, held.Labels, held.Weights)) : null;
        return new BoostedPredictor(
            GradientBoosting.Train(
                new BoostingData(data.Features, data.Labels, data.Weights), boosting, validation, null, progress, cancellation));
    }
}
