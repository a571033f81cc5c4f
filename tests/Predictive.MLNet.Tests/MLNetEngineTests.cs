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
        TrainingData train = Planted(1500, 1), test = Planted(600, 2);
        IPredictor model = Engine.TrainClassifier(train, new LearnerOptions { Learner = learner, L2 = .01 });
        double[] predictions = All(model, test.Features);
        Assert.True(ClassificationMetrics.Auc(predictions, test.Labels) > .8);
        Assert.Equal(1, model.Importance.Sum(), 9);
        Assert.Equal(learner, model.Learner);
        CheckRows(model, test.Features, predictions, p => Math.Log(p / (1 - p)));
        IPredictor loaded = Engine.LoadPredictor(Saved(model.Save));
        Assert.Equal(predictions, All(loaded, test.Features));
        Assert.Equal(train.Features.Names, loaded.FeatureNames);
    }

    [Theory]
    [InlineData(LearnerKind.BoostedTrees, Objective.Squared)]
    [InlineData(LearnerKind.BoostedTrees, Objective.Tweedie)]
    [InlineData(LearnerKind.BoostedTrees, Objective.Poisson)]
    [InlineData(LearnerKind.BoostedTrees, Objective.Gamma)]
    [InlineData(LearnerKind.RandomForest, Objective.Squared)]
    [InlineData(LearnerKind.Linear, Objective.Squared)]
    [InlineData(LearnerKind.Linear, Objective.Poisson)]
    public void A_regressor_beats_the_mean(LearnerKind learner, Objective objective)
    {
        TrainingData train = Spend(1500, 1), test = Spend(600, 2);
        IPredictor model = Engine.TrainRegressor(train, new LearnerOptions { Learner = learner, Objective = objective, L2 = .01 });
        double[] predictions = All(model, test.Features);
        double mean = test.Labels.Average();
        double error = predictions.Zip(test.Labels, (p, y) => (p - y) * (p - y)).Average(), blunt = test.Labels.Average(y => (y - mean) * (y - mean));
        Assert.True(error < .8 * blunt, $"{error} against {blunt}");
        Assert.InRange(predictions.Average(), .85 * mean, 1.15 * mean);
        bool log = objective is Objective.Tweedie or Objective.Poisson or Objective.Gamma;
        CheckRows(model, test.Features, predictions, p => log ? Math.Log(p) : p);
        Assert.Equal(predictions, All(Engine.LoadPredictor(Saved(model.Save)), test.Features));
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
        double[] predictions = All(model, data.Features);
        Assert.Equal(1, ClassificationMetrics.Auc(predictions, labels));
        CheckRows(model, data.Features, predictions, p => Math.Log(p / (1 - p)));
    }

    [Theory]
    [InlineData(Objective.Quantile)]
    [InlineData(Objective.Huber)]
    public void What_ML_NET_lacks_is_refused_by_name(Objective objective) =>
        Assert.Contains(objective.ToString(), Assert.Throws<LearningException>(() => Engine.TrainRegressor(Spend(100, 1), new LearnerOptions { Objective = objective })).Message);

    [Fact]
    public void One_seed_gives_the_same_bytes()
    {
        TrainingData train = Planted(800, 1);
        var options = new LearnerOptions { RowSampling = .7, FeatureSampling = .7, Trees = 30 };
        Assert.Equal(Saved(Engine.TrainClassifier(train, options).Save), Saved(Engine.TrainClassifier(train, options).Save));
    }

    [Fact]
    public void The_payload_is_a_plain_ML_NET_model()
    {
        TrainingData train = Planted(500, 1);
        IPredictor model = Engine.TrainClassifier(train, new LearnerOptions { Trees = 20 });
        using var stream = new MemoryStream(Saved(model.Save));
        var context = new MLContext();
        ITransformer loaded = context.Model.Load(stream, out DataViewSchema schema);
        Assert.Equal("Features", Assert.Single(schema).Name);
        using var again = new MemoryStream();
        context.Model.Save(loaded, schema, again);
        Assert.True(again.Length > 0);
    }

    [Fact]
    public void Damage_is_refused()
    {
        Assert.Throws<LearningException>(() => Engine.LoadPredictor(new byte[] { 1, 2, 3 }));
        Assert.Throws<LearningException>(() => Engine.LoadClusterer(Saved(Engine.TrainClassifier(Planted(200, 1), new LearnerOptions { Trees = 5 }).Save)));
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
        IClusterModel loaded = Engine.LoadClusterer(Saved(model.Save));
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
        TrainingData data = Planted(400, 1) with { Groups = [.. Enumerable.Range(0, 400).Select(i => i / 2)] };
        var options = new SearchOptions { Trials = 5, Folds = 2, Seed = 3 };
        SearchResult one = Engine.Search(data, options), two = Engine.Search(data, options);
        Assert.Equal(5, one.Leaderboard.Count);
        Assert.Equal(one.Leaderboard.Select(t => (t.Options, t.Loss)), two.Leaderboard.Select(t => (t.Options, t.Loss)));
        Assert.True(one.Leaderboard[0].Loss < .69);
        Assert.NotNull(Engine.TrainClassifier(data, one.Best));
    }

    [Theory]
    [InlineData(true, Objective.Logistic)]
    [InlineData(false, Objective.Tweedie)]
    [InlineData(false, Objective.Squared)]
    public void A_search_keeps_to_the_budget_of_its_clock_and_tells_every_trial(bool classification, Objective objective)
    {
        TrainingData data = classification ? Planted(200, 1) : Spend(200, 1);
        SearchResult one = Search(TimeSpan.FromSeconds(40), out List<SearchTrial> told), two = Search(TimeSpan.FromSeconds(40), out _);
        Assert.Equal(told, one.Leaderboard.OrderBy(t => t.Number));
        Assert.InRange(told.Count, 2, 40);
        Assert.Equal(one.Leaderboard.Select(t => (t.Options, t.Loss)), two.Leaderboard.Select(t => (t.Options, t.Loss)));
        Assert.Single(Search(TimeSpan.FromSeconds(1), out _).Leaderboard); // the first trial always ends

        SearchResult Search(TimeSpan budget, out List<SearchTrial> trials)
        {
            var log = new Log();
            trials = log.Trials;
            return Engine.Search(data, new SearchOptions { Classification = classification, Objective = objective, Budget = budget, Folds = 2, Clock = new SteppingClock() }, log);
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

    private static double[] All(IPredictor model, FeatureMatrix data)
    {
        var result = new double[data.Rows];
        model.Predict(data, result);
        return result;
    }

    private static byte[] Saved(Action<Stream> save)
    {
        using var stream = new MemoryStream();
        save(stream);
        return stream.ToArray();
    }

    private static TrainingData Planted(int rows, int seed) => Make(rows, seed, (signal, random) => random.NextDouble() < 1 / (1 + Math.Exp(-3 * signal)) ? 1 : 0);

    private static TrainingData Spend(int rows, int seed) => Make(rows, seed, (signal, random) => (float)((40 + (20 * signal)) * (.5 + random.NextDouble())));

    // Two features that matter, two that do not, one missing value in ten.
    private static TrainingData Make(int rows, int seed, Func<double, Random, float> label)
    {
        var random = new Random(seed);
        float[][] columns = [new float[rows], new float[rows], new float[rows], new float[rows]];
        var labels = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            foreach (float[] column in columns)
            {
                column[i] = (2 * random.NextSingle()) - 1;
            }

            labels[i] = label(columns[0][i] + (.5 * columns[1][i]), random);
            columns[3][i] = random.Next(10) == 0 ? float.NaN : columns[3][i];
        }

        return new TrainingData(new FeatureMatrix(["a", "b", "c", "d"], columns), labels, [.. labels.Select(_ => 1f)]);
    }
}
