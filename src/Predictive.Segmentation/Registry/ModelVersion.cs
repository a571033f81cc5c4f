namespace Predictive.Segmentation.Registry;

/// <summary>A published version: where it is, not what is in it.</summary>
/// <param name="Name">Model name.</param>
/// <param name="Version">1, 2, 3 ...</param>
/// <param name="Path">The zip.</param>
public sealed record ModelVersion(string Name, int Version, string Path);

/// <summary><c>aliases.json</c>: which version serves and which one waits.</summary>
/// <param name="Champion">The version in service; null = none yet.</param>
/// <param name="Challenger">The version that waits for promotion; null = none.</param>
/// <param name="Previous">Champions before this one, oldest first, without repeats next to each other; what rollback goes back to. At most
/// 100.</param>
/// <param name="Pinned">Versions that are neither replaced nor deleted, ascending; null = none.</param>
public sealed record ModelAliases(
    int? Champion = null, int? Challenger = null, IReadOnlyList<int>? Previous = null, IReadOnlyList<int>? Pinned = null)
{
    internal const int MostPrevious = 100;

    /// <summary>Whether a version is pinned.</summary>
    public bool IsPinned(int version) => Pinned?.Contains(version) == true;

    internal ModelAliases WithPin(int version, bool pinned)
    {
        int[] left = [.. (Pinned ?? []).Where(v => v != version).Concat(pinned ? [version] : []).Order()];
        return this with { Pinned = left.Length == 0 ? null : left };
    }

    internal ModelAliases WithChampion(int version)
    {
        if (version == Champion)
        {
            return this with { Challenger = Challenger == version ? null : Challenger };
        }

        IReadOnlyList<int> previous = Champion is { } old ? [.. (Previous ?? []).TakeLast(MostPrevious - 1), old] : Previous ?? [];
        return this with { Champion = version, Challenger = Challenger == version ? null : Challenger, Previous = previous };
    }
}

/// <summary>Another version is about to serve.</summary>
/// <param name="Name">Of the model.</param>
/// <param name="From">The version in service; null = none.</param>
/// <param name="To">The version that will be.</param>
public sealed record AliasChange(string Name, int? From, int To)
{
    /// <summary>Kind of the event that tells of it.</summary>
    public const string Promoted = "model_promoted";

    /// <summary>What the audit log calls the version that will be in service.</summary>
    public string Subject => ModelRegistry.SubjectOf(Name, To)!;

    /// <summary>What it calls the version that is; null = none.</summary>
    public string? Standing => ModelRegistry.SubjectOf(Name, From);

    /// <summary>What all its names of this model's versions begin with.</summary>
    public string About => ModelRegistry.SubjectsOf(Name);
}

/// <summary>
/// Told under the registry's lock that another version is about to serve; what it returns is called, still under the lock, once it does.
/// What throws here keeps the version in service.
/// </summary>
public delegate Action AliasJournal(AliasChange change);

/// <summary>What a fresh version becomes.</summary>
public enum PublishAs
{
    /// <summary>Serves at once.</summary>
    Champion,

    /// <summary>Waits for promotion.</summary>
    Challenger,

    /// <summary>
    /// Champion if neither grade is D or there is no champion yet; else challenger: a model worse than its baselines is never promoted on
    /// its own.
    /// </summary>
    ByGrade,

    /// <summary>No alias.</summary>
    Unaliased,
}

/// <summary>A version as <c>models list</c> and <c>models verify</c> show it.</summary>
/// <param name="Version">Which.</param>
/// <param name="Bytes">Size of the zip.</param>
/// <param name="Manifest">Null where the zip is refused.</param>
/// <param name="Refusal">Why it is refused; null = sound.</param>
/// <param name="IsChampion">In service.</param>
/// <param name="IsChallenger">Waiting.</param>
/// <param name="IsPinned">Neither replaced nor deleted.</param>
public sealed record ModelListing(
    ModelVersion Version, long Bytes, ModelManifest? Manifest, string? Refusal, bool IsChampion, bool IsChallenger, bool IsPinned);
