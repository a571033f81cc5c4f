namespace Predictive.Learning.Boosting.Losses;

/// <summary>
/// Pinball loss at level α: α·(y − s) below the label, (1 − α)·(s − y) above. It has no curvature, so trees are grown on its sign
/// and each leaf's value is then the α-quantile of its residuals (Friedman 2001, the LAD case generalised).
/// </summary>
internal readonly struct QuantileLoss(double level) : ILossFunction
{
    public bool ConstantHessian => true;

    public double? RenewalQuantile => level;

    public double GradientBound => 1;

    public void Derivatives(double raw, double label, out double gradient, out double hessian)
        => (gradient, hessian) = (raw < label ? -level : 1 - level, 1);

    public double InitialScore(float[] labels, float[]? weights)
        => LossMath.WeightedQuantile((float[])labels.Clone(), (float[]?)weights?.Clone() ?? [], level);

    public double Prediction(double raw) => raw;

    public double Value(double raw, double label) => label > raw ? level * (label - raw) : (1 - level) * (raw - label);

    public string? LabelFault(float label) => null;
}
