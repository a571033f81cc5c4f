namespace Predictive.Learning.Clustering;

/// <summary>
/// Greedy k-means++ (Arthur &amp; Vassilvitskii 2007): each next centre is a row drawn with probability proportional to its squared
/// distance to the nearest centre so far, the best of 2 + ⌊ln k⌋ draws.
/// </summary>
internal static class KMeansSeeding
{
    public static float[] Draw(RowTable table, int k, Random random)
    {
        int n = table.Rows, d = table.Features, candidates = 2 + (int)Math.Log(k);
        var centres = new float[k * d];
        var nearest = new double[n];
        double[] bestTrial = new double[n], trial = new double[n];
        table.CopyRow(random.Next(n), centres.AsSpan(0, d));
        Array.Fill(nearest, double.PositiveInfinity);
        double total = Distances(table, centres.AsSpan(0, d), nearest, nearest);
        for (int c = 1; c < k; c++)
        {
            double bestTotal = double.PositiveInfinity;
            int bestRow = -1;
            for (int t = 0; t < candidates; t++)
            {
                int row = Pick(nearest, total, random);
                table.CopyRow(row, centres.AsSpan(c * d, d));
                double sum = Distances(table, centres.AsSpan(c * d, d), nearest, trial);
                if (sum < bestTotal)
                {
                    (bestTotal, bestRow) = (sum, row);
                    (bestTrial, trial) = (trial, bestTrial);
                }
            }

            table.CopyRow(bestRow, centres.AsSpan(c * d, d));
            (nearest, bestTrial) = (bestTrial, nearest);
            total = bestTotal;
        }

        return centres;
    }

    private static int Pick(double[] weights, double total, Random random)
    {
        double target = random.NextDouble() * total, sum = 0;
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
            {
                sum += weights[i];
                last = i;
                if (sum > target)
                {
                    return i;
                }
            }
        }

        // Every row lies on a centre already (fewer distinct rows than clusters), or rounding: the last candidate.
        return last;
    }

    private static double Distances(RowTable table, ReadOnlySpan<float> centre, double[] nearest, double[] result)
    {
        int d = table.Features;
        double total = 0;
        Span<float> row = stackalloc float[d];
        for (int i = 0; i < table.Rows; i++)
        {
            table.CopyRow(i, row);
            double sum = 0;
            for (int j = 0; j < d; j++)
            {
                double difference = (double)row[j] - centre[j];
                sum += difference * difference;
            }

            result[i] = Math.Min(nearest[i], sum);
            total += result[i];
        }

        return total;
    }
}
