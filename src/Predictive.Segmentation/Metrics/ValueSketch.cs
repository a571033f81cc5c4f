using System.Text.Json.Serialization;

namespace Predictive.Segmentation.Metrics;

/// <summary>
/// How many customers bring how much, in steps of at most <see cref="Error"/> of a value: sketches of parts add up to that of the whole
/// without loss, whatever the order. The step of a number is its exponent and the first ten bits of its fraction; each step has its count
/// and its exact sum, so only customers within one step are not told apart. Numbers below 0 count as 0.
/// </summary>
public sealed class ValueSketch
{
    /// <summary>
    /// Most that a share of revenue, or the Gini coefficient, read from a sketch differs from that of the numbers themselves: a value is at
    /// most this much larger than another one of its step.
    /// </summary>
    public const double Error = 1.0 / 1024;

    private const int Dropped = 52 - 10;

    /// <summary>Steps by the leading bits of their numbers, smallest first.</summary>
    [JsonInclude]
    internal SortedDictionary<int, Step> Steps { get; init; } = [];

    /// <summary>Numbers added.</summary>
    [JsonIgnore]
    public long Count => Steps.Values.Sum(s => s.Count);

    /// <summary>The sketch of some numbers.</summary>
    public static ValueSketch Of(IEnumerable<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var sketch = new ValueSketch();
        foreach (double value in values)
        {
            double counted = Math.Max(value, 0);
            Step step = sketch.At(KeyOf(counted));
            step.Count++;
            step.Sum.Add(counted);
        }

        return sketch;
    }

    /// <summary>The step of a number that is not below 0: its leading bits.</summary>
    internal static int KeyOf(double value) => (int)(BitConverter.DoubleToInt64Bits(value) >> Dropped);

    /// <summary>The smallest number of a step.</summary>
    internal static double LeastOf(int key) => BitConverter.Int64BitsToDouble((long)key << Dropped);

    /// <summary>Adds what another one holds.</summary>
    public void Add(ValueSketch other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach ((int key, Step step) in other.Steps)
        {
            Step own = At(key);
            own.Count += step.Count;
            own.Sum.Add(step.Sum);
        }
    }

    /// <summary>The steps, largest values first: how many, and their sum.</summary>
    internal (long Count, double Sum)[] Descending() => [.. Steps.Values.Reverse().Select(s => (s.Count, s.Sum.Value))];

    /// <summary>Share of the sum that the largest numbers bring; null where nothing is above 0.</summary>
    /// <param name="customers">Share of the numbers, 0–1.</param>
    internal double? TopShare(double customers)
    {
        (long Count, double Sum)[] steps = Descending();
        double all = ExactSum.Of(steps.Select(s => s.Sum)).Value, at = customers * steps.Sum(s => s.Count);
        return all > 0 ? Upto(steps, at) / all : null;
    }

    /// <summary>Sum of the largest numbers; within a step each counts as its mean.</summary>
    internal static double Upto((long Count, double Sum)[] descending, double customers)
    {
        double sum = 0;
        foreach ((long count, double own) in descending)
        {
            if (customers < count)
            {
                return sum + (own * customers / count);
            }

            sum += own;
            customers -= count;
        }

        return sum;
    }

    private Step At(int key) => Steps.TryGetValue(key, out Step? step) ? step : Steps[key] = new Step();

    /// <summary>Numbers that are not told apart.</summary>
    internal sealed class Step
    {
        public long Count { get; set; }

        public ExactSum Sum { get; init; } = new();
    }
}
