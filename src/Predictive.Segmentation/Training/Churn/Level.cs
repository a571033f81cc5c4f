using Predictive.Segmentation.Scoring.Models;

namespace Predictive.Segmentation.Training.Churn;

/// <summary>The level of churn: the one number that moves most between windows.</summary>
internal static class Level
{
    private const double PriorWindows = 2;

    /// <summary>
    /// The mean probability to aim at: in log-odds, (1 − anchor) · raw + anchor · (Pareto/NBD now + its mean error over the training windows). Pareto/NBD
    /// knows how the base ages from window to window, the windows know by how much it is off on this base; neither alone is trusted.
    /// </summary>
    /// <param name="raw">Mean probability of the blend.</param>
    /// <param name="lifetimes">Mean churn probability by Pareto/NBD as of the same instant.</param>
    /// <param name="lifetimesError">See <see cref="LifetimesError"/>.</param>
    /// <param name="anchor">0–1.</param>
    public static double Target(double raw, double lifetimes, double lifetimesError, double anchor) =>
        anchor == 0 ? raw : LogOdds.ToProbability(((1 - anchor) * LogOdds.Of(raw)) + (anchor * (LogOdds.Of(lifetimes) + lifetimesError)));

    /// <summary>
    /// Mean over the n full windows of logit(share that churned) − logit(mean Pareto/NBD churn probability), times n / (n + 2): few windows say little.
    /// </summary>
    public static double LifetimesError(IEnumerable<(double Actual, double Lifetimes)> windows)
    {
        double[] errors = [.. windows.Select(w => LogOdds.Of(Held(w.Actual)) - LogOdds.Of(Held(w.Lifetimes)))];
        return errors.Sum() / (errors.Length + PriorWindows);

        static double Held(double share) => Math.Clamp(share, 1e-3, 1 - 1e-3);
    }

    /// <summary>The shift of log-odds after which their mean probability is <paramref name="mean"/> (held inside [1e-4, 1 − 1e-4]).</summary>
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
