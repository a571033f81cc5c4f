using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting;
using Predictive.Learning.Clustering;

namespace Predictive.Learning.Tests.Peers;

/// <summary>
/// Agreement with XGBoost and scikit-learn on the same rows and settings. Features have at most 200 distinct values, so that all bin alike,
/// and trees are small, so that near-ties are rare: then nearly every training row must get the same prediction, up to the rounding of
/// gradients here and float32 leaf values there (the idea is scikit-learn's own test_compare_lightgbm.py).
/// </summary>
public class AgreementTests
{
    private const int Rows = 8000;

    [Theory]
    [InlineData(Objective.Logistic, "")]
    [InlineData(Objective.Logistic, "missing weights")]
    [InlineData(Objective.Logistic, "monotone")]
    [InlineData(Objective.Logistic, "categorical")]
    [InlineData(Objective.Squared, "missing")]
    [InlineData(Objective.Squared, "weights")]
    [InlineData(Objective.Squared, "monotone")]
    [InlineData(Objective.Poisson, "")]
    [InlineData(Objective.Gamma, "missing")]
    [InlineData(Objective.Tweedie, "weights")]
    [InlineData(Objective.Quantile, "")]
    public void Small_ensembles_predict_what_the_peers_predict(Objective objective, string with)
    {
        Assert.SkipWhen(PeerRun.Absent is not null, PeerRun.Absent ?? string.Empty);
        BoostingData data = Table(objective, with);
        var options = new BoostingOptions
        {
            Objective = objective,
            Trees = 5,
            Leaves = 8,
            LearningRate = 0.3,
            L2 = 1,
            MinRowsPerLeaf = objective is Objective.Poisson or Objective.Quantile ? 20 : 1, // XGBoost knows no minimum of rows
            Quantile = 0.8,
            Threads = 1,
            CategorySmoothing = 10, // scikit-learn's constant
            MonotoneConstraints =
                with.Contains("monotone", StringComparison.Ordinal) ? new Dictionary<string, int> { ["x0"] = 1, ["x3"] = -1 } : null,
            CategoricalFeatures = with.Contains("categorical", StringComparison.Ordinal) ? ["x1"] : null,
        };
        TreeEnsemble ours = GradientBoosting.Train(data, options);
        var predictions = new double[Rows];
        ours.Predict(data.RowMajor!, predictions);
        double start = objective switch
        {
            Objective.Logistic => 1 / (1 + Math.Exp(-ours.BaseScore)),
            Objective.Gamma or Objective.Tweedie => Math.Exp(ours.BaseScore),
            _ => ours.BaseScore,
        };
        var peers = PeerRun.Train(data, data.RowMajor!, options, start);
        if (options.MonotoneConstraints is not null)
        {
            peers.Remove("sklearn"); // it leaves the curvature out of the gain of a bounded value, and so prefers other splits
        }

        Assert.NotEmpty(peers);
        double mean = predictions.Average();
        double deviation = Math.Sqrt(predictions.Average(p => (p - mean) * (p - mean)));
        foreach (var (library, (theirs, _)) in peers)
        {
            int same = predictions.Zip(theirs).Count(pair => Math.Abs(pair.First - pair.Second) < 0.01 * deviation);
            Assert.True(same >= 0.98 * Rows, $"{library}: {same} of {Rows} predictions agree.");
        }
    }

    [Fact]
    public void Clusters_from_the_same_start_are_the_same_after_as_many_iterations()
    {
        Assert.SkipWhen(PeerRun.Absent is not null, PeerRun.Absent ?? string.Empty);
        const int Features = 5, Clusters = 6;
        var random = new Random(17);
        float[] rows =
        [
            .. Enumerable.Range(0, 20_000)
                .SelectMany(
                    i => Enumerable.Range(0, Features)
                        .Select(j => (float)((i * (j + 3) % 7) + (1.5 * random.NextDouble()) + random.NextDouble()))),
        ];
        float[] start = rows[..(Clusters * Features)];
        var (labels, iterations, inertia) = PeerRun.Clusters(rows, Features, start, 300);
        (KMeansModel model, int ours) = KMeans.FitFrom(rows, Features, start, 300);
        Assert.InRange(iterations, 3, 299);
        Assert.Equal(iterations, ours);
        Assert.Equal(inertia, model.Inertia, 1e-7 * inertia);
        Assert.Equal(labels, Enumerable.Range(0, labels.Length).Select(i => model.Assign(rows.AsSpan(i * Features, Features), out _)));
    }

    private static BoostingData Table(Objective objective, string with)
    {
        const int Columns = 6;
        var random = new Random(31);
        var x = new float[Rows * Columns];
        var y = new float[Rows];
        for (int i = 0; i < Rows; i++)
        {
            var row = x.AsSpan(i * Columns, Columns);
            for (int j = 0; j < Columns; j++)
            {
                row[j] = random.Next(j == 1 ? 12 : 200);
            }

            double score = (0.012 * (row[0] - 100)) + (row[3] > 120 ? -0.8 : 0.4) + ((int)row[1] % 3 == 0 ? 0.7 : 0)
                + (0.00006 * (row[2] - 100) * (row[4] - 50));
            double u = random.NextDouble();
            y[i] = objective switch
            {
                Objective.Logistic => u < 1 / (1 + Math.Exp(-score)) ? 1 : 0,
                Objective.Poisson => (float)Math.Floor(-Math.Log(1 - u) * Math.Exp(score)),
                Objective.Gamma => (float)(0.01 - (Math.Log(1 - u) * Math.Exp(score))),
                Objective.Tweedie => u < 0.5 ? 0 : (float)(-Math.Log(2 - (2 * u)) * 3 * Math.Exp(score)),
                _ => (float)(score + u - 0.5),
            };
            for (int j = 0; j < Columns && with.Contains("missing", StringComparison.Ordinal); j++)
            {
                row[j] = j != 1 && random.Next(8) == 0 ? float.NaN : row[j];
            }
        }

        float[]? weights =
            with.Contains("weights", StringComparison.Ordinal) ? [.. y.Select(_ => (float)(0.25 + random.NextDouble()))] : null;
        return new BoostingData(x, [.. Enumerable.Range(0, Columns).Select(j => $"x{j}")], y, weights);
    }
}
