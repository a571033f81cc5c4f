

namespace Predictive.History.Parquet;

/// <summary>
/// A table kept as one Parquet file or as a folder of them, hive-partitioned (<c>year=2024/month=03/part-0.parquet</c>) or not, read by
/// Apache Arrow's reader.
/// </summary>
/// <remarks>
/// Files are taken in ordinal order of their relative path; files and folders whose names start with <c>_</c> or <c>.</c> are not data.
/// Columns are found by name; their order and storage type may differ from file to file (<see cref="TableColumn"/>). Partition columns are
/// text of the folder names, URL-decoded; an empty value and hive's null partition are missing.
/// </remarks>
internal sealed class ParquetTable : IDisposable
{
    private const string HiveNull = "__HIVE_DEFAULT_PARTITION__";
    private readonly List<TableFile> _files;

    private ParquetTable(string path, List<TableFile> files, IReadOnlyList<string> partitionColumns)
    {
        (Path, _files, PartitionColumns) = (path, files, partitionColumns);
        var parts = new List<TablePart>();
        foreach (TableFile file in files)
        {
            long firstInFile = 0;
            for (int g = 0; g < file.RowGroupRows.Count; g++)
            {
                parts.Add(new TablePart(file, g, file.RowGroupRows[g], firstInFile));
                firstInFile += file.RowGroupRows[g];
                RowCount += file.RowGroupRows[g];
            }
        }

        Parts = parts;
        ColumnNames = [.. files.SelectMany(f => f.Columns.Select(c => c.Name)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>The files.</summary>
    public IReadOnlyList<TableFile> Files => _files;

    /// <summary>Names of the columns that any file has, in the order first met; those inside lists included.</summary>
    public IReadOnlyList<string> ColumnNames { get; }

    /// <summary>Names of the partition columns from the outermost folder in; empty for a plain file or folder.</summary>
    public IReadOnlyList<string> PartitionColumns { get; }

    /// <summary>Rows of all files.</summary>
    public long RowCount { get; }

    /// <summary>Every row group of every file in order: the unit of parallel work.</summary>
    public IReadOnlyList<TablePart> Parts { get; }

    /// <summary>Opens a file or folder: reads every footer and nothing else.</summary>
    /// <param name="path">A Parquet file, or a folder searched recursively for <c>*.parquet</c>.</param>
    /// <exception cref="DatasetException">A file is damaged, there is none, or the folders' names disagree.</exception>
    public static ParquetTable Open(string path)
    {
        bool isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path))
        {
            throw DatasetFaults.MissingPath(path).Refuse();
        }

        string[] relative = isFolder ? DataFiles(path) : [System.IO.Path.GetFileName(path)];
        if (relative.Length == 0)
        {
            throw DatasetFaults.NoParquetFile(path).Refuse();
        }

        var files = new List<TableFile>();
        try
        {
            IReadOnlyList<string>? columns = null;
            foreach (string name in relative)
            {
                List<KeyValuePair<string, string?>> partition = isFolder ? Partition(name) : [];
                string full = isFolder ? System.IO.Path.Combine(path, name) : path;
                columns ??= [.. partition.Select(p => p.Key)];
                if (!columns.SequenceEqual(partition.Select(p => p.Key)))
                {
                    throw DatasetFaults.UnevenPartitions(full, [.. partition.Select(p => p.Key)], relative[0], columns).Refuse();
                }

                files.Add(TableFile.Open(full, name, new Dictionary<string, string?>(partition, StringComparer.Ordinal)));
            }

            return new ParquetTable(path, files, columns!);
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <summary>A column that at least one file has; null = none has it.</summary>
    public TableColumn? Find(string name)
    {
        var stored = _files.ToDictionary(f => f, f => f.Find(name));
        return stored.Values.Any(c => c is not null) ? new TableColumn(name, stored) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(f => f.Dispose());

    private static string[] DataFiles(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.parquet", SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(folder, f).Replace(System.IO.Path.DirectorySeparatorChar, '/'))
            .Where(f => !f.Split('/').Any(part => part[0] is '_' or '.'))
            .Order(StringComparer.Ordinal)];

    private static List<KeyValuePair<string, string?>> Partition(string relative)
    {
        var values = new List<KeyValuePair<string, string?>>();
        foreach (string folder in relative.Split('/')[..^1])
        {
            int equals = folder.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                string text = Uri.UnescapeDataString(folder[(equals + 1)..]);
                values.Add(
                    new(Uri.UnescapeDataString(folder[..equals]), text == HiveNull || string.IsNullOrWhiteSpace(text) ? null : text));
            }
        }

        return values;
    }
}

/// <summary>A column of a table by name, with how each file stores it.</summary>
/// <param name="Name">Dotted path.</param>
/// <param name="Stored">By file; null = that file lacks it, and all its values are missing.</param>
internal sealed record TableColumn(string Name, IReadOnlyDictionary<TableFile, StoredColumn?> Stored)
{
    /// <summary>Whether every file that has it stores it as one of these kinds.</summary>
    public bool Is(params ReadOnlySpan<ColumnKind> kinds)
    {
        foreach (StoredColumn? column in Stored.Values)
        {
            if (column is not null && column.Kind != ColumnKind.Nothing && !kinds.Contains(column.Kind))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether any file stores it as that kind.</summary>
    public bool HasAny(ColumnKind kind) => Stored.Values.Any(c => c?.Kind == kind);

    /// <summary>Whether any file may hold numbers that are not whole.</summary>
    public bool HasFraction => Stored.Values.Any(c => c is { Kind: ColumnKind.Real } or { Kind: ColumnKind.Decimal, Scale: > 0 });

    /// <summary>Something that can name a thing: text, uuid, whole numbers, or numbers that will have to turn out whole.</summary>
    public bool IsName =>
        Is(ColumnKind.Text, ColumnKind.Uuid, ColumnKind.Integer, ColumnKind.Unsigned64, ColumnKind.Real, ColumnKind.Decimal);

    /// <summary>Text that is no number.</summary>
    public bool IsText => Is(ColumnKind.Text, ColumnKind.Uuid);

    /// <summary>Whole numbers that fit a <see cref="long"/> in every file.</summary>
    public bool IsInteger => Is(ColumnKind.Integer);

    /// <summary>Numbers of any kind.</summary>
    public bool IsNumber => Is(ColumnKind.Integer, ColumnKind.Unsigned64, ColumnKind.Real, ColumnKind.Decimal);

    /// <summary>Times.</summary>
    public bool IsTime => Is(ColumnKind.Time);

    /// <summary>Booleans.</summary>
    public bool IsFlag => Is(ColumnKind.Flag);

    /// <summary>A file without it; null = all have it.</summary>
    public TableFile? MissingFrom => Stored.FirstOrDefault(p => p.Value is null).Key;

    /// <summary>The type in words; where files differ, each type with the first file that has it.</summary>
    public string TypeName
    {
        get
        {
            var types = Stored.Where(p => p.Value is not null).GroupBy(p => p.Value!.TypeName)
                .Select(g => (Type: g.Key, File: g.First().Key.RelativePath)).ToList();
            return types.Count == 1 ? types[0].Type : string.Join(" and ", types.Select(t => $"{t.Type} in '{t.File}'"));
        }
    }
}
