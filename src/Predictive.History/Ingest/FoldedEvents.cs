using System.Globalization;
using ParquetSharp;
using Predictive.History.Parquet;

namespace Predictive.History.Ingest;

/// <summary>A file of events that were folded into a table.</summary>
/// <param name="Stream">Key of the stream they came from.</param>
/// <param name="First">Sequence of the first event it is for.</param>
/// <param name="Last">Sequence of the last: it holds every event first sent in between.</param>
/// <param name="Through">Sequence of the last revision it knows: each event has the content it had then.</param>
/// <param name="Path">Where it is.</param>
public sealed record FoldedFile(string Stream, long First, long Last, long Through, string Path);

/// <summary>
/// Which events the files of a table hold already. The files themselves say it, so what is folded and what is noted as folded can never
/// differ: a rename makes both true at once. Immutable.
/// </summary>
public sealed class FoldedEvents
{
    /// <summary>Names of the files begin with this.</summary>
    internal const string Prefix = "events-";

    private const string StreamNote = "predictive.stream", FirstNote = "predictive.first", LastNote = "predictive.last",
        ThroughNote = "predictive.through";

    private readonly Dictionary<string, FoldedEvents> _byStream = new(StringComparer.Ordinal);

    private FoldedEvents(IReadOnlyList<FoldedFile> files)
    {
        Files = files;
        foreach (FoldedFile file in files)
        {
            if (file.First > Covered + 1)
            {
                break;
            }

            Covered = Math.Max(Covered, file.Last);
        }
    }

    /// <summary>None are.</summary>
    public static FoldedEvents None { get; } = new([]);

    /// <summary>The files, by sequence.</summary>
    public IReadOnlyList<FoldedFile> Files { get; }

    /// <summary>Every revision up to this sequence is in the files; of one stream's files only (<see cref="For"/>).</summary>
    public long Covered { get; }

    /// <summary>Looks at the footers of a table's files.</summary>
    /// <exception cref="DatasetException">A file is damaged.</exception>
    public static FoldedEvents Of(string pathOrFolder, IngestTable table)
    {
        DatasetFolder folder = DatasetFolder.Open(pathOrFolder);
        string? path = table == IngestTable.Transactions ? folder.Transactions : folder.Events;
        if (path is null || !Directory.Exists(path))
        {
            return None;
        }

        var files = new List<FoldedFile>();
        foreach (string file in Directory.EnumerateFiles(path, Prefix + "*.parquet", SearchOption.AllDirectories))
        {
            IReadOnlyDictionary<string, string> notes = ParquetFault.Guard(file, null, () =>
            {
                using var reader = new ParquetFileReader(file);
                return reader.FileMetaData.KeyValueMetadata;
            });
            if (notes.TryGetValue(StreamNote, out string? stream) && Number(notes, FirstNote) is { } first
                && Number(notes, LastNote) is { } last && Number(notes, ThroughNote) is { } through)
            {
                files.Add(new FoldedFile(stream, first, last, through, file));
            }
        }

        return new FoldedEvents([.. files.OrderBy(f => f.First)]);
    }

    /// <summary>
    /// What the files of one stream hold. Files of other streams, of another store, are lines like any other.
    /// </summary>
    /// <param name="stream">Its key; null = there is no stream yet.</param>
    public FoldedEvents For(string? stream)
    {
        if (stream is null || Files.Count == 0)
        {
            return None;
        }

        lock (_byStream)
        {
            if (!_byStream.TryGetValue(stream, out FoldedEvents? of))
            {
                _byStream.Add(stream, of = new FoldedEvents([.. Files.Where(f => f.Stream == stream)]));
            }

            return of;
        }
    }

    /// <summary>The last revision of an event that the files know; 0 = they know nothing of it.</summary>
    /// <param name="first">Sequence of its first revision.</param>
    public long ThroughOf(long first) => FileOf(first)?.Through ?? 0;

    /// <summary>The file an event is in; null = none.</summary>
    /// <param name="first">Sequence of its first revision.</param>
    public FoldedFile? FileOf(long first)
    {
        int low = 0, high = Files.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            FoldedFile file = Files[middle];
            if (first < file.First)
            {
                high = middle - 1;
            }
            else if (first > file.Last)
            {
                low = middle + 1;
            }
            else
            {
                return file;
            }
        }

        return null;
    }

    /// <summary>Whether two looks found the same.</summary>
    public bool IsSame(FoldedEvents other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Files.SequenceEqual(other.Files);
    }

    internal static string NameOf(string stream, long first) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{stream[..Math.Min(8, stream.Length)]}-{first:D12}.parquet");

    internal static Dictionary<string, string> Notes(string stream, long first, long last, long through) => new()
    {
        [StreamNote] = stream,
        [FirstNote] = first.ToString(CultureInfo.InvariantCulture), [LastNote] = last.ToString(CultureInfo.InvariantCulture),
        [ThroughNote] = through.ToString(CultureInfo.InvariantCulture),
    };

    private static long? Number(IReadOnlyDictionary<string, string> notes, string name) =>
        notes.TryGetValue(name, out string? text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;
}
