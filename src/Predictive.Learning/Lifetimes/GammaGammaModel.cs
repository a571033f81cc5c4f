using MathNet.Numerics;

namespace Predictive.Learning.Lifetimes;

/// <summary>
/// Gamma-Gamma spend per purchase (Fader &amp; Hardie 2013): purchases of a customer are Gamma(p, ν), ν over customers is Gamma(q, γ).
/// </summary>
/// <param name="P">Shape within a customer.</param>
/// <param name="Q">Shape over customers.</param>
/// <param name="Gamma">Scale over customers, in money.</param>
/// <param name="LogLikelihood">At the optimum; 0 where spend is constant, and p, q and γ are then 1, 1 and the mean.</param>
/// <param name="PopulationMean">Mean spend per purchase over the fitted customers: used where the model is degenerate.</param>
/// <param name="Degenerate">True: spend is (nearly) constant or q ≤ 1, the model has no mean; a customer's expectation is then the mean of
/// the own purchases, or <paramref name="PopulationMean"/> without any.</param>
/// <param name="StandardErrors">Of p, q, γ; NaN where the information is singular.</param>
public sealed record GammaGammaModel(
    double P, double Q, double Gamma, double LogLikelihood, double PopulationMean, bool Degenerate, IReadOnlyList<double> StandardErrors)
{
    /// <summary>Variance of ln(mean spend) below which spend is constant.</summary>
    private const double ConstantVariance = 1e-9;

    /// <summary>
    /// Fits by maximum likelihood on customers with at least one purchase counted and a positive mean; others are passed over.
    /// </summary>
    /// <param name="x">Purchases behind the mean, per customer (the literature takes repeat purchases).</param>
    /// <param name="mean">Mean spend of them, money.</param>
    /// <param name="weights">One per customer; empty = 1 each.</param>
    /// <exception cref="LearningException">Lengths differ, or no customer has spend to fit on.</exception>
    public static GammaGammaModel Fit(ReadOnlySpan<double> x, ReadOnlySpan<double> mean, ReadOnlySpan<double> weights = default)
    {
        if (x.Length != mean.Length || (weights.Length != 0 && weights.Length != x.Length))
        {
            throw new LearningException(
                $"Gamma-Gamma was given {x.Length} counts, {mean.Length} means and {weights.Length} weights; expected equal counts "
                    + "(weights may be absent).");
        }

        PurchaseSummaries.CheckWeights(weights);
        var kept = new List<int>();
        for (int i = 0; i < x.Length; i++)
        {
            if (x[i] > 0 && double.IsFinite(x[i]) && mean[i] > 0 && double.IsFinite(mean[i]) && (weights.Length == 0 || weights[i] > 0))
            {
                kept.Add(i);
            }
        }

        if (kept.Count == 0)
        {
            throw new LearningException("Gamma-Gamma needs at least one customer with a repeat purchase of positive value; there is none.");
        }

        // Customers alike in both count as one of their joint weight.
        var places = new Dictionary<(double, double), int>();
        List<double> counts = [], values = [], joint = [];
        double total = 0, totalWeight = 0, sumLog = 0, sumLog2 = 0;
        foreach (int i in kept)
        {
            double weight = weights.Length == 0 ? 1 : weights[i], log = Math.Log(mean[i]);
            total += weight * mean[i];
            totalWeight += weight;
            sumLog += log;
            sumLog2 += log * log;
            if (places.TryAdd((x[i], mean[i]), joint.Count))
            {
                counts.Add(x[i]);
                values.Add(mean[i]);
                joint.Add(weight);
            }
            else
            {
                joint[places[(x[i], mean[i])]] += weight;
            }
        }

        double[] n = [.. counts], z = [.. values], w = [.. joint];
        double scale = total / totalWeight, variance = (sumLog2 / kept.Count) - (sumLog / kept.Count * (sumLog / kept.Count));
        if (variance < ConstantVariance)
        {
            // The likelihood grows without bound in p: there is nothing to search for.
            return new GammaGammaModel(1, 1, scale, 0, scale, true, [double.NaN, double.NaN, double.NaN]);
        }

        QuasiNewton.Objective Negative(int stride) => (point, gradient) =>
        {
            double p = Math.Exp(point[0]), q = Math.Exp(point[1]), gamma = Math.Exp(point[2]) * scale;
            double gammaQ = SpecialFunctions.GammaLn(q), psiQ = SpecialFunctions.DiGamma(q), logGamma = Math.Log(gamma);
            int kinds = (n.Length + stride - 1) / stride, chunks = (kinds + 1023) / 1024;
            var partial = new double[chunks * 4];
            Parallel.For(0, chunks, c =>
            {
                double v = 0, gp = 0, gq = 0, gg = 0;
                for (int kind = c * 1024, end = Math.Min(kinds, (c + 1) * 1024); kind < end; kind++)
                {
                    int k = kind * stride;
                    double px = p * n[k], rest = gamma + (z[k] * n[k]), logRest = Math.Log(rest), psi = SpecialFunctions.DiGamma(px + q);
                    v += w[k] * (SpecialFunctions.GammaLn(px + q) - SpecialFunctions.GammaLn(px) - gammaQ + (q * logGamma)
                        + ((px - 1) * Math.Log(z[k])) + (px * Math.Log(n[k])) - ((px + q) * logRest));
                    gp += w[k] * px * (psi - SpecialFunctions.DiGamma(px) + Math.Log(z[k]) + Math.Log(n[k]) - logRest);
                    gq += w[k] * q * (psi - psiQ + logGamma - logRest);
                    gg += w[k] * (q - ((px + q) * gamma / rest));
                }

                (partial[c * 4], partial[(c * 4) + 1], partial[(c * 4) + 2], partial[(c * 4) + 3]) = (v, gp, gq, gg);
            });
            double value = 0;
            gradient.Clear();
            for (int c = 0; c < chunks; c++)
            {
                value += partial[c * 4];
                gradient[0] -= partial[(c * 4) + 1];
                gradient[1] -= partial[(c * 4) + 2];
                gradient[2] -= partial[(c * 4) + 3];
            }

            return -value;
        };

        int stride = CoarseToFine.Stride(n.Length);
        double Share(int stride) => w.Where((_, k) => k % stride == 0).Sum() / w.Sum();
        var (best, negative) = CoarseToFine.Minimise(Negative(1), stride > 1 ? Negative(stride) : null, Share(stride), [[1, 1, 0]], 14);
        double fittedQ = Math.Exp(best[1]);
        bool degenerate = fittedQ <= 1 || best.Any(b => Math.Abs(b) >= 13.9);
        int every = CoarseToFine.StrideForErrors(n.Length);
        double[] errors = Array.ConvertAll(QuasiNewton.StandardErrors(Negative(every), best), e => e * Math.Sqrt(Share(every)));
        errors[2] *= scale;
        return new GammaGammaModel(Math.Exp(best[0]), fittedQ, Math.Exp(best[2]) * scale, -negative, scale, degenerate, errors);
    }

    /// <summary>
    /// E[spend per future purchase | x purchases of mean z] = p (γ + z x)/(p x + q − 1); the population's mean for x = 0.
    /// </summary>
    public double ExpectedValue(double x, double mean)
    {
        if (Degenerate)
        {
            return x > 0 && mean > 0 ? mean : PopulationMean;
        }

        double seen = x > 0 && mean > 0 ? x : 0;
        return P * (Gamma + (seen > 0 ? mean * seen : 0)) / ((P * seen) + Q - 1);
    }
}
