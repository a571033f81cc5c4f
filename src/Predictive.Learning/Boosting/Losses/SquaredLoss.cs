namespace Predictive.Learning.Boosting.Losses;

/// <summary>½(s − y)²: the prediction is a conditional mean.</summary>
internal readonly struct SquaredLoss : ILossFunction
{
    public bool ConstantHessian => true;

    public double? RenewalQuantile => null;

    public double GradientBound => double.PositiveInfinity;

    public void Derivatives(double raw, double label, out double gradient, out double hessian) => (gradient, hessian) = (raw - label, 1);

    public double InitialScore(float[] labels, float[]? weights) => LossMath.Mean(labels, weights);

    public double Prediction(double raw) => raw;

    public double Value(double raw, double label) => 0.5 * (raw - label) * (raw - label);

    public string? LabelFault(float label) => null;
}
