using Predictive.Learning;

namespace Predictive.Segmentation.Scoring.Models;

/// <summary>
/// Chance that a customer makes no purchase in [as-of, as-of + horizon): a calibrated blend of ridge logistic regression, boosted trees and
/// a lifetimes model. Immutable; safe to use from several threads.
/// </summary>
public sealed class ChurnModel
{
    /// <summary>Name of the entry in a model zip.</summary>
    public const string EntryName = "churn.bin";

    private ChurnModel() => throw new NotSupportedException("Being built.");

    /// <summary>The catalogue features it reads, in catalogue order: what a row gives.</summary>
    public IReadOnlyList<string> FeatureNames => throw new NotSupportedException();

    /// <summary>Length of the window, days.</summary>
    public int HorizonDays => throw new NotSupportedException();

    /// <summary>The probability for one row, in <see cref="FeatureNames"/> order.</summary>
    public double Predict(ReadOnlySpan<float> row) => throw new NotSupportedException();

    /// <summary>One probability per row; bit for bit what <see cref="Predict(ReadOnlySpan{float})"/> gives, whatever the thread count (0 = one per core).</summary>
    public void Predict(FeatureMatrix features, Span<double> probabilities, int threads = 0) => throw new NotSupportedException();

    /// <summary>
    /// Exact additive contributions to the log-odds of churn: one per catalogue feature, then the base value last; they sum to the
    /// log-odds of <see cref="Predict(ReadOnlySpan{float})"/>.
    /// </summary>
    /// <param name="row">In <see cref="FeatureNames"/> order.</param>
    /// <param name="contributions">Length: features + 1.</param>
    public void Explain(ReadOnlySpan<float> row, Span<double> contributions) => throw new NotSupportedException();

    /// <summary>Share of the training base with a lower probability, 0–100.</summary>
    public double Percentile(double probability) => throw new NotSupportedException();

    /// <summary>low, medium or high, by <see cref="BandCuts"/>.</summary>
    public string Band(double probability) => throw new NotSupportedException();

    /// <summary>Probabilities from which medium and high begin.</summary>
    public (double Medium, double High) BandCuts => throw new NotSupportedException();

    /// <summary>Writes the payload <see cref="Load"/> reads. The same model gives the same bytes.</summary>
    public void Save(Stream stream) => throw new NotSupportedException();

    /// <summary>Loads what <see cref="Save"/> wrote, its learners through <paramref name="engine"/>.</summary>
    /// <exception cref="LearningException">The payload is damaged, too new or of another engine.</exception>
    public static ChurnModel Load(ReadOnlyMemory<byte> payload, ILearningEngine engine) => throw new NotSupportedException();
}
