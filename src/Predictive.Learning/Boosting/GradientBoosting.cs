using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting.Growing;

namespace Predictive.Learning.Boosting;

/// <summary>
/// Trains gradient-boosted trees over histograms. Deterministic: same data and options, same trees, whatever the thread count.
/// </summary>
public static class GradientBoosting
{
    /// <summary>Trains an ensemble.</summary>
    /// <param name="data">The rows to learn from.</param>
    /// <param name="options">All settings.</param>
    /// <param name="validation">Rows to stop early by; the ensemble then keeps the best round's trees. Null = every round.</param>
    /// <param name="continueFrom">An ensemble of the same features and objective to add trees to. Null = start afresh.</param>
    /// <param name="progress">Told when the rows are binned (0 rounds done) and after each round, on the training thread.</param>
    /// <param name="cancellation">Stops between rounds.</param>
    /// <exception cref="LearningException">A setting is out of range or the data cannot be learned from; the message says what was found
    /// and expected.</exception>
    public static TreeEnsemble Train(
        BoostingData data,
        BoostingOptions options,
        BoostingValidation? validation = null,
        TreeEnsemble? continueFrom = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return new Trainer(data, options, validation, continueFrom, progress, cancellation).Train();
    }
}
