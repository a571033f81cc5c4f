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
public sealed record ModelAliases(int? Champion = null, int? Challenger = null, IReadOnlyList<int>? Previous = null)
{
    internal const int MostPrevious = 100;

    internal ModelAliases WithChampion(int version)
    {
        if (version == Champion)
        {
            return this with { Challenger = Challenger == version ? null : Challenger };
        }

        IReadOnlyList<int> previous = Champion is { } old ? [.. (Previous ?? []).TakeLast(MostPrevious - 1), old] : Previous ?? [];
        return new ModelAliases(version, Challenger == version ? null : Challenger, previous);
    }
}

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
public sealed record ModelListing(
    ModelVersion Version, long Bytes, ModelManifest? Manifest, string? Refusal, bool IsChampion, bool IsChallenger);
