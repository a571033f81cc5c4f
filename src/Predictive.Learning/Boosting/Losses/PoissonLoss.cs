namespace Predictive.Learning.Boosting.Losses;

/// <summary>Poisson deviance with log link, up to a constant: e^s − y·s (McCullagh and Nelder 1989, chapter 6).</summary>
internal readonly struct PoissonLoss : ILossFunction
{
    public bool ConstantHessian => false;

    public double? RenewalQuantile => null;

    public double GradientBound => double.PositiveInfinity;

    public void Derivatives(double raw, double label, out double gradient, out double hessian)
    {
        hessian = LossMath.Exp(raw);
        gradient = hessian - label;
    }

    public double InitialScore(float[] labels, float[]? weights) => LossMath.LogMean(labels, weights);

    public double Prediction(double raw) => LossMath.Exp(raw);

    public double Value(double raw, double label) => LossMath.Exp(raw) - (label * raw);

    public string? LabelFault(float label) => label >= 0 ? null : "0 or more (a count)";
}
