using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation.Features;
using Predictive.Training.Snapshots;

namespace Predictive.Training;

/// <summary>What to train, and how. Immutable; stored in the manifest of the model it made.</summary>
public sealed record TrainingOptions
{
    /// <summary>Shortest horizon accepted, days.</summary>
    public const int MinHorizonDays = SnapshotPlan.MinHorizonDays;

    /// <summary>Longest horizon accepted, days.</summary>
    public const int MaxHorizonDays = 730;

    /// <summary>The local time the models are trained as of: nothing at or after it is read. No default.</summary>
    public required LocalTime AsOf { get; init; }

    /// <summary>Length of the window that is predicted, days. Default 90.</summary>
    public int HorizonDays { get; init; } = 90;

    /// <summary>Seed of every random draw. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What learns the trees. No default here: the edges choose (the built-in engine unless told otherwise).</summary>
    public required ILearningEngine Engine { get; init; }

    /// <summary>Threads; 0 = one per core. The models' bytes do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Features of the application's own that are learned from beside the catalogue's; each registered before
    /// (<see cref="FeatureSources.Register"/>). Default: none.
    /// </summary>
    public IReadOnlyList<IFeatureSource> FeatureSources { get; init; } = [];

    /// <summary>
    /// Wall-clock budget of a search over learners and settings; null = none, the settings come from the size of the base.
    /// </summary>
    public TimeSpan? Tune { get; init; }

    /// <summary>Hears every trial of the search.</summary>
    public IProgress<SearchTrial>? TuneProgress { get; init; }

    /// <summary>What this training shares with others of the same history: other engines, other as-ofs; null = nothing.</summary>
    public SharedTraining? Shared { get; init; }

    /// <summary>The clock that timings and the search budget are measured by; never enters a model. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>How far a training is.</summary>
/// <param name="Stage">In words a user reads, such as <c>features of 12 snapshots</c>.</param>
/// <param name="Done">Share done, 0–1.</param>
public readonly record struct PipelineProgress(string Stage, double Done);
