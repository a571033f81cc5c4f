using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Compression;

/// <summary>LZ4 blocks, bare or in Hadoop's framing (big-endian lengths before each block).</summary>
internal static class Lz4Decoder
{
    /// <summary>Decodes one bare block of an exact length to the start of an array with slack.</summary>
    public static void DecodeRaw(ReadOnlySpan<byte> source, byte[] target, int length)
    {
        int written = DecodeBlock(source, target, 0, length);
        if (written != length)
        {
            Corrupt.Throw($"an LZ4 block of {written} bytes where the page header claims {length}");
        }
    }

    /// <summary>Hadoop's framing; older writers stored bare blocks under the same codec number, so what is not framed is read as one.</summary>
    public static void DecodeHadoop(ReadOnlySpan<byte> source, byte[] target, int length)
    {
        if (!IsFramed(source, length))
        {
            DecodeRaw(source, target, length);
            return;
        }

        int done = 0;
        while (done < length)
        {
            int outer = BinaryPrimitives.ReadInt32BigEndian(source);
            int end = done + outer;
            source = source[4..];
            while (done < end)
            {
                if (source.Length < 4)
                {
                    Corrupt.Throw("a framed LZ4 block without its length");
                }

                uint block = BinaryPrimitives.ReadUInt32BigEndian(source);
                if (block > (uint)(source.Length - 4))
                {
                    Corrupt.Throw($"a framed LZ4 block of {block} bytes where {source.Length - 4} are left");
                }

                int written = DecodeBlock(source.Slice(4, (int)block), target, done, end);
                if (written == done)
                {
                    Corrupt.Throw("a framed LZ4 block without content");
                }

                done = written;
                source = source[(4 + (int)block)..];
            }
        }
    }

    // True where the chain of outer lengths adds up to the page.
    private static bool IsFramed(ReadOnlySpan<byte> source, int length)
    {
        long total = 0;
        while (source.Length >= 8)
        {
            uint outer = BinaryPrimitives.ReadUInt32BigEndian(source);
            total += outer;
            source = source[4..];
            if (outer == 0 || total > length)
            {
                return false;
            }

            uint block = BinaryPrimitives.ReadUInt32BigEndian(source);
            if (block > (uint)(source.Length - 4))
            {
                return false;
            }

            if (total == length)
            {
                return true;
            }

            source = source[(4 + (int)block)..];
        }

        return false;
    }

    // Decodes to target[done..limit]; returns where it stopped.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private static int DecodeBlock(ReadOnlySpan<byte> source, byte[] target, int done, int limit)
    {
        int start = done;
        int at = 0;
        ref byte to = ref MemoryMarshal.GetArrayDataReference(target);
        while (at < source.Length)
        {
            int token = source[at++];
            int literals = Length(source, ref at, token >> 4);
            if (literals > source.Length - at || literals > limit - done)
            {
                Corrupt.Throw("an LZ4 literal longer than its page");
            }

            source.Slice(at, literals).CopyTo(target.AsSpan(done));
            at += literals;
            done += literals;
            if (at == source.Length)
            {
                break;
            }

            if (source.Length - at < 2)
            {
                Corrupt.Throw("an LZ4 copy ends in the middle");
            }

            int offset = BinaryPrimitives.ReadUInt16LittleEndian(source[at..]);
            at += 2;
            int count = Length(source, ref at, token & 15) + 4;
            if (offset == 0 || offset > done - start || count > limit - done)
            {
                Corrupt.Throw($"an LZ4 copy of {count} bytes from {offset} back at byte {done} of {limit}");
            }

            SnappyDecoder.CopyWithin(ref to, done, offset, count);
            done += count;
        }

        return done;
    }

    private static int Length(ReadOnlySpan<byte> source, ref int at, int nibble)
    {
        if (nibble != 15)
        {
            return nibble;
        }

        int length = 15;
        byte b;
        do
        {
            if (at >= source.Length || length > int.MaxValue - 512)
            {
                Corrupt.Throw("an LZ4 length ends in the middle");
            }

            b = source[at++];
            length += b;
        }
        while (b == 255);

        return length;
    }
}
