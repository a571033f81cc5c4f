namespace Predictive.Learning;

/// <summary>
/// A dense table of features, column by column: <c>Rows</c> × <c>Columns</c> of 32-bit floats, NaN = missing.
/// </summary>
/// <remarks>
/// Column-major because every learner here works a column at a time (binning, standardising); a column is an array of its own,
/// so that matrices can share columns without copying. Immutable by convention: nobody writes into a column after construction.
/// Safe to read from several threads.
/// </remarks>
public sealed class FeatureMatrix
{
    private readonly float[][] _columns;

    /// <summary>Wraps the columns; nothing is copied.</summary>
    /// <param name="names">One distinct name per column, in column order.</param>
    /// <param name="columns">One array per name, all of the same length.</param>
    /// <param name="rows">Number of rows; needed where there is no column to tell it. Default: the length of the first column.</param>
    /// <exception cref="ArgumentException">Counts differ, lengths differ or a name stands twice.</exception>
    public FeatureMatrix(IReadOnlyList<string> names, float[][] columns, int? rows = null)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(columns);
        if (names.Count != columns.Length)
        {
            throw new ArgumentException(
                $"{names.Count} names were given for {columns.Length} columns; expected one name per column.", nameof(names));
        }

        Rows = rows ?? (columns.Length > 0 ? columns[0]?.Length ?? 0 : 0);
        for (int j = 0; j < columns.Length; j++)
        {
            if (columns[j] is null || columns[j].Length != Rows)
            {
                throw new ArgumentException($"Column '{names[j]}' has {columns[j]?.Length ?? 0} rows; expected {Rows}.", nameof(columns));
            }
        }

        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            throw new ArgumentException("A feature name stands twice; expected distinct names.", nameof(names));
        }

        Names = names;
        _columns = columns;
    }

    /// <summary>Distinct feature names, in column order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns => _columns.Length;

    /// <summary>Column <paramref name="column"/>, one value per row, NaN = missing.</summary>
    public ReadOnlySpan<float> Column(int column) => _columns[column];

    /// <summary>The array behind a column, to share with another matrix; not to be written.</summary>
    public float[] ColumnArray(int column) => _columns[column];

    /// <summary>Copies row <paramref name="row"/> into <paramref name="destination"/> (at least <see cref="Columns"/> long).</summary>
    public void CopyRow(int row, Span<float> destination)
    {
        for (int j = 0; j < _columns.Length; j++)
        {
            destination[j] = _columns[j][row];
        }
    }

    /// <summary>The named columns, shared, in the order asked.</summary>
    /// <exception cref="ArgumentException">A name is not a column of this matrix.</exception>
    public FeatureMatrix Select(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var index = new Dictionary<string, int>(Names.Count, StringComparer.Ordinal);
        for (int j = 0; j < Names.Count; j++)
        {
            index[Names[j]] = j;
        }

        var columns = new float[names.Count][];
        for (int j = 0; j < names.Count; j++)
        {
            if (!index.TryGetValue(names[j], out int source))
            {
                throw new ArgumentException(
                    $"Feature '{names[j]}' is not in the matrix; it has: {string.Join(", ", Names)}.", nameof(names));
            }

            columns[j] = _columns[source];
        }

        return new FeatureMatrix([.. names], columns, Rows);
    }

    /// <summary>A copy of the given rows, in the order given (rows may repeat).</summary>
    public FeatureMatrix TakeRows(ReadOnlySpan<int> rows)
    {
        var columns = new float[_columns.Length][];
        for (int j = 0; j < columns.Length; j++)
        {
            float[] source = _columns[j];
            var target = new float[rows.Length];
            for (int i = 0; i < rows.Length; i++)
            {
                target[i] = source[rows[i]];
            }

            columns[j] = target;
        }

        return new FeatureMatrix(Names, columns, rows.Length);
    }
}
