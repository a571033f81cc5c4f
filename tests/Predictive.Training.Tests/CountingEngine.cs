using Predictive.Learning;

namespace Predictive.Training.Tests;

/// <summary>An engine that counts the trees it was asked for.</summary>
internal sealed class CountingEngine(ILearningEngine inner) : ILearningEngine
{
    private int _trained;

    public int Trained => _trained;

    public string Name => inner.Name;

    public string Version => inner.Version;

    public string PayloadExtension => inner.PayloadExtension;

    public IReadOnlyList<EngineTrainer> Trainers => inner.Trainers;

    public IPredictor TrainClassifier(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        Interlocked.Increment(ref _trained);
        return inner.TrainClassifier(data, options, progress, cancellation);
    }

    public IPredictor TrainRegressor(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        Interlocked.Increment(ref _trained);
        return inner.TrainRegressor(data, options, progress, cancellation);
    }

    public IClusterModel TrainClusterer(
        FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default) => inner.TrainClusterer(data, options, progress, cancellation);

    public SearchResult Search(
        TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress = null, CancellationToken cancellation = default) =>
        inner.Search(data, options, progress, cancellation);
}
