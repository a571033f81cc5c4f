using System.Numerics.Tensors;

namespace Predictive.Learning.Clustering;

/// <summary>How good a grouping is.</summary>
public static class ClusterQuality
{
    /// <summary>
    /// Silhouettes (Rousseeuw 1987), Euclidean, −1 to 1: (b − a)/max(a, b) with a the mean distance to the own group's others and b the
    /// smallest mean distance to another group; 0 for a row alone in its group, or where there is no other. Quadratic in rows: sample
    /// first.
    /// </summary>
    /// <param name="data">Rows × features.</param>
    /// <param name="groups">Group per row, 0-based.</param>
    /// <returns>One silhouette per row.</returns>
    /// <exception cref="ArgumentException">Not one group a row, or a number below 0 or above the number of rows.</exception>
    public static double[] Silhouettes(FeatureMatrix data, ReadOnlySpan<int> groups)
    {
        ArgumentNullException.ThrowIfNull(data);
        int rows = data.Rows, columns = data.Columns;
        if (groups.Length != rows || (long)rows * columns > Array.MaxLength)
        {
            throw new ArgumentException(
                $"{groups.Length} group numbers were given for {rows} rows of {columns} features; expected one per row, and at most "
                    + $"{Array.MaxLength} cells.",
                nameof(groups));
        }

        int[] group = groups.ToArray();
        int[] strange = [.. group.Where(g => g < 0 || g > rows).Take(1)];
        if (strange.Length > 0)
        {
            throw new ArgumentException(
                $"A row is in group {strange[0]}; expected numbers from 0, at most as many groups as rows.", nameof(groups));
        }

        var points = new float[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            data.CopyRow(i, points.AsSpan(i * columns, columns));
        }

        int[] sizes = new int[rows == 0 ? 0 : group.Max() + 1];
        foreach (int g in group)
        {
            sizes[g]++;
        }

        var silhouettes = new double[rows];
        Parallel.For(0, rows, () => new double[sizes.Length], (i, _, sums) =>
        {
            Array.Clear(sums);
            ReadOnlySpan<float> own = points.AsSpan(i * columns, columns);
            for (int j = 0; j < rows; j++)
            {
                sums[group[j]] += TensorPrimitives.Distance(own, points.AsSpan(j * columns, columns));
            }

            if (sizes[group[i]] > 1)
            {
                double a = sums[group[i]] / (sizes[group[i]] - 1), b = double.PositiveInfinity;
                for (int g = 0; g < sizes.Length; g++)
                {
                    if (g != group[i] && sizes[g] > 0)
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

    /// <summary>Adjusted Rand index (Hubert &amp; Arabie 1985) of two groupings of the same rows: 1 = the same, 0 = as by chance.</summary>
    public static double AdjustedRand(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        if (a.Length != b.Length)
        {
            throw new ArgumentException($"{a.Length} and {b.Length} rows were given; expected the same rows grouped twice.", nameof(b));
        }

        var cells = new Dictionary<(int, int), long>();
        var left = new Dictionary<int, long>();
        var right = new Dictionary<int, long>();
        for (int i = 0; i < a.Length; i++)
        {
            cells[(a[i], b[i])] = cells.GetValueOrDefault((a[i], b[i])) + 1;
            left[a[i]] = left.GetValueOrDefault(a[i]) + 1;
            right[b[i]] = right.GetValueOrDefault(b[i]) + 1;
        }

        double together = cells.Values.Sum(Pairs), inA = left.Values.Sum(Pairs), inB = right.Values.Sum(Pairs);
        double expected = inA * inB / Math.Max(Pairs(a.Length), 1), most = (inA + inB) / 2;
        return Math.Abs(most - expected) < 1e-12 ? 1 : (together - expected) / (most - expected);

        static double Pairs(long n) => n * (n - 1) / 2.0;
    }
}
