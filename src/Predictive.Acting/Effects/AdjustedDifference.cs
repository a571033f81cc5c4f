using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;

namespace Predictive.Acting.Effects;

/// <summary>
/// The difference of two randomised groups, adjusted by what was known before: CUPED (Deng, Xu, Kohavi and Walker 2013) with a slope per
/// group, which is the fully interacted regression of Lin (2013, "Agnostic notes on regression adjustments to experimental data"): never
/// less precise than the plain difference for large groups, whatever the shares of the two.
/// </summary>
/// <remarks>
/// In each group the outcome is regressed on the centred covariates; the difference of the intercepts is the effect. Its variance: the
/// heteroscedasticity-consistent one of each intercept (the jackknife HC3, MacKinnon and White 1985: HC2 was too sure of spend with its
/// long tail), and what the means of the covariates themselves vary by. Interval by Student's t with the degrees of Welch and
/// Satterthwaite. The groups were drawn within strata, which the covariates (risk, value) describe: a plain interval would be wider than
/// it needs to be.
/// </remarks>
public static class AdjustedDifference
{
    /// <summary>Rows of the smaller group that each covariate needs; with fewer, the last covariates are left out.</summary>
    private const int RowsPerCovariate = 10;

    /// <summary>Estimates an effect.</summary>
    /// <param name="contacted">Whether each row was to be contacted.</param>
    /// <param name="outcome">What came.</param>
    /// <param name="covariates">Columns known before, the most telling first; those that are constant are left out.</param>
    /// <param name="confidence">Of the interval, such as .95.</param>
    /// <param name="critical">Standard errors of the interval's half; null = Student's t at <paramref name="confidence"/>.</param>
    /// <exception cref="ArgumentException">A group has fewer than two rows, or lengths differ.</exception>
    public static EffectEstimate Estimate(
        ReadOnlySpan<bool> contacted, ReadOnlySpan<double> outcome, IReadOnlyList<double[]> covariates, double confidence = .95,
        double? critical = null)
    {
        ArgumentNullException.ThrowIfNull(covariates);
        int n = outcome.Length;
        if (contacted.Length != n || covariates.Any(c => c.Length != n))
        {
            throw new ArgumentException("An outcome, a group and every covariate are expected per row.", nameof(outcome));
        }

        int[] one = [.. Rows(contacted, true)], zero = [.. Rows(contacted, false)];
        if (Math.Min(one.Length, zero.Length) < 2)
        {
            throw new ArgumentException(
                $"{one.Length} rows contacted and {zero.Length} held out; expected two of each or more.", nameof(contacted));
        }

        double[][] used = [.. Centred(covariates).Take(Math.Max(0, (Math.Min(one.Length, zero.Length) / RowsPerCovariate) - 1))];
        double[] y = outcome.ToArray();
        Fit a = FitOf(one, y, used), b = FitOf(zero, y, used);
        double effect = a.Intercept - b.Intercept, moved = 0;
        for (int i = 0; i < used.Length; i++)
        {
            for (int j = 0; j < used.Length; j++)
            {
                double covariance = 0;
                for (int r = 0; r < n; r++)
                {
                    covariance += used[i][r] * used[j][r];
                }

                moved += (a.Slopes[i] - b.Slopes[i]) * (a.Slopes[j] - b.Slopes[j]) * covariance / (n - 1);
            }
        }

        double variance = a.Variance + b.Variance + (moved / n);
        double degrees = variance > 0
            ? Math.Pow(a.Variance + b.Variance, 2)
                / ((a.Variance * a.Variance / (one.Length - used.Length - 1)) + (b.Variance * b.Variance / (zero.Length - used.Length - 1)))
            : one.Length + zero.Length - 2;
        double error = Math.Sqrt(variance);
        double half = error * (critical ?? StudentT.InvCDF(0, 1, Math.Max(1, degrees), (1 + confidence) / 2));
        double plain = a.PlainVariance + b.PlainVariance;
        return new EffectEstimate(
            a.Mean, b.Mean, effect, error, effect - half, effect + half, plain > 0 ? variance / plain : 1);
    }

    private static IEnumerable<int> Rows(ReadOnlySpan<bool> contacted, bool which)
    {
        var rows = new List<int>();
        for (int i = 0; i < contacted.Length; i++)
        {
            if (contacted[i] == which)
            {
                rows.Add(i);
            }
        }

        return rows;
    }

    // Of mean 0 and deviation 1, so that the normal equations are well conditioned.
    private static IEnumerable<double[]> Centred(IReadOnlyList<double[]> covariates)
    {
        foreach (double[] column in covariates)
        {
            double mean = column.Average(), sum = column.Sum(v => (v - mean) * (v - mean)), deviation = Math.Sqrt(sum / column.Length);
            if (double.IsFinite(deviation) && deviation > 1e-12 * Math.Max(1, Math.Abs(mean)))
            {
                yield return Array.ConvertAll(column, v => (v - mean) / deviation);
            }
        }
    }

    private static Fit FitOf(int[] rows, double[] y, double[][] columns)
    {
        int n = rows.Length, k = columns.Length + 1;
        double mean = rows.Average(r => y[r]), plain = rows.Sum(r => (y[r] - mean) * (y[r] - mean)) / (n - 1) / n;
        var x = new double[n * k];
        var cross = new double[k, k];
        var moments = new double[k];
        for (int r = 0; r < n; r++)
        {
            Span<double> row = x.AsSpan(r * k, k);
            for (int c = 0; c < k; c++)
            {
                row[c] = c == 0 ? 1 : columns[c - 1][rows[r]];
                moments[c] += row[c] * y[rows[r]];
                for (int d = 0; d <= c; d++)
                {
                    cross[c, d] += row[c] * row[d];
                    cross[d, c] = cross[c, d];
                }
            }
        }

        // Columns that say the same: a trifle of ridge keeps the inverse, and the slopes of both.
        for (int i = 1; i < k; i++)
        {
            cross[i, i] *= 1 + 1e-9;
        }

        double[,] inverse = Matrix<double>.Build.DenseOfArray(cross).Inverse().ToArray();
        var slopes = new double[k];
        for (int c = 0; c < k; c++)
        {
            for (int d = 0; d < k; d++)
            {
                slopes[c] += inverse[c, d] * moments[d];
            }
        }

        double variance = 0;
        for (int r = 0; r < n; r++)
        {
            ReadOnlySpan<double> row = x.AsSpan(r * k, k);
            double left = y[rows[r]], lever = 0, weight = 0;
            for (int c = 0; c < k; c++)
            {
                left -= slopes[c] * row[c];
                weight += inverse[0, c] * row[c];
                for (int d = 0; d < k; d++)
                {
                    lever += row[c] * inverse[c, d] * row[d];
                }
            }

            double kept = 1 - Math.Min(lever, 1 - 1e-6);
            variance += weight * weight * left * left / (kept * kept);
        }

        // Without covariates this is the variance of a mean.
        return new Fit(mean, plain, slopes[0], slopes[1..], variance * (n - 1) / n);
    }

    private readonly record struct Fit(double Mean, double PlainVariance, double Intercept, double[] Slopes, double Variance);
}
