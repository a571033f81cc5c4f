using System.Text.Json.Serialization;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Registry;

namespace Predictive.Worker.Experiments;

/// <summary>One training or backtest: what was asked, on which data, what came of it.</summary>
public sealed record Experiment
{
    /// <summary>Its number in the book; 0 = not noted yet.</summary>
    public int Number { get; init; }

    /// <summary>When it was noted.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary><c>train</c>, <c>backtest</c>, or <c>outside</c>: scores that were made elsewhere, judged.</summary>
    public required string Kind { get; init; }

    /// <summary>Registry name of the model; null = none, as of a backtest.</summary>
    public string? Name { get; init; }

    /// <summary>Version that it made; null = none.</summary>
    public int? Version { get; init; }

    /// <summary>Local time as of which it learned.</summary>
    public required string AsOf { get; init; }

    /// <summary>Length of the window predicted, days.</summary>
    public required int HorizonDays { get; init; }

    /// <summary>Engine and trainer; of scores from outside what their model is called.</summary>
    public required string Engine { get; init; }

    /// <summary>What was asked, and of a training what was chosen, by name; as the manifest has it.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>The lines before the as-of.</summary>
    public required TrainingDataStamp Data { get; init; }

    /// <summary>A–D; null = there was no window to judge on.</summary>
    public string? Grade { get; init; }

    /// <summary>
    /// Of a backtest on the window after the cutoff, of a training over its own past windows. Empty where none could judge it.
    /// </summary>
    public required IReadOnlyDictionary<string, Measured> Metrics { get; init; }

    /// <summary>How much better than the best baseline, by measure of the grade; positive = better.</summary>
    public required IReadOnlyDictionary<string, Measured> Gains { get; init; }

    /// <summary>Seconds by stage: of a backtest with <c>total</c>, reading the dataset included; of a training without reading; of
    /// scores from outside none.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>Seconds in all: the total, where it is told, else the sum of the stages.</summary>
    [JsonIgnore]
    public double TotalSeconds => Seconds.TryGetValue("total", out double total) ? total : Seconds.Values.Sum();

    /// <summary>Measures by the names of the documents, those that are there.</summary>
    /// <param name="churn">Of churn; null = not judged.</param>
    /// <param name="clv">Of value; null = not judged.</param>
    /// <param name="noise">Standard errors; null = not measured.</param>
    public static IReadOnlyDictionary<string, Measured> MetricsOf(ChurnMetrics? churn, ClvMetrics? clv, MeasureNoise? noise)
    {
        var of = new SortedDictionary<string, Measured>(StringComparer.Ordinal);
        Add("churnAuc", churn?.Auc, noise?.Auc);
        Add("churnPrAuc", churn?.PrAuc, null);
        Add("churnLogLoss", churn?.LogLoss, noise?.LogLoss);
        Add("churnBrier", churn?.Brier, null);
        Add("churnEce", churn?.Ece, null);
        Add("churnTopDecileLift", churn?.TopDecileLift, null);
        Add("clvGini", clv?.Gini, noise?.Gini);
        Add("clvSpearman", clv?.Spearman, noise?.Spearman);
        Add("clvTopDecileCapture", clv?.TopDecileCapture, null);
        Add("clvPredictedOverActual", clv is { ActualTotal: not 0 } ? clv.PredictedTotal / clv.ActualTotal : null, null);
        return of;

        void Add(string name, double? value, double? error)
        {
            if (value is { } v && double.IsFinite(v))
            {
                of.Add(name, new Measured(v, error is { } e && double.IsFinite(e) ? e : null));
            }
        }
    }

    /// <summary>The gains of a grade.</summary>
    /// <param name="grade">It; null = none.</param>
    public static IReadOnlyDictionary<string, Measured> GainsOf(ModelGrade? grade) => (grade?.Comparisons ?? [])
        .Where(c => double.IsFinite(c.Gain)).DistinctBy(c => c.Measure)
        .ToDictionary(c => c.Measure, c => new Measured(c.Gain, c.Noise is { } n && double.IsFinite(n) ? n : null), StringComparer.Ordinal);
}

/// <summary>A value, and how sure it is.</summary>
/// <param name="Value">It.</param>
/// <param name="Error">Standard error; null = not measured.</param>
public sealed record Measured(double Value, double? Error);
