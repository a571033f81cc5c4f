namespace Predictive.Learning.Boosting.Prediction;

/// <summary>Rows to predict, from a column-major matrix or from row-major memory that stays pinned during the call.</summary>
internal readonly unsafe struct RowSource
{
    private readonly FeatureMatrix? _matrix;
    private readonly float* _rowMajor;

    public RowSource(FeatureMatrix matrix) => (_matrix, Rows, Columns) = (matrix, matrix.Rows, matrix.Columns);

    public RowSource(float* rowMajor, int rows, int columns)
    {
        _rowMajor = rowMajor;
        (Rows, Columns) = (rows, columns);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Copies one feature of rows [first, first + count).</summary>
    public void CopyColumn(int feature, int first, int count, float* values)
    {
        if (_matrix is not null)
        {
            _matrix.Column(feature).Slice(first, count).CopyTo(new Span<float>(values, count));
            return;
        }

        float* value = _rowMajor + ((long)first * Columns) + feature;
        for (int i = 0; i < count; i++)
        {
            values[i] = *value;
            value += Columns;
        }
    }

    /// <summary>Copies one row.</summary>
    public void CopyRow(int row, Span<float> values)
    {
        if (_matrix is not null)
        {
            _matrix.CopyRow(row, values);
        }
        else
        {
            new ReadOnlySpan<float>(_rowMajor + ((long)row * Columns), Columns).CopyTo(values);
        }
    }
}
