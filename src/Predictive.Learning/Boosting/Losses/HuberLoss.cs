namespace Predictive.Learning.Boosting.Losses;

/// <summary>½r² for |r| ≤ δ, δ(|r| − δ/2) beyond, r = s − y (Huber 1964); the start is the median.</summary>
internal readonly struct HuberLoss(double delta) : ILossFunction
{
    public bool ConstantHessian => true;

    public double? RenewalQuantile => null;

    public double GradientBound => delta;

    public void Derivatives(double raw, double label, out double gradient, out double hessian)
        => (gradient, hessian) = (Math.Clamp(raw - label, -delta, delta), 1); // 1 bounds the curvature, so the step never overshoots

    public double InitialScore(float[] labels, float[]? weights)
        => LossMath.WeightedQuantile((float[])labels.Clone(), (float[]?)weights?.Clone() ?? [], 0.5);

    public double Prediction(double raw) => raw;

    public double Value(double raw, double label)
    {
        double r = Math.Abs(raw - label);
        return r <= delta ? 0.5 * r * r : delta * (r - (delta / 2));
    }

    public string? LabelFault(float label) => null;
}
