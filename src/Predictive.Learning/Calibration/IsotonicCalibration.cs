namespace Predictive.Learning.Calibration;

/// <summary>
/// Isotonic calibration: the non-decreasing step function of least squared error (pool adjacent violators, Ayer et al. 1955), read by linear interpolation
/// between the pools and held constant beyond the first and last. Needs some thousand held-out rows; on fewer, Platt or beta calibration is safer.
/// </summary>
/// <param name="Thresholds">Ascending predictions.</param>
/// <param name="Values">Calibrated probability at each, non-decreasing.</param>
public sealed record IsotonicCalibration(IReadOnlyList<double> Thresholds, IReadOnlyList<double> Values)
{
    /// <inheritdoc cref="PlattCalibration.Fit"/>
    /// <remarks>Equal predictions are pooled first, so row order does not matter. A pool keeps its outermost predictions as two thresholds.</remarks>
    public static IsotonicCalibration Fit(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights = default)
    {
        CalibrationChecks.Check(predictions, labels, weights);
        double[] sorted = predictions.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        var pools = new List<(double Low, double High, double Sum, double Weight)>();
        for (int start = 0; start < sorted.Length;)
        {
            double sum = 0, weight = 0;
            int end = start;
            for (; end < sorted.Length && sorted[end].Equals(sorted[start]); end++)
            {
                double w = weights.IsEmpty ? 1 : weights[order[end]];
                sum += w * labels[order[end]];
                weight += w;
            }

            if (weight > 0)
            {
                pools.Add((sorted[start], sorted[start], sum, weight));
                while (pools.Count > 1 && pools[^2].Sum * pools[^1].Weight >= pools[^1].Sum * pools[^2].Weight)
                {
                    var (low, _, leftSum, leftWeight) = pools[^2];
                    var (_, high, rightSum, rightWeight) = pools[^1];
                    pools.RemoveAt(pools.Count - 1);
                    pools[^1] = (low, high, leftSum + rightSum, leftWeight + rightWeight);
                }
            }

            start = end;
        }

        var thresholds = new List<double>();
        var values = new List<double>();
        foreach (var (low, high, sum, weight) in pools)
        {
            thresholds.Add(low);
            values.Add(sum / weight);
            if (high > low)
            {
                thresholds.Add(high);
                values.Add(sum / weight);
            }
        }

        return new IsotonicCalibration(thresholds, values);
    }

    /// <summary>The calibrated probability, in [0, 1].</summary>
    public double Apply(double probability)
    {
        int low = 0, high = Thresholds.Count - 1;
        if (probability <= Thresholds[0])
        {
            return Values[0];
        }

        if (probability >= Thresholds[high])
        {
            return Values[high];
        }

        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = Thresholds[middle] <= probability ? (middle, high) : (low, middle);
        }

        double share = (probability - Thresholds[low]) / (Thresholds[high] - Thresholds[low]);
        return Values[low] + (share * (Values[high] - Values[low]));
    }
}

/// <summary>What every calibration checks.</summary>
internal static class CalibrationChecks
{
    public static void Check(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        if (predictions.Length == 0 || labels.Length != predictions.Length || (!weights.IsEmpty && weights.Length != predictions.Length))
        {
            throw new LearningException($"A calibration was given {predictions.Length} predictions, {labels.Length} labels and {weights.Length} weights; expected equal counts, at least one (weights may be absent).");
        }

        double total = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            if (!(predictions[i] is >= 0 and <= 1) || labels[i] is not (0 or 1) || !(w >= 0 && double.IsFinite(w)))
            {
                throw new LearningException(FormattableString.Invariant($"Row {i} has prediction {predictions[i]}, label {labels[i]}, weight {w}; expected a probability, 0 or 1, and a finite weight of 0 or more."));
            }

            total += w;
        }

        if (total <= 0)
        {
            throw new LearningException("Every row weighs 0; expected at least one weight above 0.");
        }
    }
}
