namespace Predictive.Learning.Boosting;

/// <summary>Trained trees, ready to predict. Immutable; safe to use from several threads.</summary>
public sealed class TreeEnsemble
{
    /// <summary>What was minimised.</summary>
    public Objective Objective => throw new NotSupportedException();

    /// <summary>The features a row gives, in order.</summary>
    public IReadOnlyList<string> FeatureNames => throw new NotSupportedException();

    /// <summary>Number of trees.</summary>
    public int Trees => throw new NotSupportedException();

    /// <summary>Raw score before any tree: log-odds, logarithm of the mean, mean or quantile, by objective.</summary>
    public double BaseScore => throw new NotSupportedException();

    /// <summary>Share of the total gain won by splits on each feature, in feature order; sums to 1 (all 0 where nothing was split).</summary>
    public IReadOnlyList<double> Importance => throw new NotSupportedException();

    /// <summary>The prediction for one row (probability, expected value or quantile); allocates nothing.</summary>
    public double Predict(ReadOnlySpan<float> row) => throw new NotSupportedException();

    /// <summary>The raw score for one row: log-odds for <see cref="Objective.Logistic"/>, the logarithm of the mean for log links.</summary>
    public double PredictRaw(ReadOnlySpan<float> row) => throw new NotSupportedException();

    /// <summary>One prediction per row, bit for bit what the single-row method gives.</summary>
    /// <param name="data">Columns in <see cref="FeatureNames"/> order.</param>
    /// <param name="output">One slot per row.</param>
    /// <param name="threads">0 = one per core.</param>
    public void Predict(FeatureMatrix data, Span<double> output, int threads = 0) => throw new NotSupportedException();

    /// <summary>One raw score per row.</summary>
    public void PredictRaw(FeatureMatrix data, Span<double> output, int threads = 0) => throw new NotSupportedException();

    /// <summary>One prediction per row of a row-major table (rows × features).</summary>
    public void Predict(ReadOnlySpan<float> rowMajor, Span<double> output, int threads = 0) => throw new NotSupportedException();

    /// <summary>One raw score per row of a row-major table.</summary>
    public void PredictRaw(ReadOnlySpan<float> rowMajor, Span<double> output, int threads = 0) => throw new NotSupportedException();

    /// <summary>Exact TreeSHAP (Lundberg et al. 2018): one contribution per feature, then the base value; they sum to the raw score.</summary>
    /// <param name="row">In <see cref="FeatureNames"/> order.</param>
    /// <param name="contributions">Length: features + 1.</param>
    public void Explain(ReadOnlySpan<float> row, Span<double> contributions) => throw new NotSupportedException();

    /// <summary>Writes the payload <see cref="Load"/> reads.</summary>
    public void Save(Stream stream) => throw new NotSupportedException();

    /// <summary>Reads what <see cref="Save"/> wrote; every number is checked before it is used.</summary>
    /// <exception cref="LearningException">The payload is damaged, too new or no tree ensemble.</exception>
    public static TreeEnsemble Load(ReadOnlyMemory<byte> payload) => throw new NotSupportedException();
}
