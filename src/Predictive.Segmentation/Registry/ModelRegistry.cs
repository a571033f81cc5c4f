using System.Globalization;
using System.Text.RegularExpressions;
using Predictive.History;

namespace Predictive.Segmentation.Registry;

/// <summary>
/// Versioned model zips in a folder: <c>&lt;root&gt;/&lt;name&gt;/&lt;n&gt;.zip</c> and <c>aliases.json</c>. Thread-safe and safe across
/// processes on one file system.
/// </summary>
/// <remarks>
/// Every change is one rename of a file already flushed to disk, so a process killed at any point, or a power cut, leaves either the state
/// before or the state after. Writers of one model take turns through a lock file, which the operating system frees when its holder dies.
/// Readers take no lock: zips never change, and <c>aliases.json</c> is replaced as a whole.
/// </remarks>
public sealed partial class ModelRegistry
{
    private const string AliasFile = "aliases.json";

    private readonly Action<ModelPackage> _admit;

    /// <summary>A registry in a folder, which need not exist yet.</summary>
    /// <param name="root">Such as <c>models</c>.</param>
    /// <param name="admit">
    /// Asked before a version is published or an alias moves to it; throws <see cref="ModelPackageException"/> to refuse it. What a product
    /// uses is the smoke test of Scoring, which loads the version and scores with it: checksums only say that the bytes are those that were
    /// written.
    /// </param>
    /// <param name="limits">Bounds of the zips. Default: <see cref="ModelPackageLimits.Default"/>.</param>
    public ModelRegistry(string root, Action<ModelPackage> admit, ModelPackageLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        ArgumentNullException.ThrowIfNull(admit);
        _admit = admit;
        Root = Path.GetFullPath(root);
        Limits = limits ?? ModelPackageLimits.Default;
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Root { get; }

    /// <summary>Bounds of the zips.</summary>
    public ModelPackageLimits Limits { get; }

    /// <summary>The models there are, by ordinal name.</summary>
    public IReadOnlyList<string> Names() =>
        !Directory.Exists(Root)
            ? []
            : [
                .. Directory.EnumerateDirectories(Root).Select(p => Path.GetFileName(p)!)
                    .Where(n => NamePattern().IsMatch(n) && Versions(n).Count > 0).Order(StringComparer.Ordinal),
            ];

    /// <summary>The versions of a model, ascending; empty where there is no such model.</summary>
    /// <exception cref="ModelPackageException">The name is not one.</exception>
    public IReadOnlyList<ModelVersion> Versions(string name)
    {
        string folder = Folder(name);
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var found = new List<ModelVersion>();
        foreach (string path in Directory.EnumerateFiles(folder, "*.zip"))
        {
            if (VersionOf(Path.GetFileNameWithoutExtension(path)) is { } version)
            {
                found.Add(new ModelVersion(name, version, path));
            }
        }

        return [.. found.OrderBy(v => v.Version)];
    }

    /// <summary>The aliases of a model; none where nothing is published.</summary>
    /// <exception cref="ModelPackageException">The name is not one, or <c>aliases.json</c> is damaged.</exception>
    public ModelAliases Aliases(string name)
    {
        string path = Path.Combine(Folder(name), AliasFile);
        try
        {
            return ModelJson.Read<ModelAliases>(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new ModelAliases();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackageException(path, $"cannot be read ({e.Message}).", e);
        }
    }

    /// <summary>Finds a version.</summary>
    /// <param name="name">Model name.</param>
    /// <param name="version"><c>champion</c> (default), <c>challenger</c> or a number.</param>
    /// <exception cref="ModelPackageException">There is no such model, alias or version; the message lists what there is.</exception>
    public ModelVersion Resolve(string name, string version = "champion")
    {
        int? number = version switch
        {
            "champion" => Aliases(name).Champion,
            "challenger" => Aliases(name).Challenger,
            _ => VersionOf(version)
                ?? throw new ModelPackageException(
                    name, $"'{version}' is not a version; expected champion, challenger or a number such as 3."),
        };
        if (number is { } n && File.Exists(PathOf(name, n)))
        {
            return new ModelVersion(name, n, PathOf(name, n));
        }

        IReadOnlyList<ModelVersion> versions = Versions(name);
        string there = versions.Count > 0
            ? $"'{Folder(name)}' holds {string.Join(", ", versions.Select(v => v.Version))}"
            : Names() is { Count: > 0 } names
                ? $"'{Root}' holds the models {string.Join(", ", names)}"
                : $"'{Root}' holds no model; train one first";
        string what = number is null
            ? $"there is no {version}"
            : version == number.ToString() ? $"there is no version {number}" : $"version {number}, the {version}, is missing";
        throw new ModelPackageException(name, $"{what}; {there}.");
    }

    /// <summary>Reads and checks a version's zip.</summary>
    /// <exception cref="ModelPackageException">It does not exist or is refused; the message names the file.</exception>
    public ModelPackage Load(ModelVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return ModelPackage.Read(version.Path, Limits);
    }

    /// <summary>
    /// Publishes a package as the next version: temporary name, flush to disk, rename, then the alias the same way. Returns when all of it
    /// is on disk.
    /// </summary>
    /// <param name="name">Of the model.</param>
    /// <param name="package">What is published.</param>
    /// <param name="publishAs">What it becomes.</param>
    /// <param name="journal">Told where it is to serve; null = nobody.</param>
    /// <param name="origin">Where it comes from, kept beside it; null = not told.</param>
    /// <exception cref="ModelPackageException">
    /// The name is not one, the folder cannot be written, or it should replace a pinned version.
    /// </exception>
    public ModelVersion Publish(
        string name, ModelPackage package, PublishAs publishAs = PublishAs.ByGrade, AliasJournal? journal = null,
        ModelProvenance? origin = null)
    {
        ArgumentNullException.ThrowIfNull(package);
        byte[] bytes = package.ToBytes();
        // What is published can be read: the same checks as on loading, before anything touches the disk.
        _admit(ModelPackage.FromBytes(bytes, $"{name} (new version)", Limits));
        return Locked(name, folder =>
        {
            RemoveLeftovers(folder);
            ModelAliases aliases = Aliases(name);
            bool worse = package.Manifest.Metrics is { Promotable: false };
            PublishAs role = publishAs != PublishAs.ByGrade ? publishAs
                : worse && aliases.Champion is not null ? PublishAs.Challenger : PublishAs.Champion;
            if (role == PublishAs.Champion)
            {
                RefusePinned(name, aliases, null);
            }

            int next = Versions(name) is { Count: > 0 } versions ? versions[^1].Version + 1 : 1;
            // A writer that does not see the lock (another machine on a loose network file system) may take the number first.
            while (!AtomicFile.TryCreate(PathOf(name, next), stream => stream.Write(bytes)))
            {
                next++;
            }

            if (origin is not null)
            {
                AtomicFile.Write(OriginOf(name, next), stream => stream.Write(ModelJson.Write(origin with { Parent = aliases.Champion })));
            }

            if (role == PublishAs.Champion)
            {
                Move(folder, aliases, aliases.WithChampion(next), name, journal);
            }
            else if (role == PublishAs.Challenger)
            {
                WriteAliases(folder, aliases with { Challenger = next });
            }

            return new ModelVersion(name, next, PathOf(name, next));
        });
    }

    /// <summary>Puts a version in service, after loading it and trying it.</summary>
    /// <exception cref="ModelPackageException">
    /// There is no such version, it is refused, or the version in service is pinned; that one stays.
    /// </exception>
    public ModelAliases Promote(string name, int version, AliasJournal? journal = null)
    {
        Admit(name, version);
        return Locked(name, folder => WithChampion(name, folder, version, journal));
    }

    /// <summary>The same without a thread that waits for its turn: for hosts.</summary>
    /// <exception cref="TimeoutException">Another writer held the registry for all of <paramref name="patience"/>.</exception>
    /// <exception cref="ModelPackageException">As for <see cref="Promote"/>.</exception>
    public async Task<ModelAliases> PromoteAsync(
        string name, int version, TimeSpan patience, AliasJournal? journal = null, CancellationToken cancellation = default)
    {
        await Task.Run(() => Admit(name, version), cancellation).ConfigureAwait(false);
        string folder = Folder(name);
        FileStream held;
        try
        {
            held = await RegistryLock.TakeAsync(folder, patience, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new TimeoutException($"Another writer has held the registry of '{name}' for {patience.TotalSeconds:0} s. Try again.", e);
        }

        using (held)
        {
            return WithChampion(name, folder, version, journal);
        }
    }

    private ModelAliases WithChampion(string name, string folder, int version, AliasJournal? journal)
    {
        ModelAliases aliases = Aliases(name);
        RefusePinned(name, aliases, version);
        return Move(folder, aliases, aliases.WithChampion(version), name, journal);
    }

    private static ModelAliases Move(string folder, ModelAliases from, ModelAliases to, string name, AliasJournal? journal)
    {
        Action? done = journal?.Invoke(new AliasChange(name, from.Champion, to.Champion!.Value));
        WriteAliases(folder, to);
        done?.Invoke();
        return to;
    }

    private static void RefusePinned(string name, ModelAliases aliases, int? version)
    {
        if (aliases.Champion is { } champion && champion != version && aliases.IsPinned(champion))
        {
            throw new ModelPackageException(
                name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"version {champion} serves and is pinned: it is not replaced. Unpin it first (models pin {champion} --off)."));
        }
    }

    // Before the lock is taken: a zip never changes once it has its name, and trying it takes longer than moving an alias.
    private void Admit(string name, int version) => _admit(Load(Resolve(name, version.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Goes back to the champion before this one that loads and scores.</summary>
    /// <exception cref="ModelPackageException">There is none, or the version in service is pinned; that one stays.</exception>
    public ModelAliases Rollback(string name, AliasJournal? journal = null) => Locked(name, folder =>
    {
        ModelAliases aliases = Aliases(name);
        RefusePinned(name, aliases, null);
        List<int> previous = [.. aliases.Previous ?? []];
        var refusals = new List<string>();
        while (previous.Count > 0)
        {
            int version = previous[^1];
            previous.RemoveAt(previous.Count - 1);
            if (version == aliases.Champion)
            {
                continue;
            }

            try
            {
                Admit(name, version);
            }
            catch (ModelPackageException e)
            {
                refusals.Add(e.Message);
                continue;
            }

            ModelAliases back = aliases with
            {
                Champion = version, Challenger = aliases.Challenger == version ? null : aliases.Challenger, Previous = previous,
            };
            return Move(folder, aliases, back, name, journal);
        }

        string why = refusals.Count > 0 ? " " + string.Join(" ", refusals) : "";
        throw new ModelPackageException(
            name,
            $"there is no earlier champion to roll back to; version "
                + $"{aliases.Champion?.ToString(CultureInfo.InvariantCulture) ?? "(none)"} stays.{why}");
    });

    private static int? VersionOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version) && version > 0
            && version.ToString(CultureInfo.InvariantCulture) == text ? version : null;

    private static void WriteAliases(string folder, ModelAliases aliases) =>
        AtomicFile.Write(Path.Combine(folder, AliasFile), stream => stream.Write(ModelJson.Write(aliases)));

    // Only called under the lock: whatever temporary file lies here then was left by a writer that died.
    private static void RemoveLeftovers(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, ".*.tmp"))
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not ours to delete; it is hidden and harmless.
            }
        }
    }

    private T Locked<T>(string name, Func<string, T> change)
    {
        string folder = Folder(name);
        try
        {
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder);
                AtomicFile.FlushFolder(Root);
            }

            using FileStream held = RegistryLock.Take(folder);
            return change(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackageException(
                folder,
                $"cannot be written ({e.Message}). The version in service stays; mend the folder's rights or disk space and publish again.",
                e);
        }
    }

    private string PathOf(string name, int version) => Path.Combine(Folder(name), version.ToString(CultureInfo.InvariantCulture) + ".zip");

    private string Folder(string name) =>
        name is not null && NamePattern().IsMatch(name)
            ? Path.Combine(Root, name)
            : throw new ModelPackageException(
                name ?? "", "is not a model name; expected 1–64 of a–z, A–Z, 0–9, dash and underscore, starting with a letter or digit.");

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex NamePattern();
}
