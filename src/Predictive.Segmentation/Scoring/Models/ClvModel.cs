using Predictive.Learning;

namespace Predictive.Segmentation.Scoring.Models;

/// <summary>What is expected of one customer in [as-of, as-of + horizon). Money in the dataset's currency, refunds subtracted.</summary>
/// <param name="Expected">Mean net spend, ≥ 0.</param>
/// <param name="Low">Lower end of the 80 % interval, ≥ 0.</param>
/// <param name="High">Upper end of the 80 % interval, ≥ <paramref name="Low"/>.</param>
/// <param name="ExpectedOrders">Mean number of orders, ≥ 0.</param>
/// <param name="NextOrderDays">Days from the as-of instant to the next order if there is one within the horizon (median); NaN = cannot tell.</param>
/// <param name="NextOrderLowDays">Lower quartile of the same.</param>
/// <param name="NextOrderHighDays">Upper quartile of the same.</param>
public readonly record struct ClvPrediction(
    double Expected,
    double Low,
    double High,
    double ExpectedOrders,
    double NextOrderDays,
    double NextOrderLowDays,
    double NextOrderHighDays);

/// <summary>
/// Expected net spend in [as-of, as-of + horizon), its 80 % interval, expected orders and next order date: chance to buy (from the churn
/// model) × spend of buyers, combined with the lifetimes product. Immutable; safe to use from several threads.
/// </summary>
public sealed class ClvModel
{
    /// <summary>Name of the entry in a model zip.</summary>
    public const string EntryName = "clv.bin";

    private ClvModel() => throw new NotSupportedException("Being built.");

    /// <summary>The catalogue features it reads, in catalogue order: what a row gives.</summary>
    public IReadOnlyList<string> FeatureNames => throw new NotSupportedException();

    /// <summary>Length of the window, days.</summary>
    public int HorizonDays => throw new NotSupportedException();

    /// <summary>The prediction for one row, in <see cref="FeatureNames"/> order, given the churn model's probability for it.</summary>
    public ClvPrediction Predict(ReadOnlySpan<float> row, double churnProbability) => throw new NotSupportedException();

    /// <summary>One prediction per row; bit for bit what the single-row method gives, whatever the thread count (0 = one per core).</summary>
    public void Predict(FeatureMatrix features, ReadOnlySpan<double> churnProbabilities, Span<ClvPrediction> predictions, int threads = 0) => throw new NotSupportedException();

    /// <summary>Writes the payload <see cref="Load"/> reads. The same model gives the same bytes.</summary>
    public void Save(Stream stream) => throw new NotSupportedException();

    /// <summary>Loads what <see cref="Save"/> wrote, its learners through <paramref name="engine"/>.</summary>
    /// <exception cref="LearningException">The payload is damaged, too new or of another engine.</exception>
    public static ClvModel Load(ReadOnlyMemory<byte> payload, ILearningEngine engine) => throw new NotSupportedException();
}
