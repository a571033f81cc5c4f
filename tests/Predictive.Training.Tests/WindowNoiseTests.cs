using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Evaluation;
using Predictive.Training.Snapshots;
using Xunit;
using Predictive.Segmentation.Rules;

namespace Predictive.Training.Tests;

/// <summary>
/// Standard errors: those that have a formula come out as the formula says, and a shortfall below them does not cost a grade.
/// </summary>
public sealed class WindowNoiseTests
{
    private const int N = 4000;

    [Fact]
    public void The_errors_of_log_loss_and_auc_are_those_of_the_formulas()
    {
        var (at, churn, value, worse) = Planted(seed: 3);
        WindowNoise noise = NoiseBootstrap.Of(at, churn, value, Baselines(worse, value), 1, 0);

        double[] losses = [.. churn.Select((p, i) => Loss(p, at.Churned[i]))];
        Assert.InRange(noise.Model.LogLoss / (Sd(losses) / Math.Sqrt(N)), 0.85, 1.15);
        double[] gains = [.. losses.Select((l, i) => l - Loss(worse[i], at.Churned[i]))];
        Assert.InRange(noise.Gains["bgnbd"].LogLoss / (Sd(gains) / Math.Sqrt(N)), 0.85, 1.15);

        // DeLong, DeLong and Clarke-Pearson 1988: variance of the placements of either outcome over their numbers.
        Assert.InRange(noise.Model.Auc / DeLong(churn, at.Churned), 0.85, 1.15);
    }

    [Fact]
    public void Equal_predictors_differ_by_nothing_and_the_threads_do_not_matter()
    {
        var (at, churn, value, _) = Planted(seed: 4);
        WindowNoise noise = NoiseBootstrap.Of(at, churn, value, Baselines(churn, value), 1, 1);
        Assert.Equal(new MeasureNoise(0, 0, 0, 0), noise.Gains["bgnbd"]);
        WindowNoise again = NoiseBootstrap.Of(at, churn, value, Baselines(churn, value), 1, 3);
        Assert.Equal(noise.Model, again.Model);
        Assert.True(noise.Model.Gini > 0.001 && noise.Model.Spearman > 0.001);
    }

    [Fact]
    public void A_shortfall_within_the_noise_is_a_B_and_one_beyond_it_a_C()
    {
        var baseline = new BaselineMetrics(new ChurnMetrics(.5, .75, .7, .5, .2, .05, 1.5), new ClvMetrics(1, 1, .4, 1, 1, .7, .5));
        var baselines = Predictive.Training.Evaluation.Baselines.Names.ToDictionary(n => n, _ => baseline);
        Assert.Equal("B", Grade(0.004).Clv);
        Assert.Equal("C", Grade(0.002).Clv);
        // .03 below is a D, unless that is noise.
        Assert.Equal("D", Grade(0.002, gini: 0.67).Clv);
        Assert.Equal("B", Grade(0.05, gini: 0.67).Clv);
        Assert.Contains("0.003 worse than recency (0.700) ± 0.004, not told apart", Grade(0.004).Reasons[2], StringComparison.Ordinal);
        Comparison gini = Grade(0.004).Comparisons[2];
        Assert.Equal(-0.003, gini.Gain, 12);
        Assert.Equal(0.004, gini.Noise);

        ModelGrade Grade(double error, double gini = 0.697) => Grading.Grade(
            new ChurnMetrics(.5, .8, .7, .4, .2, .02, 1.5), new ClvMetrics(1, 1, .5, 1, 1, gini, .5), baselines,
            new WindowNoise(
                new MeasureNoise(0, 0, 0, 0), baselines.Keys.ToDictionary(n => n, _ => new MeasureNoise(error, error, error, error))));
    }

    private static Dictionary<string, (double[]? Churn, double[]? Value)> Baselines(double[] churn, double[] value) =>
        new() { ["bgnbd"] = (churn, value) };

    /// <summary>Outcomes drawn from the model's own probabilities; spend of buyers lognormal around the model's value.</summary>
    private static (Snapshot At, double[] Churn, double[] Value, double[] Worse) Planted(int seed)
    {
        var random = new Random(seed);
        double[] churn = new double[N], value = new double[N], worse = new double[N], net = new double[N];
        float[] churned = new float[N];
        for (int i = 0; i < N; i++)
        {
            churn[i] = 0.05 + (0.9 * random.NextDouble());
            worse[i] = Math.Clamp(churn[i] + (0.3 * (random.NextDouble() - 0.5)), 0.01, 0.99);
            value[i] = (1 - churn[i]) * 100 * Math.Exp(random.NextDouble());
            churned[i] = random.NextDouble() < churn[i] ? 1 : 0;
            net[i] = churned[i] > 0 ? 0 : value[i] * Math.Exp(random.NextDouble());
        }

        var labels = new Labels(churned, net, new int[N], new float[N]);
        var at = new Snapshot(new SnapshotPoint(default, 90, 1), [.. Enumerable.Range(0, N)], new FeatureMatrix([], [], N), null!, labels);
        return (at, churn, value, worse);
    }

    private static double Loss(double p, float outcome) => -Math.Log(outcome > 0 ? p : 1 - p);

    private static double Sd(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }

    private static double DeLong(double[] score, float[] outcome)
    {
        double[] positive = [.. score.Where((_, i) => outcome[i] > 0)], negative = [.. score.Where((_, i) => outcome[i] == 0)];
        double ofPositive = Sd([.. positive.Select(p => negative.Count(q => q < p) / (double)negative.Length)]);
        double ofNegative = Sd([.. negative.Select(q => positive.Count(p => p > q) / (double)positive.Length)]);
        return Math.Sqrt((ofPositive * ofPositive / positive.Length) + (ofNegative * ofNegative / negative.Length));
    }
}
