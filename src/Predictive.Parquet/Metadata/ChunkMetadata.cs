namespace Predictive.Parquet.Metadata;

/// <summary>The footer's record of one column chunk.</summary>
internal sealed class ChunkMetadata
{
    public PhysicalType Type { get; set; }
    public CompressionCodec Codec { get; set; }
    public string[] Path { get; set; } = [];
    public long ValueCount { get; set; }
    public long UncompressedBytes { get; set; }
    public long CompressedBytes { get; set; }
    public long DataPageOffset { get; set; } = -1;
    public long DictionaryPageOffset { get; set; } = -1;
    public long IndexPageOffset { get; set; } = -1;
    public long OffsetIndexOffset { get; set; } = -1;
    public int OffsetIndexLength { get; set; }
    public long ColumnIndexOffset { get; set; } = -1;
    public int ColumnIndexLength { get; set; }
    public string? FilePath { get; set; }
    public bool IsEncrypted { get; set; }
    public bool HasMetadata { get; set; }
    public RawStatistics? Statistics { get; set; }
    public int Encodings { get; set; }
    public int DataPageEncodings { get; set; }
}

/// <summary>Statistics as stored: bounds still encoded.</summary>
internal sealed class RawStatistics
{
    public byte[]? DeprecatedMax { get; set; }
    public byte[]? DeprecatedMin { get; set; }
    public byte[]? Max { get; set; }
    public byte[]? Min { get; set; }
    public long? NullCount { get; set; }
    public long? DistinctCount { get; set; }
    public bool? IsMaxExact { get; set; }
    public bool? IsMinExact { get; set; }
}
