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
        return FitOn(data, NbdModel.Fit(data));
    }

    internal static ParetoNbdModel FitOn(PurchaseSummaries data, NbdModel nbd)
    {
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

        double[] errors = data.StandardErrors(Negative, best);
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
