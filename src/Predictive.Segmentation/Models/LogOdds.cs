namespace Predictive.Segmentation.Models;

/// <summary>Probabilities and log-odds.</summary>
internal static class LogOdds
{
    /// <summary>Probabilities are held inside [1e-6, 1 − 1e-6] before they become log-odds.</summary>
    public const double Smallest = 1e-6;

    public static double Of(double probability)
    {
        double p = Math.Clamp(probability, Smallest, 1 - Smallest);
        return Math.Log(p / (1 - p));
    }

    public static double ToProbability(double logOdds) => 1 / (1 + Math.Exp(-logOdds));
}
