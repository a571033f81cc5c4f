namespace Predictive.Parquet;

/// <summary>
/// Reads one Parquet file. Opening reads the footer only; columns are decoded on demand, one row group at a time.
/// </summary>
/// <remarks>
/// Thread-safe once open: any number of <see cref="ColumnReader"/>s may be opened and read at the same time, each by one thread.
/// Memory of a column reader: its dictionary, one compressed page and one decompressed page.
/// </remarks>
public sealed class ParquetReader : IDisposable
{
    private ParquetReader() => throw new NotImplementedException();

    /// <summary>Opens a file.</summary>
    /// <exception cref="ParquetFormatException">Not a Parquet file, damaged, or of a kind that is refused (encrypted).</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static ParquetReader Open(string path, ParquetReaderOptions? options = null) => throw new NotImplementedException();

    /// <summary>Reads from a seekable stream, which must stay open and unused by others until the reader is disposed; it is not disposed.</summary>
    /// <param name="stream">A readable, seekable stream.</param>
    /// <param name="name">Name used in error messages.</param>
    /// <param name="options">Null for the defaults.</param>
    public static ParquetReader Open(Stream stream, string name, ParquetReaderOptions? options = null) => throw new NotImplementedException();

    /// <summary>Path or name of the source.</summary>
    public string Name => throw new NotImplementedException();

    /// <summary>The schema.</summary>
    public ParquetSchema Schema => throw new NotImplementedException();

    /// <summary>Rows in the file.</summary>
    public long RowCount => throw new NotImplementedException();

    /// <summary>Row groups in file order.</summary>
    public IReadOnlyList<RowGroup> RowGroups => throw new NotImplementedException();

    /// <summary>Application metadata; the last value of a repeated key. Empty where there is none.</summary>
    public IReadOnlyDictionary<string, string?> KeyValueMetadata => throw new NotImplementedException();

    /// <summary>The program that wrote the file, or null.</summary>
    public string? CreatedBy => throw new NotImplementedException();

    /// <summary>Opens a flat column of a row group for one pass. Dispose it to return its buffers.</summary>
    /// <exception cref="ParquetFormatException">The chunk's metadata is impossible, or the column's type is refused by name.</exception>
    public ColumnReader OpenColumn(int rowGroup, ParquetColumn column) => throw new NotImplementedException();

    /// <summary>All rows of a flat column as <see cref="ColumnReader.ReadInt64"/> gives them; null = 0.</summary>
    public long[] ReadInt64(string column) => throw new NotImplementedException();

    /// <summary>All rows of a flat column as <see cref="ColumnReader.ReadDouble"/> gives them; null = NaN.</summary>
    public double[] ReadDouble(string column) => throw new NotImplementedException();

    /// <summary>All rows of a flat column as <see cref="ColumnReader.ReadTimestamp"/> gives them; null = null.</summary>
    public long?[] ReadTimestamp(string column) => throw new NotImplementedException();

    /// <summary>All rows of a flat column as text (see <see cref="ColumnReader.ReadString"/>); null = null.</summary>
    public string?[] ReadString(string column) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
