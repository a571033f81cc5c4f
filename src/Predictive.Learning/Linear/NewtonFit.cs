using System.Globalization;
using MathNet.Numerics.LinearAlgebra;

namespace Predictive.Learning.Linear;

/// <summary>
/// Newton's method on the penalised loss: each step solves the local quadratic, by Cholesky where the penalty is smooth and by coordinate
/// descent where an L1 penalty makes corners (Friedman, Hastie &amp; Tibshirani 2010), then halves the step until the objective falls.
/// </summary>
internal static class NewtonFit
{
    public static LinearModel Fit(
        FeatureMatrix features, float[] labels, float[]? weights, LinearOptions options, LinearLoss loss, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labels);
        options.Validate(features.Names);
        double meanLabel = CheckLabels(features, labels, weights, loss);
        var pass = new LinearPass(features, labels, weights, loss, options.Threads);
        int d = pass.Dimension;
        double[] ridge = new double[d], lasso = new double[d], beta = new double[d];
        for (int k = 0; k < d - 1; k++)
        {
            int j = pass.Feature[k];
            double factor = options.PenaltyFactors is { } factors && factors.TryGetValue(features.Names[j], out double given) ? given : 1;
            // beta is of the standardised feature: scale times the coefficient of the feature as it is.
            double scale = options.Standardise ? 1 : pass.Scales[j];
            (ridge[k], lasso[k]) = (factor * options.L2 / (scale * scale), factor * options.L1 / scale);
        }

        Start(beta, pass, options.WarmStart, loss.Start(meanLabel));
        double Penalty(double[] b)
        {
            double sum = 0;
            for (int k = 0; k < d; k++)
            {
                sum += (ridge[k] / 2 * b[k] * b[k]) + (lasso[k] * Math.Abs(b[k]));
            }

            return sum;
        }

        var (gradient, hessian) = (new double[d], new double[d, d]);
        double[] step = new double[d], trial = new double[d];
        double objective = pass.Evaluate(beta, gradient, hessian) + Penalty(beta);
        int iterations = 0;
        for (bool done = false; !done && iterations < options.MaxIterations; iterations++)
        {
            cancellation.ThrowIfCancellationRequested();
            double decrease = options.L1 > 0
                ? CoordinateStep(beta, gradient, hessian, ridge, lasso, step)
                : CholeskyStep(beta, gradient, hessian, ridge, step);

            // The last step is so small that it needs no look afterwards; a quadratic loss is exact after one.
            done = decrease <= options.Tolerance * (Math.Abs(objective) + 1e-12) || (loss is SquaredLoss && options.L1 == 0);
            double share = 1;
            for (int halvings = 0; ; halvings++, share /= 2)
            {
                for (int k = 0; k < d; k++)
                {
                    trial[k] = beta[k] + (share * step[k]);
                }

                if (done)
                {
                    break;
                }

                double next = (halvings == 0 ? pass.Evaluate(trial, gradient, hessian) : pass.Evaluate(trial, null, null)) + Penalty(trial);
                if (next <= objective)
                {
                    objective = halvings == 0 ? next : pass.Evaluate(trial, gradient, hessian) + Penalty(trial);
                    break;
                }

                // No step however small helps: the optimum to the precision of the sums.
                if (halvings == 30)
                {
                    beta.CopyTo(trial, 0);
                    done = true;
                    break;
                }
            }

            trial.CopyTo(beta, 0);
        }

        return Finish(features.Names, loss.Link, pass, beta, iterations);
    }

    private static double CheckLabels(FeatureMatrix features, float[] labels, float[]? weights, LinearLoss loss)
    {
        if (features.Rows == 0)
        {
            throw new LearningException("There are no rows to learn from.");
        }

        if (labels.Length != features.Rows || (weights is not null && weights.Length != features.Rows))
        {
            throw new LearningException(
                $"{labels.Length} labels and {weights?.Length ?? labels.Length} weights were given for {features.Rows} rows; expected "
                    + "one per row.");
        }

        double sum = 0, total = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if (loss.Refusal(labels[i]) is { } expected)
            {
                throw new LearningException(FormattableString.Invariant($"The label of row {i} is {labels[i]}; expected {expected}."));
            }

            double w = weights?[i] ?? 1;
            if (!(w >= 0 && double.IsFinite(w)))
            {
                throw new LearningException(
                    string.Create(CultureInfo.InvariantCulture, $"The weight of row {i} is {w}; expected a finite number, 0 or more."));
            }

            sum += w * labels[i];
            total += w;
        }

        if (total <= 0)
        {
            throw new LearningException("Every row weighs 0; expected at least one weight above 0.");
        }

        double mean = sum / total;
        if (!double.IsFinite(loss.Start(mean)))
        {
            throw new LearningException(loss.Link == LinearLink.Logistic
                ? $"Every label is {(mean > 0.5 ? 1 : 0)}; a classifier needs rows of both classes."
                : "Every label is 0; a log link needs a mean above 0.");
        }

        return mean;
    }

    private static void Start(double[] beta, LinearPass pass, LinearModel? warm, double intercept)
    {
        beta[^1] = intercept;
        if (warm is null)
        {
            return;
        }

        beta[^1] = warm.Intercept;
        for (int j = 0; j < warm.Coefficients.Count; j++)
        {
            beta[^1] += warm.Coefficients[j] * (pass.Means[j] - warm.Means[j]);
        }

        for (int k = 0; k < pass.Feature.Length; k++)
        {
            int j = pass.Feature[k];
            beta[k] = warm.Coefficients[j] * pass.Scales[j];
        }
    }

    private static double CholeskyStep(double[] beta, double[] gradient, double[,] hessian, double[] penalty, double[] step)
    {
        int d = beta.Length;
        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(hessian);
        Vector<double> right = Vector<double>.Build.Dense(d, k => -(gradient[k] + (penalty[k] * beta[k])));
        for (int k = 0; k < d; k++)
        {
            matrix[k, k] += penalty[k];
        }

        // Collinear features without a penalty make the matrix singular: a growing trace of ridge, relative to each diagonal so that a
        // heavily penalised feature does not weigh on the others, picks one of the equal solutions.
        for (double trace = 1e-12; ; trace *= 100)
        {
            for (int k = 0; k < d; k++)
            {
                matrix[k, k] *= 1 + trace;
            }

            try
            {
                Vector<double> solution = matrix.Cholesky().Solve(right);
                double decrease = 0;
                for (int k = 0; k < d; k++)
                {
                    step[k] = solution[k];
                    decrease += solution[k] * right[k] / 2;
                }

                if (double.IsFinite(decrease) && decrease >= 0)
                {
                    return decrease;
                }
            }
            catch (ArgumentException) when (trace < 1)
            {
                // Not positive definite yet.
            }
        }
    }

    private static double CoordinateStep(double[] beta, double[] gradient, double[,] hessian, double[] ridge, double[] lasso, double[] step)
    {
        int d = beta.Length;
        double[] slope = [.. gradient];
        Array.Clear(step);
        for (int sweep = 0; sweep < 1000; sweep++)
        {
            double largest = 0;
            for (int k = 0; k < d; k++)
            {
                double curvature = hessian[k, k] + ridge[k];
                if (curvature <= 0)
                {
                    continue;
                }

                double now = beta[k] + step[k], pull = (hessian[k, k] * now) - slope[k], threshold = lasso[k];
                double next = Math.Sign(pull) * Math.Max(0, Math.Abs(pull) - threshold) / curvature, change = next - now;
                if (change == 0)
                {
                    continue;
                }

                step[k] += change;
                for (int m = 0; m < d; m++)
                {
                    slope[m] += hessian[k, m] * change;
                }

                largest = Math.Max(largest, change * change * curvature);
            }

            if (largest < 1e-14 * (1 + lasso.Max()))
            {
                break;
            }
        }

        // What the quadratic promises: −(g·δ + δHδ/2 + penalty after − penalty before); slope is g + Hδ.
        double decrease = 0;
        for (int k = 0; k < d; k++)
        {
            double after = beta[k] + step[k];
            decrease -= step[k] * (gradient[k] + slope[k]) / 2;
            decrease -= (ridge[k] / 2 * ((after * after) - (beta[k] * beta[k]))) + (lasso[k] * (Math.Abs(after) - Math.Abs(beta[k])));
        }

        return decrease;
    }

    private static LinearModel Finish(IReadOnlyList<string> names, LinearLink link, LinearPass pass, double[] beta, int iterations)
    {
        var coefficients = new double[names.Count];
        for (int k = 0; k < pass.Feature.Length; k++)
        {
            int j = pass.Feature[k];
            coefficients[j] = beta[k] / pass.Scales[j];
        }

        return new LinearModel(names, link, beta[^1], pass.Means, pass.Scales, coefficients) { Iterations = iterations };
    }
}
