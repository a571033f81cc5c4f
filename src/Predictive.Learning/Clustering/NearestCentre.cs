using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Clustering;

/// <summary>
/// Squared Euclidean distances to centres: Σⱼ (xⱼ − cⱼ)², summed in feature order with fused multiply-adds, so that one row and eight rows
/// at a time give the same bits. Ties go to the lowest centre.
/// </summary>
internal static class NearestCentre
{
    /// <summary>Nearest centre of one row.</summary>
    public static int Of(ReadOnlySpan<float> row, ReadOnlySpan<float> centres, int k, out float distance)
    {
        int d = row.Length, best = 0;
        distance = float.PositiveInfinity;
        for (int c = 0; c < k; c++)
        {
            float sum = 0;
            for (int j = 0; j < d; j++)
            {
                float difference = row[j] - centres[(c * d) + j];
                sum = MathF.FusedMultiplyAdd(difference, difference, sum);
            }

            if (sum < distance)
            {
                (distance, best) = (sum, c);
            }
        }

        return best;
    }

    /// <summary>Nearest centre of the eight rows of a block, with the squared distances to the nearest and the second nearest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfBlock(
        ref float block, ref float centres, int k, int d, out Vector256<int> best, out Vector256<float> first, out Vector256<float> second)
    {
        best = Vector256<int>.Zero;
        first = Vector256.Create(float.PositiveInfinity);
        second = first;
        int c = 0;
        // Two centres at a time: two independent chains of additions hide their latency.
        for (; c + 1 < k; c += 2)
        {
            ref float a = ref Unsafe.Add(ref centres, c * d);
            ref float b = ref Unsafe.Add(ref centres, (c + 1) * d);
            Vector256<float> sumA = Vector256<float>.Zero, sumB = Vector256<float>.Zero;
            for (int j = 0; j < d; j++)
            {
                Vector256<float> x = Vector256.LoadUnsafe(ref block, (nuint)(j * RowTable.Lanes));
                Vector256<float> fromA = x - Vector256.Create(Unsafe.Add(ref a, j)), fromB = x - Vector256.Create(Unsafe.Add(ref b, j));
                sumA = Vector256.FusedMultiplyAdd(fromA, fromA, sumA);
                sumB = Vector256.FusedMultiplyAdd(fromB, fromB, sumB);
            }

            Take(sumA, c, ref best, ref first, ref second);
            Take(sumB, c + 1, ref best, ref first, ref second);
        }

        if (c < k)
        {
            ref float a = ref Unsafe.Add(ref centres, c * d);
            Vector256<float> sum = Vector256<float>.Zero;
            for (int j = 0; j < d; j++)
            {
                Vector256<float> from =
                    Vector256.LoadUnsafe(ref block, (nuint)(j * RowTable.Lanes)) - Vector256.Create(Unsafe.Add(ref a, j));
                sum = Vector256.FusedMultiplyAdd(from, from, sum);
            }

            Take(sum, c, ref best, ref first, ref second);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(
        Vector256<float> distance, int centre, ref Vector256<int> best, ref Vector256<float> first, ref Vector256<float> second)
    {
        Vector256<float> nearer = Vector256.LessThan(distance, first);
        second = Vector256.Min(second, Vector256.ConditionalSelect(nearer, first, distance));
        best = Vector256.ConditionalSelect(nearer.AsInt32(), Vector256.Create(centre), best);
        first = Vector256.Min(first, distance);
    }
}
