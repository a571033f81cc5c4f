using Predictive.Learning.Metrics;

namespace Predictive.Learning.Tests.Metrics;

public class ClassificationMetricsTests
{
    private static readonly double[] P = [.1, .4, .35, .8, .4, .4, .9, .05, .8, .6, .2, .2];
    private static readonly float[] Y = [0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 1];
    private static readonly float[] W = [1, 2, 1, 3, 1, 1, 2, 1, 1, 2, 1, 3];

    // Oracle: scikit-learn 1.2.1 (roc_auc_score, average_precision_score, log_loss, brier_score_loss) on the same twelve rows, ties
    // included.
    [Fact]
    public void Agrees_with_scikit_learn_on_tied_predictions()
    {
        Assert.Equal(0.7222222222222222, ClassificationMetrics.Auc(P, Y), 12);
        Assert.Equal(0.7202380952380953, ClassificationMetrics.Auc(P, Y, W), 12);
        Assert.Equal(0.7021825396825397, ClassificationMetrics.PrAuc(P, Y), 12);
        Assert.Equal(0.8105517848164907, ClassificationMetrics.PrAuc(P, Y, W), 12);
        Assert.Equal(0.6188139150725523, ClassificationMetrics.LogLoss(P, Y), 12);
        Assert.Equal(0.6430495616608978, ClassificationMetrics.LogLoss(P, Y, W), 12);
        Assert.Equal(0.2204166666666667, ClassificationMetrics.Brier(P, Y), 12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Auc_is_the_share_of_pairs_in_the_right_order(int seed)
    {
        var random = new Random(seed);
        double[] p = [.. Enumerable.Range(0, 200).Select(_ => random.Next(12) / 12.0)];
        float[] y = [.. p.Select(v => random.NextDouble() < v ? 1f : 0f)];
        double pairs = 0, right = 0;
        for (int i = 0; i < 200; i++)
        {
            for (int j = 0; j < 200; j++)
            {
                if (y[i] > y[j])
                {
                    pairs++;
                    right += p[i] > p[j] ? 1 : p[i] == p[j] ? .5 : 0;
                }
            }
        }

        Assert.Equal(right / pairs, ClassificationMetrics.Auc(p, y), 12);
    }

    [Fact]
    public void Row_order_changes_nothing()
    {
        int[] order = [.. Enumerable.Range(0, P.Length)];
        new Random(5).Shuffle(order);
        double[] p = [.. order.Select(i => P[i])];
        float[] y = [.. order.Select(i => Y[i])];
        Assert.Equal(ClassificationMetrics.Auc(P, Y), ClassificationMetrics.Auc(p, y), 12);
        Assert.Equal(ClassificationMetrics.PrAuc(P, Y), ClassificationMetrics.PrAuc(p, y), 12);
        Assert.Equal(ClassificationMetrics.TopDecileLift(P, Y), ClassificationMetrics.TopDecileLift(p, y), 12);
        Assert.Equal(ClassificationMetrics.Ece(P, Y), ClassificationMetrics.Ece(p, y), 12);
    }

    [Fact]
    public void One_class_or_one_prediction_tells_nothing()
    {
        Assert.Equal(.5, ClassificationMetrics.Auc([.1, .9], [1, 1]));
        Assert.Equal(.5, ClassificationMetrics.Auc([.3, .3, .3], [0, 1, 0]));
        Assert.Equal(0, ClassificationMetrics.PrAuc([.3, .4], [0, 0]));
        Assert.Equal(1.0 / 3, ClassificationMetrics.PrAuc([.3, .3, .3], [0, 1, 0]), 12);
        Assert.Equal(1, ClassificationMetrics.TopDecileLift([.3, .3, .3], [0, 1, 0]), 12);
    }

    [Fact]
    public void Calibration_error_by_hand()
    {
        // Bin [.2, .3): mean .24 (weight 2), half positive: off by .26. Bin [.9, 1]: mean .975 (weight 2), all positive: off by .025. Bin
        // [0, .1): 0, right.
        double[] p = [.2, .28, 1, .95, 0];
        float[] y = [1, 0, 1, 1, 0];
        Assert.Equal(((2 * .26) + (2 * .025)) / 5, ClassificationMetrics.Ece(p, y), 12);
        IReadOnlyList<CalibrationBin> bins = ClassificationMetrics.CalibrationBins(p, y);
        Assert.Equal([1, 2, 2], bins.Select(b => b.Weight));
        Assert.Equal(.2, bins[1].Low, 12);
    }

    [Fact]
    public void Lift_shares_a_tie_at_the_border()
    {
        // 20 rows, top two wanted; one clear winner (positive), then four tied rows of which one is positive: .25 of it counts.
        double[] p = [.9, .8, .8, .8, .8, .. Enumerable.Repeat(.1, 15)];
        float[] y = [1, 1, 0, 0, 0, 1, 1, .. Enumerable.Repeat(0f, 13)];
        Assert.Equal(1.25 / 2 / (4 / 20.0), ClassificationMetrics.TopDecileLift(p, y), 12);
    }

    [Fact]
    public void A_weight_of_two_counts_as_two_rows()
    {
        double[] p = [.. Enumerable.Range(0, P.Length).SelectMany(i => Enumerable.Repeat(P[i], (int)W[i]))];
        float[] y = [.. Enumerable.Range(0, P.Length).SelectMany(i => Enumerable.Repeat(Y[i], (int)W[i]))];
        Assert.Equal(ClassificationMetrics.Auc(p, y), ClassificationMetrics.Auc(P, Y, W), 12);
        Assert.Equal(ClassificationMetrics.Brier(p, y), ClassificationMetrics.Brier(P, Y, W), 12);
        Assert.Equal(ClassificationMetrics.Ece(p, y), ClassificationMetrics.Ece(P, Y, 10, W), 12);
    }

    [Fact]
    public void Nonsense_is_refused_with_its_place()
    {
        Assert.Contains(
            "row 1 is 2", Assert.Throws<ArgumentException>(() => ClassificationMetrics.Auc([.1, .2], [0, 2])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "row 0", Assert.Throws<ArgumentException>(() => ClassificationMetrics.Auc([double.NaN], [0])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Auc([.1], [0, 1]));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Brier([], []));
    }
}
