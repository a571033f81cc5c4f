namespace Predictive.Learning.Boosting.Losses;

/// <summary>Gamma deviance with log link, up to a constant and a factor: s + y·e^−s (McCullagh and Nelder 1989, chapter 8).</summary>
internal readonly struct GammaLoss : ILossFunction
{
    public bool ConstantHessian => false;

    public double? RenewalQuantile => null;

    public double GradientBound => double.PositiveInfinity;

    public void Derivatives(double raw, double label, out double gradient, out double hessian)
    {
        hessian = label * LossMath.Exp(-raw);
        gradient = 1 - hessian;
    }

    public double InitialScore(float[] labels, float[]? weights) => LossMath.LogMean(labels, weights);

    public double Prediction(double raw) => LossMath.Exp(raw);

    public double Value(double raw, double label) => raw + (label * LossMath.Exp(-raw));

    public string? LabelFault(float label) => label > 0 ? null : "above 0";
}
