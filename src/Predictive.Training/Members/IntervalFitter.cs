using Predictive.Segmentation.Models;

namespace Predictive.Training.Members;

/// <summary>Sets the 80 % interval on predictions that did not see the customer's own outcome.</summary>
internal static class IntervalFitter
{
    /// <summary>Share of misses aimed at on each side: under the promised 12 % with room for drift.</summary>
    private const double Target = 0.105;

    /// <summary>Rows that the defaults below count for.</summary>
    private const double PriorRows = 50;

    private const double DefaultLowFrom = 0.8, DefaultHighLevel = 0.89;

    /// <param name="buy">Out-of-fold chance to buy.</param>
    /// <param name="mu">Out-of-fold mean of log1p(spend if buying).</param>
    /// <param name="net">Net spend that came.</param>
    /// <param name="levelError">
    /// Standard deviation of the logarithm of a level that the rows could not tell of, such as a season never seen; it adds to the spread
    /// of the residuals as an independent error does. 0 = none.
    /// </param>
    /// <param name="commonError">
    /// Standard deviation of the logarithm of a level that moves from window to window. All customers of a window share it, and the
    /// promise is one of every window: it adds to the spread of the residuals as it is. 0 = none.
    /// </param>
    public static SpendInterval Fit(
        ReadOnlySpan<double> buy, ReadOnlySpan<double> mu, ReadOnlySpan<double> net, double levelError = 0, double commonError = 0)
    {
        int rows = buy.Length;
        var buyers = new List<int>();
        for (int i = 0; i < rows; i++)
        {
            if (net[i] > 0)
            {
                buyers.Add(i);
            }
        }

        double[] muOf = new double[buyers.Count], residualOf = new double[buyers.Count];
        for (int b = 0; b < buyers.Count; b++)
        {
            muOf[b] = mu[buyers[b]];
            residualOf[b] = Math.Log(1 + net[buyers[b]]) - muOf[b];
        }

        // Strata need enough residuals for a tenth and a nine tenth; small bases get fewer.
        int strata = Math.Clamp(buyers.Count / 60, 1, SpendInterval.Strata);
        QuantileTable all = QuantileTable.Of(muOf, 101);
        double[] cuts = [.. Enumerable.Range(1, strata - 1).Select(k => all.Quantile((double)k / strata))];
        var shell = new SpendInterval(cuts, [], 1, [0.9, 0.9, 0.9]);
        var tables = new QuantileTable[strata];
        for (int s = 0; s < strata; s++)
        {
            tables[s] = QuantileTable.Of([.. residualOf.Where((_, b) => shell.StratumOf(muOf[b]) == s)], 201);
        }

        var band = new SpendInterval(cuts, tables, 1, [0.9, 0.9, 0.9]);
        double lowFrom = FitLowFrom(band, buy, mu, net);
        double[] levels = new double[3];
        for (int range = 0; range < 3; range++)
        {
            levels[range] = FitHighLevel(band, buy, mu, net, range);
        }

        return new SpendInterval(cuts, [.. tables.Select(t => Widened(t, levelError, commonError))], lowFrom, levels);
    }

    /// <summary>
    /// Residuals moved from their median so that their variance grows by the square of an error, and then their spread by a common one.
    /// </summary>
    private static QuantileTable Widened(QuantileTable table, double error, double common)
    {
        if (error == 0 && common == 0)
        {
            return table;
        }

        double[] values = [.. Enumerable.Range(0, 201).Select(k => table.Quantile(k / 200.0))];
        double median = table.Quantile(0.5), mean = values.Average(), variance = values.Average(v => (v - mean) * (v - mean));
        double factor = variance > 0 ? Math.Sqrt(1 + (error * error / variance)) + (common / Math.Sqrt(variance)) : 1;
        return new QuantileTable([.. values.Select(v => median + (factor * (v - median)))]);
    }

    /// <summary>
    /// Without any label: the spread of log spend of a normal with sd 1 (what buyers of both shared retailers show within a third), the
    /// mean of a logarithm below the logarithm of the mean by half its square.
    /// </summary>
    public static SpendInterval WithoutLabels()
    {
        var values = new double[201];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = StandardNormal(Math.Clamp((double)i / (values.Length - 1), 0.0025, 0.9975)) - 0.5;
        }

        return new SpendInterval([], [new QuantileTable(values)], DefaultLowFrom, [DefaultHighLevel, DefaultHighLevel, DefaultHighLevel]);
    }

    /// <summary>
    /// Quantile of the standard normal by Hastings' rational approximation (Abramowitz &amp; Stegun 26.2.23, error below 4.5e-4).
    /// </summary>
    private static double StandardNormal(double level)
    {
        double tail = Math.Min(level, 1 - level), t = Math.Sqrt(-2 * Math.Log(tail));
        double z = t - ((2.515517 + (t * (0.802853 + (t * 0.010328)))) / (1 + (t * (1.432788 + (t * (0.189269 + (t * 0.001308)))))));
        return level < 0.5 ? -z : z;
    }

    /// <summary>
    /// The smallest p* at which the share of likely buyers (p ≥ ½) that end below a positive low end is within the target.
    /// </summary>
    private static double FitLowFrom(SpendInterval band, ReadOnlySpan<double> buy, ReadOnlySpan<double> mu, ReadOnlySpan<double> net)
    {
        var likely = new List<(double P, bool Below)>();
        for (int i = 0; i < buy.Length; i++)
        {
            if (buy[i] >= 0.5)
            {
                likely.Add((buy[i], net[i] < band.PositiveLow(buy[i], mu[i])));
            }
        }

        if (likely.Count == 0)
        {
            return DefaultLowFrom;
        }

        likely.Sort((a, b) => b.P.CompareTo(a.P));
        int below = 0;
        double from = 1;
        for (int i = 0; i < likely.Count; i++)
        {
            below += likely[i].Below ? 1 : 0;
            if (below > Target * likely.Count)
            {
                break;
            }

            from = likely[i].P;
        }

        return Shrink(Math.Max(from, 0.5), DefaultLowFrom, likely.Count);
    }

    private static double FitHighLevel(
        SpendInterval band, ReadOnlySpan<double> buy, ReadOnlySpan<double> mu, ReadOnlySpan<double> net, int range)
    {
        var rows = new List<int>();
        for (int i = 0; i < buy.Length; i++)
        {
            if (SpendInterval.RangeOf(buy[i]) == range)
            {
                rows.Add(i);
            }
        }

        if (rows.Count == 0)
        {
            return DefaultHighLevel;
        }

        // Misses fall as the level rises: bisection.
        double low = 0.5, high = 0.995;
        for (int step = 0; step < 30; step++)
        {
            double level = (low + high) / 2;
            int above = 0;
            foreach (int i in rows)
            {
                above += net[i] > band.HighAt(buy[i], mu[i], level) ? 1 : 0;
            }

            (low, high) = above > Target * rows.Count ? (level, high) : (low, level);
        }

        return Shrink(high, DefaultHighLevel, rows.Count);
    }

    private static double Shrink(
        double fitted, double standard, int rows) => ((fitted * rows) + (standard * PriorRows)) / (rows + PriorRows);
}
