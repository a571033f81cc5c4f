using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Lifetimes;

/// <summary>
/// Pareto/NBD (Schmittlein, Morrison &amp; Colombo 1987): Gamma(r, α) purchase rates, Gamma(s, β) dropout rates, so lifetimes are Pareto.
/// </summary>
/// <param name="R">Shape of the purchase rates.</param>
/// <param name="Alpha">Scale of the purchase rates, in the time unit of the data.</param>
/// <param name="S">Shape of the dropout rates.</param>
/// <param name="Beta">Scale of the dropout rates, in the time unit of the data.</param>
/// <param name="LogLikelihood">At the optimum (of the NBD where no dropout is identified).</param>
/// <param name="DropoutIdentified">As for <see cref="BgNbdModel"/>.</param>
/// <param name="StandardErrors">Of r, α, s, β; NaN where the information is singular or dropout is not identified.</param>
public sealed record ParetoNbdModel(
    double R, double Alpha, double S, double Beta, double LogLikelihood, bool DropoutIdentified, IReadOnlyList<double> StandardErrors)
{
    /// <inheritdoc cref="BgNbdModel.Fit"/>
    public static ParetoNbdModel Fit(
        ReadOnlySpan<double> x, ReadOnlySpan<double> tx, ReadOnlySpan<double> observed, ReadOnlySpan<double> weights = default)
    {
        var data = new PurchaseSummaries(x, tx, observed, weights);
        NbdModel nbd = NbdModel.Fit(data);
        double meanT = data.MeanT;
        QuasiNewton.Objective Negative(PurchaseSummaries data) => (point, gradient) =>
        {
            double r = Math.Exp(point[0]), alpha = Math.Exp(point[1]) * meanT, s = Math.Exp(point[2]), beta = Math.Exp(point[3]) * meanT;
            double logAlpha = Math.Log(alpha), logBeta = Math.Log(beta);
            double[] rising = data.LogRising(r), digamma = data.DigammaRising(r);
            double value = data.Sum(
                (i, g) =>
                {
                    double xi = data.X[i], ti = data.T[i];
                    Span<double> d = stackalloc double[4];
                    double log = ParetoLikelihood.Log(r + xi, alpha, s, beta, data.Tx[i], ti, d, out _);
                    g[0] = r * (digamma[(int)xi] + logAlpha + d[0]);
                    g[1] = r + (alpha * d[1]);
                    g[2] = s * (logBeta + d[2]);
                    g[3] = s + (beta * d[3]);
                    return rising[(int)xi] + (r * logAlpha) + (s * logBeta) + log;
                },
                gradient);
            for (int p = 0; p < gradient.Length; p++)
            {
                gradient[p] = -gradient[p];
            }

            return -value;
        };

        double[][] starts = [[Math.Log(nbd.R), Math.Log(nbd.Alpha / meanT), -.5, 0], [-.5, -1, 0, 1]];
        var (best, bestValue) = data.Minimise(Negative, starts.Select(s => Array.ConvertAll(s, v => Math.Clamp(v, -11, 11))), 12);
        if (-bestValue - nbd.LogLikelihood < BgNbdModel.LeastGain)
        {
            return new ParetoNbdModel(
                nbd.R, nbd.Alpha, 0, double.PositiveInfinity, nbd.LogLikelihood, false, [double.NaN, double.NaN, double.NaN, double.NaN]);
        }

        double[] errors = QuasiNewton.StandardErrors(Negative(data), best);
        errors[1] *= meanT;
        errors[3] *= meanT;
        return new ParetoNbdModel(
            Math.Exp(best[0]), Math.Exp(best[1]) * meanT, Math.Exp(best[2]), Math.Exp(best[3]) * meanT, -bestValue, true, errors);
    }

    /// <summary>P(alive at T | x, t_x, T).</summary>
    public double ProbabilityAlive(double x, double tx, double observed)
    {
        if (!DropoutIdentified)
        {
            return 1;
        }

        _ = ParetoLikelihood.Log(R + x, Alpha, S, Beta, tx, observed, default, out double alive);
        return alive;
    }

    /// <summary>
    /// P(at least one purchase within the next h) = P(alive) · (1 − L(0, 0, h | r + x, α + T, s, β + T)): given life, the rates' posteriors
    /// are Gamma(r + x, α + T) and Gamma(s, β + T), and L is the model's own likelihood of an empty window.
    /// </summary>
    public double ProbabilityActive(double x, double tx, double observed, double h) =>
        Active(ProbabilityAlive(x, tx, observed), x, observed, h);

    private double Active(double alive, double x, double observed, double h)
    {
        double r = R + x, alpha = Alpha + observed;
        if (!DropoutIdentified)
        {
            return -Math.Exp(r * Math.Log(alpha / (alpha + h))) + 1;
        }

        double beta = Beta + observed;
        double empty = ParetoLikelihood.Log(r, alpha, S, beta, 0, h, default, out _) + (r * Math.Log(alpha)) + (S * Math.Log(beta));
        return alive * Math.Clamp(-Math.Exp(empty) + 1, 0, 1);
    }

    /// <summary>
    /// <see cref="ProbabilityAlive"/>, <see cref="ProbabilityActive"/> and <see cref="ExpectedPurchases"/> of one customer, the same bits
    /// at half the cost.
    /// </summary>
    public (double Alive, double Active, double Purchases) Forecast(double x, double tx, double observed, double h)
    {
        double alive = ProbabilityAlive(x, tx, observed);
        return (alive, Active(alive, x, observed, h), Purchases(alive, x, observed, h));
    }

    /// <summary>E[purchases within the next h | x, t_x, T].</summary>
    public double ExpectedPurchases(double x, double tx, double observed, double h) =>
        Purchases(ProbabilityAlive(x, tx, observed), x, observed, h);

    private double Purchases(double alive, double x, double observed, double h)
    {
        double rate = (R + x) / (Alpha + observed);
        if (!DropoutIdentified)
        {
            return rate * h;
        }

        // (β + T)/(s − 1) · [1 − ((β + T)/(β + T + h))^(s − 1)], its limit at s = 1 included through expm1.
        double beta = Beta + observed, log = Math.Log((beta + h) / beta), k = 1 - S;
        double mean = Math.Abs(k * log) < 1e-8 ? beta * log : beta * (Math.Exp(k * log) - 1) / k;
        return alive * rate * mean;
    }
}

/// <summary>The customer's part of the Pareto/NBD likelihood.</summary>
internal static class ParetoLikelihood
{
    // Gauss–Legendre on [0, 1], 20 nodes, four to a vector; the integrand decays by at most e^-Cut over the range, where 20 nodes are exact
    // to 1e-12 of it.
    private const double Cut = 30;
    private const int Nodes = 20;
    private static readonly (double[] Node, double[] Weight) s_rule = Rule(Nodes);

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
        double c = Math.Min(alpha, beta), from = Math.Log(c + tx), to = Math.Log(c + observed);
        // In w = ln(c + u) the integrand decays at least like e^(−(rx' + s')·w): what lies beyond the cut adds nothing.
        double rate = alpha <= beta ? rx : s;
        double width = Math.Min(to - from, Cut / Math.Max(rate, 1e-3));
        if (width <= 0)
        {
            alive = 1;
            Gradient(gradient, 1, 0, 0, 0, 0);
            return aliveLog;
        }

        double peak = (-rx * Math.Log(alpha + tx)) - ((s + 1) * Math.Log(beta + tx)) + from;
        bool alphaFirst = alpha <= beta;
        double wider = alphaFirst ? beta - alpha : alpha - beta;
        ref double nodes = ref MemoryMarshal.GetArrayDataReference(s_rule.Node),
            weights = ref MemoryMarshal.GetArrayDataReference(s_rule.Weight);
        Vector256<double> sums = default, sumsLogC = default, sumsC = default, sumsLogD = default, sumsD = default;
        double onC = alphaFirst ? -rx : -(s + 1), onD = alphaFirst ? -(s + 1) : -rx;
        for (nuint k = 0; k < Nodes; k += (nuint)Vector256<double>.Count)
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

    private static (double[] Node, double[] Weight) Rule(int order)
    {
        var rule = new MathNet.Numerics.Integration.GaussLegendreRule(0, 1, order);
        return (rule.Abscissas, rule.Weights);
    }
}
