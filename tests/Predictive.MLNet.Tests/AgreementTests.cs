using Predictive.Learning.BuiltIn;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;
using Predictive.Learning;

namespace Predictive.MLNet.Tests;

/// <summary>
/// What was handed over scores as ML.NET's own saved model does, for every trainer and objective, on 10,000 rows: ordinary ones, missing
/// and infinite values, the ends of the range of a float, denormals, and each tree's thresholds with their neighbours.
/// </summary>
/// <remarks>
/// Tolerance on the raw scale (log-odds, logarithm, or the value itself), from how numbers are rounded and nothing else. Trees: ML.NET adds
/// leaves as doubles and rounds the sum to a float, here each leaf is a float and their sum a double, so both are within u · Σ over trees
/// of the largest |leaf| of the exact sum, u = 2⁻²⁴; undoing shift or scale rounds once more. Linear: ML.NET standardises and multiplies in
/// floats, n + 8 roundings of Σ |coefficient| (|x| + |mean|); rows on which its floats overflow are counted, not compared.
/// A row in the wrong leaf of one tree is off by thousands of that.
/// </remarks>
public sealed class AgreementTests
{
    private const double Unit = 1.0 / (1 << 24);
    private const int Rows = 10_000;

    public static TheoryData<string, LearnerKind, Objective> Trainers()
    {
        var all = new TheoryData<string, LearnerKind, Objective>();
        foreach (EngineTrainer trainer in new MLNetEngine().Trainers)
        {
            foreach (Objective objective in trainer.Objectives)
            {
                all.Add(trainer.Name, trainer.Learner, objective);
            }
        }

        return all;
    }

    [Fact]
    public void Every_trainer_is_among_those_compared()
    {
        Assert.SkipUnless(Samples.LightGbm, "LightGBM's native library cannot be loaded here (on Debian: libgomp1).");
        Assert.Equal(10, Trainers().Count);
    }

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Scores_are_those_of_the_saved_model(string trainer, LearnerKind learner, Objective objective)
    {
        TrainingData train = Samples.Rough(3000, 1, objective);
        var options = new LearnerOptions
        {
            Learner = learner, Trainer = trainer, Objective = objective, Trees = 60, Leaves = 12, LearningRate = .1, RowSampling = .8,
            FeatureSampling = .8, L2 = .1,
        };
        var engine = new MLNetEngine();
        IPredictor ours = objective == Objective.Logistic ? engine.TrainClassifier(train, options) : engine.TrainRegressor(train, options);
        var context = new MLContext();
        ITransformer theirs = context.Model.Load(new MemoryStream(ours.Original.ToArray()), out _);
        double bound = Bound(theirs, out float[] thresholds);
        FeatureMatrix rows = Samples.Extreme(Rows, 2, train.Features, thresholds);

        (float[] scores, float[]? probabilities) = Plain(context, theirs, rows);
        var predictions = new double[Rows];
        ours.Predict(rows, predictions);
        int width = rows.Columns, finite = 0;
        var row = new float[width];
        var parts = new double[width + 1];
        (double[] coefficients, double[] means) = Slopes(ours, width);
        for (int i = 0; i < Rows; i++)
        {
            rows.CopyRow(i, row);
            Assert.Equal(predictions[i], ours.Predict(row));
            ours.Explain(row, parts);
            double raw = parts.Sum();
            double tolerance = learner == LearnerKind.Linear
                ? Unit * (width + 8) * (Math.Abs(parts[width]) + Weight(row, coefficients, means))
                : 3 * Unit * (bound + Math.Abs(raw) + Math.Abs(parts[width]));
            bool log = objective is Objective.Tweedie or Objective.Poisson or Objective.Gamma;
            if (learner == LearnerKind.Linear && !float.IsFinite(scores[i]))
            {
                // ML.NET's floats overflowed on the way (near float.MaxValue) and say nothing of the row; doubles do not.
                Assert.True(double.IsFinite(raw));
                continue;
            }

            finite++;
            if (probabilities is not null)
            {
                Assert.InRange(
                    probabilities[i], predictions[i] - (tolerance / 4) - (2 * Unit), predictions[i] + (tolerance / 4) + (2 * Unit));
                Assert.Equal(predictions[i], 1 / (1 + Math.Exp(-raw)), 1e-9);
            }
            else if (log)
            {
                Assert.InRange(
                    Math.Log(scores[i]), Math.Log(predictions[i]) - tolerance - (4 * Unit),
                    Math.Log(predictions[i]) + tolerance + (4 * Unit));
                Assert.Equal(Math.Log(predictions[i]), Math.Min(raw, 700), 1e-9 * (1 + Math.Abs(raw)));
            }
            else
            {
                Assert.InRange(scores[i], predictions[i] - tolerance, predictions[i] + tolerance);
                Assert.Equal(predictions[i], raw, 1e-9 * (bound + Math.Abs(raw)));
            }
        }

        Assert.InRange(finite, learner == LearnerKind.Linear ? Rows / 2 : Rows, Rows);
        IPredictor loaded = Predictors.Load(Samples.Saved(ours.Save));
        var again = new double[Rows];
        loaded.Predict(rows, again);
        Assert.Equal(predictions, again);
        Assert.True(loaded.Original.IsEmpty);
    }

    [Fact]
    public void Clusters_are_those_of_the_saved_model()
    {
        TrainingData train = Samples.Planted(3000, 1);
        FeatureMatrix data = train.Features.Select(["a", "b", "c"]);
        IClusterModel ours = new MLNetEngine().TrainClusterer(data, new ClustererOptions { Clusters = 5, Starts = 3 });
        FeatureMatrix rows = Samples.Planted(Rows, 2).Features.Select(["a", "b", "c"]);
        var context = new MLContext();
        ITransformer theirs = context.Model.Load(new MemoryStream(ours.Original.ToArray()), out _);
        IDataView view = theirs.Transform(Samples.View(context, rows));
        uint[] labels = [.. view.GetColumn<uint>("PredictedLabel")];
        float[][] distances = [.. view.GetColumn<float[]>("Score")];
        var clusters = new int[Rows];
        ours.Assign(rows, clusters);
        var row = new float[3];
        for (int i = 0; i < Rows; i++)
        {
            rows.CopyRow(i, row);
            Assert.Equal(clusters[i], ours.Assign(row, out double squared));
            // ML.NET takes |x|² − 2xc + |c|² in floats, all of them at most 3 here: a handful of roundings.
            Assert.InRange(distances[i][clusters[i]], squared - (40 * Unit), squared + (40 * Unit));
            Assert.True(labels[i] - 1 == clusters[i] || distances[i][clusters[i]] - distances[i].Min() < 80 * Unit);
        }

        Assert.Equal(data.Rows * .2, Enumerable.Range(0, 5).Average(k => clusters.Count(c => c == k)) * data.Rows / Rows, 1e-6);
    }

    private static (float[] Scores, float[]? Probabilities) Plain(MLContext context, ITransformer model, FeatureMatrix rows)
    {
        IDataView scored = model.Transform(Samples.View(context, rows));
        return (
            [.. scored.GetColumn<float>("Score")],
            scored.Schema.GetColumnOrNull("Probability") is null ? null : [.. scored.GetColumn<float>("Probability")]);
    }

    // Σ over trees of the largest |leaf| on the raw scale, 0 for a linear model; and every threshold.
    private static double Bound(ITransformer model, out float[] thresholds)
    {
        double scale = 1;
        RegressionTreeBase[] trees = [];
        foreach (ITransformer part in Samples.Flat(model))
        {
            switch ((part as ISingleFeaturePredictionTransformer<object>)?.Model)
            {
                case TreeEnsembleModelParametersBasedOnRegressionTree boosted:
                    trees = [.. boosted.TrainedTreeEnsemble.Trees];
                    break;
                case TreeEnsembleModelParametersBasedOnQuantileRegressionTree bagged:
                    trees = [.. bagged.TrainedTreeEnsemble.Trees];
                    scale = bagged is FastForestRegressionModelParameters ? 1.0 / trees.Length : 1;
                    break;
                case CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator> c:
                    (trees, scale) = ([.. c.SubModel.TrainedTreeEnsemble.Trees], -c.Calibrator.Slope);
                    break;
                case CalibratedModelParametersBase<LightGbmBinaryModelParameters, PlattCalibrator> c:
                    (trees, scale) = ([.. c.SubModel.TrainedTreeEnsemble.Trees], -c.Calibrator.Slope);
                    break;
                case Microsoft.ML.Calibrators.PlattCalibrator platt:
                    scale = -platt.Slope;
                    break;
            }
        }

        thresholds = [.. trees.SelectMany(t => t.NumericalSplitThresholds).Distinct()];
        return Math.Abs(scale) * trees.Sum(t => t.LeafValues.Max(Math.Abs));
    }

    // Of a linear model, from what it says of a row of zeros and one of ones; noise for trees, which do not use them.
    private static (double[] Coefficients, double[] Means) Slopes(IPredictor model, int width)
    {
        double[] zero = new double[width + 1], one = new double[width + 1];
        model.Explain(new float[width], zero);
        model.Explain(Enumerable.Repeat(1f, width).ToArray(), one);
        double[] coefficients = [.. Enumerable.Range(0, width).Select(j => one[j] - zero[j])];
        return (coefficients, [.. coefficients.Select((c, j) => c == 0 ? 0 : -zero[j] / c)]);
    }

    private static double Weight(float[] row, double[] coefficients, double[] means)
    {
        double sum = 0;
        for (int j = 0; j < row.Length; j++)
        {
            sum += Math.Abs(coefficients[j]) * ((float.IsFinite(row[j]) ? Math.Abs(row[j]) : 0) + Math.Abs(means[j]));
        }

        return sum;
    }
}
