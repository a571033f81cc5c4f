namespace Predictive.Parquet;

/// <summary>How a file is written. Equal data and options give equal bytes.</summary>
public sealed record ParquetWriterOptions
{
    /// <summary>The defaults.</summary>
    public static ParquetWriterOptions Default { get; } = new();

    /// <summary>Uncompressed, Snappy, Gzip or Brotli. Default Snappy.</summary>
    public CompressionCodec Codec { get; init; } = CompressionCodec.Snappy;

    /// <summary>Try a dictionary for every column but booleans; a column falls back to plain pages where it does not pay. Default true.</summary>
    public bool UseDictionary { get; init; } = true;

    /// <summary>Largest dictionary page, bytes, before a column falls back to plain. Default 1 MiB.</summary>
    public int MaxDictionaryBytes { get; init; } = 1 << 20;

    /// <summary>Rows per data page. Default 20,000.</summary>
    public int RowsPerPage { get; init; } = 20_000;

    /// <summary>Write the page index (column index and offset index). Default true.</summary>
    public bool WritePageIndex { get; init; } = true;

    /// <summary>Write a CRC with each page. Default true.</summary>
    public bool WriteChecksums { get; init; } = true;

    /// <summary>Threads that encode the columns of a row group, at least 1. The bytes do not depend on it. Default: all processors.</summary>
    public int MaxThreads { get; init; } = Environment.ProcessorCount;

    /// <summary>Application metadata, written in ordinal order of keys.</summary>
    public IReadOnlyDictionary<string, string>? KeyValueMetadata { get; init; }
}
