using Predictive.Segmentation.History;

namespace Predictive.Segmentation.Training;

/// <summary>History in, trained models out.</summary>
public static class TrainingPipeline
{
    /// <summary>Trains churn and CLV models as of an instant.</summary>
    /// <exception cref="DatasetException">The history is too small or too short; the message names the shortfall.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static TrainedModels Train(
        TransactionHistory history,
        TrainingOptions options,
        IProgress<PipelineProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        throw new NotSupportedException("Training is being built.");
    }
}
