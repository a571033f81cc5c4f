namespace Predictive.Learning.Metrics;

/// <summary>
/// How good predicted amounts are against what came. Ties are never broken by row order: they count with the expectation over a random
/// order. All methods throw <see cref="ArgumentException"/> on unequal lengths, no rows or a NaN.
/// </summary>
public static class RegressionMetrics
{
    /// <summary>Mean absolute error, in the unit of the values.</summary>
    public static double Mae(ReadOnlySpan<double> predictions, ReadOnlySpan<double> actual)
    {
        Check(predictions, actual);
        double sum = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            sum += Math.Abs(predictions[i] - actual[i]);
        }

        return sum / predictions.Length;
    }

    /// <summary>Root of the mean squared error, in the unit of the values.</summary>
    public static double Rmse(ReadOnlySpan<double> predictions, ReadOnlySpan<double> actual)
    {
        Check(predictions, actual);
        double sum = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            double error = predictions[i] - actual[i];
            sum += error * error;
        }

        return Math.Sqrt(sum / predictions.Length);
    }

    /// <summary>Pearson correlation; 0 where a side is constant.</summary>
    public static double Pearson(ReadOnlySpan<double> predictions, ReadOnlySpan<double> actual)
    {
        Check(predictions, actual);
        double meanP = 0, meanA = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            meanP += predictions[i];
            meanA += actual[i];
        }

        meanP /= predictions.Length;
        meanA /= predictions.Length;
        double pp = 0, aa = 0, pa = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            double p = predictions[i] - meanP, a = actual[i] - meanA;
            pp += p * p;
            aa += a * a;
            pa += p * a;
        }

        return pp > 0 && aa > 0 ? pa / Math.Sqrt(pp * aa) : 0;
    }

    /// <summary>Spearman rank correlation: Pearson of the mid-ranks; 0 where a side is constant.</summary>
    public static double Spearman(ReadOnlySpan<double> predictions, ReadOnlySpan<double> actual)
    {
        Check(predictions, actual);
        return Pearson(Ranking.MidRanks(predictions), Ranking.MidRanks(actual));
    }

    /// <summary>
    /// Gini of max(actual, 0) in the order of the predictions over its Gini in its own order: 1 = perfect order, 0 = random, negative =
    /// worse.
    /// 0 where nothing, or everything alike, was spent.
    /// </summary>
    public static double NormalisedGini(ReadOnlySpan<double> predictions, ReadOnlySpan<double> actual)
    {
        Check(predictions, actual);
        double[] value = [.. actual.ToArray().Select(v => Math.Max(v, 0))];
        double own = Concentration(Ranking.MidRanks(value), value);
        return own > 0 ? Concentration(Ranking.MidRanks(predictions), value) / own : 0;
    }

    /// <summary>
    /// Share of the sum of max(actual, 0) held by the tenth of rows (n/10 rounded up) with the highest predictions; a tie at the border
    /// counts with its mean. 0 where nothing was spent.
    /// </summary>
    public static double TopDecileCapture(ReadOnlySpan<double> predictions, ReadOnlySpan<double> actual)
    {
        Check(predictions, actual);
        double[] value = [.. actual.ToArray().Select(v => Math.Max(v, 0))];
        double total = value.Sum();
        return total > 0
            ? Ranking.TopSum(predictions, Ranking.Descending(predictions), Ranking.TopTenth(value.Length), i => value[i]) / total
            : 0;
    }

    /// <summary>Mean pinball loss at a level: what a predicted quantile minimises.</summary>
    /// <param name="predictions">Predicted quantiles.</param>
    /// <param name="actual">What came.</param>
    /// <param name="level">(0, 1).</param>
    public static double Pinball(ReadOnlySpan<double> predictions, ReadOnlySpan<double> actual, double level)
    {
        Check(predictions, actual);
        double sum = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            double error = actual[i] - predictions[i];
            sum += error >= 0 ? level * error : (level - 1) * error;
        }

        return sum / predictions.Length;
    }

    // Twice the area between the concentration curve and the diagonal, up to a constant factor that the normalisation cancels.
    private static double Concentration(double[] ranks, double[] value)
    {
        double middle = (ranks.Length + 1) / 2.0, sum = 0;
        for (int i = 0; i < ranks.Length; i++)
        {
            sum += value[i] * (ranks[i] - middle);
        }

        return sum;
    }

    private static void Check(ReadOnlySpan<double> predictions, ReadOnlySpan<double> actual)
    {
        Ranking.Check(predictions, actual.Length, "actual values");
        Ranking.Check(actual, actual.Length, "actual values");
    }
}
