using Predictive.Learning;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Models;

/// <summary>
/// Chance that a customer makes no purchase in [as-of, as-of + horizon): a calibrated blend, in log-odds, of ridge logistic regression,
/// boosted trees and a lifetimes model. Immutable; safe to use from several threads.
/// </summary>
/// <remarks>
/// log-odds = w₁ · linear + w₂ · trees + w₃ · logit P(inactive) + carry + offset, the weights summing to 1. The carry is 0 where full label
/// windows existed; else see <see cref="Carry"/>.
/// </remarks>
public sealed class ChurnModel
{
    /// <summary>Name of the model in a version zip; see <see cref="ModelEntries"/>.</summary>
    internal const string Name = "churn";

    /// <summary>The column that tells trees how the horizon of a row relates to the model's: ln(h / H), 0 when scoring.</summary>
    internal const string HorizonColumn = "log_horizon_ratio";

    private static ReadOnlySpan<byte> Magic => "PRCH"u8;

    // 4: texts and lists as every payload writes them, the schema over definitions.
    private const int Format = 4;

    private readonly Parts _parts;

    internal ChurnModel(Parts parts) => (_parts, FeatureNames) = (parts, RowBlocks.FeaturesOf(parts.Trees));

    /// <summary>The features it reads, from the start of a row: the catalogue, then those of the tables it was trained with.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>Length of the window the probability is for, days.</summary>
    public int HorizonDays => _parts.HorizonDays;

    /// <summary>
    /// The horizon that the features of a row are computed for, days: <see cref="HorizonDays"/>, or shorter where the model is carried.
    /// </summary>
    public int FeatureHorizonDays => _parts.FeatureHorizonDays;

    /// <summary>Weight of each member of the blend, summing to 1.</summary>
    public IReadOnlyDictionary<string, double> Blend
    {
        get
        {
            var blend = new SortedDictionary<string, double>(StringComparer.Ordinal);
            foreach ((string name, double weight) in new[]
            {
                ("linear", _parts.LinearWeight), ("trees", _parts.TreesWeight), ("paretoNbd", _parts.ParetoWeight),
                ("bgNbd", _parts.BgWeight),
            })
            {
                blend[name] = weight;
            }

            return blend;
        }
    }

    /// <summary>The probability for one row, in <see cref="FeatureNames"/> order.</summary>
    public double Predict(ReadOnlySpan<float> row) =>
        LogOdds.ToProbability(Raw(row, _parts.Trees is null || _parts.TreesWeight == 0 ? 0 : TreeLogOdds(row)));

    /// <summary>
    /// One probability per row; bit for bit what <see cref="Predict(ReadOnlySpan{float})"/> gives, whatever the thread count (0 = one per
    /// core).
    /// </summary>
    public void Predict(FeatureMatrix features, Span<double> probabilities, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.Columns != FeatureNames.Count || probabilities.Length != features.Rows)
        {
            throw new ArgumentException(
                $"Got {features.Columns} columns and {probabilities.Length} slots; expected {FeatureNames.Count} columns and "
                    + $"{features.Rows} slots.");
        }

        var result = new double[features.Rows];
        if (_parts.Trees is { } trees && _parts.TreesWeight != 0)
        {
            trees.Predict(RowBlocks.WithConstant(features, HorizonColumn, 0), result);
            RowBlocks.Run(features, threads, (i, row) => result[i] = LogOdds.ToProbability(Raw(row, LogOdds.Of(result[i]))));
        }
        else
        {
            RowBlocks.Run(features, threads, (i, row) => result[i] = LogOdds.ToProbability(Raw(row, 0)));
        }

        result.CopyTo(probabilities);
    }

    /// <summary>
    /// Exact additive contributions to the log-odds of churn: one per feature, then the base value last; they sum to the
    /// log-odds of <see cref="Predict(ReadOnlySpan{float})"/>.
    /// </summary>
    /// <param name="rows">One row, or several one after the other (row-major), each in <see cref="FeatureNames"/> order.</param>
    /// <param name="contributions">Length per row: features + 1. A row gets the same bits alone or among others; together is much
    /// faster.</param>
    public void Explain(ReadOnlySpan<float> rows, Span<double> contributions)
    {
        int width = FeatureNames.Count, count = rows.Length / width;
        if (rows.Length != count * width || contributions.Length != count * (width + 1))
        {
            throw new ArgumentException(
                $"Got {rows.Length} values and room for {contributions.Length} contributions; expected {width} values and {width + 1} "
                    + "contributions per row.", nameof(contributions));
        }

        float[] wide = [];
        double[] trees = [];
        if (_parts.Trees is { } predictor && _parts.TreesWeight != 0)
        {
            (wide, trees) = (new float[count * (width + 1)], new double[count * (width + 2)]);
            for (int i = 0; i < count; i++)
            {
                rows.Slice(i * width, width).CopyTo(wide.AsSpan(i * (width + 1)));
            }

            predictor.ExplainRows(wide, trees);
        }

        for (int i = 0; i < count; i++)
        {
            AddUp(
                rows.Slice(i * width, width),
                trees.Length == 0 ? [] : trees.AsSpan(i * (width + 2), width + 2),
                contributions.Slice(i * (width + 1), width + 1));
        }
    }

    private void AddUp(ReadOnlySpan<float> row, ReadOnlySpan<double> trees, Span<double> contributions)
    {
        int width = row.Length;
        contributions.Clear();
        contributions[width] = _parts.Offset;
        _parts.Linear?.AddContributions(row, _parts.LinearWeight, contributions);
        if (!trees.IsEmpty)
        {
            for (int j = 0; j < width; j++)
            {
                contributions[j] += _parts.TreesWeight * trees[j];
            }

            // What the trees owe to the horizon column is the same kind of thing as their base value: no fact about the customer.
            contributions[width] += _parts.TreesWeight * (trees[width] + trees[width + 1]);
        }

        AddLifetimes(row, _parts.ParetoWeight, _parts.ParetoFeature, _parts.ParetoMean, contributions);
        AddLifetimes(row, _parts.BgWeight, _parts.BgFeature, _parts.BgMean, contributions);
        if (_parts.Carry is { } carry)
        {
            // The carry is a function of recency, frequency and age together; it is told under the lifetimes chance it comes from.
            double value = carry.Of(row);
            contributions[_parts.ParetoFeature] += value - carry.Mean;
            contributions[width] += carry.Mean;
        }
    }

    /// <summary>What it is made of.</summary>
    internal Parts Made => _parts;

    /// <summary>What the engine's library saved of its learners.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Originals => _parts.Trees is { } trees ? [trees.Original] : [];

    /// <summary>What setting the level added to every log-odds.</summary>
    internal double Offset => _parts.Offset;

    /// <summary>Writes the payload <see cref="Load(ReadOnlyMemory{byte})"/> reads. The same model gives the same bytes.</summary>
    public void Save(Stream stream)
    {
        PayloadWriter writer = ModelPayload.Begin(Magic, Format);
        writer.Write(_parts.HorizonDays);
        writer.Write(_parts.FeatureHorizonDays);
        writer.Write(_parts.Linear is null ? 0 : 1);
        _parts.Linear?.Save(writer);
        writer.Write(_parts.LinearWeight);
        writer.Write(_parts.Trees);
        writer.Write(_parts.TreesWeight);
        writer.Write(_parts.ParetoFeature);
        writer.Write(_parts.ParetoMean);
        writer.Write(_parts.ParetoWeight);
        writer.Write(_parts.BgFeature);
        writer.Write(_parts.BgMean);
        writer.Write(_parts.BgWeight);
        writer.Write(_parts.Offset);
        writer.Write(_parts.Carry is null ? 0 : 1);
        _parts.Carry?.Save(writer);
        writer.CopyTo(stream);
    }

    /// <summary>Loads what <see cref="Save"/> wrote, whichever engine trained it.</summary>
    /// <exception cref="LearningException">The payload is damaged or too new.</exception>
    public static ChurnModel Load(ReadOnlyMemory<byte> payload)
    {
        PayloadReader reader = ModelPayload.Open(payload.Span, ModelEntries.Of(Name), Magic, Format);
        var model = new ChurnModel(new Parts
        {
            HorizonDays = reader.Days(),
            FeatureHorizonDays = reader.Days(),
            Linear = reader.Int() == 0 ? null : LinearScorer.Load(ref reader),
            LinearWeight = reader.Double(),
            Trees = reader.Predictor(),
            TreesWeight = reader.Double(),
            ParetoFeature = reader.FeatureIndex(),
            ParetoMean = reader.Double(),
            ParetoWeight = reader.Double(),
            BgFeature = reader.FeatureIndex(),
            BgMean = reader.Double(),
            BgWeight = reader.Double(),
            Offset = reader.Double(),
            Carry = reader.Int() == 0 ? null : Carry.Load(ref reader),
        });
        reader.End();
        return model;
    }

    private double Raw(ReadOnlySpan<float> row, double trees)
    {
        double sum = _parts.Offset;
        if (_parts.Linear is { } linear)
        {
            sum += _parts.LinearWeight * linear.Score(row);
        }

        sum += _parts.TreesWeight * trees;
        if (_parts.ParetoWeight != 0)
        {
            sum += _parts.ParetoWeight * LifetimesLogOdds(row, _parts.ParetoFeature, _parts.ParetoMean);
        }

        if (_parts.BgWeight != 0)
        {
            sum += _parts.BgWeight * LifetimesLogOdds(row, _parts.BgFeature, _parts.BgMean);
        }

        return _parts.Carry is { } carry ? sum + carry.Of(row) : sum;
    }

    private double TreeLogOdds(ReadOnlySpan<float> row)
    {
        int width = FeatureNames.Count;
        Span<float> wide = stackalloc float[width + 1];
        row[..width].CopyTo(wide);
        wide[width] = 0;
        return LogOdds.Of(_parts.Trees!.Predict(wide));
    }

    /// <summary>Log-odds of churn from a feature that holds P(active in the horizon); the base's mean where it is missing.</summary>
    internal static double LifetimesLogOdds(ReadOnlySpan<float> row, int feature, double mean) =>
        float.IsNaN(row[feature]) ? mean : -LogOdds.Of(row[feature]);

    private static void AddLifetimes(ReadOnlySpan<float> row, double weight, int feature, double mean, Span<double> contributions)
    {
        contributions[feature] += weight * (LifetimesLogOdds(row, feature, mean) - mean);
        contributions[^1] += weight * mean;
    }

    /// <summary>Everything a churn model is made of.</summary>
    internal sealed record Parts
    {
        public required int HorizonDays { get; init; }

        public required int FeatureHorizonDays { get; init; }

        public LinearScorer? Linear { get; init; }

        public double LinearWeight { get; init; }

        public IPredictor? Trees { get; init; }

        public double TreesWeight { get; init; }

        /// <summary>Position of Pareto/NBD P(active in h).</summary>
        public required int ParetoFeature { get; init; }

        /// <summary>Mean of its churn log-odds over the base.</summary>
        public double ParetoMean { get; init; }

        public double ParetoWeight { get; init; }

        /// <summary>Position of BG/NBD P(active in h).</summary>
        public required int BgFeature { get; init; }

        public double BgMean { get; init; }

        public double BgWeight { get; init; }

        /// <summary>Shift of the level, log-odds.</summary>
        public double Offset { get; init; }

        public Carry? Carry { get; init; }
    }
}
