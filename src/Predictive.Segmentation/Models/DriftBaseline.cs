using Predictive.Learning;

namespace Predictive.Segmentation.Models;

/// <summary><c>drift.json</c>: how the features and the predictions were distributed when the model was trained.</summary>
/// <param name="Customers">Customers of the training base.</param>
/// <param name="Distributions">The features in catalogue order, then <see cref="ChurnName"/> and <see cref="ClvName"/>.</param>
public sealed record DriftBaseline(int Customers, IReadOnlyList<DriftDistribution> Distributions)
{
    /// <summary>Name of the distribution of churn probabilities.</summary>
    public const string ChurnName = "prediction:churn";

    /// <summary>Name of the distribution of expected net spend.</summary>
    public const string ClvName = "prediction:clv";

    /// <summary>The distributions of a training base.</summary>
    public static DriftBaseline Of(FeatureMatrix features, ReadOnlySpan<double> churn, ReadOnlySpan<double> clv)
    {
        ArgumentNullException.ThrowIfNull(features);
        var distributions = new DriftDistribution[features.Columns + 2];
        float[][] predictions = [Singles(churn), Singles(clv)];
        Parallel.For(0, distributions.Length, j => distributions[j] = j < features.Columns
            ? DriftDistribution.Of(features.Names[j], features.Column(j))
            : DriftDistribution.Of(j == features.Columns ? ChurnName : ClvName, predictions[j - features.Columns]));
        return new DriftBaseline(features.Rows, distributions);
    }

    private static float[] Singles(ReadOnlySpan<double> values)
    {
        var singles = new float[values.Length];
        for (int i = 0; i < singles.Length; i++)
        {
            singles[i] = (float)values[i];
        }

        return singles;
    }
}

/// <summary>One distribution in up to ten bins of about equal share, and one for missing values.</summary>
/// <param name="Name">Feature or prediction.</param>
/// <param name="Edges">Ascending, distinct; bin i holds values in (edge i − 1, edge i], the last bin what is above.</param>
/// <param name="Shares">Edges + 2 entries summing to 1: the bins, then missing.</param>
public sealed record DriftDistribution(string Name, IReadOnlyList<float> Edges, IReadOnlyList<double> Shares)
{
    internal const int MostBins = 10;

    private const double SmallestShare = 1e-4;

    /// <summary>
    /// Population stability index of two sets of shares over the same bins: Σ (actual − expected) · ln(actual / expected), shares held at
    /// 0.0001 or above (Siddiqi 2006).
    /// </summary>
    public static double Psi(ReadOnlySpan<double> then, ReadOnlySpan<double> now)
    {
        double psi = 0;
        for (int b = 0; b < then.Length; b++)
        {
            double expected = Math.Max(then[b], SmallestShare), actual = Math.Max(now[b], SmallestShare);
            psi += (actual - expected) * Math.Log(actual / expected);
        }

        return psi;
    }

    internal static DriftDistribution Of(string name, ReadOnlySpan<float> values)
    {
        var known = new List<float>(values.Length);
        foreach (float value in values)
        {
            if (!float.IsNaN(value))
            {
                known.Add(value);
            }
        }

        known.Sort();
        var edges = new List<float>();
        for (int i = 1; i < MostBins && known.Count > 0; i++)
        {
            float edge = known[(int)((long)i * (known.Count - 1) / MostBins)];
            if ((edges.Count == 0 || edge > edges[^1]) && edge < known[^1])
            {
                edges.Add(edge);
            }
        }

        float[] cuts = [.. edges];
        var counts = new long[cuts.Length + 2];
        foreach (float value in values)
        {
            counts[BinOf(cuts, value)]++;
        }

        double rows = Math.Max(1, values.Length);
        return new DriftDistribution(name, cuts, [.. counts.Select(c => c / rows)]);
    }

    internal static int BinOf(ReadOnlySpan<float> edges, float value)
    {
        if (float.IsNaN(value))
        {
            return edges.Length + 1;
        }

        int bin = 0;
        while (bin < edges.Length && value > edges[bin])
        {
            bin++;
        }

        return bin;
    }
}
