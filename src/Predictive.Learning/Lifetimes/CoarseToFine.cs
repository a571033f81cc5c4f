namespace Predictive.Learning.Lifetimes;

/// <summary>
/// The search for a maximum of likelihood from several starts. Where there are many kinds of customers, every start is followed on a part
/// of them, which costs little, and the best of what is found there, with the curvature seen there, is where the search on all begins: a
/// few steps instead of dozens from each start. The optimum is that of all customers either way.
/// </summary>
internal static class CoarseToFine
{
    private const int Part = 1_000, PartForErrors = 4_000;

    // An optimum of the part that is worse by more (in log-likelihood) is not the best of all; those alike to a millionth are one.
    private const double Worse = 4, Alike = 1e-6, CoarseTolerance = 1e-8, Edge = 4;

    /// <summary>
    /// Every so manieth of the kinds is in the part, of 1,000 to 1,500; 1 = there are fewer than 2,000, and no part is needed.
    /// </summary>
    public static int Stride(int kinds) => Math.Max(1, kinds / Part);

    /// <summary>
    /// The same for standard errors, of 4,000 to 8,000: they say how far to trust a parameter, for which a few percent of theirs are
    /// enough; nothing is computed with them.
    /// </summary>
    public static int StrideForErrors(int kinds) => Math.Max(1, kinds / PartForErrors);

    /// <summary>The best optimum within [−bound, bound] per coordinate.</summary>
    /// <param name="all">Of all customers.</param>
    /// <param name="part">Of a part of them; null = follow every start on all.</param>
    /// <param name="share">Of the customers in the part.</param>
    /// <param name="starts">Where to begin.</param>
    /// <param name="bound">Of every coordinate's size.</param>
    public static (double[] Point, double Value) Minimise(
        QuasiNewton.Objective all, QuasiNewton.Objective? part, double share, IEnumerable<double[]> starts, double bound)
    {
        QuasiNewton.Optimum? best = null;
        foreach (QuasiNewton.Optimum found in part is null ? starts.Select(s => QuasiNewton.Minimise(all, s, bound)) : Refined())
        {
            if (best is null || found.Value < best.Value - 1e-9)
            {
                best = found;
            }
        }

        return (best!.Point, best.Value);

        IEnumerable<QuasiNewton.Optimum> Refined()
        {
            (double[] Start, QuasiNewton.Optimum Found)[] coarse =
                [.. starts.Select(s => (s, QuasiNewton.Minimise(part, s, bound, tolerance: CoarseTolerance))).OrderBy(o => o.Item2.Value)];
            double? last = null;
            foreach (var (start, found) in coarse)
            {
                if (found.Value <= coarse[0].Found.Value + Worse && !(found.Value <= last + (Alike * (1 + Math.Abs(found.Value)))))
                {
                    last = found.Value;
                    // Out there the likelihood is flat: a search that begins there may stay, whatever all customers say.
                    yield return found.Point.All(v => Math.Abs(v) < bound - Edge)
                        ? QuasiNewton.Minimise(all, found.Point, bound, Scaled(found.Inverse, share))
                        : QuasiNewton.Minimise(all, start, bound);
                }
            }
        }
    }

    // All customers curve the likelihood more than a part does, in proportion to their number.
    private static double[,] Scaled(double[,] inverse, double share)
    {
        var scaled = (double[,])inverse.Clone();
        for (int i = 0; i < scaled.GetLength(0); i++)
        {
            for (int j = 0; j < scaled.GetLength(1); j++)
            {
                scaled[i, j] *= share;
            }
        }

        return scaled;
    }
}
