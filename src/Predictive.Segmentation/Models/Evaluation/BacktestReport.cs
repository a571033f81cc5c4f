using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Predictive.Segmentation.Models.Evaluation;

/// <summary>
/// The honest out-of-time evaluation of one cutoff: trained on what was known strictly before it, judged on the window after it.
/// Its JSON is the published backtest document; property order and names are part of the contract.
/// </summary>
public record BacktestReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The cutoff.</summary>
    public required string AsOf { get; init; }

    /// <summary>Length of the window, days.</summary>
    public required int HorizonDays { get; init; }

    /// <summary>Customers with at least one purchase before the cutoff.</summary>
    public required int Customers { get; init; }

    /// <summary>As-of dates of the training snapshots, newest first.</summary>
    public required IReadOnlyList<string> TrainSnapshots { get; init; }

    /// <summary>Quality of the churn model.</summary>
    public required ChurnMetrics Churn { get; init; }

    /// <summary>Quality of the CLV model.</summary>
    public required ClvMetrics Clv { get; init; }

    /// <summary>recency, rfm, bgnbd, gammaGamma, measured alike.</summary>
    public required IReadOnlyDictionary<string, BaselineMetrics> Baselines { get; init; }

    /// <summary>Where the time went.</summary>
    public required BacktestSeconds Seconds { get; init; }

    /// <summary>Highest working set of the process, MB (10⁶ bytes).</summary>
    [JsonPropertyName("peakMemoryMB")]
    public required double PeakMemoryMB { get; init; }

    /// <summary>The 80 % interval.</summary>
    public required IntervalMetrics Interval { get; init; }

    /// <summary>Expected orders and next order date.</summary>
    public required OrderMetrics Orders { get; init; }

    /// <summary>Name of the engine that learned the trees.</summary>
    public required string Engine { get; init; }

    /// <summary>A–D on this window against the baselines.</summary>
    public required ModelGrade Grade { get; init; }

    /// <summary>Standard errors of the measures and of what they gain on the baselines; null in documents of older programs.</summary>
    public WindowNoise? Noise { get; init; }

    /// <summary>What a page draws.</summary>
    public required BacktestCharts Charts { get; init; }

    /// <summary>How the models were made.</summary>
    public required TrainingReport Training { get; init; }

    /// <summary>Which of the engine's trainers of boosted trees; null where it has but one.</summary>
    public string? Trainer { get; init; }

    /// <summary>Engine and trainer as a table shows them.</summary>
    [JsonIgnore]
    public string EngineLabel => Trainer is null ? Engine : $"{Engine} {Trainer}";

    /// <summary>The document, on one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);
}

/// <summary>Seconds per stage.</summary>
/// <param name="Read">Loading the dataset (told by the caller).</param>
/// <param name="Features">Features and labels of all snapshots.</param>
/// <param name="Train">Selection and training.</param>
/// <param name="Score">Scoring the population at the cutoff.</param>
/// <param name="Total">All of it.</param>
public sealed record BacktestSeconds(double Read, double Features, double Train, double Score, double Total);

/// <summary>Quality of expected orders and next order dates.</summary>
/// <param name="ActualOrders">Orders in the window.</param>
/// <param name="ExpectedOrders">Sum of the expectations.</param>
/// <param name="DecileError">Σ over deciles of expectation of |expected − actual|, over actual orders.</param>
/// <param name="NextOrderErrorDays">Among customers who returned: mean absolute error of the next order date, days; null where none
/// returned.</param>
public sealed record OrderMetrics(double ActualOrders, double ExpectedOrders, double DecileError, double? NextOrderErrorDays);

/// <summary>What a page draws of a backtest: all numbers, no markup.</summary>
/// <param name="Calibration">Ten equal-width bins of the churn probability; empty bins left out.</param>
/// <param name="Gain">Share of churners caught by share of customers contacted, highest probability first: 0, .01 ... 1 for the
/// model.</param>
/// <param name="GainBaseline">The same for the RFM baseline.</param>
/// <param name="ValueGain">Share of spend held by share of customers, highest predicted value first.</param>
/// <param name="ValueDeciles">Predicted against actual net spend by decile of prediction, best first.</param>
/// <param name="TopFeatures">Mean |contribution| to the churn log-odds over the population (a seeded sample where large), strongest
/// first.</param>
/// <param name="Drift">Per training snapshot and at the cutoff, oldest first: how the base moved.</param>
/// <param name="Leaderboard">Candidates on this very window, each alone, best first.</param>
public sealed record BacktestCharts(
    IReadOnlyList<CalibrationBin> Calibration,
    IReadOnlyList<CurvePoint> Gain,
    IReadOnlyList<CurvePoint> GainBaseline,
    IReadOnlyList<CurvePoint> ValueGain,
    IReadOnlyList<ValueDecile> ValueDeciles,
    IReadOnlyList<FeatureImportance> TopFeatures,
    IReadOnlyList<DriftPoint> Drift,
    IReadOnlyList<LeaderboardEntry> Leaderboard);

/// <summary>One bin of a calibration plot.</summary>
/// <param name="From">Lower edge of the probability bin.</param>
/// <param name="To">Upper edge.</param>
/// <param name="Count">Customers in it.</param>
/// <param name="Predicted">Mean probability.</param>
/// <param name="Actual">Share that churned.</param>
public sealed record CalibrationBin(double From, double To, int Count, double Predicted, double Actual)
{
    private const int Bins = 10;

    /// <summary>Ten bins of equal width, lowest first; empty ones are left out.</summary>
    /// <param name="churned">1 = churned, 0 = stayed.</param>
    /// <param name="probability">What was predicted, 0–1, row by row.</param>
    public static IReadOnlyList<CalibrationBin> Of(ReadOnlySpan<float> churned, ReadOnlySpan<double> probability)
    {
        var count = new int[Bins];
        double[] predicted = new double[Bins], actual = new double[Bins];
        for (int i = 0; i < probability.Length; i++)
        {
            int bin = Math.Min(Bins - 1, (int)(probability[i] * Bins));
            count[bin]++;
            predicted[bin] += probability[i];
            actual[bin] += churned[i];
        }

        return
        [
            .. Enumerable.Range(0, Bins).Where(b => count[b] > 0).Select(b => new CalibrationBin(
                b / (double)Bins, (b + 1) / (double)Bins, count[b], predicted[b] / count[b], actual[b] / count[b])),
        ];
    }
}

/// <summary>A point of a gain curve.</summary>
/// <param name="Share">Share of customers, 0–1.</param>
/// <param name="Captured">Share of what is sought found among them, 0–1.</param>
public sealed record CurvePoint(double Share, double Captured);

/// <summary>A tenth of the population, by predicted value.</summary>
/// <param name="Decile">1 = the highest predictions.</param>
/// <param name="Customers">How many.</param>
/// <param name="Predicted">Mean predicted net spend, in whole cents.</param>
/// <param name="Actual">Mean actual net spend, in whole cents.</param>
/// <param name="BuyersShare">Share that bought in the window.</param>
public sealed record ValueDecile(int Decile, int Customers, double Predicted, double Actual, double BuyersShare);

/// <summary>How much a feature moves churn scores.</summary>
/// <param name="Feature">Name in the catalogue.</param>
/// <param name="Importance">Mean |contribution| in log-odds.</param>
public sealed record FeatureImportance(string Feature, double Importance);

/// <summary>The base at one snapshot.</summary>
/// <param name="AsOf">Its date.</param>
/// <param name="Customers">Population.</param>
/// <param name="ChurnRate">Share without a purchase in the window after it.</param>
/// <param name="NetSpendPerCustomer">Mean net spend in that window, in whole cents.</param>
/// <param name="MedianRecencyDays">Median days since the last purchase.</param>
public sealed record DriftPoint(string AsOf, int Customers, double ChurnRate, double NetSpendPerCustomer, double MedianRecencyDays);
