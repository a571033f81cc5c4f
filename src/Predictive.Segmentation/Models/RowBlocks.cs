using Predictive.Learning;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Models;

/// <summary>Runs a per-row function over a column-major matrix in blocks of rows, on several threads, without allocating per row.</summary>
/// <remarks>A block of rows is gathered column by column into one row-major buffer, so that memory is read in order.</remarks>
internal static class RowBlocks
{
    private const int BlockRows = 512;

    public delegate void RowAction(int row, ReadOnlySpan<float> values);

    public static void Run(FeatureMatrix features, int threads, RowAction action)
    {
        int blocks = (features.Rows + BlockRows - 1) / BlockRows;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount };
        int width = features.Columns;
        Parallel.For(
            0,
            blocks,
            options,
            () => new float[BlockRows * width],
            (block, _, buffer) =>
            {
                int start = block * BlockRows, count = Math.Min(BlockRows, features.Rows - start);
                for (int j = 0; j < width; j++)
                {
                    ReadOnlySpan<float> column = features.Column(j).Slice(start, count);
                    for (int i = 0; i < count; i++)
                    {
                        buffer[(i * width) + j] = column[i];
                    }
                }

                for (int i = 0; i < count; i++)
                {
                    action(start + i, buffer.AsSpan(i * width, width));
                }

                return buffer;
            },
            _ => { });
    }

    /// <summary>
    /// What a model on trees reads from the start of a row: the columns of the trees but the last, the horizon; the catalogue without
    /// trees.
    /// </summary>
    public static IReadOnlyList<string> FeaturesOf(IPredictor? trees) =>
        trees is null || trees.FeatureNames.Count == FeatureCatalogue.Names.Count + 1
            ? FeatureCatalogue.Names
            : [.. trees.FeatureNames.SkipLast(1)];

    /// <summary>The matrix with one more column, constant over the rows; the other columns are shared.</summary>
    public static FeatureMatrix WithConstant(FeatureMatrix features, string name, float value)
    {
        var columns = new float[features.Columns + 1][];
        for (int j = 0; j < features.Columns; j++)
        {
            columns[j] = features.ColumnArray(j);
        }

        columns[^1] = new float[features.Rows];
        if (value != 0)
        {
            Array.Fill(columns[^1], value);
        }

        return new FeatureMatrix([.. features.Names, name], columns, features.Rows);
    }
}
