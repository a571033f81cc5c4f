using Predictive.Learning;
using Predictive.Segmentation.History;

namespace Predictive.Segmentation.Training.Evaluation;

/// <summary>What to evaluate.</summary>
public sealed record BacktestOptions
{
    /// <summary>Training sees only what is strictly before; the window after it judges.</summary>
    public required AsOf Cutoff { get; init; }

    /// <summary>Length of the window, days. Default 90.</summary>
    public int HorizonDays { get; init; } = 90;

    /// <summary>Seed of every random draw. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What learns the trees.</summary>
    public required ILearningEngine Engine { get; init; }

    /// <summary>Threads; 0 = one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Budget of a search over learners and settings; null = none.</summary>
    public TimeSpan? Tune { get; init; }

    /// <summary>Hears every trial of the search.</summary>
    public IProgress<SearchTrial>? TuneProgress { get; init; }

    /// <summary>Seconds the caller took to load the dataset, for the document.</summary>
    public double ReadSeconds { get; init; }

    /// <summary>The clock timings are measured by. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>Honest out-of-time evaluation; nothing is published.</summary>
public static class Backtest
{
    /// <summary>Trains as of the cutoff and judges on [cutoff, cutoff + horizon).</summary>
    /// <exception cref="DatasetException">The history cannot be trained on, or ends before the window does.</exception>
    public static BacktestReport Run(
        TransactionHistory history,
        BacktestOptions options,
        IProgress<PipelineProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        throw new NotSupportedException("Backtests are being built.");
    }
}
