namespace Predictive.Parquet;

/// <summary>One node of a file's schema tree: a group with children, or a leaf that is a column.</summary>
public sealed class ParquetNode
{
    internal ParquetNode(string name, Repetition repetition, LogicalType logicalType, IReadOnlyList<ParquetNode> children, ParquetColumn? column)
    {
        Name = name;
        Repetition = repetition;
        LogicalType = logicalType;
        Children = children;
        Column = column;
    }

    /// <summary>Name within its group.</summary>
    public string Name { get; }

    /// <summary>Required, optional or repeated.</summary>
    public Repetition Repetition { get; }

    /// <summary>Meaning of the node.</summary>
    public LogicalType LogicalType { get; }

    /// <summary>Fields of a group, in file order; empty for a leaf.</summary>
    public IReadOnlyList<ParquetNode> Children { get; }

    /// <summary>The column of a leaf; null for a group.</summary>
    public ParquetColumn? Column { get; }
}

/// <summary>A leaf of the schema: one column of values.</summary>
public sealed class ParquetColumn
{
    internal ParquetColumn()
    {
    }

    /// <summary>Position among the leaves of the file, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Name within its group; for a top-level column the same as <see cref="Path"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Names from the root, joined by dots.</summary>
    public required string Path { get; init; }

    /// <summary>How values are stored.</summary>
    public required PhysicalType PhysicalType { get; init; }

    /// <summary>What values mean.</summary>
    public required LogicalType LogicalType { get; init; }

    /// <summary>Bytes per value of a <see cref="PhysicalType.FixedLengthByteArray"/>; 0 otherwise.</summary>
    public required int TypeLength { get; init; }

    /// <summary>Definition level of a value that is there.</summary>
    public required int MaxDefinitionLevel { get; init; }

    /// <summary>Number of repeated nodes on the path.</summary>
    public required int MaxRepetitionLevel { get; init; }

    /// <summary>True where a row can be null (or lack an enclosing group).</summary>
    public bool IsNullable => MaxDefinitionLevel > 0;

    /// <summary>True where each row has exactly one value or null: what the typed readers of <see cref="ColumnReader"/> read.</summary>
    public bool IsFlat => MaxRepetitionLevel == 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {PhysicalType}" + (LogicalType.Kind == LogicalKind.None ? "" : $" ({LogicalType.Kind})");
}

/// <summary>The schema of a file: its tree and its leaves.</summary>
public sealed class ParquetSchema
{
    private readonly Dictionary<string, ParquetColumn> _byPath;

    internal ParquetSchema(ParquetNode root, IReadOnlyList<ParquetColumn> columns)
    {
        Root = root;
        Columns = columns;
        _byPath = new Dictionary<string, ParquetColumn>(columns.Count, StringComparer.Ordinal);
        foreach (ParquetColumn column in columns)
        {
            _byPath.TryAdd(column.Path, column);
        }
    }

    /// <summary>The root group; its children are the top-level fields.</summary>
    public ParquetNode Root { get; }

    /// <summary>All leaves in file order.</summary>
    public IReadOnlyList<ParquetColumn> Columns { get; }

    /// <summary>The leaf with this dotted path (exact, case-sensitive), or null.</summary>
    public ParquetColumn? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>The leaf with this dotted path (exact, case-sensitive).</summary>
    /// <exception cref="KeyNotFoundException">No such column; the message lists the ones there are.</exception>
    public ParquetColumn this[string path] => Find(path)
        ?? throw new KeyNotFoundException($"No column {path}. The file has: {string.Join(", ", Columns.Select(c => c.Path))}.");
}
