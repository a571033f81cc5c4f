using System.Reflection;

namespace Predictive.Segmentation.Registry;

/// <summary>
/// <c>n.origin.json</c> beside a version's zip: what is no function of the data and the options, and so is not in the zip.
/// </summary>
/// <param name="Actor">Who trained it: <c>cli ann</c>, <c>key 12ab34cd56</c>, <c>worker</c>.</param>
/// <param name="Cause">Why: <c>command</c>, <c>schedule</c>, <c>new-data</c>, <c>drift</c>, <c>request</c>, <c>once</c>.</param>
/// <param name="Fingerprint">Of the data it learned from (<see cref="DataFingerprint"/>), as in the manifest.</param>
/// <param name="At">When it was published.</param>
public sealed record ModelProvenance(string Actor, string Cause, string Fingerprint, DateTimeOffset At)
{
    /// <summary>The champion that it was held against; null = there was none.</summary>
    public int? Parent { get; init; }

    /// <summary>Number of the job; null = it was none.</summary>
    public long? Job { get; init; }

    /// <summary>Code that trained it: version and, where the build knew it, commit. Default: this build.</summary>
    public string Code { get; init; } =
        typeof(ModelProvenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
