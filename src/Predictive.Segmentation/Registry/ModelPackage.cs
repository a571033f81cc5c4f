using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Predictive.Segmentation.Registry;

/// <summary>
/// One version of the models: a manifest and named payload entries, as one zip. Immutable; safe to use from several threads.
/// </summary>
/// <remarks>
/// <code>
/// manifest.json        always first
/// distribution.json    the other entries by ordinal name
/// churn.bin
/// ...
/// checksums.sha256     always last; "hash  name" lines over all the others, as sha256sum -c reads them
/// </code>
/// Equal content gives equal bytes on every machine and runtime: fixed order and entry time, and entries are stored, not deflated
/// (deflate output changes between zlib builds; the payloads are small and dense). Deflated entries are read all the same.
/// </remarks>
public sealed class ModelPackage
{
    /// <summary>Name of the manifest entry.</summary>
    public const string ManifestEntry = "manifest.json";

    /// <summary>Name of the checksum entry.</summary>
    public const string ChecksumEntry = "checksums.sha256";

    // The earliest time a zip can hold; the offset is irrelevant, zips store local time.
    private static readonly DateTimeOffset s_entryTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly SearchValues<char> s_nameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_");

    private readonly SortedDictionary<string, byte[]> _entries;

    /// <summary>Puts a package together.</summary>
    /// <param name="manifest">Written as <c>manifest.json</c>.</param>
    /// <param name="entries">Payload entries by name: lower-case letters, digits, dot, dash, underscore. Not copied.</param>
    /// <exception cref="ArgumentException">A name is not allowed, or reserved.</exception>
    public ModelPackage(ModelManifest manifest, IEnumerable<KeyValuePair<string, byte[]>> entries)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(entries);
        Manifest = manifest;
        _entries = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (name, content) in entries)
        {
            if (NameFault(name) is { } fault || (fault = name is ManifestEntry or ChecksumEntry ? "is reserved" : null) is not null)
            {
                throw new ArgumentException($"Entry name '{name}' {fault}.", nameof(entries));
            }

            _entries.Add(name, content);
        }

        Source = "new package";
    }

    private ModelPackage(string source, ModelManifest manifest, SortedDictionary<string, byte[]> entries) =>
        (Source, Manifest, _entries) = (source, manifest, entries);

    /// <summary>The manifest.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>Where it was read from, for messages.</summary>
    public string Source { get; }

    /// <summary>Names of the payload entries, ordinal order, without manifest and checksums.</summary>
    public IReadOnlyCollection<string> EntryNames => _entries.Keys;

    /// <summary>Whether there is a payload entry of this name.</summary>
    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>Content of a payload entry.</summary>
    /// <exception cref="ModelPackageException">No such entry.</exception>
    public ReadOnlyMemory<byte> Entry(string name) =>
        _entries.TryGetValue(name, out byte[]? content)
            ? content
            : throw new ModelPackageException(
                Source,
                $"entry '{name}' is missing; the zip holds {string.Join(", ", _entries.Keys)}. Publish the model again, or roll back.");

    /// <summary>A payload entry read as JSON.</summary>
    /// <exception cref="ModelPackageException">No such entry, or not JSON of this shape.</exception>
    public T Json<T>(string name) => ModelJson.Read<T>(Entry(name).Span, Source, name);

    /// <summary>The zip's bytes.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        Write(stream);
        return stream.ToArray();
    }

    /// <summary>Writes the zip.</summary>
    /// <param name="destination">Writable and seekable.</param>
    public void Write(Stream destination)
    {
        using var zip = new ZipArchive(destination, ZipArchiveMode.Create, leaveOpen: true);
        var checksums = new StringBuilder();
        Add(ManifestEntry, ModelJson.Write(Manifest));
        foreach (var (name, content) in _entries)
        {
            Add(name, content);
        }

        Add(ChecksumEntry, Encoding.UTF8.GetBytes(checksums.ToString()));

        void Add(string name, byte[] content)
        {
            ZipArchiveEntry entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
            entry.LastWriteTime = s_entryTime;
            using Stream stream = entry.Open();
            stream.Write(content);
            checksums.Append(Convert.ToHexStringLower(SHA256.HashData(content))).Append("  ").Append(name).Append('\n');
        }
    }

    /// <summary>Reads and checks a zip: limits, names, checksums, format version, feature schema.</summary>
    /// <exception cref="ModelPackageException">The file is missing or refused; the message names it.</exception>
    public static ModelPackage Read(string path, ModelPackageLimits? limits = null)
    {
        limits ??= ModelPackageLimits.Default;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
            if (stream.Length > limits.FileBytes)
            {
                throw new ModelPackageException(
                    path,
                    $"is {stream.Length:N0} bytes; a model zip may have at most {limits.FileBytes:N0}. It was not written by this "
                        + "product, or the limit must be raised.");
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return FromBytes(bytes, path, limits);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string found = e is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : $"cannot be read ({e.Message})";
            throw new ModelPackageException(path, $"{found}; expected a model zip. List the versions there are with 'models list'.", e);
        }
    }

    /// <summary>As <see cref="Read"/>, from memory.</summary>
    /// <param name="bytes">The whole zip.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <param name="limits">Default: <see cref="ModelPackageLimits.Default"/>.</param>
    public static ModelPackage FromBytes(byte[] bytes, string source, ModelPackageLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        limits ??= ModelPackageLimits.Default;
        SortedDictionary<string, byte[]> entries;
        try
        {
            entries = Unpack(bytes, source, limits);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException or ArgumentException
            or IOException)
        {
            throw new ModelPackageException(
                source,
                $"is not a whole zip ({bytes.Length:N0} bytes; {e.Message}). It is cut short or damaged: publish the model again, or "
                    + "roll back.",
                e);
        }

        if (!entries.Remove(ChecksumEntry, out byte[]? checksums))
        {
            throw new ModelPackageException(source, $"has no entry '{ChecksumEntry}'; expected a model zip written by 'train'.");
        }

        CheckSums(entries, checksums, source);
        if (!entries.Remove(ManifestEntry, out byte[]? json))
        {
            throw new ModelPackageException(source, $"has no entry '{ManifestEntry}'; expected a model zip written by 'train'.");
        }

        return new ModelPackage(source, ReadManifest(json, source), entries);
    }

    private static SortedDictionary<string, byte[]> Unpack(byte[] bytes, string source, ModelPackageLimits limits)
    {
        using var zip = new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
        if (zip.Entries.Count > limits.Entries)
        {
            throw new ModelPackageException(
                source, $"has {zip.Entries.Count:N0} entries; expected at most {limits.Entries}. It was not written by this product.");
        }

        var entries = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        long total = 0;
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            if (NameFault(entry.FullName) is { } fault)
            {
                throw new ModelPackageException(source, $"entry name '{entry.FullName}' {fault}. It was not written by this product.");
            }

            long limit = entry.FullName is ManifestEntry or ChecksumEntry ? limits.ManifestBytes : limits.EntryBytes;
            if (entry.Length > limit || (total += entry.Length) > limits.TotalBytes)
            {
                throw new ModelPackageException(
                    source,
                    $"entry '{entry.FullName}' unpacks to {entry.Length:N0} bytes, {total:N0} in all; expected at most {limit:N0} and "
                        + $"{limits.TotalBytes:N0}. It was not written by this product, or the limit must be raised.");
            }

            if (entry.Length > (entry.CompressedLength * limits.Ratio) + (1 << 20))
            {
                throw new ModelPackageException(
                    source,
                    $"entry '{entry.FullName}' unpacks from {entry.CompressedLength:N0} to {entry.Length:N0} bytes; expected at most "
                        + $"{limits.Ratio} times as many. It was not written by this product.");
            }

            // The declared length is only a claim: read that much and no more.
            byte[] content = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(content);
            if (stream.ReadByte() >= 0)
            {
                throw new InvalidDataException($"entry '{entry.FullName}' is longer than the {entry.Length:N0} bytes the zip declares");
            }

            if (!entries.TryAdd(entry.FullName, content))
            {
                throw new InvalidDataException($"entry '{entry.FullName}' stands twice");
            }
        }

        return entries;
    }

    private static void CheckSums(SortedDictionary<string, byte[]> entries, byte[] checksums, string source)
    {
        var expected = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(checksums).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length < 67 || line[64..66] != "  " || !expected.TryAdd(line[66..], line[..64]))
            {
                throw new ModelPackageException(
                    source, $"'{ChecksumEntry}' holds the line '{line}'; expected 64 hex digits, two spaces and a name, each name once.");
            }
        }

        foreach (var (name, content) in entries)
        {
            if (!expected.Remove(name, out string? sum))
            {
                throw new ModelPackageException(
                    source,
                    $"entry '{name}' has no checksum. The zip was changed after it was written: publish the model again, or roll back.");
            }

            string actual = Convert.ToHexStringLower(SHA256.HashData(content));
            if (actual != sum)
            {
                throw new ModelPackageException(
                    source,
                    $"entry '{name}' fails its checksum (found {actual[..12]}…, expected {sum[..Math.Min(12, sum.Length)]}…). The zip is "
                        + "damaged or was changed: publish the model again, or roll back.");
            }
        }

        if (expected.Count > 0)
        {
            throw new ModelPackageException(
                source,
                $"entry '{expected.Keys.Order(StringComparer.Ordinal).First()}' is in '{ChecksumEntry}' but not in the zip. Publish the "
                    + "model again, or roll back.");
        }
    }

    private static ModelManifest ReadManifest(byte[] json, string source)
    {
        // The format first, by itself: a newer manifest may not have this build's shape.
        FormatStamp format = ModelJson.Read<FormatStamp>(json, source, ManifestEntry);
        if (format.OldestReader > ModelManifest.CurrentFormat)
        {
            throw new ModelPackageException(
                source,
                $"has format {format.FormatVersion}, written by {format.WrittenBy}, which needs a reader of format "
                    + $"{format.OldestReader}; this build reads {ModelManifest.OldestReadable} to {ModelManifest.CurrentFormat}. Update "
                    + "this build, or roll back.");
        }

        if (format.FormatVersion < ModelManifest.OldestReadable)
        {
            throw new ModelPackageException(
                source,
                $"has format {format.FormatVersion}; this build reads {ModelManifest.OldestReadable} to {ModelManifest.CurrentFormat}. "
                    + "Train again.");
        }

        ModelManifest manifest = ModelJson.Read<ModelManifest>(json, source, ManifestEntry);
        if (manifest.Features.Features.Any(f => f is null) || manifest.HorizonDays is < 1 or > 36_500 || manifest.Notes.Any(n => n is null)
            || manifest.Metrics.Baselines.Values.Any(b => b is null))
        {
            throw new ModelPackageException(
                source,
                $"'{ManifestEntry}' has a null among its features, baselines or notes, or a horizon of {manifest.HorizonDays} days; "
                    + "expected values, and 1 to 36,500 days. Train again.");
        }

        // An older reader must not take given scores for a model that lacks its parts.
        if (manifest.Given is { } given && (manifest.OldestReader < 2 || given is not { Source.Length: > 0, SourceHash.Length: > 0 }))
        {
            throw new ModelPackageException(
                source,
                $"'{ManifestEntry}' says that its scores were given by '{given.Source}', for readers of format {manifest.OldestReader}; "
                    + "expected a name, the hash of a file, and readers of format 2. Import the scores again.");
        }

        if (!manifest.Features.IsConsistent())
        {
            throw new ModelPackageException(
                source,
                $"the feature schema's hash is {manifest.Features.Hash}, which is not that of its {manifest.Features.Features.Count} "
                    + "features. Train again.");
        }

        return manifest;
    }

    private static string? NameFault(string name) =>
        name.Length is 0 or > 100 ? "has no or too many characters (expected 1–100)"
        : name.AsSpan().ContainsAnyExcept(s_nameCharacters) ? "has characters other than a–z, 0–9, dot, dash and underscore"
        : name[0] == '.' ? "starts with a dot"
        : null;

    private sealed record FormatStamp(int FormatVersion, int OldestReader, string WrittenBy);
}
