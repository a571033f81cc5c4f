using Predictive.Learning;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Models;

/// <summary>What is expected of one customer in [as-of, as-of + horizon). Money in the dataset's currency, refunds subtracted.</summary>
/// <param name="Expected">Mean net spend, ≥ 0.</param>
/// <param name="Low">Lower end of the 80 % interval, ≥ 0.</param>
/// <param name="High">Upper end of the 80 % interval, ≥ <paramref name="Low"/>.</param>
/// <param name="ExpectedOrders">Mean number of orders, ≥ 0.</param>
/// <param name="NextOrderDays">Days from the as-of to the next order if there is one within the horizon (median); NaN = cannot
/// tell.</param>
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
    /// <summary>Name of the model in a version zip; see <see cref="ModelEntries"/>.</summary>
    internal const string Name = "clv";

    private static ReadOnlySpan<byte> Magic => "PRCV"u8;

    // 4: texts and lists as every payload writes them, the schema over definitions.
    private const int Format = 4;

    private readonly ClvParts _parts;

    internal ClvModel(ClvParts parts) =>
        (_parts, FeatureNames) = (parts, RowBlocks.FeaturesOf(parts.LogTrees ?? parts.GammaTrees ?? parts.RankTrees ?? parts.OrderTrees));

    /// <summary>The features it reads, from the start of a row: the catalogue, then those of the tables it was trained with.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>Length of the window, days.</summary>
    public int HorizonDays => _parts.HorizonDays;

    internal ClvParts Parts => _parts;

    /// <summary>What the engine's library saved of its learners.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Originals =>
        new[] { _parts.LogTrees, _parts.GammaTrees, _parts.RankTrees, _parts.OrderTrees }.OfType<IPredictor>().Select(p => p.Original);

    /// <summary>The prediction for one row, in <see cref="FeatureNames"/> order, given the churn model's probability for it.</summary>
    public ClvPrediction Predict(ReadOnlySpan<float> row, double churnProbability)
    {
        int width = FeatureNames.Count;
        Span<float> wide = stackalloc float[width + 1];
        row[..width].CopyTo(wide);
        wide[width] = 0;
        return _parts.Combine(row, churnProbability, new TreeOutputs(
            _parts.LogTrees?.Predict(wide) ?? 0,
            _parts.GammaTrees?.Predict(wide) ?? 0,
            _parts.RankTrees?.Predict(wide) ?? 0,
            _parts.OrderTrees?.Predict(wide) ?? 0));
    }

    /// <summary>
    /// One prediction per row; bit for bit what the single-row method gives, whatever the thread count (0 = one per core).
    /// </summary>
    public void Predict(FeatureMatrix features, ReadOnlySpan<double> churnProbabilities, Span<ClvPrediction> predictions, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.Columns != FeatureNames.Count || churnProbabilities.Length != features.Rows || predictions.Length != features.Rows)
        {
            throw new ArgumentException(
                $"Got {features.Columns} columns, {churnProbabilities.Length} probabilities and {predictions.Length} slots; expected "
                    + $"{FeatureNames.Count} columns and {features.Rows} of each.");
        }

        FeatureMatrix wide = RowBlocks.WithConstant(features, ChurnModel.HorizonColumn, 0);
        double[] log = All(_parts.LogTrees), gamma = All(_parts.GammaTrees), rank = All(_parts.RankTrees), orders = All(_parts.OrderTrees);
        double[] churn = churnProbabilities.ToArray();
        var result = new ClvPrediction[features.Rows];
        RowBlocks.Run(features, threads, (i, row) =>
            result[i] = _parts.Combine(row, churn[i], new TreeOutputs(log[i], gamma[i], rank[i], orders[i])));
        result.CopyTo(predictions);

        double[] All(IPredictor? predictor)
        {
            var values = new double[features.Rows];
            predictor?.Predict(wide, values);
            return values;
        }
    }

    /// <summary>Writes the payload <see cref="Load(ReadOnlyMemory{byte})"/> reads. The same model gives the same bytes.</summary>
    public void Save(Stream stream)
    {
        PayloadWriter writer = ModelPayload.Begin(Magic, Format);
        _parts.Save(writer);
        writer.CopyTo(stream);
    }

    /// <summary>Loads what <see cref="Save"/> wrote, whichever engine trained it.</summary>
    /// <exception cref="LearningException">The payload is damaged or too new.</exception>
    public static ClvModel Load(ReadOnlyMemory<byte> payload)
    {
        PayloadReader reader = ModelPayload.Open(payload.Span, ModelEntries.Of(Name), Magic, Format);
        var model = new ClvModel(ClvParts.Load(ref reader));
        reader.End();
        return model;
    }
}
