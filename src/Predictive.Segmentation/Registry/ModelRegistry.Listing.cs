using System.Collections.Concurrent;

namespace Predictive.Segmentation.Registry;

// What there is, and what is wrong with it.
public sealed partial class ModelRegistry
{
    private readonly ConcurrentDictionary<string, Listed> _listed = new(StringComparer.Ordinal);
    private readonly Lock _listing = new();

    /// <summary>
    /// Every version with its manifest, ascending; refused zips carry the reason. A zip is read once for as long as its file stays the
    /// same.
    /// </summary>
    public IReadOnlyList<ModelListing> List(string name)
    {
        ModelAliases aliases = Aliases(name);
        return [.. Versions(name).Select(version =>
        {
            Listed listed = ListedOf(version);
            return new ModelListing(
                version, listed.Identity.Length, listed.Manifest, listed.Refusal, version.Version == aliases.Champion,
                version.Version == aliases.Challenger, aliases.IsPinned(version.Version));
        })];
    }

    private Listed ListedOf(ModelVersion version)
    {
        FileIdentity identity = FileIdentity.Of(version.Path);
        if (_listed.TryGetValue(version.Path, out Listed? known) && known.Identity == identity)
        {
            return known;
        }

        // One zip at a time: several callers must not unpack the same hostile one side by side.
        lock (_listing)
        {
            if (_listed.TryGetValue(version.Path, out known) && known.Identity == identity)
            {
                return known;
            }

            Listed listed;
            try
            {
                listed = new Listed(identity, Load(version).Manifest, null);
            }
            catch (ModelPackageException e)
            {
                listed = new Listed(identity, null, e.Message);
            }

            _listed[version.Path] = listed;
            return listed;
        }
    }

    private sealed record Listed(FileIdentity Identity, ModelManifest? Manifest, string? Refusal);

    /// <summary>
    /// What is wrong with a model's folder, one sentence each: versions that are refused, aliases that lead nowhere. Empty = sound.
    /// </summary>
    public IReadOnlyList<string> Verify(string name)
    {
        var faults = new List<string>();
        foreach (ModelVersion version in Versions(name))
        {
            try
            {
                _admit(Load(version));
            }
            catch (ModelPackageException e)
            {
                faults.Add(e.Message);
            }
        }

        ModelAliases aliases = Aliases(name);
        foreach (var (alias, version) in new[] { ("champion", aliases.Champion), ("challenger", aliases.Challenger) })
        {
            if (version is { } n && !File.Exists(PathOf(name, n)))
            {
                faults.Add(
                    $"{Path.Combine(Folder(name), AliasFile)}: the {alias} is version {n}, whose zip is missing. Promote another version "
                        + "or roll back.");
            }
        }

        if (Versions(name).Count == 0)
        {
            faults.Add($"{name}: '{Folder(name)}' holds no version; train one first.");
        }

        return faults;
    }
}
