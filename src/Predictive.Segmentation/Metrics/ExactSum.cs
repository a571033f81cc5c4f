using System.Text.Json.Serialization;

namespace Predictive.Segmentation.Metrics;

/// <summary>
/// The sum of doubles, correctly rounded, whatever their order and however they were divided before: sums of parts are added up without
/// loss. Kept as few doubles that do not overlap (Shewchuk 1997, the method of Python's <c>math.fsum</c>). Not thread-safe.
/// </summary>
public sealed class ExactSum
{
    private readonly List<double> _parts;
    private double _beyond;

    /// <summary>Nothing yet.</summary>
    public ExactSum() => _parts = [];

    /// <summary>What another one, written as <see cref="Parts"/>, held.</summary>
    /// <param name="parts">Numbers whose exact sum it is.</param>
    [JsonConstructor]
    public ExactSum(IReadOnlyList<double> parts)
        : this()
    {
        ArgumentNullException.ThrowIfNull(parts);
        foreach (double part in parts)
        {
            Add(part);
        }
    }

    /// <summary>Numbers whose exact sum this is.</summary>
    public IReadOnlyList<double> Parts => _beyond == 0 ? _parts : [_beyond];

    /// <summary>The sum, to the nearest double.</summary>
    [JsonIgnore]
    public double Value
    {
        get
        {
            if (_beyond != 0)
            {
                return _beyond;
            }

            int n = _parts.Count;
            if (n == 0)
            {
                return 0;
            }

            double high = _parts[--n], low = 0;
            while (n > 0)
            {
                double x = high, y = _parts[--n];
                high = x + y;
                low = y - (high - x);
                if (low != 0)
                {
                    break;
                }
            }

            // Half way between two doubles: what lies below decides.
            if (n > 0 && ((low < 0 && _parts[n - 1] < 0) || (low > 0 && _parts[n - 1] > 0)))
            {
                double y = low * 2, x = high + y;
                high = y == x - high ? x : high;
            }

            return high;
        }
    }

    /// <summary>The sum of some numbers.</summary>
    public static ExactSum Of(IEnumerable<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var sum = new ExactSum();
        foreach (double value in values)
        {
            sum.Add(value);
        }

        return sum;
    }

    /// <summary>Adds a number; an infinite one makes the sum infinite.</summary>
    public void Add(double value)
    {
        if (!double.IsFinite(value))
        {
            _beyond += value;
            return;
        }

        int kept = 0;
        for (int i = 0; i < _parts.Count; i++)
        {
            double other = _parts[i];
            (double large, double small) = Math.Abs(value) < Math.Abs(other) ? (other, value) : (value, other);
            value = large + small;
            double left = small - (value - large);
            if (left != 0)
            {
                _parts[kept++] = left;
            }
        }

        _parts.RemoveRange(kept, _parts.Count - kept);
        _parts.Add(value);
    }

    /// <summary>Nothing again.</summary>
    public void Clear()
    {
        _parts.Clear();
        _beyond = 0;
    }

    /// <summary>Adds what another one holds.</summary>
    public void Add(ExactSum other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (double part in other.Parts)
        {
            Add(part);
        }
    }
}
