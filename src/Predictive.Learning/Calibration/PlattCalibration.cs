using Predictive.Learning.Linear;

namespace Predictive.Learning.Calibration;

/// <summary>
/// Platt scaling on the log-odds of a probability: σ(slope · logit(p) + intercept), by maximum likelihood on held-out rows.
/// Strictly increasing where <paramref name="Slope"/> &gt; 0, so the order of customers stays.
/// </summary>
/// <param name="Slope">1 with <paramref name="Intercept"/> 0 changes nothing; below 1 the probabilities were too sure.</param>
/// <param name="Intercept">Shift of the log-odds.</param>
public sealed record PlattCalibration(double Slope, double Intercept)
{
    /// <summary>Fits with Platt's (1999) smoothed targets, (n₊ + 1)/(n₊ + 2) and 1/(n₋ + 2), which keep a separable sample finite.</summary>
    /// <param name="predictions">Probabilities of rows the model was not trained on.</param>
    /// <param name="labels">0 or 1.</param>
    /// <param name="weights">One per row; empty = 1 each.</param>
    /// <exception cref="LearningException">Lengths differ, no rows, or a value is out of range.</exception>
    public static PlattCalibration Fit(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights = default)
    {
        CalibrationChecks.Check(predictions, labels, weights);
        double[] x = new double[predictions.Length];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = LogOdds(predictions[i]);
        }

        double[] fitted = LogOddsFit.Fit([x], labels, weights);
        return new PlattCalibration(fitted[0], fitted[1]);
    }

    /// <summary>The calibrated probability, in (0, 1).</summary>
    public double Apply(double probability) => LinearModel.Logistic((Slope * LogOdds(probability)) + Intercept);

    internal static double LogOdds(double probability)
    {
        double p = Math.Clamp(probability, 1e-15, 1 - 1e-15);
        return Math.Log(p / (1 - p));
    }
}

/// <summary>
/// Beta calibration (Kull, Silva Filho &amp; Flach 2017): logit of the result = a·ln p − b·ln(1 − p) + c with a, b ≥ 0. Bends either end on its own, which
/// Platt scaling cannot.
/// </summary>
/// <param name="A">Of ln p.</param>
/// <param name="B">Of −ln(1 − p).</param>
/// <param name="C">Shift; a = b = 1 with c = 0 changes nothing.</param>
public sealed record BetaCalibration(double A, double B, double C)
{
    /// <inheritdoc cref="PlattCalibration.Fit"/>
    /// <remarks>A coefficient that comes out negative is set to 0 and the other fitted alone, as the authors do.</remarks>
    public static BetaCalibration Fit(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights = default)
    {
        CalibrationChecks.Check(predictions, labels, weights);
        double[] x = new double[predictions.Length], y = new double[predictions.Length];
        for (int i = 0; i < x.Length; i++)
        {
            (x[i], y[i]) = Terms(predictions[i]);
        }

        double[] both = LogOddsFit.Fit([x, y], labels, weights);
        if (both[0] >= 0 && both[1] >= 0)
        {
            return new BetaCalibration(both[0], both[1], both[2]);
        }

        bool first = both[1] < 0;
        double[] one = LogOddsFit.Fit([first ? x : y], labels, weights);
        double slope = Math.Max(0, one[0]), shift = one[0] >= 0 ? one[1] : LogOddsFit.Fit([], labels, weights)[0];
        return first ? new BetaCalibration(slope, 0, shift) : new BetaCalibration(0, slope, shift);
    }

    /// <summary>The calibrated probability, in (0, 1).</summary>
    public double Apply(double probability)
    {
        var (x, y) = Terms(probability);
        return LinearModel.Logistic((A * x) + (B * y) + C);
    }

    private static (double X, double Y) Terms(double probability)
    {
        double p = Math.Clamp(probability, 1e-15, 1 - 1e-15);
        return (Math.Log(p), -Math.Log(1 - p));
    }
}

/// <summary>Unpenalised logistic regression of one or two columns in double precision, by damped Newton steps.</summary>
internal static class LogOddsFit
{
    /// <summary>Coefficients of the columns, then the intercept.</summary>
    public static double[] Fit(double[][] columns, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        int d = columns.Length + 1, n = labels.Length;
        double positive = 0, negative = 0;
        for (int i = 0; i < n; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            (positive, negative) = labels[i] > 0 ? (positive + w, negative) : (positive, negative + w);
        }

        // Platt's targets instead of 1 and 0.
        double high = (positive + 1) / (positive + 2), low = 1 / (negative + 2);
        double[] beta = new double[d], trial = new double[d], z = new double[d];
        if (columns.Length == 1)
        {
            beta[0] = 1;
        }

        var loss = new LogisticLoss();
        double objective = Evaluate(beta, labels, weights, null, null);
        for (int iteration = 0; iteration < 100; iteration++)
        {
            var gradient = MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(d);
            var hessian = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(d, d);
            Evaluate(beta, labels, weights, gradient, hessian);
            for (int k = 0; k < d; k++)
            {
                hessian[k, k] = (hessian[k, k] * (1 + 1e-12)) + 1e-12;
            }

            var step = hessian.LU().Solve(gradient);
            double decrease = step.DotProduct(gradient) / 2, share = 1, next = objective;
            for (int halvings = 0; halvings < 40; halvings++, share /= 2)
            {
                for (int k = 0; k < d; k++)
                {
                    trial[k] = beta[k] - (share * step[k]);
                }

                next = Evaluate(trial, labels, weights, null, null);
                if (next <= objective)
                {
                    break;
                }
            }

            if (!(next <= objective))
            {
                break;
            }

            trial.CopyTo(beta, 0);
            objective = next;
            if (decrease <= 1e-13 * (Math.Abs(objective) + 1e-12))
            {
                break;
            }
        }

        return beta;

        double Evaluate(
            double[] b,
            ReadOnlySpan<float> y,
            ReadOnlySpan<float> w,
            MathNet.Numerics.LinearAlgebra.Vector<double>? gradient,
            MathNet.Numerics.LinearAlgebra.Matrix<double>? hessian)
        {
            double sum = 0;
            z[^1] = 1;
            for (int i = 0; i < y.Length; i++)
            {
                double score = b[^1];
                for (int k = 0; k < d - 1; k++)
                {
                    z[k] = columns[k][i];
                    score += b[k] * z[k];
                }

                double weight = w.IsEmpty ? 1 : w[i];
                sum += weight * loss.At(score, y[i] > 0 ? high : low, out double slope, out double curvature);
                for (int k = 0; gradient is not null && k < d; k++)
                {
                    gradient[k] += weight * slope * z[k];
                    for (int m = 0; m < d; m++)
                    {
                        hessian![k, m] += weight * curvature * z[k] * z[m];
                    }
                }
            }

            return sum;
        }
    }
}
