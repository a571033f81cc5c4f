using Predictive.Learning.Boosting;
using Predictive.Learning.Clustering;

namespace Predictive.Learning;

/// <summary>The default engine: this library's own learners, in managed code. Stateless; safe to use from several threads.</summary>
public sealed class BuiltInEngine : ILearningEngine
{
    /// <inheritdoc/>
    public string Name => "built-in";

    /// <inheritdoc/>
    public string Version => typeof(BuiltInEngine).Assembly.GetName().Version!.ToString(3);

    /// <inheritdoc/>
    public string PayloadExtension => ".bin";

    /// <inheritdoc/>
    public IReadOnlyList<LearnerKind> Learners { get; } = [LearnerKind.BoostedTrees];

    /// <inheritdoc/>
    public IPredictor TrainClassifier(TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Train(data, options with { Objective = Objective.Logistic }, progress, cancellation);
    }

    /// <inheritdoc/>
    public IPredictor TrainRegressor(TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Train(data, options, progress, cancellation);
    }

    /// <inheritdoc/>
    public IClusterModel TrainClusterer(FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        KMeans.Fit(data, options, 0, progress, cancellation);

    /// <inheritdoc/>
    public SearchResult Search(TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress = null, CancellationToken cancellation = default) =>
        throw new LearningException("This build of the built-in engine cannot search settings yet.");

    /// <inheritdoc/>
    public IPredictor LoadPredictor(ReadOnlyMemory<byte> payload) => new BoostedPredictor(TreeEnsemble.Load(payload));

    /// <inheritdoc/>
    public IClusterModel LoadClusterer(ReadOnlyMemory<byte> payload) => KMeansModel.Load(payload);

    private static BoostedPredictor Train(TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (options.Learner != LearnerKind.BoostedTrees)
        {
            throw new LearningException($"The built-in engine has no learner '{options.Learner}'; it has: {LearnerKind.BoostedTrees}.");
        }

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
        BoostingValidation? validation = data.Validation is { } held ? new BoostingValidation(new BoostingData(held.Features, held.Labels, held.Weights)) : null;
        return new BoostedPredictor(GradientBoosting.Train(new BoostingData(data.Features, data.Labels, data.Weights), boosting, validation, null, progress, cancellation));
    }
}
