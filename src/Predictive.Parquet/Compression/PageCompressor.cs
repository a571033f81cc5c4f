using System.IO.Compression;
using Predictive.Parquet.Writing;

namespace Predictive.Parquet.Compression;

/// <summary>Compresses pages. One instance per thread.</summary>
internal sealed class PageCompressor(CompressionCodec codec)
{
    private readonly SnappyEncoder? _snappy = codec == CompressionCodec.Snappy ? new() : null;

    /// <summary>Whether a codec can be written.</summary>
    public static bool Supports(CompressionCodec codec) =>
        codec is CompressionCodec.Uncompressed or CompressionCodec.Snappy or CompressionCodec.Gzip or CompressionCodec.Brotli;

    /// <summary>Appends the compressed page.</summary>
    public void Compress(ReadOnlySpan<byte> page, ByteBuffer into)
    {
        switch (codec)
        {
            case CompressionCodec.Snappy:
                into.Advance(_snappy!.Encode(page, into.GetSpan(SnappyEncoder.MaxLength(page.Length))));
                break;
            case CompressionCodec.Gzip:
                using (var memory = new MemoryStream())
                {
                    using (var gzip = new GZipStream(memory, CompressionLevel.Optimal, leaveOpen: true))
                    {
                        gzip.Write(page);
                    }

                    into.Append(memory.GetBuffer().AsSpan(0, (int)memory.Length));
                }

                break;
            case CompressionCodec.Brotli:
                Span<byte> target = into.GetSpan(BrotliEncoder.GetMaxCompressedLength(page.Length));
                if (!BrotliEncoder.TryCompress(page, target, out int written, quality: 4, window: 22))
                {
                    throw new InvalidOperationException("Brotli needed more than its own bound.");
                }

                into.Advance(written);
                break;
            default:
                into.Append(page);
                break;
        }
    }
}
