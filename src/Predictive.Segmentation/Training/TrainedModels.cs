using Predictive.Learning;
using Predictive.Segmentation.Scoring.Models;

namespace Predictive.Segmentation.Training;

/// <summary>What one training made: the models, and all they were judged by.</summary>
/// <param name="Churn">Chance of no purchase within the horizon.</param>
/// <param name="Clv">Expected net spend within the horizon.</param>
/// <param name="Customers">The population at the as-of instant (indices into the history), ascending.</param>
/// <param name="Features">Their features at the as-of instant, in catalogue order, rows as <paramref name="Customers"/>: for portraits and drift.</param>
/// <param name="Report">How the models were made and what they are worth.</param>
public sealed record TrainedModels(
    ChurnModel Churn,
    ClvModel Clv,
    int[] Customers,
    FeatureMatrix Features,
    TrainingReport Report);
