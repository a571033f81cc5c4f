using System.Globalization;
namespace Predictive.Learning.Clustering;

/// <summary>
/// Rows × features in blocks of eight rows, so that eight distances are computed at once:
/// <code>
/// block b, feature j:  x[8b][j] x[8b+1][j] ... x[8b+7][j]      values[(b·d + j)·8 ... + 8)
/// </code>
/// The last block is filled up with zeros, which nobody reads as rows.
/// </summary>
internal sealed class RowTable
{
    public const int Lanes = 8;

    private RowTable(int rows, int features)
    {
        (Rows, Features, Blocks) = (rows, features, (rows + Lanes - 1) / Lanes);
        long cells = (long)Blocks * features * Lanes;
        if (cells > Array.MaxLength)
        {
            throw new LearningException(
                $"k-means was given {rows} rows of {features} features, {cells} cells; at most {Array.MaxLength} fit. Fit a sample of "
                    + "the rows.");
        }

        Values = new float[cells];
    }

    public int Rows { get; }

    public int Features { get; }

    public int Blocks { get; }

    public float[] Values { get; }

    public static RowTable From(FeatureMatrix data)
    {
        var table = new RowTable(data.Rows, data.Columns);
        for (int j = 0; j < data.Columns; j++)
        {
            ReadOnlySpan<float> column = data.Column(j);
            for (int i = 0; i < column.Length; i++)
            {
                if (!float.IsFinite(column[i]))
                {
                    throw new LearningException(
                        $"Feature '{data.Names[j]}' is {column[i]} in row {i}; k-means takes finite values only: fill missing "
                            + "values first.");
                }

                table.Values[table.Index(i, j)] = column[i];
            }
        }

        return table;
    }

    public static RowTable FromRows(ReadOnlySpan<float> rowMajor, int features)
    {
        var table = new RowTable(rowMajor.Length / features, features);
        for (int i = 0; i < table.Rows; i++)
        {
            for (int j = 0; j < features; j++)
            {
                float value = rowMajor[(i * features) + j];
                if (!float.IsFinite(value))
                {
                    throw new LearningException(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"Feature {j} is {value} in row {i}; k-means takes finite values only: fill missing values first."));
                }

                table.Values[table.Index(i, j)] = value;
            }
        }

        return table;
    }

    public RowTable Take(ReadOnlySpan<int> rows)
    {
        var table = new RowTable(rows.Length, Features);
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < Features; j++)
            {
                table.Values[table.Index(i, j)] = Values[Index(rows[i], j)];
            }
        }

        return table;
    }

    public void CopyRow(int row, Span<float> destination)
    {
        for (int j = 0; j < Features; j++)
        {
            destination[j] = Values[Index(row, j)];
        }
    }

    private int Index(int row, int feature) => ((((row / Lanes) * Features) + feature) * Lanes) + (row % Lanes);
}
