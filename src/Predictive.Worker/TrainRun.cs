using Predictive.Learning;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Training.Pipeline;

namespace Predictive.Worker;

/// <summary>One engine's models, put into one zip and published.</summary>
/// <param name="Engine">What learned.</param>
/// <param name="Trained">What came of it.</param>
/// <param name="Bundle">What the zip holds.</param>
/// <param name="Version">Where it lies.</param>
/// <param name="Aliases">Who serves since.</param>
/// <param name="Seconds">By stage: train, assemble, publish.</param>
public sealed record TrainRun(
    ILearningEngine Engine, TrainedModels Trained, ModelBundle Bundle, ModelVersion Version, ModelAliases Aliases, IReadOnlyDictionary<string, double> Seconds)
{
    /// <summary>Whether it is the champion.</summary>
    public bool Serves => Aliases.Champion == Version.Version;

    /// <summary>Whether it is the challenger.</summary>
    public bool Waits => Aliases.Challenger == Version.Version;
}
