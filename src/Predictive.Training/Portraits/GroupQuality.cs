using Predictive.Learning;

namespace Predictive.Training.Portraits;

/// <summary>How good each group of a grouping is; the learning library's <see cref="Learning.Clustering.ClusterQuality"/> judges a grouping as a whole.</summary>
internal static class GroupQuality
{
    /// <summary>
    /// Silhouettes (Rousseeuw 1987), Euclidean: (b − a)/max(a, b) with a the mean distance to the own group and b the smallest mean distance
    /// to another; 0 for a group of one.
    /// </summary>
    /// <param name="data">Rows; cost is quadratic.</param>
    /// <param name="assigned">Group per row.</param>
    /// <param name="clusters">Number of groups.</param>
    /// <returns>One silhouette per row.</returns>
    public static double[] Silhouettes(FeatureMatrix data, ReadOnlySpan<int> assigned, int clusters)
    {
        ArgumentNullException.ThrowIfNull(data);
        int rows = data.Rows, columns = data.Columns;
        var points = new float[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            data.CopyRow(i, points.AsSpan(i * columns, columns));
        }

        int[] groups = assigned.ToArray();
        var sizes = new int[clusters];
        foreach (int group in groups)
        {
            sizes[group]++;
        }

        var silhouettes = new double[rows];
        Parallel.For(0, rows, () => new double[clusters], (i, _, sums) =>
        {
            Array.Clear(sums);
            ReadOnlySpan<float> own = points.AsSpan(i * columns, columns);
            for (int j = 0; j < rows; j++)
            {
                sums[groups[j]] += System.Numerics.Tensors.TensorPrimitives.Distance(own, points.AsSpan(j * columns, columns));
            }

            if (sizes[groups[i]] > 1)
            {
                double a = sums[groups[i]] / (sizes[groups[i]] - 1), b = double.PositiveInfinity;
                for (int g = 0; g < clusters; g++)
                {
                    if (g != groups[i] && sizes[g] > 0)
                    {
                        b = Math.Min(b, sums[g] / sizes[g]);
                    }
                }

                silhouettes[i] = double.IsFinite(b) && Math.Max(a, b) > 0 ? (b - a) / Math.Max(a, b) : 0;
            }

            return sums;
        }, _ => { });
        return silhouettes;
    }

    /// <summary>For each group of <paramref name="one"/>, its best Jaccard overlap (intersection over union) with a group of <paramref name="other"/>.</summary>
    /// <param name="one">Group per row.</param>
    /// <param name="other">Group per row, of the other grouping.</param>
    /// <param name="clusters">Groups of <paramref name="one"/>.</param>
    public static double[] BestJaccard(ReadOnlySpan<int> one, ReadOnlySpan<int> other, int clusters)
    {
        long[,] table = Contingency(one, other, out int ones, out int others);
        var best = new double[clusters];
        for (int a = 0; a < Math.Min(ones, clusters); a++)
        {
            for (int b = 0; b < others; b++)
            {
                long union = -table[a, b];
                for (int k = 0; k < others; k++)
                {
                    union += table[a, k];
                }

                for (int k = 0; k < ones; k++)
                {
                    union += table[k, b];
                }

                best[a] = union > 0 ? Math.Max(best[a], table[a, b] / (double)union) : best[a];
            }
        }

        return best;
    }

    private static long[,] Contingency(ReadOnlySpan<int> one, ReadOnlySpan<int> other, out int ones, out int others)
    {
        (ones, others) = (0, 0);
        for (int i = 0; i < one.Length; i++)
        {
            ones = Math.Max(ones, one[i] + 1);
            others = Math.Max(others, other[i] + 1);
        }

        var table = new long[ones, others];
        for (int i = 0; i < one.Length; i++)
        {
            table[one[i], other[i]]++;
        }

        return table;
    }
}
