using Predictive.Learning;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Training.Pipeline;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>One engine's models, put into one zip and published.</summary>
/// <param name="Engine">What learned.</param>
/// <param name="Trained">What came of it.</param>
/// <param name="Bundle">What the zip holds.</param>
/// <param name="Version">Where it lies.</param>
/// <param name="Aliases">Who serves since.</param>
/// <param name="Seconds">By stage: train, assemble, gate, publish.</param>
/// <param name="Verdict">What the gate said; null where it was not asked: a challenger beside the best.</param>
public sealed record TrainRun(
    ILearningEngine Engine, TrainedModels Trained, ModelBundle Bundle, ModelVersion Version, ModelAliases Aliases,
    IReadOnlyDictionary<string, double> Seconds, GateVerdict? Verdict)
{
    /// <summary>Whether it is the champion.</summary>
    public bool Serves => Aliases.Champion == Version.Version;

    /// <summary>Whether the gate keeps it from serving.</summary>
    public bool IsHeld => !Serves && Verdict is { Holds: true };

    /// <summary>Whether it is the challenger.</summary>
    public bool Waits => Aliases.Challenger == Version.Version;
}
