using System.Text.Json.Serialization;
using Predictive.History;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Evaluation;

namespace Predictive.Training.Pipeline;

/// <summary>
/// A backtest with what it was judged on, so that it can be compared with others on the same customers; the document says nothing of it.
/// </summary>
public sealed record JudgedReport : BacktestReport
{
    /// <summary>What was predicted for whom.</summary>
    [JsonIgnore]
    internal JudgedWindow Window { get; init; } = null!;

    /// <summary>Start of the window, as <see cref="BacktestReport.AsOf"/> tells it.</summary>
    [JsonIgnore]
    public LocalTime Cutoff => Window.At.Point.AsOf;

    /// <summary>What was judged.</summary>
    [JsonIgnore]
    internal TrainedModels Models { get; init; } = null!;

    /// <summary>What the baselines predicted, by name: what another model of the same customers is held against.</summary>
    [JsonIgnore]
    internal IReadOnlyDictionary<string, (double[]? Churn, double[]? Value)> Peers { get; init; } = null!;
}
