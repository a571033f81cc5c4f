using MathNet.Numerics.Distributions;

namespace Predictive.Acting.Effects;

/// <summary>The plain difference of two shares.</summary>
public static class Proportions
{
    /// <summary>
    /// Interval of p₁ − p₀ from the score intervals of both (Newcombe 1998, "Interval estimation for the difference between independent
    /// proportions", method 10): holds for small groups and shares near 0 and 1.
    /// </summary>
    /// <param name="hits1">Hits of the first group.</param>
    /// <param name="n1">Its size, 1 or more.</param>
    /// <param name="hits0">Hits of the second.</param>
    /// <param name="n0">Its size, 1 or more.</param>
    /// <param name="confidence">Such as .95.</param>
    public static (double Difference, double Low, double High) Difference(int hits1, int n1, int hits0, int n0, double confidence = .95)
    {
        double z = Normal.InvCDF(0, 1, (1 + confidence) / 2), p1 = hits1 / (double)n1, p0 = hits0 / (double)n0;
        (double low1, double high1) = Wilson(p1, n1, z);
        (double low0, double high0) = Wilson(p0, n0, z);
        double difference = p1 - p0;
        return (
            difference, difference - Math.Sqrt(((p1 - low1) * (p1 - low1)) + ((high0 - p0) * (high0 - p0))),
            difference + Math.Sqrt(((high1 - p1) * (high1 - p1)) + ((p0 - low0) * (p0 - low0))));
    }

    // Wilson 1927.
    private static (double Low, double High) Wilson(double p, int n, double z)
    {
        double centre = ((2 * n * p) + (z * z)) / (2 * (n + (z * z)));
        double half = z * Math.Sqrt((z * z) + (4 * n * p * (1 - p))) / (2 * (n + (z * z)));
        return (centre - half, centre + half);
    }
}
