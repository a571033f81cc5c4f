using Predictive.Segmentation.Rules;

namespace Predictive.Reports.Charts;

/// <summary>A point in data units.</summary>
/// <param name="X">Across.</param>
/// <param name="Y">Up.</param>
public readonly record struct ChartPoint(double X, double Y);

/// <summary>A named line.</summary>
/// <param name="Name">As in the legend.</param>
/// <param name="Style">CSS class of its colour: <c>model</c>, <c>actual</c>, <c>baseline</c> or <c>ideal</c>.</param>
/// <param name="Points">In drawing order; points that are not finite are left out.</param>
public sealed record ChartSeries(string Name, string Style, IReadOnlyList<ChartPoint> Points);

/// <summary>A pair of values to compare, such as predicted and actual.</summary>
/// <param name="Label">Below the pair.</param>
/// <param name="First">The first value.</param>
/// <param name="Second">The second value.</param>
/// <param name="Tip">Shown when pointed at.</param>
public sealed record ChartPair(string Label, double First, double Second, string Tip);

/// <summary>A labelled bar.</summary>
/// <param name="Label">Beside the bar.</param>
/// <param name="Value">Its length; below 0 where the chart has a side for that.</param>
/// <param name="Tip">Shown when pointed at.</param>
public sealed record ChartBar(string Label, double Value, string Tip)
{
    /// <summary>Where the bar leads; null = nowhere.</summary>
    public string? Href { get; init; }
}

/// <summary>A linear axis: a range of data mapped on a range of pixels, with round tick marks.</summary>
public sealed class ChartAxis
{
    /// <summary>From data [from, to] to pixels [start, end] (end may be the smaller one).</summary>
    /// <param name="from">Data at the start.</param>
    /// <param name="to">Data at the end; not above <paramref name="from"/> = one more than it.</param>
    /// <param name="start">Pixel of the start.</param>
    /// <param name="end">Pixel of the end.</param>
    /// <param name="format">Text of a tick.</param>
    /// <param name="ticks">About how many ticks.</param>
    /// <param name="marks">Exactly these ticks; null = round ones.</param>
    public ChartAxis(
        double from, double to, double start, double end, Func<double, string> format, int ticks = 5, IReadOnlyList<double>? marks = null)
    {
        (From, To, Start, End) = (from, to > from ? to : from + 1, start, end);
        Format = format;
        Ticks = marks ?? RoundTicks(From, To, ticks);
    }

    /// <summary>Data at <see cref="Start"/>.</summary>
    public double From { get; }

    /// <summary>Data at <see cref="End"/>.</summary>
    public double To { get; }

    /// <summary>Pixel of <see cref="From"/>.</summary>
    public double Start { get; }

    /// <summary>Pixel of <see cref="To"/>.</summary>
    public double End { get; }

    /// <summary>Text of a tick.</summary>
    public Func<double, string> Format { get; }

    /// <summary>Where the ticks are: round values within the range unless given.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Pixel of a value.</summary>
    public double At(double value) => Start + ((value - From) / (To - From) * (End - Start));

    /// <summary>The smallest round number (1, 2, 2.5, 5 × a power of ten) at or above a positive value: a good end of an axis.</summary>
    public static double RoundUp(double value)
    {
        if (!(value > 0) || double.IsInfinity(value))
        {
            return 1;
        }

        double unit = Math.Pow(10, Math.Floor(Math.Log10(value)));
        foreach (double step in new[] { 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 })
        {
            if (value <= step * unit * (1 + 1e-12))
            {
                return step * unit;
            }
        }

        return 10 * unit;
    }

    private static double[] RoundTicks(double from, double to, int about)
    {
        double rough = (to - from) / about, unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = new[] { 1, 2, 2.5, 5, 10 }.Select(s => s * unit).First(s => s >= rough * (1 - 1e-9));
        long first = (long)Math.Ceiling((from / step) - 1e-9), last = (long)Math.Floor((to / step) + 1e-9);
        return [.. Enumerable.Range(0, (int)Math.Max(0, last - first + 1)).Select(i => (first + i) * step)];
    }
}
