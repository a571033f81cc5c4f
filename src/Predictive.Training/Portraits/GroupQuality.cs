namespace Predictive.Training.Portraits;

/// <summary>How well each group of a grouping is found again in another.</summary>
internal static class GroupQuality
{
    /// <summary>
    /// For each group of <paramref name="one"/>, its best Jaccard overlap (intersection over union) with a group of
    /// <paramref name="other"/>.
    /// </summary>
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
