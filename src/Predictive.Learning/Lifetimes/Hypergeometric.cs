namespace Predictive.Learning.Lifetimes;

/// <summary>Gauss' ₂F₁ for the arguments of the lifetimes models; the library's own fails for large parameters.</summary>
internal static class Hypergeometric
{
    private const int MostTerms = 100_000;

    /// <summary>
    /// ln ₂F₁(a, b; c; z) for 0 ≤ z &lt; 1 and c &gt; 0 with a, b &gt; 0 (all terms positive): the defining series in logs where it
    /// converges fast, after Euler's transformation (1 − z)^(c − a − b) ₂F₁(c − a, c − b; c; z) where that shortens it and keeps the terms
    /// positive.
    /// </summary>
    public static double LogF21(double a, double b, double c, double z)
    {
        if (z <= 0)
        {
            return 0;
        }

        if (c - a > 0 && c - b > 0 && c < a + b)
        {
            return ((c - a - b) * Math.Log(1 - z)) + Series(c - a, c - b, c, z);
        }

        return Series(a, b, c, z);
    }

    private static double Series(double a, double b, double c, double z)
    {
        // Rescaled whenever the sum grows large, so that no parameter size overflows.
        double term = 1, sum = 1, logScale = 0;
        for (int n = 0; n < MostTerms; n++)
        {
            double ratio = (a + n) * (b + n) / ((c + n) * (n + 1)) * z;
            term *= ratio;
            sum += term;
            if (sum > 1e200)
            {
                logScale += Math.Log(sum);
                term /= sum;
                sum = 1;
            }

            if (ratio < 1 && term / (1 - ratio) < 1e-15 * sum)
            {
                break;
            }
        }

        return logScale + Math.Log(sum);
    }
}
