using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Boosting.Histograms;

/// <summary>
/// Rounds gradients and hessians to levels and packs them. Rounding is stochastic, hence unbiased: v becomes ⌊v + u⌋ with u uniform in
/// [0, 1), a hash of seed, tree and row. A value that is a level already stays what it is.
/// </summary>
internal static unsafe class GradientQuantiser
{
    /// <summary>Packs rows [begin, end) into <paramref name="packed"/>.</summary>
    /// <param name="gradients">First derivatives.</param>
    /// <param name="hessians">Second derivatives, ≥ 0.</param>
    /// <param name="begin">First row.</param>
    /// <param name="end">After the last row.</param>
    /// <param name="gradientScale">Levels per unit of gradient.</param>
    /// <param name="hessianScale">Levels per unit of hessian.</param>
    /// <param name="seed">Differs from tree to tree.</param>
    /// <param name="layout">Where the fields lie.</param>
    /// <param name="packed">One word per row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(
        float* gradients, float* hessians, int begin, int end, float gradientScale, float hessianScale, uint seed, PackedLayout layout,
        long* packed)
    {
        Vector256<float> gScale = Vector256.Create(gradientScale);
        Vector256<float> hScale = Vector256.Create(hessianScale);
        Vector256<float> levels = Vector256.Create((float)layout.Levels);
        Vector256<uint> lane = Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7);
        int gShift = layout.GradientShift;
        int hShift = layout.HessianShift;
        bool constant = layout.ConstantHessian;
        int i = begin;
        for (; i + 8 <= end; i += 8)
        {
            Pack8(gradients + i, hessians + i, (uint)i, packed + i);
        }

        if (i < end)
        {
            float* g = stackalloc float[8];
            float* h = stackalloc float[8];
            long* p = stackalloc long[8];
            for (int k = 0; k < 8; k++)
            {
                g[k] = i + k < end ? gradients[i + k] : 0;
                h[k] = i + k < end ? hessians[i + k] : 0;
            }

            Pack8(g, h, (uint)i, p);
            for (int k = 0; i + k < end; k++)
            {
                packed[i + k] = p[k];
            }
        }

        void Pack8(float* g, float* h, uint row, long* to)
        {
            Vector256<uint> hash = (Vector256.Create(row) + lane) * Vector256.Create(0x9E3779B1u);
            hash ^= Vector256.Create(seed);
            hash = (hash ^ (hash >>> 16)) * Vector256.Create(0x85EBCA6Bu);
            hash = (hash ^ (hash >>> 13)) * Vector256.Create(0xC2B2AE35u);
            hash ^= hash >>> 16;
            Vector256<float> u = Vector256.ConvertToSingle((hash & Vector256.Create(0xFFFFu)).AsInt32()) * Vector256.Create(1f / 65536);
            Vector256<float> v = Vector256.ConvertToSingle((hash >>> 16).AsInt32()) * Vector256.Create(1f / 65536);
            Vector256<float> gLevel = Vector256.Floor((Vector256.Load(g) * gScale) + u);
            Vector256<int> gInt = Vector256.ConvertToInt32(Vector256.Min(Vector256.Max(gLevel, -levels), levels));
            (Vector256<long> g0, Vector256<long> g1) = Vector256.Widen(gInt);
            Vector256<long> word0 = (g0 << gShift) + Vector256<long>.One;
            Vector256<long> word1 = (g1 << gShift) + Vector256<long>.One;
            if (!constant)
            {
                Vector256<float> hLevel = Vector256.Floor((Vector256.Load(h) * hScale) + v);
                Vector256<int> hInt = Vector256.ConvertToInt32(Vector256.Min(Vector256.Max(hLevel, Vector256<float>.Zero), levels));
                (Vector256<long> h0, Vector256<long> h1) = Vector256.Widen(hInt);
                word0 += h0 << hShift;
                word1 += h1 << hShift;
            }

            word0.Store(to);
            word1.Store(to + 4);
        }
    }
}
