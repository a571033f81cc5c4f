using Predictive.Learning.Metrics;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Training.Evaluation;

/// <summary>All measures of one window, and their means over several.</summary>
internal static class WindowMetrics
{
    private const double LowLevel = 0.1, HighLevel = 0.9;

    public static ChurnMetrics Churn(ReadOnlySpan<float> churned, ReadOnlySpan<double> probability)
    {
        double rate = 0;
        foreach (float c in churned)
        {
            rate += c;
        }

        return new ChurnMetrics(
            rate / Math.Max(1, churned.Length),
            ClassificationMetrics.Auc(probability, churned),
            ClassificationMetrics.PrAuc(probability, churned),
            ClassificationMetrics.LogLoss(probability, churned),
            ClassificationMetrics.Brier(probability, churned),
            ClassificationMetrics.Ece(probability, churned),
            ClassificationMetrics.TopDecileLift(probability, churned));
    }

    public static ClvMetrics Clv(ReadOnlySpan<double> net, ReadOnlySpan<double> expected)
    {
        double actual = 0, predicted = 0;
        for (int i = 0; i < net.Length; i++)
        {
            actual += net[i];
            predicted += expected[i];
        }

        return new ClvMetrics(
            actual,
            predicted,
            RegressionMetrics.Spearman(expected, net),
            RegressionMetrics.Mae(expected, net),
            RegressionMetrics.Rmse(expected, net),
            RegressionMetrics.NormalisedGini(expected, net),
            RegressionMetrics.TopDecileCapture(expected, net));
    }

    public static IntervalMetrics Interval(double[] net, double[] churn, ClvPrediction[] predictions)
    {
        int below = 0, above = 0, likely = 0, inside = 0;
        for (int i = 0; i < net.Length; i++)
        {
            bool under = net[i] < predictions[i].Low, over = net[i] > predictions[i].High;
            below += under ? 1 : 0;
            above += over ? 1 : 0;
            if (churn[i] <= 0.5)
            {
                likely++;
                inside += under || over ? 0 : 1;
            }
        }

        double[] low = [.. predictions.Select(p => p.Low)], high = [.. predictions.Select(p => p.High)];
        QuantileTable table = QuantileTable.Of(net, 1001);
        double[] populationLow = new double[net.Length], populationHigh = new double[net.Length];
        Array.Fill(populationLow, table.Quantile(LowLevel));
        Array.Fill(populationHigh, table.Quantile(HighLevel));
        double n = Math.Max(1, net.Length);
        return new IntervalMetrics(
            below / n,
            above / n,
            likely == 0 ? null : inside / (double)likely,
            likely,
            RegressionMetrics.Pinball(low, net, LowLevel),
            RegressionMetrics.Pinball(high, net, HighLevel),
            RegressionMetrics.Pinball(populationLow, net, LowLevel),
            RegressionMetrics.Pinball(populationHigh, net, HighLevel));
    }

    public static OrderMetrics Orders(Labels labels, ClvPrediction[] predictions)
    {
        int n = predictions.Length;
        int[] order = [.. Enumerable.Range(0, n)];
        Array.Sort([.. predictions.Select(p => -p.ExpectedOrders)], order);
        double actual = labels.Orders.Sum(o => (double)o), expected = predictions.Sum(p => p.ExpectedOrders), off = 0;
        for (int d = 0; d < 10; d++)
        {
            double difference = 0;
            for (int i = (int)((long)d * n / 10); i < (int)((long)(d + 1) * n / 10); i++)
            {
                difference += predictions[order[i]].ExpectedOrders - labels.Orders[order[i]];
            }

            off += Math.Abs(difference);
        }

        double error = 0;
        int returned = 0;
        for (int i = 0; i < n; i++)
        {
            if (!float.IsNaN(labels.DaysToNextOrder[i]) && !double.IsNaN(predictions[i].NextOrderDays))
            {
                error += Math.Abs(labels.DaysToNextOrder[i] - predictions[i].NextOrderDays);
                returned++;
            }
        }

        return new OrderMetrics(actual, expected, actual > 0 ? off / actual : 0, returned == 0 ? null : error / returned);
    }

    public static ChurnMetrics Mean(IReadOnlyList<ChurnMetrics> m) => new(
        m.Average(x => x.Rate), m.Average(x => x.Auc), m.Average(x => x.PrAuc), m.Average(x => x.LogLoss),
        m.Average(x => x.Brier), m.Average(x => x.Ece), m.Average(x => x.TopDecileLift));

    public static ClvMetrics Mean(IReadOnlyList<ClvMetrics> m) => new(
        m.Average(x => x.ActualTotal), m.Average(x => x.PredictedTotal), m.Average(x => x.Spearman), m.Average(x => x.Mae),
        m.Average(x => x.Rmse), m.Average(x => x.Gini), m.Average(x => x.TopDecileCapture));
}
