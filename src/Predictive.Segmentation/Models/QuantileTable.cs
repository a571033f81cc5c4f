namespace Predictive.Segmentation.Models;

/// <summary>A distribution by its quantiles at equal steps, linear between them: small, ordered, the same everywhere.</summary>
internal sealed class QuantileTable
{
    private readonly double[] _values;

    /// <summary>Ascending values at levels 0, 1/(n−1) ... 1; at least two.</summary>
    public QuantileTable(double[] values) => _values = values;

    public ReadOnlySpan<double> Values => _values;

    /// <summary>From a sample, in any order; weights optional.</summary>
    public static QuantileTable Of(ReadOnlySpan<double> sample, int points, ReadOnlySpan<double> weights = default)
    {
        double[] sorted = sample.ToArray();
        var values = new double[points];
        if (sorted.Length == 0)
        {
            return new QuantileTable(values);
        }

        double[] weight = weights.IsEmpty ? [] : weights.ToArray();
        if (weight.Length > 0)
        {
            Array.Sort(sorted, weight);
        }
        else
        {
            Array.Sort(sorted);
        }

        // Mid-point rule: value i stands at (cumulative weight before it + half its own) / total.
        double total = weight.Length > 0 ? weight.Sum() : sorted.Length;
        double before = 0;
        int point = 0;
        double lastLevel = 0, lastValue = sorted[0];
        for (int i = 0; i < sorted.Length && point < points; i++)
        {
            double own = weight.Length > 0 ? weight[i] : 1;
            double level = (before + (own / 2)) / total;
            while (point < points && (double)point / (points - 1) <= level)
            {
                double asked = (double)point / (points - 1);
                double share = level > lastLevel ? (asked - lastLevel) / (level - lastLevel) : 1;
                values[point++] = lastValue + (share * (sorted[i] - lastValue));
            }

            (lastLevel, lastValue) = (level, sorted[i]);
            before += own;
        }

        for (; point < points; point++)
        {
            values[point] = sorted[^1];
        }

        return new QuantileTable(values);
    }

    /// <summary>The value below which the given share lies; level outside [0, 1] is held to its ends.</summary>
    public double Quantile(double level)
    {
        double position = Math.Clamp(level, 0, 1) * (_values.Length - 1);
        int below = Math.Min((int)position, _values.Length - 2);
        return _values[below] + ((position - below) * (_values[below + 1] - _values[below]));
    }

    /// <summary>Share of the distribution below a value, 0–1.</summary>
    public double Share(double value)
    {
        int low = 0, high = _values.Length;
        while (low < high)
        {
            int mid = (low + high) >>> 1;
            if (_values[mid] < value)
            {
                low = mid + 1;
            }
            else
            {
                high = mid;
            }
        }

        if (low == 0)
        {
            return 0;
        }

        if (low == _values.Length)
        {
            return 1;
        }

        double step = _values[low] - _values[low - 1];
        return (low - 1 + (step > 0 ? (value - _values[low - 1]) / step : 1)) / (_values.Length - 1);
    }
}
