namespace Predictive.Training.Levels;

/// <summary>The mean of probabilities given as log-odds, and how to move it.</summary>
internal static class Level
{
    /// <summary>
    /// The shift of log-odds after which their mean probability is <paramref name="mean"/> (held inside [1e-4, 1 − 1e-4]).
    /// </summary>
    public static double ShiftToMean(ReadOnlySpan<double> logOdds, double mean)
    {
        double target = Math.Clamp(mean, 1e-4, 1 - 1e-4);
        double shift = 0;
        // Newton, safeguarded by bisection: the mean probability rises strictly with the shift.
        double low = -30, high = 30;
        for (int i = 0; i < 60; i++)
        {
            double sum = 0, slope = 0;
            foreach (double f in logOdds)
            {
                double p = 1 / (1 + Math.Exp(-(f + shift)));
                sum += p;
                slope += p * (1 - p);
            }

            double error = (sum / logOdds.Length) - target;
            if (Math.Abs(error) < 1e-12)
            {
                break;
            }

            (low, high) = error > 0 ? (low, shift) : (shift, high);
            double next = slope > 0 ? shift - (error * logOdds.Length / slope) : double.NaN;
            shift = next > low && next < high ? next : (low + high) / 2;
        }

        return shift;
    }

    /// <summary>Mean probability of log-odds.</summary>
    public static double Mean(ReadOnlySpan<double> logOdds)
    {
        double sum = 0;
        foreach (double f in logOdds)
        {
            sum += 1 / (1 + Math.Exp(-f));
        }

        return sum / Math.Max(1, logOdds.Length);
    }
}
