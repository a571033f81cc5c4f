namespace Predictive.Learning.Boosting.Losses;

/// <summary>
/// Tweedie deviance with log link, variance power p in (1, 2), up to a constant and a factor:
/// e^{(2−p)s}/(2−p) − y·e^{(1−p)s}/(1−p) (Jørgensen 1987; Yang, Qian and Zou 2018).
/// </summary>
internal readonly struct TweedieLoss(double power) : ILossFunction
{
    public bool ConstantHessian => false;

    public double? RenewalQuantile => null;

    public double GradientBound => double.PositiveInfinity;

    public void Derivatives(double raw, double label, out double gradient, out double hessian)
    {
        double a = LossMath.Exp((2 - power) * raw);
        double b = label * LossMath.Exp((1 - power) * raw);
        gradient = a - b;
        hessian = ((2 - power) * a) + ((power - 1) * b);
    }

    public double InitialScore(float[] labels, float[]? weights) => LossMath.LogMean(labels, weights);

    public double Prediction(double raw) => LossMath.Exp(raw);

    public double Value(double raw, double label)
        => (LossMath.Exp((2 - power) * raw) / (2 - power)) + (label * LossMath.Exp((1 - power) * raw) / (power - 1));

    public string? LabelFault(float label) => label >= 0 ? null : "0 or more";
}
