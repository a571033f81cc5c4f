using System.Globalization;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Serving;

/// <summary>
/// Keeps the challenger of a model loaded, beside the one in service; one that does not load is told, and nothing else comes of it. One
/// thread refreshes it; any number read it.
/// </summary>
internal sealed class ChallengerWatch(ModelRegistry registry, string name)
{
    private volatile CustomerScorer? _current;
    private volatile string? _refusal;
    private (int Version, FileIdentity File)? _seen;

    /// <summary>The challenger; null = there is none that loads.</summary>
    public CustomerScorer? Current => _current;

    /// <summary>Why the registry's challenger is not loaded; null = it is, or there is none.</summary>
    public string? Refusal => _refusal;

    /// <summary>Looks at the alias; loads where it, or its file, has changed.</summary>
    /// <param name="inService">The version in service: it challenges nobody.</param>
    public void Refresh(int? inService)
    {
        try
        {
            if (registry.Aliases(name).Challenger is not { } number || number == inService)
            {
                (_current, _refusal, _seen) = (null, null, null);
                return;
            }

            ModelVersion version = registry.Resolve(name, number.ToString(CultureInfo.InvariantCulture));
            FileIdentity file = FileIdentity.Of(version.Path);
            if (_seen is { } seen && seen == (number, file))
            {
                return;
            }

            _seen = (number, file);
            _current = new CustomerScorer(ModelBundle.Load(registry.Load(version)), new ModelStamp(name, number));
            _refusal = null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            (_current, _refusal) = (null, e.Message);
        }
    }
}
