using Predictive.History;

namespace Predictive.Segmentation.Models.Evaluation;

/// <summary>Churn quality over one window.</summary>
/// <param name="Rate">Share that churned.</param>
/// <param name="Auc">Area under the ROC curve.</param>
/// <param name="PrAuc">Area under the precision–recall curve (average precision).</param>
/// <param name="LogLoss">Mean log loss, nats.</param>
/// <param name="Brier">Mean squared error of the probability.</param>
/// <param name="Ece">Expected calibration error: 10 equal-width bins, weighted by count.</param>
/// <param name="TopDecileLift">Churn rate in the tenth with the highest probability over the overall rate.</param>
public sealed record ChurnMetrics(double Rate, double Auc, double PrAuc, double LogLoss, double Brier, double Ece, double TopDecileLift);

/// <summary>CLV quality over one window; money in the dataset's currency, refunds subtracted.</summary>
/// <param name="ActualTotal">Net spend of the population in the window, in whole cents.</param>
/// <param name="PredictedTotal">Sum of the predictions, in whole cents.</param>
/// <param name="Spearman">Rank correlation of prediction and net spend.</param>
/// <param name="Mae">Mean absolute error, in whole cents.</param>
/// <param name="Rmse">Root mean squared error, in whole cents.</param>
/// <param name="Gini">Normalised Gini of max(net, 0), ties averaged.</param>
/// <param name="TopDecileCapture">Share of max(net, 0) in the tenth with the highest prediction.</param>
public sealed record ClvMetrics(
    double ActualTotal, double PredictedTotal, double Spearman, double Mae, double Rmse, double Gini, double TopDecileCapture)
{
    /// <inheritdoc cref="ClvMetrics" path="/param[@name='ActualTotal']"/>
    public double ActualTotal { get; init; } = Cents.Of(ActualTotal);

    /// <inheritdoc cref="ClvMetrics" path="/param[@name='PredictedTotal']"/>
    public double PredictedTotal { get; init; } = Cents.Of(PredictedTotal);

    /// <inheritdoc cref="ClvMetrics" path="/param[@name='Mae']"/>
    public double Mae { get; init; } = Cents.Of(Mae);

    /// <inheritdoc cref="ClvMetrics" path="/param[@name='Rmse']"/>
    public double Rmse { get; init; } = Cents.Of(Rmse);
}

/// <summary>How the 80 % interval kept its promise over one window.</summary>
/// <param name="BelowLow">Share of customers whose net spend fell below the low end.</param>
/// <param name="AboveHigh">Share above the high end.</param>
/// <param name="CoverageLikelyBuyers">Share inside, among customers whose predicted chance to buy is at least one half; null where there is
/// none.</param>
/// <param name="LikelyBuyers">How many those are.</param>
/// <param name="PinballLow">Mean pinball loss of the low end at .1.</param>
/// <param name="PinballHigh">Mean pinball loss of the high end at .9.</param>
/// <param name="PopulationPinballLow">The same of the population's own .1 quantile in the window.</param>
/// <param name="PopulationPinballHigh">The same of the population's own .9 quantile.</param>
public sealed record IntervalMetrics(
    double BelowLow,
    double AboveHigh,
    double? CoverageLikelyBuyers,
    int LikelyBuyers,
    double PinballLow,
    double PinballHigh,
    double PopulationPinballLow,
    double PopulationPinballHigh);

/// <summary>A named baseline, measured like the model; a part it does not predict is null.</summary>
/// <param name="Churn">As churn.</param>
/// <param name="Clv">As CLV.</param>
public sealed record BaselineMetrics(ChurnMetrics? Churn, ClvMetrics? Clv);
