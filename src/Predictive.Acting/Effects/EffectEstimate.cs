namespace Predictive.Acting.Effects;

/// <summary>What contacting people changed, per head.</summary>
/// <param name="Contacted">Mean outcome of those to be contacted.</param>
/// <param name="HeldOut">Mean outcome of those held out.</param>
/// <param name="Effect">The difference, adjusted where there is something to adjust by.</param>
/// <param name="StandardError">Of the effect.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="VarianceLeft">Variance of the effect over what it would be without adjustment; 1 = nothing was gained.</param>
public readonly record struct EffectEstimate(
    double Contacted, double HeldOut, double Effect, double StandardError, double Low, double High, double VarianceLeft)
{
    /// <summary>Whether the interval lies above 0.</summary>
    public bool IsGain => Low > 0;

    /// <summary>Whether the interval lies below 0.</summary>
    public bool IsHarm => High < 0;
}
