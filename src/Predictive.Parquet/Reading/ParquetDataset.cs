namespace Predictive.Parquet;

/// <summary>
/// A table kept as one Parquet file or as a folder of them, hive-partitioned (<c>year=2024/month=03/part-0.parquet</c>) or not.
/// </summary>
/// <remarks>
/// Files are taken in ordinal order of their relative path; names that start with <c>_</c> or <c>.</c> are not data. All files need the first file's
/// columns by name and compatible type; their order may differ, and further columns are ignored. Partition columns are virtual text columns.
/// </remarks>
public sealed class ParquetDataset : IDisposable
{
    private ParquetDataset() => throw new NotImplementedException();

    /// <summary>Opens a file or folder.</summary>
    /// <param name="path">A Parquet file, or a folder searched recursively for <c>*.parquet</c>.</param>
    /// <param name="keep">Keeps a file by its partition values (name → text, null for hive's null partition); files left out are never opened. Null keeps all.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ParquetFormatException">A file is damaged, or the files' columns do not agree.</exception>
    /// <exception cref="IOException">Nothing there, or no <c>*.parquet</c> in the folder.</exception>
    public static ParquetDataset Open(string path, Func<IReadOnlyDictionary<string, string?>, bool>? keep = null, ParquetReaderOptions? options = null) =>
        throw new NotImplementedException();

    /// <summary>The files, open.</summary>
    public IReadOnlyList<ParquetDatasetFile> Files => throw new NotImplementedException();

    /// <summary>The first file's schema.</summary>
    public ParquetSchema Schema => throw new NotImplementedException();

    /// <summary>Names of the partition columns from the outermost folder in; empty for a plain file or folder.</summary>
    public IReadOnlyList<string> PartitionColumns => throw new NotImplementedException();

    /// <summary>Rows of all files kept.</summary>
    public long RowCount => throw new NotImplementedException();

    /// <summary>Every row group of every file in order: the unit of parallel work.</summary>
    public IReadOnlyList<ParquetDatasetPart> Parts => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}

/// <summary>One file of a dataset.</summary>
/// <param name="RelativePath">Path below the dataset's folder, with <c>/</c>.</param>
/// <param name="Reader">The open file.</param>
/// <param name="Partition">Partition column → its text for every row of the file; null = hive's null partition.</param>
public sealed record ParquetDatasetFile(string RelativePath, ParquetReader Reader, IReadOnlyDictionary<string, string?> Partition);

/// <summary>One row group of one file of a dataset.</summary>
/// <param name="File">The file.</param>
/// <param name="RowGroup">The row group.</param>
/// <param name="FirstRow">Row number in the dataset of its first row.</param>
public readonly record struct ParquetDatasetPart(ParquetDatasetFile File, RowGroup RowGroup, long FirstRow)
{
    /// <summary>Opens a column by its dotted path in this part.</summary>
    public ColumnReader OpenColumn(string path) => File.Reader.OpenColumn(RowGroup.Index, File.Reader.Schema[path]);
}
