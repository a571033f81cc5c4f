namespace Predictive.Segmentation.Registry;

/// <summary>Bounds a model zip must keep, so that a damaged or hostile file can never exhaust the host.</summary>
public sealed record ModelPackageLimits
{
    /// <summary>Largest zip in bytes. Default 512 MiB.</summary>
    public long FileBytes { get; init; } = 512L << 20;

    /// <summary>Largest entry in bytes, unpacked. Default 256 MiB.</summary>
    public long EntryBytes { get; init; } = 256L << 20;

    /// <summary>Largest sum of all entries, unpacked. Default 1 GiB.</summary>
    public long TotalBytes { get; init; } = 1L << 30;

    /// <summary>Largest <c>manifest.json</c>. Default 4 MiB.</summary>
    public long ManifestBytes { get; init; } = 4L << 20;

    /// <summary>Most bytes an entry may unpack to, per byte in the zip, beyond its first MiB. Default 50.</summary>
    public int Ratio { get; init; } = 50;

    /// <summary>Most entries. Default 64.</summary>
    public int Entries { get; init; } = 64;

    /// <summary>The defaults.</summary>
    public static ModelPackageLimits Default { get; } = new();
}
