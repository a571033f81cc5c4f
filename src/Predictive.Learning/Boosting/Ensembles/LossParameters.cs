namespace Predictive.Learning.Boosting.Ensembles;

/// <summary>What a loss was parameterised by; kept with the trees.</summary>
internal readonly record struct LossParameters(double TweediePower, double Quantile, double HuberDelta);
