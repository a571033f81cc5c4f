using System.Text;
using Predictive.Parquet.Compression;
using Predictive.Parquet.Reading;

namespace Predictive.Parquet.Tests;

/// <summary>Codecs against bytes computed by hand, against themselves, and against damage.</summary>
public sealed class CompressionTests
{
    [Fact]
    public void Crc_of_the_catalogue()
    {
        // The check value of CRC-32/ISO-HDLC.
        Assert.Equal(0xCBF43926u, Crc32.Compute("123456789"u8));
        Assert.Equal(0xCBF43926u, Crc32.Compute("6789"u8, Crc32.Compute("12345"u8)));
    }

    [Fact]
    public void Snappy_by_hand()
    {
        // "abcabcabcabc!": literal abc, copy of 9 from 3 back, literal !.
        byte[] block = [13, 2 << 2, (byte)'a', (byte)'b', (byte)'c', 1 | (5 << 2), 3, 0, (byte)'!'];
        Assert.Equal("abcabcabcabc!", Text(Decode(CompressionCodec.Snappy, block, 13)));
    }

    [Fact]
    public void Lz4_by_hand_bare_and_framed()
    {
        byte[] block = [(3 << 4) | 5, (byte)'a', (byte)'b', (byte)'c', 3, 0, 1 << 4, (byte)'!'];
        Assert.Equal("abcabcabcabc!", Text(Decode(CompressionCodec.Lz4Raw, block, 13)));
        Assert.Equal("abcabcabcabc!", Text(Decode(CompressionCodec.Lz4Hadoop, [0, 0, 0, 13, 0, 0, 0, 8, .. block], 13)));
        Assert.Equal("abcabcabcabc!", Text(Decode(CompressionCodec.Lz4Hadoop, block, 13)));
    }

    [Fact]
    public void Zstandard_by_hand()
    {
        // Frame header: single segment, content size 9; a raw block "abc", then the last block: six times x.
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 9, 3 << 3, 0, 0, (byte)'a', (byte)'b', (byte)'c', (6 << 3) | 3, 0, 0, (byte)'x'];
        Assert.Equal("abcxxxxxx", Text(Decode(CompressionCodec.Zstd, frame, 9)));
        Assert.Throws<InvalidDataException>(() => Decode(CompressionCodec.Zstd, frame, 8));
        Assert.Throws<InvalidDataException>(() => Decode(CompressionCodec.Zstd, frame[..^2], 9));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(61)]
    [InlineData(65_535)]
    [InlineData(65_537)]
    [InlineData(300_000)]
    public void Snappy_gives_back_what_it_took(int length)
    {
        var random = new Random(length);
        foreach (int alphabet in new[] { 1, 3, 256 })
        {
            byte[] data = [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(alphabet))];
            if (length > 1000)
            {
                data.AsSpan(0, 400).CopyTo(data.AsSpan(length - 500));
            }

            byte[] block = new byte[SnappyEncoder.MaxLength(length)];
            int size = new SnappyEncoder().Encode(data, block);
            Assert.Equal(data, Decode(CompressionCodec.Snappy, block[..size], length));
            Assert.True(alphabet > 1 || length < 1000 || size < length / 15, $"{length} equal bytes became {size}");
        }
    }

    [Fact]
    public void A_claim_the_bytes_cannot_justify_allocates_nothing()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (CompressionCodec codec in new[] { CompressionCodec.Snappy, CompressionCodec.Lz4Raw, CompressionCodec.Lz4Hadoop, CompressionCodec.Zstd, CompressionCodec.Gzip, CompressionCodec.Brotli, CompressionCodec.Uncompressed, CompressionCodec.Lzo })
        {
            Assert.Throws<InvalidDataException>(() => Decode(codec, [0x80, 0x80, 0x80, 0x80, 0x04, 1, 2, 3], 1 << 30));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    private static byte[] Decode(CompressionCodec codec, byte[] block, int length)
    {
        using var target = new PooledBytes();
        PageDecompressor.Decompress(codec, [.. block, .. new byte[PooledBytes.Slack]], 0, block.Length, target, length);
        return target.Array[..length];
    }

    private static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes);
}
