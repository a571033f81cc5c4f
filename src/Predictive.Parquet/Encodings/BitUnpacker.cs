using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Predictive.Parquet.Encodings;

/// <summary>Unpacks integers of 0 to 32 bits, least significant bit first, as in RLE/bit-packed runs and delta blocks.</summary>
/// <remarks>
/// Groups of eight values start on a byte. With AVX2 and at most 25 bits a group takes two 16-byte loads: four values lie within 14 bytes of each
/// load, a byte shuffle brings each value's four bytes into its lane, a variable shift and a mask finish it. Otherwise one 8-byte load per value.
/// The array needs <see cref="Reading.PooledBytes.Slack"/> readable bytes after the packed ones.
/// </remarks>
internal static class BitUnpacker
{
    private const int MaxVectorWidth = 25;
    private static readonly Vector256<byte>[] Shuffles = new Vector256<byte>[MaxVectorWidth + 1];
    private static readonly Vector256<uint>[] Shifts = new Vector256<uint>[MaxVectorWidth + 1];

    static BitUnpacker()
    {
        Span<byte> shuffle = stackalloc byte[32];
        Span<uint> shift = stackalloc uint[8];
        for (int width = 1; width <= MaxVectorWidth; width++)
        {
            for (int i = 0; i < 8; i++)
            {
                int bit = (i < 4 ? 0 : 4 * width & 7) + (i & 3) * width;
                shift[i] = (uint)(bit & 7);
                for (int b = 0; b < 4; b++)
                {
                    shuffle[4 * i + b] = (byte)((bit >> 3) + b);
                }
            }

            Shuffles[width] = Vector256.Create<byte>(shuffle);
            Shifts[width] = Vector256.Create<uint>(shift);
        }
    }

    /// <summary>Unpacks values <paramref name="first"/>, first + 1, ... of a packed run that starts at <paramref name="start"/>.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(byte[] data, int start, long first, int width, Span<int> into)
    {
        if (width == 0)
        {
            into.Clear();
            return;
        }

        ref byte source = ref MemoryMarshal.GetArrayDataReference(data);
        ref int target = ref MemoryMarshal.GetReference(into);
        int done = 0;
        uint mask = width == 32 ? uint.MaxValue : (1u << width) - 1;
        if (Avx2.IsSupported && width <= MaxVectorWidth)
        {
            while (done < into.Length && ((first + done) & 7) != 0)
            {
                Unsafe.Add(ref target, done) = One(ref source, start, first + done, width, mask);
                done++;
            }

            Vector256<byte> shuffle = Shuffles[width];
            Vector256<uint> shift = Shifts[width];
            Vector256<uint> masks = Vector256.Create(mask);
            ref byte group = ref Unsafe.Add(ref source, start + (nint)((first + done) >> 3) * width);
            int upper = 4 * width >> 3;
            for (; done <= into.Length - 8; done += 8)
            {
                Vector256<byte> bytes = Vector256.Create(Vector128.LoadUnsafe(ref group), Vector128.LoadUnsafe(ref Unsafe.Add(ref group, upper)));
                Vector256<uint> lanes = Avx2.Shuffle(bytes, shuffle).AsUInt32();
                (Avx2.ShiftRightLogicalVariable(lanes, shift) & masks).AsInt32().StoreUnsafe(ref target, (nuint)done);
                group = ref Unsafe.Add(ref group, width);
            }
        }

        for (; done < into.Length; done++)
        {
            Unsafe.Add(ref target, done) = One(ref source, start, first + done, width, mask);
        }
    }

    /// <summary>Unpacks 0 to 64 bits per value from a packed run of <paramref name="into"/>.Length values that starts on a byte.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    public static void Unpack64(byte[] data, int start, int width, Span<ulong> into)
    {
        ref byte source = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(data), start);
        ulong mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        for (int i = 0; i < into.Length; i++)
        {
            long bit = (long)i * width;
            ref byte at = ref Unsafe.Add(ref source, (nint)(bit >> 3));
            int shift = (int)(bit & 7);
            ulong value = Unsafe.ReadUnaligned<ulong>(ref at) >> shift;
            if (shift + width > 64)
            {
                value |= (ulong)Unsafe.Add(ref at, 8) << (64 - shift);
            }

            into[i] = value & mask;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int One(ref byte source, int start, long index, int width, uint mask)
    {
        long bit = index * width;
        ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, (nint)(start + (bit >> 3))));
        return (int)((uint)(word >> (int)(bit & 7)) & mask);
    }
}
