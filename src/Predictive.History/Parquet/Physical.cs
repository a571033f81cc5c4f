using ParquetSharp;

namespace Predictive.History.Parquet;

/// <summary>Batches of stored values of one column of one row group, and which rows have one.</summary>
internal abstract class Physical : IDisposable
{
    /// <summary>Rows read by the last <see cref="Next"/>; never across a page.</summary>
    public int Rows { get; protected set; }

    /// <summary>Whether every one of those rows has a value.</summary>
    public bool IsFull { get; protected set; }

    /// <summary>Reads up to that many rows.</summary>
    /// <returns>Rows read; 0 = the row group has ended.</returns>
    public abstract int Next(int rows);

    /// <summary>Whether a row of the batch has a value; its value is the next one in order.</summary>
    public abstract bool HasValue(int row);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The reader of a column.</summary>
    public static Physical Of(ColumnReader reader, StoredColumn stored) => reader switch
    {
        ColumnReader<bool> r => new Physical<bool>(r, stored.MaxDefinition),
        ColumnReader<int> r => new Physical<int>(r, stored.MaxDefinition),
        ColumnReader<long> r => new Physical<long>(r, stored.MaxDefinition),
        ColumnReader<float> r => new Physical<float>(r, stored.MaxDefinition),
        ColumnReader<double> r => new Physical<double>(r, stored.MaxDefinition),
        ColumnReader<Int96> r => new Physical<Int96>(r, stored.MaxDefinition),
        ColumnReader<ByteArray> r => new Physical<ByteArray>(r, stored.MaxDefinition),
        ColumnReader<FixedLenByteArray> r => new Physical<FixedLenByteArray>(r, stored.MaxDefinition),
        _ => throw new NotSupportedException($"values stored as {stored.Physical}"),
    };
}

/// <inheritdoc/>
/// <param name="reader">Its column.</param>
/// <param name="maxDefinition">The definition level of a value that is there; 0 = all are.</param>
internal sealed class Physical<T>(ColumnReader<T> reader, short maxDefinition) : Physical
    where T : unmanaged
{
    private T[] _values = [];
    private short[] _levels = [];
    private int _count;

    /// <summary>The values of the batch: as many as rows that have one. Pointers in them hold until the next <see cref="Next"/>.</summary>
    public ReadOnlySpan<T> Values => _values.AsSpan(0, _count);

    /// <inheritdoc/>
    public override int Next(int rows)
    {
        if (_values.Length < rows)
        {
            _values = new T[rows];
            _levels = maxDefinition > 0 ? new short[rows] : [];
        }

        Rows = (int)(maxDefinition == 0
            ? reader.ReadBatch(rows, _values.AsSpan(0, rows), out long present)
            : reader.ReadBatch(rows, _levels.AsSpan(0, rows), default, _values.AsSpan(0, rows), out present));
        _count = (int)present;
        IsFull = _count == Rows;
        if (_count > Rows || (maxDefinition > 0 && _levels.AsSpan(0, Rows).Count(maxDefinition) != _count))
        {
            throw new InvalidDataException($"Found {_count} values for {_levels.AsSpan(0, Rows).Count(maxDefinition)} rows that have one.");
        }

        return Rows;
    }

    /// <inheritdoc/>
    public override bool HasValue(int row) => IsFull || _levels[row] == maxDefinition;

    /// <inheritdoc/>
    public override void Dispose() => reader.Dispose();
}
