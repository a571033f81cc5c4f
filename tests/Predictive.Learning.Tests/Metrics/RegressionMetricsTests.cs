using Predictive.Learning.Metrics;

namespace Predictive.Learning.Tests.Metrics;

public class RegressionMetricsTests
{
    private static readonly double[] P = [.1, .4, .35, .8, .4, .4, .9, .05, .8, .6, .2, .2];
    private static readonly double[] A = [0, 0, 5, 12, 0, 3, 20, 0, 3, 7, -2, 1];

    // Oracle: scipy.stats.spearmanr and numpy on the same twelve rows.
    [Fact]
    public void Agrees_with_scipy_on_ties()
    {
        Assert.Equal(0.7405705943357495, RegressionMetrics.Spearman(P, A), 12);
        Assert.Equal(6.893505397594658, RegressionMetrics.Rmse(P, A), 12);
    }

    [Fact]
    public void Errors_by_hand()
    {
        Assert.Equal(2, RegressionMetrics.Mae([1, 5], [2, 2]));
        Assert.Equal(Math.Sqrt(5), RegressionMetrics.Rmse([1, 5], [2, 2]), 12);
        // Below the quantile by 1 costs .1, above by 3 costs .9 × 3 at level .1.
        Assert.Equal((.1 + 2.7) / 2, RegressionMetrics.Pinball([1, 5], [2, 2], .1), 12);
    }

    [Fact]
    public void Gini_and_capture_of_perfect_reversed_and_random_orders()
    {
        double[] spend = [0, 0, 1, 2, 50, 3, 0, 9, 0, 0];
        Assert.Equal(1, RegressionMetrics.NormalisedGini(spend, spend), 12);
        Assert.Equal(-1, RegressionMetrics.NormalisedGini([.. spend.Select(v => -v)], spend), 12);
        Assert.Equal(0, RegressionMetrics.NormalisedGini(new double[10], spend), 12);
        Assert.Equal(50 / 65.0, RegressionMetrics.TopDecileCapture(spend, spend), 12);
        Assert.Equal(.1, RegressionMetrics.TopDecileCapture(new double[10], spend), 12);
        Assert.Equal(0, RegressionMetrics.NormalisedGini([1, 2], [0, -3]), 12);
        Assert.Equal(0, RegressionMetrics.TopDecileCapture([1, 2], [0, -3]), 12);
    }

    [Fact]
    public void Tied_predictions_count_as_the_mean_over_random_orders()
    {
        var random = new Random(3);
        const int Draws = 40_000;
        double gini = 0, capture = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            // Breaking every tie at random, by noise far below the smallest difference of predictions.
            double[] noisy = [.. P.Select(p => p + (1e-6 * random.NextDouble()))];
            gini += RegressionMetrics.NormalisedGini(noisy, A) / Draws;
            capture += RegressionMetrics.TopDecileCapture(noisy, A) / Draws;
        }

        // Standard error of the mean below .001.
        Assert.Equal(gini, RegressionMetrics.NormalisedGini(P, A), .005);
        Assert.Equal(capture, RegressionMetrics.TopDecileCapture(P, A), .005);
    }

    [Fact]
    public void Gini_follows_its_definition_by_the_cumulated_curve()
    {
        // Lorenz-type curve cumulated from the highest prediction; distinct predictions, refunds counted as 0.
        double[] p = [3, 1, 4, 2, 5], a = [10, -4, 0, 5, 20];
        static double Area(double[] key, double[] value)
        {
            double[] sorted = [.. Enumerable.Range(0, key.Length).OrderByDescending(i => key[i]).Select(i => Math.Max(0, value[i]))];
            double total = sorted.Sum(), cumulated = 0, sum = 0;
            foreach (double v in sorted)
            {
                cumulated += v;
                sum += cumulated / total;
            }

            return sum - ((sorted.Length + 1) / 2.0);
        }

        Assert.Equal(Area(p, a) / Area([10, 0, 1, 5, 20], a), RegressionMetrics.NormalisedGini(p, a), 12);
    }

    [Fact]
    public void Nonsense_is_refused()
    {
        Assert.Throws<ArgumentException>(() => RegressionMetrics.Mae([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => RegressionMetrics.Mae([1], [double.NaN]));
    }
}
