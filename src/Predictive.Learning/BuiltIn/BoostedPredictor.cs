using Predictive.Learning.Boosting.Ensembles;

namespace Predictive.Learning.BuiltIn;

/// <summary>A boosted ensemble behind the engine's seam. Immutable; safe to use from several threads.</summary>
internal sealed class BoostedPredictor(TreeEnsemble ensemble, ReadOnlyMemory<byte> original = default) : IPredictor
{
    /// <summary>The trees.</summary>
    public TreeEnsemble Ensemble => ensemble;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Original => original;

    /// <inheritdoc/>
    public IReadOnlyList<string> FeatureNames => ensemble.FeatureNames;

    /// <inheritdoc/>
    public IReadOnlyList<double> Importance => ensemble.Importance;

    /// <inheritdoc/>
    public void Predict(FeatureMatrix data, Span<double> output)
    {
        ArgumentNullException.ThrowIfNull(data);
        EngineChecks.Columns(FeatureNames, data, output.Length);
        ensemble.Predict(data, output);
    }

    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<float> row) => ensemble.Predict(row);

    /// <inheritdoc/>
    public void Explain(ReadOnlySpan<float> row, Span<double> contributions) => ensemble.Explain(row, contributions);

    /// <inheritdoc/>
    public void ExplainRows(ReadOnlySpan<float> rows, Span<double> contributions) => ensemble.Explain(rows, contributions);

    /// <inheritdoc/>
    public void Save(Stream stream) => ensemble.Save(stream);
}
