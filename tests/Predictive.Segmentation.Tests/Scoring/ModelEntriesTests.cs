using Predictive.Learning;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>An engine whose payloads are files of their own: the built-in learners under another ending.</summary>
[Collection(TrainedBase.Collection)]
public sealed class ModelEntriesTests(TrainedBase trained)
{
    private ModelPackage Apart() =>
        (trained.Scorer.Bundle with { Manifest = trained.Package.Manifest with { Engine = new EngineStamp("apart", "1.0.0", ".apart.zip") } }).ToPackage();

    [Fact]
    public void Payloads_of_another_format_are_whole_entries_and_score_the_same()
    {
        ModelPackage package = ModelPackage.FromBytes(Apart().ToBytes(), "models/default/4.zip");
        foreach (string name in new[] { "churn.bin", "churn.apart.zip", "clv.bin", "clv.apart.zip", "clv-2.apart.zip", "portraits.apart.zip" })
        {
            Assert.Contains(name, package.EntryNames);
        }

        Assert.DoesNotContain("portraits.bin", package.EntryNames);
        var engine = new ApartEngine();
        foreach (string name in package.EntryNames.Where(n => n.EndsWith(".apart.zip", StringComparison.Ordinal) && !n.StartsWith("portraits", StringComparison.Ordinal)))
        {
            Assert.NotEmpty(engine.LoadPredictor(package.Entry(name)).FeatureNames);
        }

        ModelBundle loaded = ModelBundle.Load(package, new BuiltInEngine(), engine);
        Assert.Equal(package.ToBytes(), loaded.ToPackage().ToBytes());
        ScoreTable table = new CustomerScorer(loaded, new ModelStamp("default", 3)).ScoreAll(trained.History, trained.AsOf);
        Assert.Equal(Enumerable.Range(0, trained.Table.Count).Select(i => trained.Table.Score(i, false).Churn.Probability), Enumerable.Range(0, table.Count).Select(i => table.Score(i, false).Churn.Probability));
        Assert.Equal(Enumerable.Range(0, trained.Table.Count).Select(i => trained.Table.Score(i, false).Clv), Enumerable.Range(0, table.Count).Select(i => table.Score(i, false).Clv));
    }

    [Fact]
    public void A_learner_that_is_missing_or_damaged_is_refused_by_name()
    {
        ModelPackage package = Apart();
        foreach (string name in new[] { "churn.apart.zip", "clv-2.apart.zip", "portraits.apart.zip" })
        {
            Refused(package.EntryNames.Where(n => n != name).Select(n => KeyValuePair.Create(n, package.Entry(n).ToArray())), $"entry '{name}' is missing");
            Refused(package.EntryNames.Select(n => KeyValuePair.Create(n, n == name ? package.Entry(n).ToArray()[..20] : package.Entry(n).ToArray())), $"entry '{name}' cannot be used");
        }

        void Refused(IEnumerable<KeyValuePair<string, byte[]>> entries, string reason) =>
            Assert.Contains(reason, Assert.Throws<ModelPackageException>(() => ModelBundle.Load(new ModelPackage(package.Manifest, entries), new ApartEngine())).Message, StringComparison.Ordinal);
    }

    private sealed class ApartEngine : ILearningEngine
    {
        private readonly BuiltInEngine _inner = new();

        public string Name => "apart";

        public string Version => "1.0.0";

        public string PayloadExtension => ".apart.zip";

        public IReadOnlyList<LearnerKind> Learners => _inner.Learners;

        public IPredictor TrainClassifier(TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation) => _inner.TrainClassifier(data, options, progress, cancellation);

        public IPredictor TrainRegressor(TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation) => _inner.TrainRegressor(data, options, progress, cancellation);

        public IClusterModel TrainClusterer(FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation) => _inner.TrainClusterer(data, options, progress, cancellation);

        public SearchResult Search(TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress, CancellationToken cancellation) => _inner.Search(data, options, progress, cancellation);

        public IPredictor LoadPredictor(ReadOnlyMemory<byte> payload) => _inner.LoadPredictor(payload);

        public IClusterModel LoadClusterer(ReadOnlyMemory<byte> payload) => _inner.LoadClusterer(payload);
    }
}
