namespace Predictive.Parquet;

/// <summary>Compression of pages; the numbers are the format's own.</summary>
public enum CompressionCodec
{
    /// <summary>None.</summary>
    Uncompressed = 0,

    /// <summary>Snappy.</summary>
    Snappy = 1,

    /// <summary>GZip (RFC 1952), one or several members.</summary>
    Gzip = 2,

    /// <summary>LZO; refused by name.</summary>
    Lzo = 3,

    /// <summary>Brotli (RFC 7932).</summary>
    Brotli = 4,

    /// <summary>LZ4 in Hadoop's framing; read only.</summary>
    Lz4Hadoop = 5,

    /// <summary>Zstandard (RFC 8878); read only.</summary>
    Zstd = 6,

    /// <summary>LZ4 blocks without framing; read only.</summary>
    Lz4Raw = 7,
}
