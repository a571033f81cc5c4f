namespace Predictive.History.Ingest;

/// <summary>How a dataset's streams of events are named.</summary>
public static class IngestStream
{
    /// <summary>
    /// Name of a dataset: that of its folder, so that hosts which mount it at different places mean the same. Two datasets of one name must
    /// not share a store.
    /// </summary>
    public static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>Name of the stream of a table's events.</summary>
    public static string Of(string folder, IngestTable table) => $"{NameOf(folder)}/{table.ToString().ToLowerInvariant()}";
}
