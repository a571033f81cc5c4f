namespace Predictive.Segmentation.Models;

/// <summary>
/// <c>distribution.json</c>: how the training base scored, so that one customer's percentile needs no base.
/// </summary>
/// <param name="Customers">Customers of the training base.</param>
/// <param name="ChurnMean">Mean churn probability of the training base.</param>
/// <param name="ChurnQuantiles">At most 1,001 ascending probabilities, evenly spaced ranks of the training base from lowest to
/// highest.</param>
/// <param name="ClvMean">Mean expected net spend.</param>
/// <param name="ClvQuantiles">The same for expected net spend.</param>
public sealed record ScoreDistribution(
    int Customers,
    double ChurnMean,
    IReadOnlyList<double> ChurnQuantiles,
    double ClvMean,
    IReadOnlyList<double> ClvQuantiles)
{
    internal const int MostQuantiles = 1001;

    /// <summary>From the scores of the training base.</summary>
    /// <param name="churn">Churn probabilities; at least one.</param>
    /// <param name="clv">Expected net spend, as long.</param>
    public static ScoreDistribution Of(ReadOnlySpan<double> churn, ReadOnlySpan<double> clv)
    {
        if (churn.IsEmpty || churn.Length != clv.Length)
        {
            throw new ArgumentException(
                $"{churn.Length} probabilities and {clv.Length} values were given; expected as many of each, at least one.");
        }

        return new ScoreDistribution(churn.Length, Mean(churn), Quantiles(churn), Mean(clv), Quantiles(clv));
    }

    /// <summary>Share of the training base with a lower probability, 0–100, exact to 0.1 (exact for bases of up to 1,001).</summary>
    public double Percentile(double probability)
    {
        int low = 0, high = ChurnQuantiles.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (ChurnQuantiles[middle] < probability)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return 100.0 * low / ChurnQuantiles.Count;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }

    private static double[] Quantiles(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        if (sorted.Length <= MostQuantiles)
        {
            return sorted;
        }

        var quantiles = new double[MostQuantiles];
        for (int i = 0; i < MostQuantiles; i++)
        {
            quantiles[i] = sorted[(int)((long)i * (sorted.Length - 1) / (MostQuantiles - 1))];
        }

        return quantiles;
    }
}
