using System.Globalization;
using Predictive.History;

namespace Predictive.Segmentation.Registry;

/// <summary>A version and why it is kept.</summary>
/// <param name="Version">Which.</param>
/// <param name="Why">champion, previous, challenger, pinned, newest, month, or refused (left for <c>verify</c> to tell); null = it may
/// go.</param>
public sealed record KeptVersion(ModelVersion Version, string? Why);

// Which versions stay, and where they come from.
public sealed partial class ModelRegistry
{
    /// <summary>Subject of a version in the audit log; null where there is none.</summary>
    public static string? SubjectOf(string name, int? version) =>
        version is { } v ? string.Create(CultureInfo.InvariantCulture, $"{SubjectsOf(name)}{v}") : null;

    /// <summary>What the subjects of all versions of a model begin with.</summary>
    public static string SubjectsOf(string name) => $"model {name}/";

    /// <summary>Runs something while no version is published and no alias moves.</summary>
    /// <exception cref="ModelPackageException">The name is not one, or the folder cannot be written.</exception>
    public T WhileStill<T>(string name, Func<ModelAliases, T> work) => Locked(name, _ => work(Aliases(name)));

    /// <summary>Pins a version, so that it is neither replaced nor deleted, or lets it go.</summary>
    /// <exception cref="ModelPackageException">There is no such version.</exception>
    public ModelAliases Pin(string name, int version, bool pinned)
    {
        Resolve(name, version.ToString(CultureInfo.InvariantCulture));
        return Locked(name, folder =>
        {
            ModelAliases aliases = Aliases(name).WithPin(version, pinned);
            WriteAliases(folder, aliases);
            return aliases;
        });
    }

    /// <summary>Where a version comes from; null where nothing was kept of it.</summary>
    /// <exception cref="ModelPackageException">The file is damaged.</exception>
    public ModelProvenance? Provenance(ModelVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        string path = OriginOf(version.Name, version.Version);
        try
        {
            return ModelJson.Read<ModelProvenance>(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Why each version is kept: it serves, served before, waits, is pinned, is one of the newest, or is the newest of a month (by its
    /// as-of).
    /// </summary>
    /// <param name="name">Of the model.</param>
    /// <param name="newest">How many of the newest are kept; at least 1.</param>
    public IReadOnlyList<KeptVersion> Kept(string name, int newest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(newest, 1);
        ModelAliases aliases = Aliases(name);
        IReadOnlyList<ModelListing> versions = List(name);
        int? previous = aliases.Previous is { Count: > 0 } before ? before[^1] : null;
        var months = versions.Where(v => v.Manifest is not null).GroupBy(v => v.Manifest!.AsOf[..7])
            .Select(g => g.Max(v => v.Version.Version)).ToHashSet();
        return [.. versions.Select((v, i) => new KeptVersion(
            v.Version,
            v.IsChampion ? "champion"
                : v.Version.Version == previous ? "previous"
                : v.IsChallenger ? "challenger"
                : v.IsPinned ? "pinned"
                : i >= versions.Count - newest ? "newest"
                : v.Refusal is not null ? "refused"
                : months.Contains(v.Version.Version) ? "month" : null))];
    }

    /// <summary>Deletes the versions that <see cref="Kept"/> gives no reason for; hosts have theirs in memory.</summary>
    /// <returns>What was deleted.</returns>
    /// <exception cref="ModelPackageException">The folder cannot be written.</exception>
    public IReadOnlyList<ModelVersion> Prune(string name, int newest) => Locked(name, _ =>
    {
        ModelVersion[] gone = [.. Kept(name, newest).Where(k => k.Why is null).Select(k => k.Version)];
        foreach (ModelVersion version in gone)
        {
            // The zip last: what has one is a version, and what lies beside it is found by it.
            File.Delete(OriginOf(name, version.Version));
            File.Delete(TwinOf(name, version.Version));
            File.Delete(version.Path);
            _listed.TryRemove(version.Path, out Listed? _);
        }

        if (gone.Length > 0)
        {
            AtomicFile.FlushFolder(Folder(name));
        }

        return gone;
    });

    /// <summary>Keeps, beside a version, the fit that the gate judged it by: the next candidate is held against it.</summary>
    public void KeepTwin(ModelVersion version, ModelPackage twin)
    {
        ArgumentNullException.ThrowIfNull(version);
        ArgumentNullException.ThrowIfNull(twin);
        byte[] bytes = twin.ToBytes();
        AtomicFile.Write(TwinOf(version.Name, version.Version), stream => stream.Write(bytes));
    }

    /// <summary>What <see cref="KeepTwin"/> kept; null where there is none that can be read: it is learned anew then.</summary>
    public ModelPackage? Twin(string name, int version)
    {
        try
        {
            return File.Exists(TwinOf(name, version)) ? ModelPackage.Read(TwinOf(name, version), Limits) : null;
        }
        catch (ModelPackageException)
        {
            return null;
        }
    }

    private string TwinOf(string name, int version) =>
        Path.Combine(Folder(name), version.ToString(CultureInfo.InvariantCulture) + ".twin");

    private string OriginOf(string name, int version) =>
        Path.Combine(Folder(name), version.ToString(CultureInfo.InvariantCulture) + ".origin.json");
}
