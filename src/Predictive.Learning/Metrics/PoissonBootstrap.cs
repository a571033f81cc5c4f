namespace Predictive.Learning.Metrics;

/// <summary>
/// Weights of the Poisson bootstrap (Chamandy et al. 2012): in a resample every row counts a Poisson(1) number of times, independently,
/// which for many rows is drawing with replacement.
/// </summary>
public static class PoissonBootstrap
{
    private const int Most = 20;

    /// <summary>Poisson(1) counts by inversion, one draw a row; at most 20.</summary>
    /// <param name="counts">Filled.</param>
    /// <param name="random">Seeded by the caller.</param>
    public static void Draw(Span<double> counts, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        for (int i = 0; i < counts.Length; i++)
        {
            double u = random.NextDouble(), term = Math.Exp(-1), below = term;
            int k = 0;
            while (u >= below && k < Most)
            {
                term /= ++k;
                below += term;
            }

            counts[i] = k;
        }
    }
}
