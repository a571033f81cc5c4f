using System.Globalization;
namespace Predictive.Learning.Metrics;

/// <summary>
/// How good predicted probabilities (or any scores, where only the order counts) are against 0/1 labels. Ties are never broken by row
/// order. A weight of 2 counts as two equal rows. All methods throw <see cref="ArgumentException"/> on unequal lengths, no rows, a NaN
/// prediction, a label outside {0, 1}, or weights that are negative, not finite or all 0.
/// </summary>
public static class ClassificationMetrics
{
    // Probabilities of exactly 0 and 1 would give an infinite log loss for one wrong row; the usual guard.
    private const double LeastProbability = 1e-15;

    /// <summary>
    /// Area under the ROC curve: the chance that a random positive outranks a random negative, a tie counting one half. 0.5 where a class
    /// is absent.
    /// </summary>
    public static double Auc(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights = default)
    {
        Check(predictions, labels, weights);
        int[] order = Ranking.Descending(predictions);
        double positives = 0, negatives = 0, pairs = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = Ranking.EndOfTies(predictions, order, start);
            var (p, n) = ClassWeights(order.AsSpan(start, end - start), labels, weights);
            pairs += n * (positives + (p / 2));
            positives += p;
            negatives += n;
            start = end;
        }

        return positives > 0 && negatives > 0 ? pairs / (positives * negatives) : 0.5;
    }

    /// <summary>
    /// Area under the precision–recall curve as average precision: Σ (recall gained at a threshold) × (precision at it), one threshold per
    /// distinct prediction. 0 without positives.
    /// </summary>
    public static double PrAuc(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights = default)
    {
        Check(predictions, labels, weights);
        int[] order = Ranking.Descending(predictions);
        double positives = 0, all = 0, area = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = Ranking.EndOfTies(predictions, order, start);
            var (p, n) = ClassWeights(order.AsSpan(start, end - start), labels, weights);
            positives += p;
            all += p + n;
            area += p > 0 ? p * positives / all : 0;
            start = end;
        }

        return positives > 0 ? area / positives : 0;
    }

    /// <summary>Mean negative log-likelihood, nats; probabilities are held within [1e-15, 1 − 1e-15].</summary>
    public static double LogLoss(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights = default)
    {
        Check(predictions, labels, weights);
        double sum = 0, total = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i], p = Math.Clamp(predictions[i], LeastProbability, 1 - LeastProbability);
            sum -= w * Math.Log(labels[i] > 0 ? p : 1 - p);
            total += w;
        }

        return sum / total;
    }

    /// <summary>Mean squared error of the probability.</summary>
    public static double Brier(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights = default)
    {
        Check(predictions, labels, weights);
        double sum = 0, total = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i], error = predictions[i] - labels[i];
            sum += w * error * error;
            total += w;
        }

        return sum / total;
    }

    /// <summary>
    /// Expected calibration error: equal-width bins of the probability, |mean prediction − share of positives| weighted by the rows of each
    /// bin.
    /// </summary>
    /// <param name="predictions">Probabilities.</param>
    /// <param name="labels">0 or 1.</param>
    /// <param name="bins">Number of bins, ≥ 1. Default 10.</param>
    /// <param name="weights">One per row; empty = 1 each.</param>
    public static double Ece(
        ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, int bins = 10, ReadOnlySpan<float> weights = default)
    {
        double error = 0, total = 0;
        foreach (CalibrationBin bin in CalibrationBins(predictions, labels, bins, weights))
        {
            error += bin.Weight * Math.Abs(bin.MeanPrediction - bin.PositiveShare);
            total += bin.Weight;
        }

        return error / total;
    }

    /// <summary>The bins behind <see cref="Ece"/> (a reliability diagram), lowest probability first; empty ones are left out.</summary>
    public static IReadOnlyList<CalibrationBin> CalibrationBins(
        ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, int bins = 10, ReadOnlySpan<float> weights = default)
    {
        Check(predictions, labels, weights);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        double[] weight = new double[bins], prediction = new double[bins], positive = new double[bins];
        for (int i = 0; i < predictions.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            int bin = Math.Clamp((int)(predictions[i] * bins), 0, bins - 1);
            weight[bin] += w;
            prediction[bin] += w * predictions[i];
            positive[bin] += w * labels[i];
        }

        return [.. Enumerable.Range(0, bins).Where(b => weight[b] > 0).Select(b => new CalibrationBin(
            (double)b / bins, (b + 1.0) / bins, weight[b], prediction[b] / weight[b], positive[b] / weight[b]))];
    }

    /// <summary>
    /// Share of positives in the tenth of rows (n/10 rounded up) with the highest predictions, over the share in all rows; a tie at the
    /// border counts with its mean. 1 without positives.
    /// </summary>
    public static double TopDecileLift(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels)
    {
        Check(predictions, labels, default);
        float[] y = labels.ToArray();
        double positives = y.Sum(v => (double)v);
        int top = Ranking.TopTenth(y.Length);
        return positives > 0
            ? Ranking.TopSum(predictions, Ranking.Descending(predictions), top, i => y[i]) / top / (positives / y.Length)
            : 1;
    }

    private static (double Positive, double Negative) ClassWeights(
        ReadOnlySpan<int> rows, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        double positive = 0, negative = 0;
        foreach (int i in rows)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            if (labels[i] > 0)
            {
                positive += w;
            }
            else
            {
                negative += w;
            }
        }

        return (positive, negative);
    }

    private static void Check(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        Ranking.Check(predictions, labels.Length, "labels");
        if (!weights.IsEmpty)
        {
            Ranking.Check(predictions, weights.Length, "weights");
            double total = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                if (!(weights[i] >= 0 && float.IsFinite(weights[i])))
                {
                    throw new ArgumentException(
                        string.Create(
                            CultureInfo.InvariantCulture, $"The weight of row {i} is {weights[i]}; expected a finite number, 0 or more."));
                }

                total += weights[i];
            }

            if (total <= 0)
            {
                throw new ArgumentException("Every row weighs 0; expected at least one weight above 0.");
            }
        }

        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] is not (0 or 1))
            {
                throw new ArgumentException(FormattableString.Invariant($"The label of row {i} is {labels[i]}; expected 0 or 1."));
            }
        }
    }
}

/// <summary>One bin of a reliability diagram.</summary>
/// <param name="Low">Lower border of the probability, included.</param>
/// <param name="High">Upper border, excluded (included in the last bin).</param>
/// <param name="Weight">Rows, or their weight.</param>
/// <param name="MeanPrediction">Mean predicted probability.</param>
/// <param name="PositiveShare">Share of positives.</param>
public sealed record CalibrationBin(double Low, double High, double Weight, double MeanPrediction, double PositiveShare);
