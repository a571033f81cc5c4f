using Predictive.Learning.BuiltIn;
using Microsoft.ML;
using Predictive.Learning;
using Predictive.Learning.Metrics;

namespace Predictive.MLNet.Tests;

public sealed class MLNetEngineTests
{
    private static readonly MLNetEngine Engine = new();

    [Theory]
    [InlineData(LearnerKind.BoostedTrees)]
    [InlineData(LearnerKind.Linear)]
    [InlineData(LearnerKind.RandomForest)]
    public void A_classifier_finds_a_planted_signal_and_survives_its_payload(LearnerKind learner)
    {
        TrainingData train = Samples.Planted(1500, 1), test = Samples.Planted(600, 2);
        IPredictor model = Engine.TrainClassifier(train, new LearnerOptions { Learner = learner, L2 = .01 });
        double[] predictions = Samples.All(model, test.Features);
        Assert.True(ClassificationMetrics.Auc(predictions, test.Labels) > .8);
        Assert.Equal(1, model.Importance.Sum(), 9);
        CheckRows(model, test.Features, predictions, p => Math.Log(p / (1 - p)));
        IPredictor loaded = Predictors.Load(Samples.Saved(model.Save));
        Assert.Equal(predictions, Samples.All(loaded, test.Features));
        Assert.Equal(train.Features.Names, loaded.FeatureNames);
    }

    [Theory]
    [InlineData(LearnerKind.BoostedTrees, Objective.Squared)]
    [InlineData(LearnerKind.BoostedTrees, Objective.Tweedie)]
    [InlineData(LearnerKind.BoostedTrees, Objective.Poisson)]
    [InlineData(LearnerKind.BoostedTrees, Objective.Gamma)]
    [InlineData(LearnerKind.RandomForest, Objective.Squared)]
    public void A_regressor_beats_the_mean(LearnerKind learner, Objective objective)
    {
        TrainingData train = Samples.Spend(1500, 1), test = Samples.Spend(600, 2);
        IPredictor model = Engine.TrainRegressor(train, new LearnerOptions { Learner = learner, Objective = objective, L2 = .01 });
        double[] predictions = Samples.All(model, test.Features);
        double mean = test.Labels.Average();
        double error = predictions.Zip(test.Labels, (p, y) => (p - y) * (p - y)).Average(),
            blunt = test.Labels.Average(y => (y - mean) * (y - mean));
        Assert.True(error < .8 * blunt, $"{error} against {blunt}");
        Assert.InRange(predictions.Average(), .85 * mean, 1.15 * mean);
        bool log = objective is Objective.Tweedie or Objective.Poisson or Objective.Gamma;
        CheckRows(model, test.Features, predictions, p => log ? Math.Log(p) : p);
        Assert.Equal(predictions, Samples.All(Predictors.Load(Samples.Saved(model.Save)), test.Features));
    }

    [Theory]
    [InlineData(LearnerKind.BoostedTrees)]
    [InlineData(LearnerKind.RandomForest)]
    public void A_missing_value_can_be_the_signal_and_no_row_is_left_out(LearnerKind learner)
    {
        // Every row lacks one of its two values; which one is the label.
        var random = new Random(4);
        float[] a = new float[600], b = new float[600], labels = new float[600];
        for (int i = 0; i < a.Length; i++)
        {
            labels[i] = random.Next(2);
            (a[i], b[i]) = labels[i] == 1 ? (random.NextSingle() - .5f, float.NaN) : (float.NaN, random.NextSingle() - .5f);
        }

        (a[Array.IndexOf(labels, 1f)], b[Array.IndexOf(labels, 0f)]) = (float.PositiveInfinity, float.NegativeInfinity);

        var data = new TrainingData(new FeatureMatrix(["a", "b"], [a, b]), labels);
        IPredictor model = Engine.TrainClassifier(data, new LearnerOptions { Learner = learner });
        double[] predictions = Samples.All(model, data.Features);
        Assert.Equal(1, ClassificationMetrics.Auc(predictions, labels));
        CheckRows(model, data.Features, predictions, p => Math.Log(p / (1 - p)));
    }

    [Theory]
    [InlineData(Objective.Quantile)]
    [InlineData(Objective.Huber)]
    public void What_ML_NET_lacks_is_refused_by_name(Objective objective) =>
        Assert.Contains(
            objective.ToString(),
            Assert.Throws<LearningException>(
                () => Engine.TrainRegressor(Samples.Spend(100, 1), new LearnerOptions { Objective = objective })).Message);

    [Fact]
    public void LightGBM_is_used_where_it_was_asked_for_and_can_and_FastTree_elsewhere()
    {
        Assert.SkipUnless(Samples.LightGbm, "LightGBM's native library cannot be loaded here (on Debian: libgomp1).");
        var engine = new MLNetEngine(MLNetEngine.LightGbm);
        Assert.Equal(("lightgbm", "lightgbm"), (engine.Trainer, engine.Trainers[0].Name));
        var options = new LearnerOptions { Trees = 10 };
        Assert.Contains("LightGbm", Loader(engine.TrainClassifier(Samples.Planted(300, 1), options)), StringComparison.Ordinal);
        Assert.Contains(
            "FastTree", Loader(engine.TrainRegressor(Samples.Spend(300, 1), options with { Objective = Objective.Gamma })),
            StringComparison.Ordinal);
        Assert.Contains("FastTree", Loader(Engine.TrainClassifier(Samples.Planted(300, 1), options)), StringComparison.Ordinal);
        Assert.Contains("'xgboost'", Assert.Throws<LearningException>(() => new MLNetEngine("xgboost")).Message, StringComparison.Ordinal);

        // The type of the last step that learned, as the saved file names it.
        static string Loader(IPredictor model) =>
            Samples.Flat(new MLContext().Model.Load(new MemoryStream(model.Original.ToArray()), out _))
            .OfType<ISingleFeaturePredictionTransformer<object>>().First().Model.GetType().ToString();
    }

    [Fact]
    public void One_seed_gives_the_same_bytes()
    {
        TrainingData train = Samples.Planted(800, 1);
        var options = new LearnerOptions { RowSampling = .7, FeatureSampling = .7, Trees = 30 };
        Assert.Equal(
            Samples.Saved(Engine.TrainClassifier(train, options).Save), Samples.Saved(Engine.TrainClassifier(train, options).Save));
    }

    [Fact]
    public void The_original_is_a_plain_ML_NET_model()
    {
        TrainingData train = Samples.Planted(500, 1);
        IPredictor model = Engine.TrainClassifier(train, new LearnerOptions { Trees = 20 });
        using var stream = new MemoryStream(model.Original.ToArray());
        var context = new MLContext();
        ITransformer loaded = context.Model.Load(stream, out DataViewSchema schema);
        Assert.Equal("Features", Assert.Single(schema).Name);
        using var again = new MemoryStream();
        context.Model.Save(loaded, schema, again);
        Assert.True(again.Length > 0);
    }

    [Fact]
    public void Clusters_are_found()
    {
        var random = new Random(1);
        float[] x = new float[300], y = new float[300];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = (10 * (i % 3)) + random.NextSingle();
            y[i] = (-10 * (i % 3)) + random.NextSingle();
        }

        var data = new FeatureMatrix(["x", "y"], [x, y]);
        IClusterModel model = Engine.TrainClusterer(data, new ClustererOptions { Clusters = 3, Starts = 3 });
        IClusterModel loaded = Learning.Clustering.KMeansModel.Load(Samples.Saved(model.Save));
        var clusters = new int[300];
        loaded.Assign(data, clusters);
        Assert.Equal(3, clusters.Take(3).Distinct().Count());
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(clusters[i % 3], clusters[i]);
            Assert.Equal(clusters[i], model.Assign([x[i], y[i]], out _));
        }

        Assert.InRange(model.Inertia, 1, 100);
    }

    [Fact]
    public void A_search_returns_a_leaderboard_that_trials_and_seed_settle()
    {
        TrainingData data = Samples.Planted(400, 1) with { Groups = [.. Enumerable.Range(0, 400).Select(i => i / 2)] };
        var options = new SearchOptions { Trials = 5, Folds = 2, Seed = 3 };
        SearchResult one = Engine.Search(data, options), two = Engine.Search(data, options);
        Assert.Equal(5, one.Leaderboard.Count);
        Assert.Equal(one.Leaderboard.Select(t => (t.Options, t.Loss)), two.Leaderboard.Select(t => (t.Options, t.Loss)));
        Assert.True(one.Leaderboard[0].Loss < .69);
        Assert.NotNull(Engine.TrainClassifier(data, one.Best));
    }

    [Fact]
    public void A_search_tries_every_trainer()
    {
        TrainingData data = Samples.Planted(400, 1);
        SearchResult found = Engine.Search(data, new SearchOptions { Trials = 6, Folds = 2, Seed = 3 });
        Assert.Equal(Engine.Trainers.Select(t => t.Name).Order(), found.Leaderboard.Select(t => t.Options.Trainer).Distinct().Order());
        // FastTree reads no penalty, so none is searched for it.
        Assert.Single(found.Leaderboard.Where(t => t.Options.Trainer == "fasttree").Select(t => t.Options.L2).Distinct());
    }

    [Theory]
    [InlineData(true, Objective.Logistic)]
    [InlineData(false, Objective.Tweedie)]
    [InlineData(false, Objective.Squared)]
    public void A_search_keeps_to_the_budget_of_its_clock_and_tells_every_trial(bool classification, Objective objective)
    {
        TrainingData data = classification ? Samples.Planted(200, 1) : Samples.Spend(200, 1);
        SearchResult one = Search(TimeSpan.FromSeconds(40), out List<SearchTrial> told), two = Search(TimeSpan.FromSeconds(40), out _);
        Assert.Equal(told, one.Leaderboard.OrderBy(t => t.Number));
        Assert.InRange(told.Count, 2, 40);
        Assert.Equal(one.Leaderboard.Select(t => (t.Options, t.Loss)), two.Leaderboard.Select(t => (t.Options, t.Loss)));
        Assert.Single(Search(TimeSpan.FromSeconds(1), out _).Leaderboard); // the first trial always ends

        SearchResult Search(TimeSpan budget, out List<SearchTrial> trials)
        {
            var log = new Log();
            trials = log.Trials;
            return Engine.Search(
                data,
                new SearchOptions
                {
                    Classification = classification, Objective = objective, Budget = budget, Folds = 2, Clock = new SteppingClock(),
                },
                log);
        }
    }

    private sealed class Log : IProgress<SearchTrial>
    {
        public List<SearchTrial> Trials { get; } = [];

        public void Report(SearchTrial value) => Trials.Add(value);
    }

    // Two seconds pass whenever it is read.
    private sealed class SteppingClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _ticks, 2 * TimeSpan.TicksPerSecond);
    }

    private static void CheckRows(IPredictor model, FeatureMatrix data, double[] predictions, Func<double, double> raw)
    {
        var row = new float[data.Columns];
        var contributions = new double[data.Columns + 1];
        for (int i = 0; i < 100; i++)
        {
            data.CopyRow(i, row);
            Assert.Equal(predictions[i], model.Predict(row));
            model.Explain(row, contributions);
            Assert.Equal(raw(predictions[i]), contributions.Sum(), 4);
        }

        Parallel.For(0, 200, i =>
        {
            var own = new float[data.Columns];
            data.CopyRow(i, own);
            Assert.Equal(predictions[i], model.Predict(own));
        });
    }
}
