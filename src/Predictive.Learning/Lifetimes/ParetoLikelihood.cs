using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Lifetimes;

/// <summary>The customer's part of the Pareto/NBD likelihood.</summary>
internal static class ParetoLikelihood
{
    /// <summary>The integrand is followed down to e^−Cut of where it begins; what lies beyond adds nothing.</summary>
    private const double Cut = 34;

    // Gauss–Legendre on [0, 1], four nodes to a vector. Each is exact to 1e-12 of the integral up to its width (in w, see below) and its
    // width times the steepest slope of the logarithm; the last takes what is left, to 1e-9.
    private static readonly (double Width, double Slope, double[] Node, double[] Weight)[] s_rules =
        [Rule(8, 1, 4), Rule(12, 2, 12), Rule(20, 4, double.MaxValue), Rule(40, double.MaxValue, double.MaxValue)];

    /// <summary>
    /// ln{ (α + T)^−rx (β + T)^−s + ∫ from t_x to T of s (α + u)^−rx (β + u)^−(s + 1) du }: still alive, or dropped out at u.
    /// The integral replaces the paper's two ₂F₁ terms, whose difference cancels.
    /// </summary>
    /// <param name="rx">r + x.</param>
    /// <param name="alpha">α.</param>
    /// <param name="s">s.</param>
    /// <param name="beta">β.</param>
    /// <param name="tx">t_x.</param>
    /// <param name="observed">T.</param>
    /// <param name="gradient">With respect to r, α, s, β; empty = not wanted.</param>
    /// <param name="alive">P(alive).</param>
    // Optimised at once: vector functions are slow until they are, and a whole fit may pass before the runtime sees to it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Log(
        double rx, double alpha, double s, double beta, double tx, double observed, Span<double> gradient, out double alive)
    {
        double logAT = Math.Log(alpha + observed), logBT = Math.Log(beta + observed);
        double aliveLog = (-rx * logAT) - (s * logBT);
        if (observed <= tx)
        {
            alive = 1;
            Gradient(gradient, 1, 0, 0, 0, 0);
            return aliveLog;
        }

        // In w = ln(c + u), c the smaller of α and β, the logarithm of the integrand falls ever more steeply (it may rise at first).
        bool alphaFirst = alpha <= beta;
        double logAX = Math.Log(alpha + tx), logBX = Math.Log(beta + tx);
        var (from, to, wider) = alphaFirst ? (logAX, logAT, beta - alpha) : (logBX, logBT, alpha - beta);
        double onC = alphaFirst ? -rx : -(s + 1), onD = alphaFirst ? -(s + 1) : -rx;
        double peak = (-rx * logAX) - ((s + 1) * logBX) + from;
        double c = Math.Min(alpha, beta), begin = c + tx, end = c + observed, width = to - from;
        if (peak + (rx * logAT) + ((s + 1) * logBT) - to > Cut + 1)
        {
            width = Short(onC, onD, from, wider, peak, width);
            end = Math.Exp(from + width);
        }

        double steepest = width * Math.Max(
            Math.Abs(onC + 1 + (onD * begin / (begin + wider))), Math.Abs(onC + 1 + (onD * end / (end + wider))));
        int rule = 0;
        while (width > s_rules[rule].Width || steepest > s_rules[rule].Slope)
        {
            rule++;
        }

        ref double nodes = ref MemoryMarshal.GetArrayDataReference(s_rules[rule].Node),
            weights = ref MemoryMarshal.GetArrayDataReference(s_rules[rule].Weight);
        nuint count = (nuint)s_rules[rule].Node.Length;
        Vector256<double> sums = default, sumsLogC = default, sumsC = default, sumsLogD = default, sumsD = default;
        for (nuint k = 0; k < count; k += (nuint)Vector256<double>.Count)
        {
            // c + u is e^w itself; the other of α + u and β + u is d.
            Vector256<double> w = Vector256.Create(from) + (width * Vector256.LoadUnsafe(ref nodes, k)), e = Vector256.Exp(w);
            Vector256<double> d = e + Vector256.Create(wider), logD = Vector256.Log(d);
            Vector256<double> f = Vector256.LoadUnsafe(ref weights, k)
                * Vector256.Exp(((onC + 1) * w) + (onD * logD) - Vector256.Create(peak));
            sums += f;
            if (!gradient.IsEmpty)
            {
                sumsLogC += f * w;
                sumsC += f / e;
                sumsLogD += f * logD;
                sumsD += f / d;
            }
        }

        double sum = Vector256.Sum(sums);
        var (sumLogC, sumC, sumLogD, sumD) = (Vector256.Sum(sumsLogC), Vector256.Sum(sumsC), Vector256.Sum(sumsLogD), Vector256.Sum(sumsD));
        var (sumLogA, sumA, sumLogB, sumB) = alphaFirst ? (sumLogC, sumC, sumLogD, sumD) : (sumLogD, sumD, sumLogC, sumC);
        double droppedLog = peak + Math.Log(sum * width * s), top = Math.Max(aliveLog, droppedLog);
        double ea = Math.Exp(aliveLog - top), ed = Math.Exp(droppedLog - top), share = ea / (ea + ed);
        alive = share;
        Gradient(gradient, share, sumLogA / sum, sumA / sum, sumLogB / sum, sumB / sum);
        return top + Math.Log(ea + ed);

        void Gradient(Span<double> g, double p, double meanLogA, double meanA, double meanLogB, double meanB)
        {
            if (g.IsEmpty)
            {
                return;
            }

            double q = 1 - p;
            g[0] = -(p * logAT) - (q * meanLogA);
            g[1] = -rx * ((p / (alpha + observed)) + (q * meanA));
            g[2] = -(p * logBT) + (q * ((1 / s) - meanLogB));
            g[3] = -(p * s / (beta + observed)) - (q * (s + 1) * meanB);
        }
    }

    /// <summary>
    /// How far the logarithm of the integrand falls by <see cref="Cut"/>: Newton's steps from the far end, of a convex function, come down
    /// to it from above.
    /// </summary>
    private static double Short(double onC, double onD, double from, double wider, double peak, double width)
    {
        const int Most = 100;
        for (int step = 0; step < Most; step++)
        {
            double e = Math.Exp(from + width), d = e + wider;
            double fallen = peak - ((onC + 1) * (from + width)) - (onD * Math.Log(d));
            if (fallen <= Cut + 1)
            {
                break;
            }

            width -= (fallen - Cut) / (-(onC + 1) - (onD * e / d));
        }

        return width;
    }

    private static (double Width, double Slope, double[] Node, double[] Weight) Rule(int order, double width, double slope)
    {
        var rule = new MathNet.Numerics.Integration.GaussLegendreRule(0, 1, order);
        return (width, slope, rule.Abscissas, rule.Weights);
    }
}
