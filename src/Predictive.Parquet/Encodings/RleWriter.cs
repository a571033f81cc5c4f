using System.Buffers;
using Predictive.Parquet.Writing;

namespace Predictive.Parquet.Encodings;

/// <summary>Writes the RLE/bit-packed hybrid: a run of at least 16 equal values as one run, everything else packed in groups of eight.</summary>
internal static class RleWriter
{
    private const int WorthwhileRun = 16;

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    public static void Write(ReadOnlySpan<int> values, int width, ByteBuffer into)
    {
        int packedStart = 0, at = 0;
        while (at < values.Length)
        {
            int value = values[at], end = at + 1;
            while (end < values.Length && values[end] == value)
            {
                end++;
            }

            // A run may start only where the packed groups before it are full; its first values may fill the last group.
            int start = packedStart + ((at - packedStart + 7) & ~7);
            if (end - start >= WorthwhileRun)
            {
                Pack(values[packedStart..start], width, into);
                into.AppendVarInt((uint)(end - start) << 1);
                Span<byte> bytes = into.GetSpan(4);
                for (int i = 0; i < (width + 7) >> 3; i++)
                {
                    bytes[i] = (byte)(value >> (8 * i));
                }

                into.Advance((width + 7) >> 3);
                packedStart = end;
            }

            at = end;
        }

        Pack(values[packedStart..], width, into);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private static void Pack(ReadOnlySpan<int> values, int width, ByteBuffer into)
    {
        if (values.IsEmpty)
        {
            return;
        }

        int groups = (values.Length + 7) >> 3;
        into.AppendVarInt(((uint)groups << 1) | 1);
        int size = groups * width;
        Span<byte> bytes = into.GetSpan(size + 8);
        ulong bits = 0;
        int filled = 0, at = 0;
        foreach (int value in values)
        {
            bits |= (ulong)(uint)value << filled;
            filled += width;
            if (filled >= 32)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], (uint)bits);
                bits >>= 32;
                filled -= 32;
                at += 4;
            }
        }

        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes[at..], bits);
        at += 8;
        if (at < size)
        {
            bytes[at..size].Clear();
        }

        into.Advance(size);
    }
}
