using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Boosting.Histograms;

/// <summary>
/// The innermost loops of training. Rows add their packed word to one accumulator per feature; eight features at a time, because their
/// 8 × 256 words (16 KiB) stay in the first-level cache and one 64-bit load brings all eight bins.
/// </summary>
internal static unsafe class HistogramKernels
{
    /// <summary>Accumulators per feature.</summary>
    public const int Slots = 256;

    private const int FeatureBytes = Slots * sizeof(long);

    /// <summary>Adds rows to the accumulators of <paramref name="width"/> (1–8) neighbouring features.</summary>
    /// <param name="bins">Bin of the first of these features, for row 0.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="rows">The rows; null = the rows from 0 on.</param>
    /// <param name="packed">One word per row, in the order of <paramref name="rows"/>.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="sums">Accumulators of the first feature.</param>
    /// <param name="width">Number of features.</param>
    public static void Accumulate(byte* bins, int stride, int* rows, long* packed, int count, long* sums, int width)
    {
        if (width == 8)
        {
            Accumulate8(bins, stride, rows, packed, count, sums);
            return;
        }

        if ((width & 4) != 0)
        {
            Accumulate4(bins, stride, rows, packed, count, sums);
            bins += 4;
            sums += 4 * Slots;
        }

        if ((width & 2) != 0)
        {
            Accumulate2(bins, stride, rows, packed, count, sums);
            bins += 2;
            sums += 2 * Slots;
        }

        if ((width & 1) != 0)
        {
            Accumulate1(bins, stride, rows, packed, count, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate8(byte* bins, nint stride, int* rows, long* packed, int count, long* sums)
    {
        if (rows == null)
        {
            for (int i = 0; i < count; i++)
            {
                Add8(*(ulong*)bins, packed[i], sums);
                bins += stride;
            }
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                Add8(*(ulong*)(bins + (rows[i] * stride)), packed[i], sums);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add8(ulong b, long word, long* sums)
    {
        byte* at = (byte*)sums; // byte offsets in unsigned arithmetic: each line becomes one extraction and one addition to memory
        uint low = (uint)b;
        uint high = (uint)(b >> 32);
        *(long*)(at + ((nuint)(low & 255) * 8)) += word;
        *(long*)(at + FeatureBytes + ((nuint)((low >> 8) & 255) * 8)) += word;
        *(long*)(at + (2 * FeatureBytes) + ((nuint)((low >> 16) & 255) * 8)) += word;
        *(long*)(at + (3 * FeatureBytes) + ((nuint)(low >> 24) * 8)) += word;
        *(long*)(at + (4 * FeatureBytes) + ((nuint)(high & 255) * 8)) += word;
        *(long*)(at + (5 * FeatureBytes) + ((nuint)((high >> 8) & 255) * 8)) += word;
        *(long*)(at + (6 * FeatureBytes) + ((nuint)((high >> 16) & 255) * 8)) += word;
        *(long*)(at + (7 * FeatureBytes) + ((nuint)(high >> 24) * 8)) += word;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate4(byte* bins, nint stride, int* rows, long* packed, int count, long* sums)
    {
        for (int i = 0; i < count; i++)
        {
            uint b = *(uint*)(bins + ((rows == null ? i : rows[i]) * stride));
            long word = packed[i];
            sums[(byte)b] += word;
            sums[(byte)(b >> 8) + Slots] += word;
            sums[(byte)(b >> 16) + (2 * Slots)] += word;
            sums[(b >> 24) + (3 * Slots)] += word;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate2(byte* bins, nint stride, int* rows, long* packed, int count, long* sums)
    {
        for (int i = 0; i < count; i++)
        {
            byte* row = bins + ((rows == null ? i : rows[i]) * stride);
            long word = packed[i];
            sums[row[0]] += word;
            sums[row[1] + Slots] += word;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate1(byte* bins, nint stride, int* rows, long* packed, int count, long* sums)
    {
        for (int i = 0; i < count; i++)
        {
            sums[bins[(rows == null ? i : rows[i]) * stride]] += packed[i];
        }
    }

    /// <summary>Empties one feature's accumulators into (<paramref name="first"/>) or onto its 32-bit sums, eight bins at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Empty(long* sums, int bins, int* gradients, int* hessians, int* counts, PackedLayout layout, bool first)
    {
        Vector256<long> countMask = Vector256.Create(layout.CountMask);
        Vector256<long> hessianMask = Vector256.Create(layout.HessianMask);
        int gShift = layout.GradientShift;
        int hShift = layout.HessianShift;
        int signShift = Math.Max(0, gShift - 32); // the gradient field is 64 − gShift bits wide
        bool constant = layout.ConstantHessian;
        for (int b = 0; b < bins; b += 8)
        {
            Vector256<long> w0 = Vector256.Load(sums + b);
            Vector256<long> w1 = Vector256.Load(sums + b + 4);
            Vector256<long>.Zero.Store(sums + b);
            Vector256<long>.Zero.Store(sums + b + 4);
            Vector256<int> count = Vector256.Narrow(w0 & countMask, w1 & countMask);
            Vector256<int> gradient = (Vector256.Narrow(w0 >>> gShift, w1 >>> gShift) << signShift) >> signShift;
            Vector256<int> hessian = constant ? count : Vector256.Narrow((w0 >>> hShift) & hessianMask, (w1 >>> hShift) & hessianMask);
            if (!first)
            {
                gradient += Vector256.Load(gradients + b);
                hessian += Vector256.Load(hessians + b);
                count += Vector256.Load(counts + b);
            }

            gradient.Store(gradients + b);
            hessian.Store(hessians + b);
            count.Store(counts + b);
        }
    }

    /// <summary>target −= other (or += where <paramref name="add"/>), over a whole number of vectors of eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine(int* target, int* other, int count, bool add)
    {
        for (int b = 0; b < count; b += 8)
        {
            Vector256<int> t = Vector256.Load(target + b);
            Vector256<int> o = Vector256.Load(other + b);
            (add ? t + o : t - o).Store(target + b);
        }
    }
}
