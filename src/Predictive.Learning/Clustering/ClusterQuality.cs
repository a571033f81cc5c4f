namespace Predictive.Learning.Clustering;

/// <summary>How good a grouping is.</summary>
public static class ClusterQuality
{
    /// <summary>
    /// Mean silhouette (Rousseeuw 1987), −1 to 1: (b − a)/max(a, b) with a = mean distance to the own group's others, b = to the nearest other group's;
    /// 0 for a row alone in its group. Quadratic in rows: sample first.
    /// </summary>
    /// <param name="data">Rows × features.</param>
    /// <param name="groups">Group per row, 0-based; at least two groups must occur.</param>
    /// <returns>NaN where fewer than two groups occur.</returns>
    public static double Silhouette(FeatureMatrix data, ReadOnlySpan<int> groups)
    {
        float[] rows = RowMajor(data, groups);
        int[] group = groups.ToArray();
        int d = data.Columns, n = data.Rows, k = n == 0 ? 0 : group.Max() + 1;
        int[] sizes = new int[k];
        foreach (int g in group)
        {
            sizes[g]++;
        }

        if (sizes.Count(s => s > 0) < 2)
        {
            return double.NaN;
        }

        var own = new double[n];
        Parallel.For(0, n, i =>
        {
            Span<double> sums = stackalloc double[Math.Min(k, 1024)];
            sums = k <= 1024 ? sums[..k] : new double[k];
            sums.Clear();
            for (int other = 0; other < n; other++)
            {
                double square = 0;
                for (int j = 0; j < d; j++)
                {
                    double difference = (double)rows[(i * d) + j] - rows[(other * d) + j];
                    square += difference * difference;
                }

                sums[group[other]] += Math.Sqrt(square);
            }

            if (sizes[group[i]] == 1)
            {
                return;
            }

            double a = sums[group[i]] / (sizes[group[i]] - 1), b = double.PositiveInfinity;
            for (int g = 0; g < k; g++)
            {
                if (g != group[i] && sizes[g] > 0)
                {
                    b = Math.Min(b, sums[g] / sizes[g]);
                }
            }

            own[i] = Math.Max(a, b) > 0 ? (b - a) / Math.Max(a, b) : 0;
        });
        return own.Sum() / n;
    }

    /// <summary>Davies–Bouldin index (1979): mean over groups of the worst (sᵢ + sⱼ)/dᵢⱼ, s = mean distance to the centre; lower is better, 0 the best,
    /// infinite where two centres coincide.</summary>
    /// <param name="data">Rows × features.</param>
    /// <param name="groups">Group per row, 0-based.</param>
    /// <returns>NaN where fewer than two groups occur.</returns>
    public static double DaviesBouldin(FeatureMatrix data, ReadOnlySpan<int> groups)
    {
        float[] rows = RowMajor(data, groups);
        int d = data.Columns, n = data.Rows, k = 0;
        foreach (int g in groups)
        {
            k = Math.Max(k, g + 1);
        }

        var centres = new double[k * d];
        var sizes = new int[k];
        for (int i = 0; i < n; i++)
        {
            sizes[groups[i]]++;
            for (int j = 0; j < d; j++)
            {
                centres[(groups[i] * d) + j] += rows[(i * d) + j];
            }
        }

        for (int i = 0; i < centres.Length; i++)
        {
            centres[i] /= Math.Max(sizes[i / d], 1);
        }

        var spread = new double[k];
        for (int i = 0; i < n; i++)
        {
            double square = 0;
            for (int j = 0; j < d; j++)
            {
                double difference = rows[(i * d) + j] - centres[(groups[i] * d) + j];
                square += difference * difference;
            }

            spread[groups[i]] += Math.Sqrt(square) / sizes[groups[i]];
        }

        double total = 0;
        int occupied = 0;
        for (int a = 0; a < k; a++)
        {
            if (sizes[a] == 0)
            {
                continue;
            }

            double worst = double.NaN;
            for (int b = 0; b < k; b++)
            {
                if (b == a || sizes[b] == 0)
                {
                    continue;
                }

                double square = 0;
                for (int j = 0; j < d; j++)
                {
                    double difference = centres[(a * d) + j] - centres[(b * d) + j];
                    square += difference * difference;
                }

                double ratio = square > 0 ? (spread[a] + spread[b]) / Math.Sqrt(square) : double.PositiveInfinity;
                worst = double.IsNaN(worst) ? ratio : Math.Max(worst, ratio);
            }

            total += worst;
            occupied++;
        }

        return occupied < 2 ? double.NaN : total / occupied;
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

    private static float[] RowMajor(FeatureMatrix data, ReadOnlySpan<int> groups)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (groups.Length != data.Rows || (long)data.Rows * data.Columns > Array.MaxLength)
        {
            throw new ArgumentException($"{groups.Length} group numbers were given for {data.Rows} rows of {data.Columns} features; expected one per row, and at most {Array.MaxLength} cells.", nameof(groups));
        }

        foreach (int g in groups)
        {
            if (g < 0 || g >= Math.Max(groups.Length, 1000))
            {
                throw new ArgumentException($"A row is in group {g}; expected numbers from 0, at most as many groups as rows.", nameof(groups));
            }
        }

        var rows = new float[data.Rows * data.Columns];
        for (int j = 0; j < data.Columns; j++)
        {
            ReadOnlySpan<float> column = data.Column(j);
            for (int i = 0; i < column.Length; i++)
            {
                rows[(i * data.Columns) + j] = column[i];
            }
        }

        return rows;
    }
}
