using System.Diagnostics;
using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;
using Predictive.Training.Selection;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Evaluation;

namespace Predictive.Training.Pipeline;

/// <summary>What to evaluate.</summary>
public sealed record BacktestOptions
{
    /// <summary>Training sees only what is strictly before; the window after it judges.</summary>
    public required LocalTime Cutoff { get; init; }

    /// <summary>
    /// Training sees only what is strictly before this time; null = the cutoff. Earlier: an older model is judged on the window, with
    /// features as of the cutoff, as a version in service would be.
    /// </summary>
    public LocalTime? TrainAsOf { get; init; }

    /// <summary>Length of the window, days. Default 90.</summary>
    public int HorizonDays { get; init; } = 90;

    /// <summary>Seed of every random draw. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What learns the trees.</summary>
    public required ILearningEngine Engine { get; init; }

    /// <summary>Threads; 0 = one per core.</summary>
    public int Threads { get; init; }

    /// <summary>As <see cref="TrainingOptions.FeatureSources"/>. Default: none.</summary>
    public IReadOnlyList<IFeatureSource> FeatureSources { get; init; } = [];

    /// <summary>Budget of a search over learners and settings; null = none.</summary>
    public TimeSpan? Tune { get; init; }

    /// <summary>Hears every trial of the search.</summary>
    public IProgress<SearchTrial>? TuneProgress { get; init; }

    /// <summary>Seconds the caller took to load the dataset, for the document.</summary>
    public double ReadSeconds { get; init; }

    /// <summary>What this backtest shares with other trainings of the same history; null = nothing.</summary>
    public SharedTraining? Shared { get; init; }

    /// <summary>The clock timings are measured by. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>Honest out-of-time evaluation; nothing is published.</summary>
public static class Backtest
{
    /// <summary>Trains as of the cutoff and judges on [cutoff, cutoff + horizon).</summary>
    /// <exception cref="DatasetException">The history cannot be trained on, or ends before the window does.</exception>
    public static JudgedReport Run(
        TransactionHistory history,
        BacktestOptions options,
        IProgress<PipelineProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        LocalTime end = options.Cutoff.AddDays(options.HorizonDays), last = LocalTime.MidnightAfter(history.LastMicros);
        if (history.LineCount == 0 || last < end)
        {
            throw new DatasetException(
                "window-not-over",
                $"The data ends at {last}; a backtest at {options.Cutoff} over {options.HorizonDays} days needs it to reach {end}. "
                    + "Choose an earlier cutoff or a shorter horizon.");
        }

        if (options.TrainAsOf is { } trainAsOf && trainAsOf.Micros > options.Cutoff.Micros)
        {
            throw new ArgumentException(
                $"Trained as of {trainAsOf}, judged from {options.Cutoff} on; expected to be trained no later.", nameof(options));
        }

        SharedTraining shared = options.Shared ?? new SharedTraining();
        long started = options.Clock.GetTimestamp();
        TrainedModels models = TrainingPipeline.Train(
            history,
            new TrainingOptions
            {
                AsOf = options.TrainAsOf ?? options.Cutoff,
                HorizonDays = options.HorizonDays,
                Seed = options.Seed,
                Engine = options.Engine,
                Threads = options.Threads,
                FeatureSources = options.FeatureSources,
                Tune = options.Tune,
                TuneProgress = options.TuneProgress,
                Shared = shared,
                Clock = options.Clock,
            },
            progress,
            cancellation);
        double trained = options.Clock.GetElapsedTime(started).TotalSeconds;
        long scoring = options.Clock.GetTimestamp();
        var (inputs, churn, clv) = options.TrainAsOf is { } before && before != options.Cutoff
            ? TrainedModels.Ask(
                models.Churn, models.Clv, models.Profile, history, Population.At(history, options.Cutoff), options.Cutoff, options.Threads)
            : (models.Features, models.Probability, models.Predictions);
        double scored = options.Clock.GetElapsedTime(scoring).TotalSeconds;

        // Baselines are asked for the full horizon, whatever the model was trained on.
        Snapshot at = shared.Judged(
            history, options.Cutoff, options.HorizonDays, options.Seed, options.Threads, options.Clock, options.FeatureSources);
        double features = models.Report.Seconds.GetValueOrDefault("features");
        return Document(history, options, models, at, inputs, churn, clv) with
        {
            Seconds = new BacktestSeconds(
                options.ReadSeconds, features, trained - features, scored,
                options.ReadSeconds + options.Clock.GetElapsedTime(started).TotalSeconds),
            PeakMemoryMB = PeakMegabytes(),
        };
    }

    private static JudgedReport Document(
        TransactionHistory history, BacktestOptions options, TrainedModels models, Snapshot at, FeatureMatrix inputs, double[] churn,
        ClvPrediction[] clv)
    {
        Snapshot? train = models.TrainingSnapshots.Count > 0 ? models.TrainingSnapshots[0] : null;
        var predictions = new Dictionary<string, (double[]? Churn, double[]? Value)>(Baselines.Predict(history, train, at));
        if (train is not null && PlainBoosting.Predict(models.TrainingSnapshots, inputs, options.Seed, options.Threads) is { } boosted)
        {
            predictions[PlainBoosting.Name] = boosted;
        }

        IReadOnlyDictionary<string, BaselineMetrics> baselines = Baselines.Measure(predictions, at);
        double[] expected = [.. clv.Select(c => c.Expected)];
        ChurnMetrics churnMetrics = WindowMetrics.Churn(at.Churned, churn);
        ClvMetrics clvMetrics = WindowMetrics.Clv(at.NetSpend, expected);
        double[] churned = [.. at.Churned.Select(c => (double)c)];
        WindowNoise noise = NoiseBootstrap.Of(at, churn, expected, predictions, options.Seed, options.Threads);
        IReadOnlyList<LeaderboardEntry> candidates = models.Members is { } members && models.Report.Method == "windows"
            && options.TrainAsOf is null
            ? Leaderboards.Mean([
                MemberSelection.Candidates(
                    at, members, members.Churn.LogOddsOf(at.Features, options.Threads), models.Settings!, churn, options.Threads),
            ])
            : [];
        return new JudgedReport
        {
            AsOf = options.Cutoff.ToString(),
            HorizonDays = options.HorizonDays,
            Customers = at.Rows,
            TrainSnapshots = models.Report.TrainSnapshots,
            Churn = churnMetrics,
            Clv = clvMetrics,
            Baselines = baselines,
            Seconds = new BacktestSeconds(0, 0, 0, 0, 0),
            PeakMemoryMB = 0,
            Interval = WindowMetrics.Interval(at.NetSpend, churn, clv),
            Orders = WindowMetrics.Orders(at.Labels!, clv),
            Engine = options.Engine.Name,
            Trainer = options.Engine.Trainer,
            Window = new JudgedWindow(at, churn, expected),
            Models = models,
            Peers = predictions,
            Grade = Grading.Grade(churnMetrics, clvMetrics, baselines, noise, models.Report.IsSeasonSeen),
            Noise = noise,
            Charts = new BacktestCharts(
                CalibrationBin.Of(at.Churned, churn),
                Charts.Gain(churned, churn),
                Charts.Gain(churned, predictions["rfm"].Churn!),
                Charts.Gain(at.NetSpend, expected),
                Charts.Deciles(at.NetSpend, expected, at.Churned),
                Charts.TopFeatures(models.Churn, at with { Features = inputs }, options.Seed),
                Charts.Drift([.. models.TrainingSnapshots.Where(s => s.Point.HorizonDays == options.HorizonDays), at]),
                candidates),
            Training = models.Report,
        };
    }

    private static double PeakMegabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }
}
