namespace Predictive.Parquet;

/// <summary>
/// A table kept as one Parquet file or as a folder of them, hive-partitioned (<c>year=2024/month=03/part-0.parquet</c>) or not.
/// </summary>
/// <remarks>
/// Files are taken in ordinal order of their relative path; files and folders whose names start with <c>_</c> or <c>.</c> are not data. All files need
/// the first file's columns by name and compatible type; their order may differ, and further columns are ignored. Partition columns are virtual
/// text columns: they are in no file.
/// </remarks>
public sealed class ParquetDataset : IDisposable
{
    private const string HiveNull = "__HIVE_DEFAULT_PARTITION__";

    private ParquetDataset(IReadOnlyList<ParquetDatasetFile> files, IReadOnlyList<string> partitionColumns)
    {
        Files = files;
        PartitionColumns = partitionColumns;
        var parts = new List<ParquetDatasetPart>();
        long firstRow = 0;
        foreach (ParquetDatasetFile file in files)
        {
            foreach (RowGroup group in file.Reader.RowGroups)
            {
                parts.Add(new ParquetDatasetPart(file, group, firstRow));
                firstRow += group.RowCount;
            }
        }

        Parts = parts;
        RowCount = firstRow;
    }

    /// <summary>The files, open.</summary>
    public IReadOnlyList<ParquetDatasetFile> Files { get; }

    /// <summary>The first file's schema.</summary>
    public ParquetSchema Schema => Files[0].Reader.Schema;

    /// <summary>Names of the partition columns from the outermost folder in; empty for a plain file or folder.</summary>
    public IReadOnlyList<string> PartitionColumns { get; }

    /// <summary>Rows of all files kept.</summary>
    public long RowCount { get; }

    /// <summary>Every row group of every file in order: the unit of parallel work.</summary>
    public IReadOnlyList<ParquetDatasetPart> Parts { get; }

    /// <summary>Opens a file or folder.</summary>
    /// <param name="path">A Parquet file, or a folder searched recursively for <c>*.parquet</c>.</param>
    /// <param name="keep">Keeps a file by its partition values (name → text, null for hive's null partition); files left out are never opened.
    /// Null keeps all. Where it leaves out every file, the first is opened for its schema and has no part.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ParquetFormatException">A file is damaged, or the files' columns do not agree.</exception>
    /// <exception cref="FileNotFoundException">Nothing there, or no <c>*.parquet</c> in the folder.</exception>
    public static ParquetDataset Open(string path, Func<IReadOnlyDictionary<string, string?>, bool>? keep = null, ParquetReaderOptions? options = null)
    {
        bool isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such file or folder.", path);
        }

        string[] relative = isFolder ? DataFiles(path) : [Path.GetFileName(path)];
        if (relative.Length == 0)
        {
            throw new FileNotFoundException($"{path}: the folder holds no *.parquet file.", path);
        }

        var files = new List<ParquetDatasetFile>();
        try
        {
            IReadOnlyList<string>? columns = null;
            foreach (string name in relative)
            {
                List<KeyValuePair<string, string?>> partition = isFolder ? Partition(name) : [];
                string full = isFolder ? Path.Combine(path, name) : path;
                columns ??= [.. partition.Select(p => p.Key)];
                if (!columns.SequenceEqual(partition.Select(p => p.Key)))
                {
                    throw new ParquetFormatException(full, null, -1, $"its folders name the partition columns [{string.Join(", ", partition.Select(p => p.Key))}] where the first file's name [{string.Join(", ", columns)}]");
                }

                var values = new Dictionary<string, string?>(partition, StringComparer.Ordinal);
                if (keep is null || keep(values))
                {
                    files.Add(OpenFile(full, name, values, files, options));
                }
            }

            if (files.Count > 0)
            {
                return new ParquetDataset(files, columns!);
            }

            files.Add(OpenFile(isFolder ? Path.Combine(path, relative[0]) : path, relative[0], new Dictionary<string, string?>(), files, options));
            return new ParquetDataset(files, columns!, noParts: true);
        }
        catch
        {
            files.ForEach(f => f.Reader.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ParquetDatasetFile file in Files)
        {
            file.Reader.Dispose();
        }
    }

    private ParquetDataset(IReadOnlyList<ParquetDatasetFile> files, IReadOnlyList<string> partitionColumns, bool noParts)
        : this(files, partitionColumns)
    {
        if (noParts)
        {
            Parts = [];
            RowCount = 0;
        }
    }

    private static string[] DataFiles(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.parquet", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(f => !f.Split('/').Any(part => part[0] is '_' or '.'))
            .Order(StringComparer.Ordinal)];

    private static List<KeyValuePair<string, string?>> Partition(string relative)
    {
        var values = new List<KeyValuePair<string, string?>>();
        string[] folders = relative.Split('/')[..^1];
        foreach (string folder in folders)
        {
            int equals = folder.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                string text = Uri.UnescapeDataString(folder[(equals + 1)..]);
                values.Add(new(Uri.UnescapeDataString(folder[..equals]), text == HiveNull ? null : text));
            }
        }

        return values;
    }

    private static ParquetDatasetFile OpenFile(string full, string relative, Dictionary<string, string?> partition, List<ParquetDatasetFile> before, ParquetReaderOptions? options)
    {
        ParquetReader reader = ParquetReader.Open(full, options);
        try
        {
            if (before.Count > 0)
            {
                foreach (ParquetColumn expected in before[0].Reader.Schema.Columns)
                {
                    ParquetColumn? found = reader.Schema.Find(expected.Path);
                    if (found is null || Family(found) != Family(expected))
                    {
                        throw new ParquetFormatException(full, expected.Path, -1, $"{(found is null ? "no such column" : found.ToString())} where {before[0].RelativePath} has {expected}");
                    }
                }
            }
        }
        catch
        {
            reader.Dispose();
            throw;
        }

        return new ParquetDatasetFile(relative, reader, partition);
    }

    // Types that the same Read… call gives alike.
    private static string Family(ParquetColumn c) => c.LogicalType.Kind switch
    {
        LogicalKind.Timestamp => $"timestamp {c.LogicalType.IsAdjustedToUtc}",
        LogicalKind.Date => "date",
        LogicalKind.Time => $"time {c.LogicalType.Unit}",
        LogicalKind.Decimal => "decimal",
        _ => c.PhysicalType switch
        {
            PhysicalType.Int32 or PhysicalType.Int64 => "integer",
            PhysicalType.Float or PhysicalType.Double => "float",
            PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray => "bytes",
            _ => c.PhysicalType.ToString(),
        },
    } + (c.IsFlat ? "" : " repeated");
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
