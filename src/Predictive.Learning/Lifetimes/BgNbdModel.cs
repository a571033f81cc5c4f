namespace Predictive.Learning.Lifetimes;

/// <summary>
/// BG/NBD (Fader, Hardie &amp; Lee 2005, "Counting your customers" the easy way): Gamma(r, α) rates, Beta(a, b) chance to drop out after
/// each repeat purchase. Beware: every one-time buyer has P(alive) = 1.
/// </summary>
/// <param name="R">Shape of the rates.</param>
/// <param name="Alpha">Scale of the rates, in the time unit of the data.</param>
/// <param name="A">First shape of the dropout chance.</param>
/// <param name="B">Second shape of the dropout chance.</param>
/// <param name="LogLikelihood">At the optimum (of the NBD where no dropout is identified).</param>
/// <param name="DropoutIdentified">
/// False: the data hold no evidence of dropout (one-sided likelihood-ratio test against the NBD at 5 %: gain below 1.353); r and α then are
/// the NBD's and everybody counts as alive.
/// </param>
/// <param name="StandardErrors">Of r, α, a, b; NaN where the information is singular or dropout is not identified.</param>
public sealed record BgNbdModel(
    double R, double Alpha, double A, double B, double LogLikelihood, bool DropoutIdentified, IReadOnlyList<double> StandardErrors)
{
    /// <summary>
    /// Half the 90 % quantile of χ² with one degree of freedom: the 5 % point of the boundary test (Self &amp; Liang 1987).
    /// </summary>
    internal const double LeastGain = 1.3528;

    /// <summary>Fits by maximum likelihood.</summary>
    /// <param name="x">Repeat purchases per customer.</param>
    /// <param name="tx">Time of the last one since the first purchase.</param>
    /// <param name="observed">Time observed since the first purchase.</param>
    /// <param name="weights">One per customer; empty = 1 each.</param>
    /// <exception cref="LearningException">Lengths differ or a value makes no sense.</exception>
    public static BgNbdModel Fit(
        ReadOnlySpan<double> x, ReadOnlySpan<double> tx, ReadOnlySpan<double> observed, ReadOnlySpan<double> weights = default)
    {
        var data = new PurchaseSummaries(x, tx, observed, weights);
        return FitOn(data, NbdModel.Fit(data));
    }

    internal static BgNbdModel FitOn(PurchaseSummaries data, NbdModel nbd)
    {
        var (p, logLikelihood, errors) = BetaDropout.Fit(data, nbd, atOnce: false);
        return logLikelihood - nbd.LogLikelihood < LeastGain
            ? new BgNbdModel(
                nbd.R, nbd.Alpha, 0, double.PositiveInfinity, nbd.LogLikelihood, false, [double.NaN, double.NaN, double.NaN, double.NaN])
            : new BgNbdModel(p[0], p[1], p[2], p[3], logLikelihood, true, errors);
    }

    /// <summary>P(alive at T | x, t_x, T).</summary>
    public double ProbabilityAlive(double x, double tx, double observed) =>
        !DropoutIdentified || x <= 0 ? 1 : 1 / (1 + (A / (B + x - 1) * Math.Exp((R + x) * Math.Log((Alpha + observed) / (Alpha + tx)))));

    /// <summary>P(at least one purchase within the next h): alive, and no dropout can come before the next purchase.</summary>
    public double ProbabilityActive(double x, double tx, double observed, double h) =>
        Active(ProbabilityAlive(x, tx, observed), x, observed, h);

    /// <summary>E[purchases within the next h | x, t_x, T] (equation 10 of the paper).</summary>
    public double ExpectedPurchases(double x, double tx, double observed, double h) =>
        Purchases(ProbabilityAlive(x, tx, observed), x, observed, h);

    /// <summary><see cref="ProbabilityActive"/> and <see cref="ExpectedPurchases"/> of one customer, the same bits at less cost.</summary>
    public (double Active, double Purchases) Forecast(double x, double tx, double observed, double h)
    {
        double alive = ProbabilityAlive(x, tx, observed);
        return (Active(alive, x, observed, h), Purchases(alive, x, observed, h));
    }

    private double Active(double alive, double x, double observed, double h) =>
        alive * (1 - Math.Exp((R + x) * Math.Log((Alpha + observed) / (Alpha + observed + h))));

    private double Purchases(double alive, double x, double observed, double h) =>
        DropoutIdentified
            ? alive * BetaDropout.ExpectedWhileAlive(R + x, Alpha + observed, A, B + x, h)
            : (R + x) * h / (Alpha + observed);
}

/// <summary>
/// MBG/NBD (Batislam, Denizel &amp; Filiztekin 2007): as BG/NBD, with a chance to drop out at once after the first purchase too.
/// </summary>
/// <param name="R">Shape of the rates.</param>
/// <param name="Alpha">Scale of the rates, in the time unit of the data.</param>
/// <param name="A">First shape of the dropout chance.</param>
/// <param name="B">Second shape of the dropout chance.</param>
/// <param name="LogLikelihood">At the optimum (of the NBD where no dropout is identified).</param>
/// <param name="DropoutIdentified">As for <see cref="BgNbdModel"/>.</param>
/// <param name="StandardErrors">Of r, α, a, b; NaN where the information is singular or dropout is not identified.</param>
public sealed record MbgNbdModel(
    double R, double Alpha, double A, double B, double LogLikelihood, bool DropoutIdentified, IReadOnlyList<double> StandardErrors)
{
    /// <inheritdoc cref="BgNbdModel.Fit"/>
    public static MbgNbdModel Fit(
        ReadOnlySpan<double> x, ReadOnlySpan<double> tx, ReadOnlySpan<double> observed, ReadOnlySpan<double> weights = default)
    {
        var data = new PurchaseSummaries(x, tx, observed, weights);
        NbdModel nbd = NbdModel.Fit(data);
        var (p, logLikelihood, errors) = BetaDropout.Fit(data, nbd, atOnce: true);
        return logLikelihood - nbd.LogLikelihood < BgNbdModel.LeastGain
            ? new MbgNbdModel(
                nbd.R, nbd.Alpha, 0, double.PositiveInfinity, nbd.LogLikelihood, false, [double.NaN, double.NaN, double.NaN, double.NaN])
            : new MbgNbdModel(p[0], p[1], p[2], p[3], logLikelihood, true, errors);
    }

    /// <summary>P(alive at T | x, t_x, T).</summary>
    public double ProbabilityAlive(double x, double tx, double observed) =>
        !DropoutIdentified ? 1 : 1 / (1 + (A / (B + x) * Math.Exp((R + x) * Math.Log((Alpha + observed) / (Alpha + tx)))));

    /// <summary>P(at least one purchase within the next h).</summary>
    public double ProbabilityActive(double x, double tx, double observed, double h) =>
        ProbabilityAlive(x, tx, observed) * (1 - Math.Exp((R + x) * Math.Log((Alpha + observed) / (Alpha + observed + h))));

    /// <summary>E[purchases within the next h | x, t_x, T].</summary>
    public double ExpectedPurchases(double x, double tx, double observed, double h) =>
        DropoutIdentified
            ? ProbabilityAlive(x, tx, observed) * BetaDropout.ExpectedWhileAlive(R + x, Alpha + observed, A, B + x + 1, h)
            : (R + x) * h / (Alpha + observed);
}

/// <summary>What BG/NBD and MBG/NBD share.</summary>
internal static class BetaDropout
{
    public static (double[] Parameters, double LogLikelihood, double[] Errors) Fit(PurchaseSummaries data, NbdModel nbd, bool atOnce)
    {
        // Dropout chances after purchase 1, 2, ...: the BG/NBD has none at the first purchase, so its count is one lower.
        double shift = atOnce ? 0 : -1;
        double meanT = data.MeanT;
        QuasiNewton.Objective Negative(PurchaseSummaries data) => (point, gradient) =>
        {
            double r = Math.Exp(point[0]), alpha = Math.Exp(point[1]) * meanT, a = Math.Exp(point[2]), b = Math.Exp(point[3]),
                logAlpha = Math.Log(alpha), logA = point[2];
            double[] rising = data.LogRising(r), digamma = data.DigammaRising(r);
            (double Log, double A, double B)[] survived = Survived(a, b, data.MaxPurchases);
            double value = data.Sum(
                (i, g) =>
                {
                    double xi = data.X[i], rx = r + xi, m = xi + shift;
                    double aT = alpha + data.T[i], aX = alpha + data.Tx[i], logAT = Math.Log(aT), logAX = Math.Log(aX);
                    double common = rising[(int)xi] + (r * logAlpha);
                    double dR = r * (digamma[(int)xi] + logAlpha), dAlpha = r;
                    if (m < 0)
                    {
                        // BG/NBD, no repeat purchase: alive for sure.
                        g[0] = dR - (r * logAT);
                        g[1] = dAlpha - (rx * alpha / aT);
                        return common - (rx * logAT);
                    }

                    // Γ(b + m) Γ(a + b) / (Γ(b) Γ(a + b + m)), then alive (b + m) or dropped (a), over a + b + m.
                    var (beta, dA, dB) = survived[(int)m];
                    double alive = Math.Log(b + m) - (rx * logAT), dropped = logA - (rx * logAX), top = Math.Max(alive, dropped);
                    double ea = Math.Exp(alive - top), ed = Math.Exp(dropped - top), share = ea / (ea + ed), sum = a + b + m;
                    g[0] = dR - (r * ((share * logAT) + ((1 - share) * logAX)));
                    g[1] = dAlpha - (rx * alpha * ((share / aT) + ((1 - share) / aX)));
                    g[2] = dA + (1 - share) - (a / sum);
                    g[3] = dB + (share * b / (b + m)) - (b / sum);
                    return common + beta + top + Math.Log(ea + ed) - Math.Log(sum);
                },
                gradient);
            for (int p = 0; p < gradient.Length; p++)
            {
                gradient[p] = -gradient[p];
            }

            return -value;
        };

        double[][] starts = [[Math.Log(nbd.R), Math.Log(nbd.Alpha / meanT), 0, 1], [-1, -1, -1, 0], [0, 0, -3, 1]];
        var (best, bestValue) = data.Minimise(Negative, starts.Select(s => Array.ConvertAll(s, v => Math.Clamp(v, -14, 14))), 15);
        double[] errors = data.StandardErrors(Negative, best);
        errors[1] *= meanT;
        return ([Math.Exp(best[0]), Math.Exp(best[1]) * meanT, Math.Exp(best[2]), Math.Exp(best[3])], -bestValue, errors);
    }

    /// <summary>
    /// ln of the chance to have come through m = 0 ... most chances to drop out, Γ(b + m) Γ(a + b) / (Γ(b) Γ(a + b + m)), and its
    /// derivatives with respect to ln a and ln b, cumulated.
    /// </summary>
    private static (double Log, double A, double B)[] Survived(double a, double b, int most)
    {
        var table = new (double Log, double A, double B)[most + 1];
        for (int k = 0; k < most; k++)
        {
            double sum = a + b + k;
            table[k + 1] = (
                table[k].Log + Math.Log((b + k) / sum), table[k].A - (a / sum), table[k].B + (b / (b + k)) - (b / sum));
        }

        return table;
    }

    /// <summary>
    /// E[purchases within h] of a customer alive at T with posterior Gamma(r, α) and Beta(a, b) after the last purchase:
    /// (a + b − 1)/(a − 1) · [1 − (α/(α + h))^r ₂F₁(r, b; a + b − 1; h/(α + h))].
    /// </summary>
    public static double ExpectedWhileAlive(double r, double alpha, double a, double b, double h)
    {
        if (h <= 0)
        {
            return 0;
        }

        // The formula is 0/0 at a = 1; it is smooth there, so the mean of both sides is exact to second order.
        if (Math.Abs(a - 1) < 1e-4)
        {
            return (ExpectedWhileAlive(r, alpha, 1 - 2e-4, b, h) + ExpectedWhileAlive(r, alpha, 1 + 2e-4, b, h)) / 2;
        }

        double z = h / (alpha + h);
        double hypergeometric = Hypergeometric.LogF21(r, b, a + b - 1, z);
        double bracket = -Math.Exp((r * Math.Log(alpha / (alpha + h))) + hypergeometric) + 1;
        return Math.Max(0, (a + b - 1) / (a - 1) * bracket);
    }
}
