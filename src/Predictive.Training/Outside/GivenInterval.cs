using Predictive.Training.Evaluation;

namespace Predictive.Training.Outside;

/// <summary>
/// The 80 % interval of given spends, and the orders that go with them where none were given: what came, on a window that has passed, of
/// customers of whom as much was expected.
/// </summary>
/// <remarks>
/// The customers of the window in order of their expected spend, in up to 20 groups of at least 50; equal spends stay together. Of each
/// group the .1 and .9 quantile of what came over what was expected (of what came, where nothing was expected) and the mean number of
/// orders. An end never passes the expected spend itself, so the interval can only be wider than the window asks for.
/// </remarks>
internal sealed class GivenInterval
{
    private const int MostGroups = 20, FewestCustomers = 50;
    private const double LowLevel = .1, HighLevel = .9;

    // The least spend of each group, ascending.
    private readonly double[] _from;
    private readonly (double Low, double High, double Orders)[] _groups;

    private GivenInterval(double[] from, (double Low, double High, double Orders)[] groups) => (_from, _groups) = (from, groups);

    /// <summary>From a window that has passed.</summary>
    /// <param name="window">Of at least one customer.</param>
    public static GivenInterval Of(JudgedWindow window)
    {
        double[] given = window.Value;
        int[] order = [.. Enumerable.Range(0, given.Length).OrderBy(i => given[i]).ThenBy(i => i)];
        int size = Math.Max(FewestCustomers, (order.Length + MostGroups - 1) / MostGroups);
        var from = new List<double>();
        var groups = new List<(double, double, double)>();
        for (int start = 0; start < order.Length;)
        {
            int end = Math.Min(order.Length, start + size);
            // What is left over is no group of its own, and nothing and something are told apart.
            end = order.Length - end < FewestCustomers ? order.Length : end;
            end = given[order[start]] == 0 ? FirstAbove(order, given, start) : end;
            while (end < order.Length && given[order[end]] == given[order[end - 1]])
            {
                end++;
            }

            from.Add(given[order[start]]);
            groups.Add(Group(window, order.AsSpan(start, end - start)));
            start = end;
        }

        return new GivenInterval([.. from], [.. groups]);
    }

    /// <summary>Ends and orders of a given spend.</summary>
    public (double Low, double High, double Orders) At(double spend)
    {
        int group = Array.BinarySearch(_from, spend);
        (double low, double high, double orders) = _groups[Math.Max(0, group >= 0 ? group : ~group - 1)];
        return spend > 0
            ? (Math.Min(low * spend, spend), Math.Max(high * spend, spend), orders)
            : (0, high, orders);
    }

    private static int FirstAbove(int[] order, double[] given, int start)
    {
        int end = start;
        while (end < order.Length && given[order[end]] == 0)
        {
            end++;
        }

        return end;
    }

    private static (double Low, double High, double Orders) Group(JudgedWindow window, ReadOnlySpan<int> rows)
    {
        var came = new double[rows.Length];
        double orders = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            double expected = window.Value[rows[i]], net = Math.Max(0, window.At.NetSpend[rows[i]]);
            came[i] = expected > 0 ? net / expected : net;
            orders += window.At.Labels!.Orders[rows[i]];
        }

        Array.Sort(came);
        return (Quantile(came, LowLevel), Quantile(came, HighLevel), orders / rows.Length);
    }

    // The value that a share of at least the level does not pass: conservative for the upper end, as conformal intervals are.
    private static double Quantile(double[] sorted, double level) => level < .5
        ? sorted[(int)Math.Floor(level * (sorted.Length - 1))]
        : sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(level * (sorted.Length + 1)) - 1)];
}
