using Predictive.Learning.BuiltIn;

namespace Predictive.Learning.Tests;

public class BuiltInEngineTests
{
    private static readonly BuiltInEngine Engine = new();
    private static readonly TrainingData Classes = Sample(3001, 5, classes: true);
    private static readonly TrainingData Amounts = Sample(3001, 5, classes: false);

    public static TheoryData<LearnerKind> Learners => [.. Engine.Trainers.Select(t => t.Learner)];

    [Theory]
    [MemberData(nameof(Learners))]
    public void A_classifier_learns_predicts_explains_and_survives_saving(LearnerKind learner)
    {
        IPredictor model = Engine.TrainClassifier(Classes, new LearnerOptions { Learner = learner });
        var p = new double[Classes.Features.Rows];
        model.Predict(Classes.Features, p);
        Assert.All(p, v => Assert.InRange(v, double.Epsilon, 1 - 1e-16));
        Assert.True(Predictive.Learning.Metrics.ClassificationMetrics.Auc(p, Classes.Labels) > .8);
        Assert.Equal(1, model.Importance.Sum(), 9);
        Agree(model, Classes.Features, p, v => Math.Log(v / (1 - v)));
    }

    [Theory]
    [MemberData(nameof(Learners))]
    public void A_regressor_learns_predicts_explains_and_survives_saving(LearnerKind learner)
    {
        IPredictor model = Engine.TrainRegressor(Amounts, new LearnerOptions { Learner = learner, Objective = Objective.Squared });
        var p = new double[Amounts.Features.Rows];
        model.Predict(Amounts.Features, p);
        double[] actual = [.. Amounts.Labels.Select(v => (double)v)];
        Assert.True(Predictive.Learning.Metrics.RegressionMetrics.Pearson(p, actual) > .8);
        Agree(model, Amounts.Features, p, v => v);
    }

    [Theory]
    [MemberData(nameof(Learners))]
    public void Threads_do_not_change_a_byte(LearnerKind learner)
    {
        byte[] one = Bytes(
            Engine.TrainClassifier(Classes, new LearnerOptions { Learner = learner, Threads = 1, RowSampling = .7, FeatureSampling = .7 }));
        byte[] two = Bytes(
            Engine.TrainClassifier(Classes, new LearnerOptions { Learner = learner, Threads = 2, RowSampling = .7, FeatureSampling = .7 }));
        Assert.Equal(one, two);
    }

    [Fact]
    public void Foreign_payloads_and_newer_formats_are_named()
    {
        byte[] bytes = Bytes(Engine.TrainClassifier(Classes, new LearnerOptions { Learner = LearnerKind.Linear }));
        bytes[8] = 9;
        Assert.Contains(
            "needs a reader of format 9", Assert.Throws<LearningException>(() => Predictors.Load(bytes)).Message, StringComparison.Ordinal);
        Assert.Throws<LearningException>(() => Predictors.Load("PK nothing of ours"u8.ToArray()));
    }

    [Fact]
    public void A_table_with_other_columns_is_refused()
    {
        IPredictor model = Engine.TrainClassifier(Classes, new LearnerOptions { Learner = LearnerKind.Linear });
        FeatureMatrix turned = Classes.Features.Select(["x1", "x0", "x2", "x3", "x4"]);
        Assert.Contains(
            "'x1'", Assert.Throws<ArgumentException>(() => model.Predict(turned, new double[turned.Rows])).Message,
            StringComparison.Ordinal);
    }

    private static void Agree(IPredictor model, FeatureMatrix data, double[] batch, Func<double, double> raw)
    {
        IPredictor loaded = Predictors.Load(Bytes(model));
        Assert.Equal(model.FeatureNames, loaded.FeatureNames);
        Assert.Equal(model.Importance, loaded.Importance);
        var row = new float[data.Columns];
        var parts = new double[data.Columns + 1];
        for (int i = 0; i < data.Rows; i += 7)
        {
            data.CopyRow(i, row);
            Assert.Equal(batch[i], model.Predict(row));
            Assert.Equal(batch[i], loaded.Predict(row));
            model.Explain(row, parts);
            Assert.Equal(raw(batch[i]), parts.Sum(), 1e-6 * (1 + Math.Abs(parts.Sum())));
        }
    }

    private static byte[] Bytes(IPredictor model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    private static TrainingData Sample(int rows, int seed, bool classes)
    {
        var random = new Random(seed);
        float[][] columns =
        [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, rows).Select(_ => (float)((random.NextDouble() * 4) - 2)).ToArray())];
        float[] labels = [.. Enumerable.Range(0, rows).Select(i =>
        {
            double score = (2 * columns[0][i]) - columns[1][i] + (.5 * columns[2][i]);
            return (float)(classes ? (random.NextDouble() < 1 / (1 + Math.Exp(-score)) ? 1 : 0) : score + random.NextDouble());
        })];
        return new TrainingData(new FeatureMatrix(["x0", "x1", "x2", "x3", "x4"], columns), labels);
    }
}
