using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;
using Predictive.Training.Selection;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Training.Pipeline;

/// <summary>What one training made: the models, and all they were judged by.</summary>
/// <param name="Churn">Chance of no purchase within the horizon.</param>
/// <param name="Clv">Expected net spend within the horizon.</param>
/// <param name="Profile">The base as of that time: what features are computed with when scoring (for its own <c>HorizonDays</c>).</param>
/// <param name="Customers">The population at the as-of (indices into the history), ascending.</param>
/// <param name="Features">Their features at the as-of, in catalogue order, rows as <paramref name="Customers"/>: for portraits and
/// drift.</param>
/// <param name="Report">How the models were made and what they are worth.</param>
public sealed record TrainedModels(
    ChurnModel Churn,
    ClvModel Clv,
    BaseProfile Profile,
    int[] Customers,
    FeatureMatrix Features,
    TrainingReport Report)
{
    /// <summary>What the churn members learned from; empty where the lifetimes models stand alone.</summary>
    internal IReadOnlyList<Snapshot> TrainingSnapshots { get; init; } = [];

    /// <summary>What the churn model says of the rows of <see cref="Features"/>.</summary>
    internal double[] Probability { get; init; } = [];

    /// <summary>What the value model says of them.</summary>
    internal ClvPrediction[] Predictions { get; init; } = [];

    /// <summary>What models trained before say of a base at a later time.</summary>
    internal static (FeatureMatrix Features, double[] Probability, ClvPrediction[] Predictions) Ask(
        ChurnModel churn, ClvModel clv, BaseProfile profile, TransactionHistory history, int[] customers, LocalTime at, int threads)
    {
        FeatureMatrix features = FeatureSet.Compute(history, customers, at, churn.FeatureHorizonDays, profile, threads);
        var probability = new double[features.Rows];
        churn.Predict(features, probability, threads);
        var predictions = new ClvPrediction[features.Rows];
        clv.Predict(features, probability, predictions, threads);
        return (features, probability, predictions);
    }

    /// <summary>What the selection settled; null where there was nothing to settle.</summary>
    internal SelectionResult? Settings { get; init; }

    /// <summary>The members; null where the lifetimes models stand alone.</summary>
    internal FittedMembers? Members { get; init; }
}
