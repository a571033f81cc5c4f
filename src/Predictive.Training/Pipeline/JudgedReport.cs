using System.Text.Json.Serialization;
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

    /// <summary>What was judged.</summary>
    [JsonIgnore]
    internal TrainedModels Models { get; init; } = null!;
}
