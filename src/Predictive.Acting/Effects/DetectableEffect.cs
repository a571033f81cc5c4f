using MathNet.Numerics.Distributions;

namespace Predictive.Acting.Effects;

/// <summary>The smallest effect a campaign of a size would see.</summary>
public static class DetectableEffect
{
    /// <summary>Share of campaigns with such an effect that see it. .8 = four of five.</summary>
    public const double Power = .8;

    /// <summary>(critical value + z of the power) × standard error.</summary>
    /// <param name="variance">Variance of the outcome per head, as far as it is not known before.</param>
    /// <param name="contacted">Customers to be contacted, 1 or more.</param>
    /// <param name="heldOut">Customers held out, 1 or more.</param>
    /// <param name="critical">Standard errors of the interval's half; null = those of a fixed end at 95 %.</param>
    public static double Of(double variance, int contacted, int heldOut, double? critical = null) =>
        ((critical ?? Normal.InvCDF(0, 1, .975)) + Normal.InvCDF(0, 1, Power))
            * Math.Sqrt(variance * ((1.0 / contacted) + (1.0 / heldOut)));
}
