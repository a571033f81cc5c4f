using System.IO.Compression;
using System.Security.Cryptography;

namespace Predictive.History.Import;

/// <summary>
/// The rows of a source as the bytes of a CSV file, whatever it is: plain, gzip, a zip of one file, an Excel workbook, Parquet, several of
/// these.
/// </summary>
internal sealed class SourceContent : IDisposable
{
    private readonly Func<long> _bytesRead;
    private readonly Func<string> _sha256;
    private readonly Action _drain;
    private readonly IDisposable[] _owned;

    private SourceContent(
        string kind, Stream stream, long bytes, Func<long> bytesRead, Func<string> sha256, Action drain, params IDisposable[] owned) =>
        (Kind, Stream, FileBytes, _bytesRead, _sha256, _drain, _owned) = (kind, stream, bytes, bytesRead, sha256, drain, owned);

    /// <summary><c>none</c>, <c>gzip</c>, <c>zip</c>, <c>xlsx</c>, <c>parquet</c>, or those of several files.</summary>
    public string Kind { get; }

    /// <summary>The bytes.</summary>
    public Stream Stream { get; }

    /// <summary>Size on disk.</summary>
    public long FileBytes { get; }

    /// <summary>Of those, read so far.</summary>
    public long BytesRead => _bytesRead();

    /// <summary>True where the bytes are ours, so that delimiter and decimal mark are known.</summary>
    public bool IsWritten => Kind is "xlsx" or "parquet";

    /// <summary>Opens one source, or several one behind the other.</summary>
    /// <exception cref="DatasetException">It is not there, damaged, or something else.</exception>
    public static SourceContent Open(ImportOptions options) => options.MoreSources.Count == 0
        ? OpenOne(options.Source, options)
        : Join([.. new[] { options.Source }.Concat(options.MoreSources)], options);

    /// <summary>Takes what a decompressor left unread.</summary>
    public void Drain() => _drain();

    /// <summary>SHA-256 of the file's bytes, lower-case hexadecimal; of several files, of their hashes in order.</summary>
    public string Sha256() => _sha256();

    /// <inheritdoc/>
    public void Dispose()
    {
        Stream.Dispose();
        Array.ForEach(_owned, o => o.Dispose());
    }

    private static SourceContent OpenOne(string path, ImportOptions options)
    {
        if (Directory.Exists(path))
        {
            return Directory.EnumerateFiles(path, "*.parquet", SearchOption.AllDirectories).Any()
                ? Written("parquet", new PulledStream(ParquetText.Rows(path, options.TimeZone)), Folder(path), () => FolderHash(path))
                : throw DatasetFaults.NotACsvFile(path, "it is a folder without Parquet files; name the files in it").Refuse();
        }

        if (!File.Exists(path))
        {
            throw DatasetFaults.MissingSource(path).Refuse();
        }

        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
            Span<byte> magic = stackalloc byte[4];
            int n = file.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
            file.Position = 0;
            if (n == 4 && magic.SequenceEqual("PAR1"u8))
            {
                long bytes = file.Length;
                file.Dispose();
                return Written("parquet", new PulledStream(ParquetText.Rows(path, options.TimeZone)), bytes, () => Hash(path));
            }

            if (n == 4 && magic.SequenceEqual((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0]))
            {
                throw DatasetFaults.NotACsvFile(path, "it is an Excel workbook of the old kind (.xls); save it as .xlsx").Refuse();
            }

            if (n == 4 && magic.SequenceEqual("PK\u0003\u0004"u8))
            {
                return OpenZip(path, file, options);
            }

            var hashing = new HashingStream(file);
            bool gzip = n >= 2 && magic[0] == 0x1F && magic[1] == 0x8B;
            return new SourceContent(
                gzip ? "gzip" : "none", gzip ? new GzipContent(hashing) : hashing, hashing.Length, () => hashing.BytesRead, hashing.Finish,
                hashing.Drain, hashing);
        }
        catch (Exception e)
        {
            file?.Dispose();
            throw e switch
            {
                UnauthorizedAccessException => DatasetFaults.NotACsvFile(path, "it may not be read by this user").Refuse(e),
                InvalidDataException => DatasetFaults.NotACsvFile(path, $"it is damaged ({e.Message.TrimEnd('.')})").Refuse(e),
                _ => e,
            };
        }
    }

    private static SourceContent OpenZip(string path, FileStream file, ImportOptions options)
    {
        var archive = new ZipArchive(file, ZipArchiveMode.Read);
        if (archive.GetEntry("xl/workbook.xml") is not null)
        {
            long bytes = file.Length;
            archive.Dispose();
            return Written("xlsx", new PulledStream(WorkbookText.Rows(path, options.Sheet)), bytes, () => Hash(path));
        }

        ZipArchiveEntry[] files =
        [
            .. archive.Entries.Where(
                e => e.Length > 0 && !e.FullName.StartsWith("__MACOSX", StringComparison.Ordinal) && !e.Name.StartsWith('.')),
        ];
        if (files.Length != 1)
        {
            string names = string.Join(", ", files.Take(5).Select(f => f.FullName));
            archive.Dispose();
            throw DatasetFaults.NotACsvFile(
                path, $"it is a zip archive of {files.Length} files ({names}); expected one. Unpack it and name the files").Refuse();
        }

        return new SourceContent(
            "zip", files[0].Open(), file.Length, () => file.CanSeek ? file.Position : file.Length, () => Hash(path), () => { }, archive,
            file);
    }

    private static SourceContent Written(string kind, PulledStream rows, long bytes, Func<string> sha256) =>
        new(kind, rows, bytes, () => rows.Ended ? bytes : Math.Min(bytes, rows.Given / 4), sha256, () => { });

    private static SourceContent Join(IReadOnlyList<string> paths, ImportOptions options)
    {
        var parts = new List<SourceContent>();
        try
        {
            foreach (string path in paths)
            {
                parts.Add(OpenOne(path, options));
            }

            var joined = new JoinedContent([.. parts.Select(p => p.Stream)], paths);
            return new SourceContent(
                string.Join('+', parts.Select(p => p.Kind).Distinct()), joined, parts.Sum(p => p.FileBytes),
                () => parts.Sum(p => p.BytesRead),
                () => Convert.ToHexStringLower(
                    SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(string.Concat(parts.Select(p => p.Sha256()))))),
                () => parts.ForEach(p => p.Drain()), [.. parts]);
        }
        catch
        {
            parts.ForEach(p => p.Dispose());
            throw;
        }
    }

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static string[] Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static long Folder(string folder) => Files(folder).Sum(f => new FileInfo(f).Length);

    private static string FolderHash(string folder) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                System.Text.Encoding.UTF8.GetBytes(string.Concat(Files(folder).Select(f => Path.GetRelativePath(folder, f) + Hash(f))))));
}
