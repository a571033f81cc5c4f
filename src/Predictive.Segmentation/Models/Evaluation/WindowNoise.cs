namespace Predictive.Segmentation.Models.Evaluation;

/// <summary>Standard errors of four measures: how far each would move on other customers of the same kind.</summary>
/// <param name="Auc">Of churn AUC.</param>
/// <param name="LogLoss">Of churn log loss.</param>
/// <param name="Gini">Of CLV Gini.</param>
/// <param name="Spearman">Of CLV Spearman.</param>
public sealed record MeasureNoise(double Auc, double LogLoss, double Gini, double Spearman);

/// <summary>Noise of a window's measures.</summary>
/// <param name="Model">Of the model's own.</param>
/// <param name="Gains">Of the differences from each named baseline, on the same customers: far smaller, for both err on the same ones. 0
/// where the baseline has no such measure.</param>
public sealed record WindowNoise(MeasureNoise Model, IReadOnlyDictionary<string, MeasureNoise> Gains);
