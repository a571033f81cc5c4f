namespace Predictive.Learning.Lifetimes;

/// <summary>
/// BFGS with a backtracking line search for the handful of log-parameters of a lifetimes model (Nocedal &amp; Wright 2006, ch. 6).
/// Hand-written because the library's minimiser throws at the boundary optima that mean "no dropout identifiable" here.
/// </summary>
internal static class QuasiNewton
{
    /// <summary>Value and gradient at a point.</summary>
    public delegate double Objective(ReadOnlySpan<double> point, Span<double> gradient);

    /// <summary>What a search ended with.</summary>
    /// <param name="Point">The best point.</param>
    /// <param name="Value">Its value.</param>
    /// <param name="Inverse">The inverse of the second derivatives there, as the search came to see it.</param>
    public sealed record Optimum(double[] Point, double Value, double[,] Inverse);

    /// <summary>Minimises within [−bound, bound] per coordinate.</summary>
    /// <param name="objective">What is minimised.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="bound">Of every coordinate's size.</param>
    /// <param name="known">The inverse of the second derivatives near the start; null = not known.</param>
    /// <param name="tolerance">Two steps that gain less than this share end the search, or one in sight that would gain less than a
    /// hundredth of it.</param>
    public static Optimum Minimise(
        Objective objective, double[] start, double bound, double[,]? known = null, double tolerance = 1e-10)
    {
        const int MaxIterations = 300;
        const double Negligible = .01;
        int n = start.Length;
        double[] x = [.. start], g = new double[n], next = new double[n], nextG = new double[n], direction = new double[n];
        var inverse = new double[n, n];
        double value = objective(x, g);
        if (known is null)
        {
            Reset();
        }
        else
        {
            Array.Copy(known, inverse, known.Length);
        }

        for (int iteration = 0, stalls = 0; iteration < MaxIterations && stalls < 2; iteration++)
        {
            double slope = 0;
            for (int i = 0; i < n; i++)
            {
                double d = 0;
                for (int j = 0; j < n; j++)
                {
                    d -= inverse[i, j] * g[j];
                }

                // At the box: do not push further out.
                direction[i] = (x[i] >= bound && d > 0) || (x[i] <= -bound && d < 0) ? 0 : d;
                slope += direction[i] * g[i];
            }

            if (!(slope < 0))
            {
                Reset();
                slope = 0;
                for (int i = 0; i < n; i++)
                {
                    direction[i] = (x[i] >= bound && g[i] < 0) || (x[i] <= -bound && g[i] > 0) ? 0 : -g[i];
                    slope += direction[i] * g[i];
                }

                if (!(slope < 0))
                {
                    break;
                }
            }

            // What a whole step would gain is half of this: nothing that could be told from rounding, and halving it would not help.
            if (-slope <= tolerance * Negligible * (1 + Math.Abs(value)))
            {
                break;
            }

            // No step longer than 2 in any log-parameter (a factor of e²).
            double longest = direction.Max(Math.Abs);
            double step = longest > 2 ? 2 / longest : 1;
            double nextValue = double.NaN;
            for (int halvings = 0; halvings < 50; halvings++, step /= 2)
            {
                for (int i = 0; i < n; i++)
                {
                    next[i] = Math.Clamp(x[i] + (step * direction[i]), -bound, bound);
                }

                nextValue = objective(next, nextG);
                if (nextValue <= value + (1e-4 * step * slope))
                {
                    break;
                }

                nextValue = double.NaN;
            }

            if (double.IsNaN(nextValue))
            {
                stalls++;
                Reset();
                continue;
            }

            double improvement = value - nextValue;
            Update(x, next, g, nextG);
            (x, next) = (next, x);
            (g, nextG) = (nextG, g);
            value = nextValue;
            stalls = improvement <= tolerance * (1 + Math.Abs(value)) ? stalls + 1 : 0;
        }

        return new Optimum(x, value, inverse);

        void Reset()
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    inverse[i, j] = 0;
                }

                inverse[i, i] = 1 / Math.Max(1, Math.Abs(g[i]));
            }
        }

        void Update(double[] from, double[] to, double[] gFrom, double[] gTo)
        {
            double sy = 0;
            Span<double> s = stackalloc double[n], y = stackalloc double[n], hy = stackalloc double[n];
            for (int i = 0; i < n; i++)
            {
                s[i] = to[i] - from[i];
                y[i] = gTo[i] - gFrom[i];
                sy += s[i] * y[i];
            }

            if (sy <= 1e-12)
            {
                return;
            }

            double yhy = 0;
            for (int i = 0; i < n; i++)
            {
                hy[i] = 0;
                for (int j = 0; j < n; j++)
                {
                    hy[i] += inverse[i, j] * y[j];
                }

                yhy += y[i] * hy[i];
            }

            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    inverse[i, j] += ((1 + (yhy / sy)) * s[i] * s[j] / sy) - (((hy[i] * s[j]) + (s[i] * hy[j])) / sy);
                }
            }
        }
    }

    /// <summary>
    /// Standard errors of exp(point) by the delta method, from the Hessian of the negative log-likelihood by central differences of its
    /// gradient; NaN where the Hessian is not positive definite (a boundary optimum).
    /// </summary>
    public static double[] StandardErrors(Objective objective, double[] point)
    {
        int n = point.Length;
        var hessian = new double[n, n];
        double[] up = new double[n], down = new double[n], moved = [.. point];
        const double Step = 1e-4;
        for (int i = 0; i < n; i++)
        {
            moved[i] = point[i] + Step;
            objective(moved, up);
            moved[i] = point[i] - Step;
            objective(moved, down);
            moved[i] = point[i];
            for (int j = 0; j < n; j++)
            {
                hessian[i, j] = (up[j] - down[j]) / (2 * Step);
            }
        }

        var matrix = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfArray(hessian);
        matrix = (matrix + matrix.Transpose()) / 2;
        double[] errors = new double[n];
        Array.Fill(errors, double.NaN);
        try
        {
            var inverse = matrix.Cholesky().Solve(MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseIdentity(n));
            for (int i = 0; i < n; i++)
            {
                errors[i] = Math.Sqrt(inverse[i, i]) * Math.Exp(point[i]);
            }
        }
        catch (ArgumentException)
        {
            // Not positive definite: the errors stay NaN, as documented.
        }

        return errors;
    }
}
