namespace Predictive.Learning.Boosting.Inputs;

/// <summary>Rows to learn from or to judge by: features, labels, optional weights. Nothing is copied.</summary>
public sealed class BoostingData
{
    private readonly FeatureMatrix? _matrix;
    private readonly float[]? _rowMajor;

    /// <summary>Column-major features.</summary>
    /// <param name="features">Rows × features, NaN = missing; infinities are ordinary extreme values.</param>
    /// <param name="labels">One finite label per row, within the objective's domain.</param>
    /// <param name="weights">One per row, finite, ≥ 0, not all 0; null = 1 each.</param>
    /// <exception cref="LearningException">The lengths disagree.</exception>
    public BoostingData(FeatureMatrix features, float[] labels, float[]? weights = null)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labels);
        _matrix = features;
        (FeatureNames, Labels, Weights, Rows) = (features.Names, labels, weights, features.Rows);
        CheckLengths();
    }

    /// <summary>Row-major features: value j of row i is <c>rowMajor[i * names + j]</c>.</summary>
    /// <param name="rowMajor">Rows × features; its length is a multiple of the number of names.</param>
    /// <param name="featureNames">Distinct names, in column order.</param>
    /// <param name="labels">As for the other constructor.</param>
    /// <param name="weights">As for the other constructor.</param>
    /// <exception cref="LearningException">The lengths disagree or a name stands twice.</exception>
    public BoostingData(float[] rowMajor, IReadOnlyList<string> featureNames, float[] labels, float[]? weights = null)
    {
        ArgumentNullException.ThrowIfNull(rowMajor);
        ArgumentNullException.ThrowIfNull(featureNames);
        ArgumentNullException.ThrowIfNull(labels);
        if (featureNames.Count == 0 || rowMajor.Length % featureNames.Count != 0)
        {
            throw new LearningException(
                $"A row-major table of {rowMajor.Length} values does not divide into rows of {featureNames.Count} features.");
        }

        if (featureNames.Distinct(StringComparer.Ordinal).Count() != featureNames.Count)
        {
            throw new LearningException("A feature name stands twice; expected distinct names.");
        }

        _rowMajor = rowMajor;
        (FeatureNames, Labels, Weights, Rows) = (featureNames, labels, weights, rowMajor.Length / featureNames.Count);
        CheckLengths();
    }

    /// <summary>Distinct feature names, in column order.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>One label per row.</summary>
    public float[] Labels { get; }

    /// <summary>One weight per row, or null for 1 each.</summary>
    public float[]? Weights { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of features.</summary>
    public int Columns => FeatureNames.Count;

    /// <summary>The column-major table, where that is how the rows came; else null.</summary>
    public FeatureMatrix? Matrix => _matrix;

    /// <summary>The row-major table, where that is how the rows came; else null.</summary>
    public float[]? RowMajor => _rowMajor;

    private void CheckLengths()
    {
        if (Labels.Length != Rows)
        {
            throw new LearningException($"{Labels.Length} labels were given for {Rows} rows; expected one per row.");
        }

        if (Weights is not null && Weights.Length != Rows)
        {
            throw new LearningException($"{Weights.Length} weights were given for {Rows} rows; expected one per row.");
        }
    }
}

/// <summary>A loss or score of predictions on validation rows.</summary>
/// <param name="predictions">On the scale of <c>TreeEnsemble.Predict</c>: probabilities, expected values or quantiles.</param>
/// <param name="labels">One per prediction.</param>
/// <param name="weights">One per prediction, or empty for 1 each.</param>
public delegate double ValidationMetric(ReadOnlySpan<double> predictions, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights);

/// <summary>The rows that decide when to stop, and the measure they decide by.</summary>
/// <param name="Data">Same features, in the same order, as the training rows.</param>
/// <param name="Metric">Null = the objective's own mean loss.</param>
/// <param name="HigherIsBetter">True for AUC and the like. Default: false, a loss.</param>
public sealed record BoostingValidation(BoostingData Data, ValidationMetric? Metric = null, bool HigherIsBetter = false);
