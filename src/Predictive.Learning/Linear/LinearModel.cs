using System.Globalization;
namespace Predictive.Learning.Linear;

/// <summary>How a linear model's raw score becomes its prediction.</summary>
public enum LinearLink
{
    /// <summary>The score is the prediction.</summary>
    Identity,

    /// <summary>The score is a log-odds, the prediction a probability.</summary>
    Logistic,

    /// <summary>The score is the logarithm of the prediction.</summary>
    Log,
}

/// <summary>
/// A fitted linear model: score = intercept + Σ coefficient · (value − mean). A missing (or infinite) value counts as the mean.
/// Immutable; safe to use from several threads; predicting allocates nothing.
/// </summary>
public sealed class LinearModel
{
    // With coefficients up to here and values of 32-bit floats no score can overflow.
    private const double Largest = 1e200;

    private readonly double[] _means;
    private readonly double[] _scales;
    private readonly double[] _coefficients;

    internal LinearModel(
        IReadOnlyList<string> featureNames, LinearLink link, double intercept, double[] means, double[] scales, double[] coefficients)
    {
        (FeatureNames, Link, Intercept) = (featureNames, link, intercept);
        (_means, _scales, _coefficients) = (means, scales, coefficients);
    }

    /// <summary>A model that some other library fitted: score = intercept + Σ coefficient · (value − mean).</summary>
    /// <param name="featureNames">The features a row gives, in order.</param>
    /// <param name="link">From score to prediction.</param>
    /// <param name="intercept">Score of a row at the means.</param>
    /// <param name="means">What stands in for a missing or infinite value of each feature.</param>
    /// <param name="scales">Standard deviation of each feature, ≥ 0: for importance alone.</param>
    /// <param name="coefficients">Per unit of each feature.</param>
    /// <exception cref="LearningException">A list has not one finite number per feature.</exception>
    public static LinearModel Of(
        IReadOnlyList<string> featureNames, LinearLink link, double intercept, IReadOnlyList<double> means, IReadOnlyList<double> scales,
        IReadOnlyList<double> coefficients)
    {
        ArgumentNullException.ThrowIfNull(featureNames);
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(scales);
        ArgumentNullException.ThrowIfNull(coefficients);
        int n = featureNames.Count;
        if (means.Count != n || scales.Count != n || coefficients.Count != n || !(Math.Abs(intercept) <= Largest)
            || !means.All(m => Math.Abs(m) <= float.MaxValue) || !scales.All(s => s is >= 0 and <= Largest)
                || !coefficients.All(c => Math.Abs(c) <= Largest))
        {
            throw new LearningException(string.Create(
                CultureInfo.InvariantCulture,
                $"A linear model of {n} features was handed over with {means.Count} means, {scales.Count} scales, {coefficients.Count} "
                    + $"coefficients and the intercept {intercept}; expected one finite number of each per feature."));
        }

        return new LinearModel([.. featureNames], link, intercept, [.. means], [.. scales], [.. coefficients]);
    }

    /// <summary>The features a row gives, in order.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>From score to prediction.</summary>
    public LinearLink Link { get; }

    /// <summary>Score of a row at the means.</summary>
    public double Intercept { get; }

    /// <summary>Weighted mean of each feature in training, missing values left out.</summary>
    public IReadOnlyList<double> Means => _means;

    /// <summary>Weighted standard deviation of each feature in training; 0 = constant, its coefficient is then 0.</summary>
    public IReadOnlyList<double> Scales => _scales;

    /// <summary>Change of the score per unit of each feature, not standardised.</summary>
    public IReadOnlyList<double> Coefficients => _coefficients;

    /// <summary>Newton steps the fit took; 0 in a loaded model.</summary>
    public int Iterations { get; internal init; }

    /// <summary>The prediction of one row, in <see cref="FeatureNames"/> order.</summary>
    public double Predict(ReadOnlySpan<float> row) => Inverse(PredictRaw(row));

    /// <summary>The score of one row.</summary>
    public double PredictRaw(ReadOnlySpan<float> row)
    {
        if (row.Length != _means.Length)
        {
            throw new ArgumentException($"A row of {row.Length} values was given; the model reads {_means.Length} features.", nameof(row));
        }

        double sum = Intercept;
        for (int j = 0; j < row.Length; j++)
        {
            sum += Part(j, row[j]);
        }

        return sum;
    }

    /// <summary>One prediction per row, bit for bit what the single-row method gives.</summary>
    /// <param name="data">Columns in <see cref="FeatureNames"/> order.</param>
    /// <param name="output">One slot per row.</param>
    public void Predict(FeatureMatrix data, Span<double> output)
    {
        ArgumentNullException.ThrowIfNull(data);
        EngineChecks.Columns(FeatureNames, data, output.Length);
        output[..data.Rows].Fill(Intercept);
        for (int j = 0; j < _means.Length; j++)
        {
            ReadOnlySpan<float> column = data.Column(j);
            for (int i = 0; i < column.Length; i++)
            {
                output[i] += Part(j, column[i]);
            }
        }

        for (int i = 0; i < data.Rows; i++)
        {
            output[i] = Inverse(output[i]);
        }
    }

    /// <summary>Coefficient · (value − mean) per feature, then the intercept; they sum to the score.</summary>
    /// <param name="row">In <see cref="FeatureNames"/> order.</param>
    /// <param name="contributions">Length: features + 1.</param>
    public void Explain(ReadOnlySpan<float> row, Span<double> contributions)
    {
        if (row.Length != _means.Length || contributions.Length != row.Length + 1)
        {
            throw new ArgumentException(
                $"{row.Length} values and {contributions.Length} slots were given; expected {_means.Length} and {_means.Length + 1}.");
        }

        for (int j = 0; j < row.Length; j++)
        {
            contributions[j] = Part(j, row[j]);
        }

        contributions[^1] = Intercept;
    }

    /// <summary>|standardised coefficient| per feature, summing to 1 (all 0 where every coefficient is 0).</summary>
    public double[] Importance()
    {
        double[] size = [.. _coefficients.Select((c, j) => Math.Abs(c) * _scales[j])];
        double total = size.Sum();
        return total > 0 ? [.. size.Select(s => s / total)] : size;
    }

    internal void Write(PayloadWriter writer)
    {
        writer.Write((byte)Link);
        writer.Write(FeatureNames);
        writer.Write(Intercept);
        writer.Write(_means);
        writer.Write(_scales);
        writer.Write(_coefficients);
    }

    internal static LinearModel Read(ref PayloadReader reader)
    {
        byte link = reader.Byte();
        if (link > (byte)LinearLink.Log)
        {
            throw reader.Damaged($"link {link} is unknown");
        }

        string[] names = reader.Names();
        double intercept = reader.Double();
        double[] means = reader.Doubles(names.Length), scales = reader.Doubles(names.Length), coefficients = reader.Doubles(names.Length);
        if (Math.Abs(intercept) > Largest || Array.Exists(coefficients, c => Math.Abs(c) > Largest)
            || Array.Exists(scales, s => s is < 0 or > Largest) || Array.Exists(means, m => Math.Abs(m) > float.MaxValue))
        {
            throw reader.Damaged("a number stands there that no training gives");
        }

        return new LinearModel(names, (LinearLink)link, intercept, means, scales, coefficients);
    }

    // Open interval: a probability of exactly 0 or 1 would promise certainty.
    internal const double MaxLogOdds = 36;

    // exp overflows beyond 709; no label of float range comes near.
    internal const double MaxLog = 700;

    internal double Inverse(double score) => Link switch
    {
        LinearLink.Logistic => Logistic(score),
        LinearLink.Log => Math.Exp(Math.Min(score, MaxLog)),
        _ => score,
    };

    internal static double Logistic(double score) => 1 / (1 + Math.Exp(-Math.Clamp(score, -MaxLogOdds, MaxLogOdds)));

    private double Part(int feature, float value) => float.IsFinite(value) ? _coefficients[feature] * (value - _means[feature]) : 0;
}
