namespace Predictive.Learning.Lifetimes;

/// <summary>
/// Negative binomial purchases without dropout (Ehrenberg 1959): rates are Gamma(r, α). The limit of the lifetimes models where no dropout
/// can be told.
/// </summary>
/// <param name="R">Shape of the rates.</param>
/// <param name="Alpha">Scale of the rates, in the time unit of the data.</param>
/// <param name="LogLikelihood">At the optimum.</param>
public sealed record NbdModel(double R, double Alpha, double LogLikelihood)
{
    /// <summary>Fits by maximum likelihood.</summary>
    /// <param name="x">Repeat purchases per customer.</param>
    /// <param name="tx">Time of the last one since the first purchase.</param>
    /// <param name="observed">Time observed since the first purchase.</param>
    /// <param name="weights">One per customer; empty = 1 each.</param>
    /// <exception cref="LearningException">Lengths differ or a value makes no sense.</exception>
    public static NbdModel Fit(
        ReadOnlySpan<double> x, ReadOnlySpan<double> tx, ReadOnlySpan<double> observed, ReadOnlySpan<double> weights = default) =>
        Fit(new PurchaseSummaries(x, tx, observed, weights));

    internal static NbdModel Fit(PurchaseSummaries data)
    {
        double meanT = data.MeanT;
        QuasiNewton.Objective Negative(PurchaseSummaries data) => (point, gradient) =>
        {
            double r = Math.Exp(point[0]), alpha = Math.Exp(point[1]) * meanT, logAlpha = Math.Log(alpha);
            double[] rising = data.LogRising(r), digamma = data.DigammaRising(r);
            double value = data.Sum(
                (i, g) =>
                {
                    double xi = data.X[i], ti = data.T[i], logT = Math.Log(alpha + ti);
                    g[0] = r * (digamma[(int)xi] + logAlpha - logT);
                    g[1] = r - ((r + xi) * alpha / (alpha + ti));
                    return rising[(int)xi] + (r * logAlpha) - ((r + xi) * logT);
                },
                gradient);
            gradient[0] = -gradient[0];
            gradient[1] = -gradient[1];
            return -value;
        };

        var (point, negative) = data.Minimise(Negative, [[0, 0]], 15);
        return new NbdModel(Math.Exp(point[0]), Math.Exp(point[1]) * meanT, -negative);
    }

    /// <summary>P(at least one purchase within the next h).</summary>
    public double ProbabilityActive(double x, double observed, double h) =>
        -Math.Exp((R + x) * (Math.Log(Alpha + observed) - Math.Log(Alpha + observed + h))) + 1;

    /// <summary>E[purchases within the next h].</summary>
    public double ExpectedPurchases(double x, double observed, double h) => (R + x) * h / (Alpha + observed);
}
