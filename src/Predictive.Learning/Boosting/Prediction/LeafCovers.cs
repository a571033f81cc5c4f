namespace Predictive.Learning.Boosting.Prediction;

/// <summary>The weight of rows in every leaf of every tree: what exact Shapley values average over.</summary>
internal static class LeafCovers
{
    // Sums are added up in this order whatever the threads are, so it is part of what the bytes of a model depend on.
    private const int BlockRows = 4096;

    /// <summary>Fills <see cref="EnsembleTree.LeafCovers"/> from the rows given.</summary>
    public static void Fill(EnsembleTree[] trees, FeatureMatrix rows, float[]? weights, int threads)
    {
        int[] start = new int[trees.Length + 1];
        for (int t = 0; t < trees.Length; t++)
        {
            start[t + 1] = start[t] + trees[t].Splits + 1;
        }

        int blocks = (rows.Rows + BlockRows - 1) / BlockRows;
        var parts = new double[blocks][];
        Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount },
            block =>
        {
            var sums = new double[start[^1]];
            int first = block * BlockRows, count = Math.Min(BlockRows, rows.Rows - first), width = rows.Columns;
            var table = new float[count * width];
            for (int j = 0; j < width; j++)
            {
                ReadOnlySpan<float> column = rows.Column(j).Slice(first, count);
                for (int i = 0; i < count; i++)
                {
                    table[(i * width) + j] = column[i];
                }
            }

            for (int t = 0; t < trees.Length; t++)
            {
                for (int i = 0; i < count; i++)
                {
                    sums[start[t] + trees[t].LeafOf(table.AsSpan(i * width, width))] += weights?[first + i] ?? 1;
                }
            }

            parts[block] = sums;
        });
        for (int t = 0; t < trees.Length; t++)
        {
            for (int leaf = 0; leaf <= trees[t].Splits; leaf++)
            {
                trees[t].LeafCovers[leaf] = (float)parts.Sum(p => p[start[t] + leaf]);
            }
        }
    }
}
