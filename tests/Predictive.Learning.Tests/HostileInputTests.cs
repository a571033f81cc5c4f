using Predictive.Learning.BuiltIn;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting;
using Predictive.Learning.Clustering;
using Predictive.Learning.Lifetimes;
using Predictive.Learning.Metrics;

namespace Predictive.Learning.Tests;

/// <summary>What a hurried or hostile caller may hand over: one clear exception each, or a model that works.</summary>
public class HostileInputTests
{
    private static readonly BuiltInEngine Engine = new();

    public static TheoryData<LearnerKind> Learners => [.. Engine.Trainers.Select(t => t.Learner)];

    [Theory]
    [MemberData(nameof(Learners))]
    public void Rows_nobody_can_learn_from_are_refused(LearnerKind learner)
    {
        var options = new LearnerOptions { Learner = learner, MinRowsPerLeaf = 1 };
        FeatureMatrix two = new(["a"], [[1, 2, 3, 4]]);
        Refused("row 2", two, [0, 1, float.NaN, 1], null);
        Refused("row 1", two, [0, float.PositiveInfinity, 1, 1], null);
        Refused("row 3", two, [0, 1, 0, 0.5f], null);
        Refused("both", two, [1, 1, 1, 1], null);
        Refused("both", two, [0, 1, 0, 1], [1, 0, 1, 0]); // the ones weigh nothing
        Refused("0", two, [0, 1, 0, 1], [0, 0, 0, 0]);
        Refused("row 1", two, [0, 1, 0, 1], [1, -1, 1, 1]);
        Refused("row 0", two, [0, 1, 0, 1], [float.NaN, 1, 1, 1]);
        Refused("3", two, [0, 1, 0], null);
        Refused("5", two, [0, 1, 0, 1], [1, 1, 1, 1, 1]);
        Refused("rows", new FeatureMatrix(["a"], [[]]), [], null);
        Assert.Contains("row 2", Assert.Throws<LearningException>(
            () => Engine.TrainRegressor(new TrainingData(two, [0, 1, float.NaN, 1]), options)).Message, StringComparison.Ordinal);

        void Refused(string says, FeatureMatrix features, float[] labels, float[]? weights)
        {
            var e = Assert.Throws<LearningException>(() => Engine.TrainClassifier(new TrainingData(features, labels, weights), options));
            Assert.Contains(says, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Learners))]
    public void Infinite_huge_constant_and_absent_features_still_give_finite_predictions(LearnerKind learner)
    {
        const int Rows = 200;
        var random = new Random(3);
        float[] Column(Func<int, float> at) => [.. Enumerable.Range(0, Rows).Select(at)];
        float[] signal = Column(_ => (float)random.NextDouble());
        var features = new FeatureMatrix(
            ["signal", "infinite", "huge", "tiny", "constant", "absent", "one value"],
            [
                signal,
                Column(i => i % 3 == 0 ? float.PositiveInfinity : i % 3 == 1 ? float.NegativeInfinity : i),
                Column(i => i % 2 == 0 ? float.MaxValue : -float.MaxValue),
                Column(i => i * float.Epsilon),
                Column(_ => 7),
                Column(_ => float.NaN),
                Column(i => i == 5 ? 1 : float.NaN),
            ]);
        float[] labels = [.. signal.Select(v => v > 0.5f ? 1f : 0f)];
        foreach (bool classifier in new[] { true, false })
        {
            var data = new TrainingData(features, labels);
            var options = new LearnerOptions { Learner = learner, MinRowsPerLeaf = 2 };
            IPredictor model = classifier ? Engine.TrainClassifier(data, options) : Engine.TrainRegressor(data, options);
            var predictions = new double[Rows];
            model.Predict(features, predictions);
            Assert.All(predictions, p => Assert.True(double.IsFinite(p)));
            Assert.True(ClassificationMetrics.Auc(predictions, labels) > 0.95, $"{learner}, classifier {classifier}");
            var contributions = new double[8];
            model.Explain([float.NaN, float.PositiveInfinity, float.NaN, 0, float.NegativeInfinity, 3, -3], contributions);
            Assert.All(contributions, c => Assert.True(double.IsFinite(c)));
        }
    }

    [Theory]
    [MemberData(nameof(Learners))]
    public void Wrong_rows_to_predict_are_refused(LearnerKind learner)
    {
        FeatureMatrix features = new(["a", "b"], [[1, 2, 3, 4, 5, 6], [0, 1, 0, 1, 0, 1]]);
        IPredictor model = Engine.TrainClassifier(
            new TrainingData(features, [0, 0, 0, 1, 1, 1]), new LearnerOptions { Learner = learner, MinRowsPerLeaf = 1 });
        Assert.Throws<ArgumentException>(() => model.Predict([1f]));
        Assert.Throws<ArgumentException>(() => model.Predict([1f, 2, 3]));
        Assert.Throws<ArgumentException>(() => model.Explain([1f, 2], new double[2]));
        Assert.Throws<ArgumentException>(() => model.Predict(features.Select(["b", "a"]), new double[6]));
        Assert.Throws<ArgumentException>(() => model.Predict(features, new double[5]));
        Assert.ThrowsAny<LearningException>(() => Predictors.Load(Array.Empty<byte>()));
    }

    [Fact]
    public void Boosting_refuses_what_its_options_cannot_mean()
    {
        FeatureMatrix features = new(["a"], [[1, 2, 3, 4]]);
        var data = new BoostingData(features, [0, 1, 0, 1]);
        Says("'b'", () => GradientBoosting.Train(data, new BoostingOptions { CategoricalFeatures = ["b"] }), orElse: "b");
        Says(
            "0.5",
            () => GradientBoosting.Train(
                new BoostingData(new FeatureMatrix(["a"], [[0.5f, 1, 2, 3]]), data.Labels),
                new BoostingOptions { CategoricalFeatures = ["a"] }));
        float[] many = [.. Enumerable.Range(0, 30_000).Select(i => i == 29_999 ? 0.5f : i % 7)]; // enough rows for several threads
        Says(
            "0.5",
            () => GradientBoosting.Train(
                new BoostingData(new FeatureMatrix(["a"], [many]), [.. many.Select(v => v > 3 ? 1f : 0)]),
                new BoostingOptions { CategoricalFeatures = ["a"], Threads = 2 }));
        Says("not divide", () => _ = new BoostingData([1, 2, 3], ["a", "b"], [1]));
        Says(
            "other features",
            () => GradientBoosting.Train(
                data, new BoostingOptions(), new BoostingValidation(new BoostingData(new FeatureMatrix(["z"], [[1]]), [1]))));
        TreeEnsemble squared = GradientBoosting.Train(data, new BoostingOptions { Objective = Objective.Squared, Trees = 1 });
        Says("Squared", () => GradientBoosting.Train(data, new BoostingOptions(), continueFrom: squared));
        Says(
            "above 0",
            () => GradientBoosting.Train(new BoostingData(features, [0, 1, 2, 3]), new BoostingOptions { Objective = Objective.Gamma }));
        Assert.Throws<ArgumentException>(() => new FeatureMatrix(["a", "a"], [[1], [2]]));
        Assert.Throws<ArgumentException>(() => new FeatureMatrix(["a", "b"], [[1], null!]));

        static void Says(string what, Action action, string? orElse = null)
        {
            string message = Assert.Throws<LearningException>(action).Message;
            Assert.True(
                message.Contains(what, StringComparison.Ordinal)
                    || (orElse is not null && message.Contains(orElse, StringComparison.Ordinal)),
                message);
        }
    }

    [Fact]
    public void Clusters_refuse_rows_without_a_place()
    {
        FeatureMatrix features = new(["a", "b"], [[1, 2, 30, 40], [1, 2, 30, 40]]);
        KMeansModel model = KMeans.Fit(features, new ClustererOptions { Clusters = 2 });
        Assert.Throws<LearningException>(() => model.Assign([float.NaN, 1], out _));
        Assert.Throws<LearningException>(() => model.Assign([float.PositiveInfinity, 1], out _));
        Assert.Throws<LearningException>(() => model.Assign([1f], out _));
        Assert.Throws<ArgumentException>(() => model.Assign(features.Select(["b", "a"]), new int[4]));
        Assert.Throws<LearningException>(() => model.Membership([1, 1], 0, new double[2]));
        Assert.Throws<LearningException>(() => model.Membership([1, 1], 1, new double[3]));
        Assert.Throws<LearningException>(() => KMeans.Fit(features, new ClustererOptions { Clusters = 5 }));
        Assert.Throws<LearningException>(() => KMeans.FitFrom([1, 2, 3], 2, [1, 2], 10));
        Assert.Throws<LearningException>(() => KMeans.FitFrom([1, 2, 3, 4], 2, [1, float.NaN], 10));
        Assert.Throws<LearningException>(() => KMeans.FitFrom([1, 2, 3, float.NaN], 2, [1, 2], 10));
        Assert.Throws<ArgumentException>(() => ClusterQuality.Silhouettes(features, [0, 1]));
        Assert.Throws<ArgumentException>(() => ClusterQuality.Silhouettes(features, [0, 1, -1, 0]));

        // Fewer distinct rows than clusters: every row still has a centre at distance 0.
        KMeansModel same = KMeans.Fit(new FeatureMatrix(["a"], [[5, 5, 5, 5]]), new ClustererOptions { Clusters = 3 });
        Assert.Equal(0, same.Inertia);
        same.Assign([5f], out double distance);
        Assert.Equal(0, distance);
    }

    [Fact]
    public void Lifetimes_and_measures_refuse_weights_and_values_without_meaning()
    {
        double[] x = [1, 2], tx = [1, 2], t = [3, 3];
        Assert.Throws<LearningException>(() => BgNbdModel.Fit(x, tx, t, [1, double.NaN]));
        Assert.Throws<LearningException>(() => MbgNbdModel.Fit(x, tx, t, [0, 0]));
        Assert.Throws<LearningException>(() => ParetoNbdModel.Fit(x, [1, 4], t));
        Assert.Throws<LearningException>(() => ParetoNbdModel.Fit([], [], []));
        Assert.Throws<LearningException>(() => NbdModel.Fit([0, 0], [0, 0], [0, 0]));
        Assert.Throws<LearningException>(() => GammaGammaModel.Fit(x, t, [-1, 1]));
        Assert.Throws<LearningException>(() => GammaGammaModel.Fit([0, 0], t));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.LogLoss([0.5, 0.5], [0, 1], [0, 0]));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Auc([0.5, 0.5], [0, 1], [1, float.NaN]));
        Assert.Throws<ArgumentException>(() => UpliftMetrics.Qini([0.5, 0.5], [true, false], [1, double.NaN]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Tiny_bases_give_finite_lifetimes(int customers)
    {
        double[] x = [.. Enumerable.Range(0, customers).Select(i => (double)i)], tx = [.. x.Select(v => v * 2)],
            t = [.. x.Select(_ => 10.0)];
        BgNbdModel bg = BgNbdModel.Fit(x, tx, t);
        ParetoNbdModel pareto = ParetoNbdModel.Fit(x, tx, t);
        Assert.All(new[]
        {
            bg.ExpectedPurchases(1, 2, 10, 5), bg.ProbabilityActive(1, 2, 10, 5), pareto.ExpectedPurchases(1, 2, 10, 5),
            pareto.ProbabilityActive(1, 2, 10, 5),
        },
            v => Assert.True(double.IsFinite(v) && v >= 0));
    }
}
