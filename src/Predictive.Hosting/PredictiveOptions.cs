using Predictive.Segmentation.Features;

namespace Predictive.Hosting;

/// <summary>Where versions come from, for <see cref="PredictiveServices.AddPredictive"/>.</summary>
public sealed record PredictiveOptions
{
    /// <summary>Folder of the model registry. Required.</summary>
    public required string Models { get; init; }

    /// <summary>Registry name of the model. Default <c>default</c>.</summary>
    public string Name { get; init; } = "default";

    /// <summary>
    /// Features of the application's own that versions may have learned with; they are registered. Default: none, and a version that needs
    /// one is not served.
    /// </summary>
    public IReadOnlyList<IFeatureSource> FeatureSources { get; init; } = [];

    /// <summary>How often the registry is looked at, above zero: one small file is read. Default 2 seconds.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);
}
