using System.Text.Json;
using MathNet.Numerics.Statistics;
using Predictive.Learning;
using Predictive.Learning.Lifetimes;
using Predictive.History;

namespace Predictive.Segmentation.Features;

/// <summary>
/// What a feature needs to know of the base: fitted once per as-of on what lies strictly before it, stored in the model zip.
/// Immutable; safe to read from several threads.
/// </summary>
public sealed record BaseProfile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly TableSchema? _tables;

    /// <summary>The local time it was fitted as of, in local microseconds.</summary>
    public required long AsOfMicros { get; init; }

    /// <summary>The horizon H that the relative windows (H/2, H, 2H, 4H) are measured in, days.</summary>
    public required int HorizonDays { get; init; }

    /// <summary>Customers with a purchase before the as-of.</summary>
    public required int Customers { get; init; }

    /// <summary>Days from the first purchase of who it was fitted on to the as-of.</summary>
    public required int HistoryDays { get; init; }

    /// <summary>Share of the customers who bought on one day only.</summary>
    public required double OneTimeShare { get; init; }

    /// <summary>Median gap between purchase days over all gaps of the base (the lower of two middles); H where there is no gap.</summary>
    public required double MedianGapDays { get; init; }

    /// <summary>Mean of ln(gap + 1); ln(H + 1) where there is no gap.</summary>
    public required double LogGapMean { get; init; }

    /// <summary>Standard deviation of ln(gap + 1); 1 where it cannot be told.</summary>
    public required double LogGapSd { get; init; }

    /// <summary>Share of gaps of at least 0, 1, 2 ... days, over all gaps of the base; the last entry is 0.</summary>
    public required double[] GapsAtLeast { get; init; }

    /// <summary>Return curves of customers with 1, 2 and 3 or more purchase days.</summary>
    public required ReturnCurve[] ReturnCurves { get; init; }

    /// <summary>Net over gross spend of the base.</summary>
    public required double NetOverGross { get; init; }

    /// <summary>Pareto/NBD over repeat purchase days, in weeks; null where it cannot be fitted (no time has passed).</summary>
    public ParetoNbdModel? ParetoNbd { get; init; }

    /// <summary>BG/NBD over the same.</summary>
    public BgNbdModel? BgNbd { get; init; }

    /// <summary>Gamma-Gamma over the mean net spend of a purchase day, customers with two days or more; null where there is none.</summary>
    public GammaGammaModel? GammaGamma { get; init; }

    /// <summary>Median of each feature over the base, in catalogue order; empty until <see cref="WithMedians"/>.</summary>
    public float[] Medians { get; init; } = [];

    /// <summary>Features of the customers and events tables; null where the base has neither: a row then is the catalogue alone.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public TableSchema? Tables
    {
        get => _tables;
        init
        {
            _tables = value;
            FeatureDefinition[] more = TableFeatures.Of(value);
            Features = more.Length == 0 ? FeatureCatalogue.All : [.. FeatureCatalogue.All, .. more];
            FeatureNames = more.Length == 0 ? FeatureCatalogue.Names : [.. Features.Select(f => f.Name)];
        }
    }

    /// <summary>The features of a row, in order: the catalogue, then those of <see cref="Tables"/>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<FeatureDefinition> Features { get; private init; } = FeatureCatalogue.All;

    /// <summary>Their names.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<string> FeatureNames { get; private init; } = FeatureCatalogue.Names;

    /// <summary>Position of a feature in a row.</summary>
    /// <exception cref="ArgumentException">There is no feature of that name.</exception>
    public int IndexOf(string name)
    {
        for (int j = FeatureCatalogue.Names.Count; j < FeatureNames.Count; j++)
        {
            if (FeatureNames[j] == name)
            {
                return j;
            }
        }

        return FeatureCatalogue.IndexOf(name);
    }

    /// <summary>The local time it was fitted as of.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public LocalTime AsOf => new(AsOfMicros);

    /// <summary>
    /// Fits everything on the facts strictly before <paramref name="asOf"/>; of more than 100,000 customers on every k-th, in the order of
    /// their ids.
    /// </summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">Nothing at or after it is looked at.</param>
    /// <param name="horizonDays">H, ≥ 1.</param>
    /// <param name="threads">0 = one per core; the result does not depend on it.</param>
    /// <param name="tables">Features of the customers and events tables; null = what the tables hold before the as-of. Snapshots that are
    /// stacked need the same ones.</param>
    /// <exception cref="DatasetException">Nobody has a purchase before the as-of.</exception>
    public static BaseProfile Fit(
        TransactionHistory history, LocalTime asOf, int horizonDays, int threads = 0, TableSchema? tables = null) =>
        BaseProfileFit.Fit(history, asOf, horizonDays, threads, tables);

    /// <summary>This profile with the medians of a base's features (missing values left out), which reason texts quote.</summary>
    /// <param name="features">In catalogue order.</param>
    public BaseProfile WithMedians(FeatureMatrix features)
    {
        ArgumentNullException.ThrowIfNull(features);
        var medians = new float[features.Columns];
        Parallel.For(0, medians.Length, j =>
        {
            float[] known = Array.FindAll(features.ColumnArray(j), v => !float.IsNaN(v));
            medians[j] = known.Length == 0 ? float.NaN : ArrayStatistics.OrderStatisticInplace(known, ((known.Length - 1) / 2) + 1);
        });

        return this with { Medians = medians };
    }

    /// <summary>Share of the base's gaps that last at least so many days.</summary>
    public double GapAtLeast(int days) => GapsAtLeast.Length == 0 ? 0 : GapsAtLeast[Math.Clamp(days, 0, GapsAtLeast.Length - 1)];

    /// <summary>The return curve of customers with so many purchase days (≥ 1).</summary>
    public ReturnCurve ReturnCurveFor(int purchaseDays) => ReturnCurves[Math.Min(purchaseDays, ReturnCurves.Length) - 1];

    /// <summary>Deterministic UTF-8 JSON; numbers survive exactly.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote, exactly.</summary>
    /// <exception cref="JsonException">It is not that.</exception>
    public static BaseProfile FromJson(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<BaseProfile>(json, Json) ?? throw new JsonException("The base profile is null; expected an object.");
}
