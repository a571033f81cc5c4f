namespace Predictive.Parquet;

/// <summary>How a file is read.</summary>
public sealed record ParquetReaderOptions
{
    /// <summary>The defaults.</summary>
    public static ParquetReaderOptions Default { get; } = new();

    /// <summary>Verify the CRC of pages that carry one and refuse a page that does not match. Default true.</summary>
    public bool VerifyChecksums { get; init; } = true;

    /// <summary>Largest page after decompression, bytes; a larger one is refused. Default 512 MiB.</summary>
    public int MaxPageBytes { get; init; } = 512 << 20;

    /// <summary>Largest footer, bytes; a larger one is refused. Default 512 MiB.</summary>
    public int MaxFooterBytes { get; init; } = 512 << 20;
}
