namespace Predictive.Parquet;

/// <summary>
/// Writes one Parquet file of flat columns, one row group per call.
/// </summary>
/// <remarks>
/// To a path: written to a temporary name beside it, and only <see cref="Complete"/> flushes it to disk and renames it; disposing without completing
/// removes it and leaves an older file as it was. Not thread-safe.
/// <code>
/// using var writer = ParquetWriter.Create("x.parquet", [ParquetField.String("customer_id"), ParquetField.Double("amount", nullable: true)]);
/// writer.WriteRowGroup(ids, ColumnValues.FromNaN(amounts));
/// writer.Complete();
/// </code>
/// </remarks>
public sealed class ParquetWriter : IDisposable
{
    private ParquetWriter() => throw new NotImplementedException();

    /// <summary>Starts a file. The folder must exist.</summary>
    public static ParquetWriter Create(string path, IReadOnlyList<ParquetField> fields, ParquetWriterOptions? options = null) => throw new NotImplementedException();

    /// <summary>Starts a file on a writable stream (it need not seek); the stream is flushed by <see cref="Complete"/>, never disposed.</summary>
    public static ParquetWriter Create(Stream stream, IReadOnlyList<ParquetField> fields, ParquetWriterOptions? options = null) => throw new NotImplementedException();

    /// <summary>The columns.</summary>
    public IReadOnlyList<ParquetField> Fields => throw new NotImplementedException();

    /// <summary>Rows written so far.</summary>
    public long RowCount => throw new NotImplementedException();

    /// <summary>Writes one row group: as many columns as fields, in their order, all of one length. Half a million to a million rows is a good size; none is allowed and writes nothing.</summary>
    /// <exception cref="ArgumentException">Wrong number, type or length of columns, or a null in a column that is not nullable.</exception>
    public void WriteRowGroup(params ReadOnlySpan<ColumnValues> columns) => throw new NotImplementedException();

    /// <summary>Writes the footer; to a path: flushes to disk and renames. Call once, last.</summary>
    public void Complete() => throw new NotImplementedException();

    /// <summary>Releases everything; without <see cref="Complete"/> the file does not come into being.</summary>
    public void Dispose() => throw new NotImplementedException();
}
