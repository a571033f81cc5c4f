namespace Predictive.Learning.Linear;

/// <summary>
/// A loss of the score, convex, with its first two derivatives. How to add one: derive, give the link, the domain of labels and
/// <see cref="At"/>; name it in <see cref="RidgeRegression"/>; the finite-difference test takes it from its list.
/// </summary>
internal abstract class LinearLoss
{
    public abstract LinearLink Link { get; }

    /// <summary>What a label must be, for the message; null where <paramref name="label"/> is allowed.</summary>
    public abstract string? Refusal(float label);

    /// <summary>Score of a model without features whose mean label this is.</summary>
    public abstract double Start(double mean);

    /// <summary>
    /// Loss at a score, its slope and a curvature &gt; 0 (the exact second derivative, or its expectation, which also bounds a step).
    /// </summary>
    public abstract double At(double score, double label, out double slope, out double curvature);
}

internal sealed class LogisticLoss : LinearLoss
{
    public override LinearLink Link => LinearLink.Logistic;

    public override string? Refusal(float label) => label is 0 or 1 ? null : "0 or 1";

    public override double Start(double mean) => Math.Log(mean / (1 - mean));

    public override double At(double score, double label, out double slope, out double curvature)
    {
        double e = Math.Exp(-Math.Abs(score)), p = score >= 0 ? 1 / (1 + e) : e / (1 + e);
        slope = p - label;
        curvature = Math.Max(e / ((1 + e) * (1 + e)), 1e-12);
        return Math.Log(1 + e) + (score >= 0 ? (1 - label) * score : -label * score);
    }
}

internal sealed class SquaredLoss : LinearLoss
{
    public override LinearLink Link => LinearLink.Identity;

    public override string? Refusal(float label) => float.IsFinite(label) ? null : "a finite number";

    public override double Start(double mean) => mean;

    public override double At(double score, double label, out double slope, out double curvature)
    {
        slope = score - label;
        curvature = 1;
        return slope * slope / 2;
    }
}

/// <summary>
/// Squared within <paramref name="delta"/>, absolute beyond. The curvature is that of the quadratic that touches and bounds it.
/// </summary>
internal sealed class HuberLoss(double delta) : LinearLoss
{
    public override LinearLink Link => LinearLink.Identity;

    public override string? Refusal(float label) => float.IsFinite(label) ? null : "a finite number";

    public override double Start(double mean) => mean;

    public override double At(double score, double label, out double slope, out double curvature)
    {
        double error = score - label, size = Math.Abs(error);
        slope = Math.Clamp(error, -delta, delta);
        curvature = size <= delta ? 1 : delta / size;
        return size <= delta ? error * error / 2 : delta * (size - (delta / 2));
    }
}

/// <summary>
/// Deviance of the Tweedie family with log link up to terms of the label alone: power 1 = Poisson, between = compound, 2 = Gamma.
/// </summary>
internal sealed class TweedieLoss(double power) : LinearLoss
{
    public override LinearLink Link => LinearLink.Log;

    public override string? Refusal(float label) =>
        power >= 2
            ? label > 0 && float.IsFinite(label) ? null : "a finite number above 0"
            : label >= 0 && float.IsFinite(label) ? null : "a finite number, 0 or more";

    public override double Start(double mean) => Math.Log(mean);

    public override double At(double score, double label, out double slope, out double curvature)
    {
        // Far scores are only visited by a line search; held where exp stays finite.
        score = Math.Clamp(score, -300, 300);
        double own = Math.Exp((1 - power) * score), mean = Math.Exp((2 - power) * score);
        slope = mean - (label * own);
        curvature = ((2 - power) * mean) + ((power - 1) * label * own);
        curvature = Math.Max(curvature, 1e-12);
        double first = power >= 2 ? score : mean / (2 - power), second = power <= 1 ? label * score : label * own / (1 - power);
        return first - second;
    }
}
