using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Predictive.Parquet.Metadata;
using Predictive.Parquet.Reading;

namespace Predictive.Parquet.Compression;

/// <summary>Snappy blocks, span to span. Why not the package: see the README.</summary>
internal static class SnappyDecoder
{
    /// <summary>Decodes a block to the start of an array.</summary>
    /// <param name="source">The block.</param>
    /// <param name="target">An array with <see cref="PooledBytes.Slack"/> bytes of room after <paramref name="length"/>, which may be overwritten.</param>
    /// <param name="length">The exact length the block must have.</param>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    public static void Decode(ReadOnlySpan<byte> source, byte[] target, int length)
    {
        int at = 0;
        long announced = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (at >= source.Length || shift > 28)
            {
                Corrupt.Throw("a Snappy block without its length");
            }

            byte b = source[at++];
            announced |= (long)(b & 127) << shift;
            if (b < 128)
            {
                break;
            }
        }

        if (announced != length)
        {
            Corrupt.Throw($"a Snappy block of {announced} bytes where the page header claims {length}");
        }

        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetArrayDataReference(target);
        int end = source.Length, done = 0;
        while (at < end)
        {
            int tag = Unsafe.Add(ref from, at++);
            int count, offset;
            switch (tag & 3)
            {
                case 0:
                    count = (tag >> 2) + 1;
                    if (count <= 16 && end - at >= 16 && length - done >= count)
                    {
                        Copy16(ref Unsafe.Add(ref to, done), ref Unsafe.Add(ref from, at));
                        at += count;
                        done += count;
                        continue;
                    }

                    if (count > 60)
                    {
                        int bytes = count - 60;
                        if (bytes > end - at)
                        {
                            Corrupt.Throw("a Snappy literal ends in the middle");
                        }

                        uint extra = 0;
                        for (int i = 0; i < bytes; i++)
                        {
                            extra |= (uint)Unsafe.Add(ref from, at++) << (8 * i);
                        }

                        if (extra >= int.MaxValue)
                        {
                            Corrupt.Throw("a Snappy literal longer than its page");
                        }

                        count = (int)extra + 1;
                    }

                    if (count > end - at || count > length - done)
                    {
                        Corrupt.Throw("a Snappy literal longer than its page");
                    }

                    Unsafe.CopyBlockUnaligned(ref Unsafe.Add(ref to, done), ref Unsafe.Add(ref from, at), (uint)count);
                    at += count;
                    done += count;
                    continue;
                case 1:
                    if (at >= end)
                    {
                        Corrupt.Throw("a Snappy copy ends in the middle");
                    }

                    count = ((tag >> 2) & 7) + 4;
                    offset = (tag >> 5 << 8) | Unsafe.Add(ref from, at++);
                    break;
                case 2:
                    if (end - at < 2)
                    {
                        Corrupt.Throw("a Snappy copy ends in the middle");
                    }

                    count = (tag >> 2) + 1;
                    offset = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref from, at));
                    at += 2;
                    break;
                default:
                    if (end - at < 4)
                    {
                        Corrupt.Throw("a Snappy copy ends in the middle");
                    }

                    count = (tag >> 2) + 1;
                    offset = Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref from, at));
                    at += 4;
                    break;
            }

            if ((uint)(offset - 1) >= (uint)done || count > length - done)
            {
                Corrupt.Throw($"a Snappy copy of {count} bytes from {offset} back at byte {done} of {length}");
            }

            CopyWithin(ref to, done, offset, count);
            done += count;
        }

        if (done != length)
        {
            Corrupt.Throw($"a Snappy block of {done} bytes where its header claims {length}");
        }
    }

    /// <summary>Copies from earlier output; may write up to 32 bytes past the copy, inside the slack.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void CopyWithin(ref byte to, int done, int offset, int count)
    {
        ref byte target = ref Unsafe.Add(ref to, done);
        ref byte source = ref Unsafe.Add(ref to, done - offset);
        if (offset >= 16)
        {
            for (int i = 0; i < count; i += 16)
            {
                Copy16(ref Unsafe.Add(ref target, i), ref Unsafe.Add(ref source, i));
            }
        }
        else if (offset >= 8)
        {
            for (int i = 0; i < count; i += 8)
            {
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, i), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, i)));
            }
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                Unsafe.Add(ref target, i) = Unsafe.Add(ref source, i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy16(ref byte target, ref byte source) =>
        Unsafe.WriteUnaligned(ref target, Unsafe.ReadUnaligned<UInt128>(ref source));
}
