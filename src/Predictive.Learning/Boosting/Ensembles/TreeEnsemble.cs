using System.Globalization;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Explanation;
using Predictive.Learning.Boosting.Losses;
using Predictive.Learning.Boosting.Prediction;

namespace Predictive.Learning.Boosting.Ensembles;

/// <summary>Trained trees, ready to predict. Immutable; safe to use from several threads.</summary>
public sealed class TreeEnsemble
{
    private readonly Loss _loss;
    private readonly EnsemblePredictor _predictor;
    private readonly Lazy<TreeShap> _shap;

    internal TreeEnsemble(string[] featureNames, Objective objective, LossParameters parameters, double baseScore, EnsembleTree[] trees)
    {
        (FeatureNames, Objective, Parameters, BaseScore, Members) = (featureNames, objective, parameters, baseScore, trees);
        _loss = Loss.Create(objective, parameters.TweediePower, parameters.Quantile, parameters.HuberDelta);
        _predictor = new EnsemblePredictor(trees, featureNames.Length, baseScore);
        _shap = new Lazy<TreeShap>(() => new TreeShap(trees, featureNames.Length, baseScore));
        Importance = GainShares(trees, featureNames.Length);
    }

    /// <summary>An ensemble that some other library grew: scored, explained and saved as one grown here.</summary>
    /// <param name="featureNames">The features a row gives, in order.</param>
    /// <param name="objective">What the raw score means; only its link matters.</param>
    /// <param name="baseScore">Raw score before any tree.</param>
    /// <param name="trees">In the order their values are added.</param>
    /// <param name="rows">The rows it was trained on, with <paramref name="featureNames"/> as columns: Shapley values average over
    /// them.</param>
    /// <param name="weights">One per row, ≥ 0; null = 1 each.</param>
    /// <param name="threads">0 = one per core; the result does not depend on it.</param>
    /// <exception cref="LearningException">A tree is no binary tree over these features, or the rows have other columns.</exception>
    public static TreeEnsemble Of(
        IReadOnlyList<string> featureNames, Objective objective, double baseScore, IReadOnlyList<TreeStructure> trees, FeatureMatrix rows,
        float[]? weights = null, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(featureNames);
        ArgumentNullException.ThrowIfNull(trees);
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Columns != featureNames.Count || (weights is not null && weights.Length != rows.Rows) || !double.IsFinite(baseScore))
        {
            throw new LearningException(string.Create(
                CultureInfo.InvariantCulture,
                $"{featureNames.Count} features, {rows.Rows} rows of {rows.Columns} columns, {weights?.Length ?? rows.Rows} weights and "
                    + $"a base score of {baseScore} were handed over; expected as many columns as features, a weight per row and a "
                    + $"finite score."));
        }

        EnsembleTree[] members = [.. trees.Select(tree => tree.ToSequence(featureNames.Count))];
        LeafCovers.Fill(members, rows, weights, threads);
        var standard = new BoostingOptions();
        return new TreeEnsemble(
            [.. featureNames], objective, new LossParameters(standard.TweediePower, standard.Quantile, standard.HuberDelta), baseScore,
            members);
    }

    /// <summary>What was minimised.</summary>
    public Objective Objective { get; }

    /// <summary>The features a row gives, in order.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>Number of trees.</summary>
    public int Trees => Members.Length;

    /// <summary>Raw score before any tree: log-odds, logarithm of the mean, mean or quantile, by objective.</summary>
    public double BaseScore { get; }

    /// <summary>
    /// Share of the total gain won by splits on each feature, in feature order; sums to 1 (all 0 where nothing was split).
    /// </summary>
    public IReadOnlyList<double> Importance { get; }

    internal EnsembleTree[] Members { get; }

    internal LossParameters Parameters { get; }

    /// <summary>The prediction for one row (probability, expected value or quantile); allocates nothing.</summary>
    /// <param name="row">In <see cref="FeatureNames"/> order, NaN = missing.</param>
    public double Predict(ReadOnlySpan<float> row) => _loss.Prediction(PredictRaw(row));

    /// <summary>
    /// The raw score for one row: log-odds for <see cref="Objective.Logistic"/>, the logarithm of the mean for log links.
    /// </summary>
    /// <param name="row">In <see cref="FeatureNames"/> order, NaN = missing.</param>
    public double PredictRaw(ReadOnlySpan<float> row)
    {
        if (row.Length != FeatureNames.Count)
        {
            throw new ArgumentException($"The row has {row.Length} values; expected {FeatureNames.Count}, one per feature.", nameof(row));
        }

        return _predictor.Single(row);
    }

    /// <summary>One prediction per row, bit for bit what the single-row method gives.</summary>
    /// <param name="data">Columns in <see cref="FeatureNames"/> order.</param>
    /// <param name="output">One slot per row.</param>
    /// <param name="threads">0 = one per core.</param>
    public void Predict(FeatureMatrix data, Span<double> output, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        CheckShape(data.Columns, data.Rows, output.Length);
        _predictor.Batch(new RowSource(data), output, threads, _loss);
    }

    /// <summary>One raw score per row.</summary>
    /// <inheritdoc cref="Predict(FeatureMatrix, Span{double}, int)"/>
    public void PredictRaw(FeatureMatrix data, Span<double> output, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        CheckShape(data.Columns, data.Rows, output.Length);
        _predictor.Batch(new RowSource(data), output, threads, null);
    }

    /// <summary>One prediction per row of a row-major table.</summary>
    /// <param name="rowMajor">Rows × features.</param>
    /// <param name="output">One slot per row.</param>
    /// <param name="threads">0 = one per core.</param>
    public void Predict(
        ReadOnlySpan<float> rowMajor, Span<double> output, int threads = 0) => BatchRowMajor(rowMajor, output, threads, _loss);

    /// <summary>One raw score per row of a row-major table.</summary>
    /// <inheritdoc cref="Predict(ReadOnlySpan{float}, Span{double}, int)"/>
    public void PredictRaw(
        ReadOnlySpan<float> rowMajor, Span<double> output, int threads = 0) => BatchRowMajor(rowMajor, output, threads, null);

    /// <summary>
    /// Exact TreeSHAP (Lundberg et al. 2018): one contribution per feature, then the base value; they sum to the raw score.
    /// </summary>
    /// <param name="rows">One row, or several one after the other (row-major); each in <see cref="FeatureNames"/> order.</param>
    /// <param name="contributions">Length per row: features + 1. A row gets the same bits alone or among others.</param>
    public void Explain(ReadOnlySpan<float> rows, Span<double> contributions)
    {
        int width = FeatureNames.Count;
        int count = contributions.Length / (width + 1);
        if (contributions.Length != count * (width + 1) || rows.Length != count * width)
        {
            throw new ArgumentException(
                $"There are {rows.Length} values and room for {contributions.Length} contributions; expected {width} values and "
                    + $"{width + 1} contributions per row.", nameof(rows));
        }

        _shap.Value.Explain(rows, contributions);
    }

    /// <summary>Writes the payload <see cref="Load"/> reads.</summary>
    /// <param name="stream">Stays open.</param>
    public void Save(Stream stream) => EnsembleFormat.Write(this, stream);

    /// <summary>Reads what <see cref="Save"/> wrote; every number is checked before it is used.</summary>
    /// <exception cref="LearningException">The payload is damaged, too new or no tree ensemble.</exception>
    public static TreeEnsemble Load(ReadOnlyMemory<byte> payload) => EnsembleFormat.Read(payload.Span);

    internal void PredictRaw(BoostingData data, Span<double> output, int threads)
    {
        if (data.RowMajor is { } rowMajor)
        {
            PredictRaw(rowMajor, output, threads);
        }
        else
        {
            PredictRaw(data.Matrix!, output, threads);
        }
    }

    private static double[] GainShares(EnsembleTree[] trees, int features)
    {
        var gains = new double[features];
        foreach (EnsembleTree tree in trees)
        {
            for (int k = 0; k < tree.Splits; k++)
            {
                gains[tree.Feature[k]] += tree.Gain[k];
            }
        }

        double total = gains.Sum();
        return total > 0 ? [.. gains.Select(gain => gain / total)] : gains;
    }

    private unsafe void BatchRowMajor(ReadOnlySpan<float> rowMajor, Span<double> output, int threads, Loss? loss)
    {
        int columns = FeatureNames.Count;
        if (rowMajor.Length % columns != 0)
        {
            throw new ArgumentException($"{rowMajor.Length} values do not divide into rows of {columns} features.", nameof(rowMajor));
        }

        CheckShape(columns, rowMajor.Length / columns, output.Length);
        fixed (float* values = rowMajor)
        {
            _predictor.Batch(new RowSource(values, rowMajor.Length / columns, columns), output, threads, loss);
        }
    }

    private void CheckShape(int columns, int rows, int output)
    {
        if (columns != FeatureNames.Count || rows != output)
        {
            throw new ArgumentException(
                $"The table has {rows} rows × {columns} columns and there is room for {output} predictions; expected "
                    + $"{FeatureNames.Count} columns and one slot per row.");
        }
    }
}
