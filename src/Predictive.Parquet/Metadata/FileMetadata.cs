namespace Predictive.Parquet.Metadata;

/// <summary>The footer as stored, before the schema tree is built.</summary>
internal sealed class FileMetadata
{
    public List<SchemaElement> Schema { get; } = [];
    public List<RowGroupMetadata> RowGroups { get; } = [];
    public Dictionary<string, string?> KeyValues { get; } = new(StringComparer.Ordinal);
    public string? CreatedBy { get; set; }
    public long RowCount { get; set; }
    public bool IsEncrypted { get; set; }
}

/// <summary>One node of the schema, in depth-first order.</summary>
internal sealed class SchemaElement
{
    public string Name { get; set; } = "";
    public PhysicalType? Type { get; set; }
    public int TypeLength { get; set; }
    public Repetition Repetition { get; set; }
    public int ChildCount { get; set; }
    public int ConvertedType { get; set; } = -1;
    public int Scale { get; set; }
    public int Precision { get; set; }
    public LogicalType? LogicalType { get; set; }
}

/// <summary>One row group.</summary>
internal sealed class RowGroupMetadata
{
    public List<ChunkMetadata> Chunks { get; } = [];
    public long ByteSize { get; set; }
    public long RowCount { get; set; }
}
