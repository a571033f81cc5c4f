using System.Text;
using Predictive.Parquet.Encodings;
using Predictive.Parquet.Reading;
using Predictive.Parquet.Writing;

namespace Predictive.Parquet.Tests;

/// <summary>Decoders against bytes computed by hand, most of them the examples of the format's Encodings.md.</summary>
public sealed class EncodingTests
{
    [Fact]
    public void Bit_packed_run_of_the_specification()
    {
        // 0..7 of three bits: 10001000 11000110 11111010.
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Rle([0x03, 0x88, 0xC6, 0xFA], 3, 8));
    }

    [Fact]
    public void Repeated_run_and_packed_run_follow_each_other() =>
        Assert.Equal([.. Enumerable.Repeat(4, 100), 0, 1, 2, 3, 4, 5, 6, 7], Rle([0xC8, 0x01, 0x04, 0x03, 0x88, 0xC6, 0xFA], 3, 108));

    [Fact]
    public void A_run_of_too_few_values_or_too_large_ones_is_damage()
    {
        Assert.Throws<InvalidDataException>(() => Rle([0x03, 0x88, 0xC6, 0xFA], 3, 9));
        Assert.Throws<InvalidDataException>(() => Rle([0x10, 0x09], 3, 8));
        Assert.Throws<InvalidDataException>(() => Rle([], 3, 1));
    }

    [Fact]
    public void Unpacking_agrees_with_one_bit_at_a_time_at_every_width_and_start()
    {
        var random = new Random(42);
        byte[] data = new byte[512 + PooledBytes.Slack];
        random.NextBytes(data);
        for (int width = 0; width <= 32; width++)
        {
            foreach (int first in new[] { 0, 1, 7, 8, 13 })
            {
                int[] into = new int[61];
                BitUnpacker.Unpack(data, 3, first, width, into);
                Assert.Equal(Enumerable.Range(first, into.Length).Select(i => (int)Naive(data, 3, i, width)), into);
            }
        }

        for (int width = 0; width <= 64; width++)
        {
            ulong[] into = new ulong[32];
            BitUnpacker.Unpack64(data, 5, width, into);
            Assert.Equal(Enumerable.Range(0, 32).Select(i => Naive(data, 5, i, width)), into);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(32)]
    public void What_the_hybrid_writer_writes_is_read_back(int width)
    {
        var random = new Random(width);
        var values = new List<int>();
        while (values.Count < 5000)
        {
            values.AddRange(Enumerable.Repeat((int)(random.NextInt64() & ((1L << width) - 1)), random.Next(5) == 0 ? random.Next(1, 60) : 1));
        }

        using var buffer = new ByteBuffer();
        RleWriter.Write(values.ToArray(), width, buffer);
        Assert.Equal(values, Rle(buffer.Span.ToArray(), width, values.Count));
    }

    [Fact]
    public void Legacy_levels_of_the_specification()
    {
        // 0..7 of three bits, most significant first: 00000101 00111001 01110111.
        using var run = new PooledBytes();
        Assert.Equal(3, LegacyLevels.Rewrite([0x05, 0x39, 0x77], 0, 3, 8, 3, run, out int length));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Rle(run.Array[..length], 3, 8));
    }

    [Fact]
    public void Delta_binary_packed_example()
    {
        // 7, 5, 3, 1, 2, 3, 4, 5: minimum delta −2, then 0, 0, 0, 3, 3, 3, 3 of two bits.
        byte[] data = [0x80, 0x01, 0x04, 0x08, 0x0E, 0x03, 0x02, 0, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0, 0, 0];
        Assert.Equal([7, 5, 3, 1, 2, 3, 4, 5], Fixed(new DeltaBinaryPackedDecoder<int>(), data, 8));
        Assert.Equal([7L, 5, 3, 1, 2, 3, 4, 5], Fixed(new DeltaBinaryPackedDecoder<long>(), data, 8));
        Assert.Throws<InvalidDataException>(() => Fixed(new DeltaBinaryPackedDecoder<int>(), data, 9));
        Assert.Throws<InvalidDataException>(() => Fixed(new DeltaBinaryPackedDecoder<int>(), data[..11], 8));
    }

    [Fact]
    public void Byte_stream_split_example()
    {
        byte[] data = [0xAA, 0x00, 0xA3, 0xBB, 0x11, 0xB4, 0xCC, 0x22, 0xC5, 0xDD, 0x33, 0xD6];
        uint[] bits = [.. Fixed(new ByteStreamSplitDecoder<float>(), data, 3).Select(BitConverter.SingleToUInt32Bits)];
        Assert.Equal([0xDDCCBBAA, 0x33221100, 0xD6C5B4A3], bits);
    }

    [Fact]
    public void Delta_length_byte_array_example()
    {
        // Hello, World, Foobar, ABCDEF: lengths 5, 5, 6, 6 = first 5, deltas 0, 1, 0.
        byte[] data = [0x80, 0x01, 0x04, 0x04, 0x0A, 0x00, 0x01, 0, 0, 0, 0x02, 0, 0, 0, .. "HelloWorldFoobarABCDEF"u8];
        Assert.Equal(["Hello", "World", "Foobar", "ABCDEF"], Bytes(new DeltaLengthDecoder(), data, 4, batch: 3));
    }

    [Fact]
    public void Delta_byte_array_example()
    {
        // axis, axle, babble, babyhood: prefixes 0, 2, 0, 3 = deltas 2, −2, 3; suffixes axis, le, babble, yhood of 4, 2, 6, 5 = deltas −2, 4, −1.
        byte[] data =
        [
            0x80, 0x01, 0x04, 0x04, 0x00, 0x03, 0x03, 0, 0, 0, 0b0100_0100, 0b0000_0001, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0x80, 0x01, 0x04, 0x04, 0x08, 0x03, 0x03, 0, 0, 0, 0b0111_0000, 0b0000_0000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. "axislebabbleyhood"u8,
        ];
        foreach (int batch in new[] { 1, 3, 4 })
        {
            using var decoder = new DeltaByteArrayDecoder(1000);
            Assert.Equal(["axis", "axle", "babble", "babyhood"], Bytes(decoder, data, 4, batch));
        }
    }

    private static ulong Naive(byte[] data, int start, int index, int width)
    {
        ulong value = 0;
        for (int b = 0; b < width; b++)
        {
            long bit = (long)index * width + b;
            value |= (ulong)((data[start + (int)(bit >> 3)] >> (int)(bit & 7)) & 1) << b;
        }

        return value;
    }

    private static int[] Rle(byte[] data, int width, int count)
    {
        var reader = new RleReader();
        reader.Reset([.. data, .. new byte[PooledBytes.Slack]], 0, data.Length, width);
        int[] values = new int[count];
        for (int at = 0; at < count;)
        {
            int n = Math.Min(13, count - at);
            reader.Read(values.AsSpan(at, n));
            at += n;
        }

        return values;
    }

    private static T[] Fixed<T>(IDecoder<T> decoder, byte[] data, int count)
    {
        decoder.Reset([.. data, .. new byte[PooledBytes.Slack]], 0, data.Length, 100);
        var values = new T[count];
        decoder.Read(values.AsSpan(0, 1));
        decoder.Read(values.AsSpan(1));
        return values;
    }

    private static List<string> Bytes(ByteArrayDecoder decoder, byte[] data, int count, int batch)
    {
        decoder.Reset([.. data, .. new byte[PooledBytes.Slack]], 0, data.Length, 100);
        var values = new List<string>();
        while (values.Count < count)
        {
            var slices = new Slice[Math.Min(batch, count - values.Count)];
            decoder.Read(slices);
            values.AddRange(slices.Select(s => Encoding.UTF8.GetString(decoder.Data, s.Start, s.Length)));
        }

        return values;
    }
}
