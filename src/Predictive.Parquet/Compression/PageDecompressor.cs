using System.IO.Compression;
using Predictive.Parquet.Metadata;
using Predictive.Parquet.Reading;

namespace Predictive.Parquet.Compression;

/// <summary>Decompresses pages into a pooled buffer.</summary>
/// <remarks>
/// The header's length is a claim: where a codec can inflate without bound (GZip, Brotli, Zstandard) the buffer grows with what really comes out,
/// so a damaged header cannot make anyone allocate more than a small multiple of the page.
/// </remarks>
internal static class PageDecompressor
{
    /// <summary>Decompresses <paramref name="count"/> bytes of <paramref name="source"/> to exactly <paramref name="length"/> bytes at its start.</summary>
    public static void Decompress(CompressionCodec codec, byte[] source, int start, int count, PooledBytes target, int length)
    {
        switch (codec)
        {
            case CompressionCodec.Uncompressed:
                if (count != length)
                {
                    Corrupt.Throw($"an uncompressed page of {count} bytes whose header claims {length}");
                }

                target.Reserve(length);
                source.AsSpan(start, count).CopyTo(target.Array);
                break;
            case CompressionCodec.Snappy:
                // A copy of 64 bytes takes 3: no block can grow beyond 22 times its size.
                Plausible(count, length, 22, "Snappy");
                target.Reserve(length);
                SnappyDecoder.Decode(source.AsSpan(start, count), target.Array, length);
                break;
            case CompressionCodec.Lz4Raw:
                Plausible(count, length, 256, "LZ4");
                target.Reserve(length);
                Lz4Decoder.DecodeRaw(source.AsSpan(start, count), target.Array, length);
                break;
            case CompressionCodec.Lz4Hadoop:
                Plausible(count, length, 256, "LZ4");
                target.Reserve(length);
                Lz4Decoder.DecodeHadoop(source.AsSpan(start, count), target.Array, length);
                break;
            case CompressionCodec.Zstd:
                Zstandard.ZstdDecoder.Decode(source, start, count, target, length);
                break;
            case CompressionCodec.Gzip:
                using (var stream = new GZipStream(new MemoryStream(source, start, count, writable: false), CompressionMode.Decompress))
                {
                    Drain(stream, target, length, "GZip");
                }

                break;
            case CompressionCodec.Brotli:
                using (var stream = new BrotliStream(new MemoryStream(source, start, count, writable: false), CompressionMode.Decompress))
                {
                    Drain(stream, target, length, "Brotli");
                }

                break;
            default:
                Corrupt.Throw($"pages are compressed with {codec}, which this library does not read; rewrite the file with Snappy or Zstandard");
                break;
        }
    }

    private static void Plausible(int compressed, int length, int factor, string codec)
    {
        if (length > (long)compressed * factor)
        {
            Corrupt.Throw($"a {codec} page of {compressed} bytes whose header claims {length} after decompression");
        }
    }

    private static void Drain(Stream stream, PooledBytes target, int length, string codec)
    {
        int done = 0;
        try
        {
            while (true)
            {
                if (done == length)
                {
                    Span<byte> one = stackalloc byte[1];
                    if (stream.Read(one) != 0)
                    {
                        Corrupt.Throw($"a {codec} page of more than the {length} bytes its header claims");
                    }

                    return;
                }

                target.Reserve((int)Math.Min(length, Math.Max(64 << 10, 2L * done)), done);
                int room = Math.Min(length, target.Array.Length - PooledBytes.Slack) - done;
                int read = stream.Read(target.Array, done, room);
                if (read == 0)
                {
                    Corrupt.Throw($"a {codec} page of {done} bytes where its header claims {length}");
                }

                done += read;
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            Corrupt.Throw($"damaged {codec} data ({e.Message})");
        }
    }
}
