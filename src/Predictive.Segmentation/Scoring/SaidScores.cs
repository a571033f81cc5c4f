using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Predictive.History;
using Predictive.History.Sources;

namespace Predictive.Segmentation.Scoring;

/// <summary>What a version said of a customer when it was trained.</summary>
/// <param name="AsOf">As of when.</param>
/// <param name="Version">Such as <c>default/3</c>.</param>
/// <param name="HorizonDays">Days that it looked ahead.</param>
/// <param name="Churn">Chance of no purchase within them, 0–1.</param>
/// <param name="Band">The risk band then.</param>
/// <param name="Expected">Net spend expected within them.</param>
public sealed record SaidScore(LocalTime AsOf, string Version, int HorizonDays, double Churn, string Band, double Expected);

/// <summary>
/// What each version said of everybody when it was trained, kept beside the versions: a customer's page shows it, so that a risk can be
/// held against what came. The files hold keyed hashes and no id; who was erased since is taken out when the next one is written.
/// </summary>
/// <remarks>
/// One file a version: a line of JSON, then a record of 25 bytes for each customer (hash, probability, spend, band), ordered by hash. One
/// customer is found by some twenty reads of 25 bytes; a Parquet file would have a whole row group decoded for it.
/// </remarks>
public static class SaidScores
{
    /// <summary>Folder beside the versions.</summary>
    public const string FolderName = "said";

    /// <summary>Files kept, the newest.</summary>
    public const int Kept = 24;

    private const int RecordBytes = 25, MostHeader = 4096;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private sealed record Header(string AsOf, string Version, int HorizonDays, IReadOnlyList<string> Bands, int Count);

    /// <summary>Keeps what a version says, and no more than <see cref="Kept"/> of its kind.</summary>
    /// <param name="models">Folder of the registry.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="data">The dataset whose key hashes the ids.</param>
    /// <param name="scores">Of the whole base, as of the training.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="DatasetException">The dataset's key cannot be read or written.</exception>
    public static void Write(string models, string name, string data, ScoreTable scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        Func<string, UInt128> hash = Erasures.HasherOf(data);
        var keys = new UInt128[scores.Count];
        var order = new int[scores.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            (keys[i], order[i]) = (hash(scores.CustomerId(i)), i);
        }

        Array.Sort(keys, order);
        var records = new byte[RecordBytes * keys.Length];
        for (int k = 0; k < keys.Length; k++)
        {
            Span<byte> record = records.AsSpan(k * RecordBytes, RecordBytes);
            BinaryPrimitives.WriteUInt128LittleEndian(record, keys[k]);
            BinaryPrimitives.WriteSingleLittleEndian(record[16..], (float)scores.ChurnProbability[order[k]]);
            BinaryPrimitives.WriteSingleLittleEndian(record[20..], (float)scores.ClvExpected[order[k]]);
            record[24] = scores.ChurnBand[order[k]];
        }

        string folder = Path.Combine(models, name, FolderName);
        Directory.CreateDirectory(folder);
        Save(
            Path.Combine(folder, FormattableString.Invariant($"{scores.Stamp.Version:000000}.said")),
            new Header(
                scores.AsOf.ToString(), $"{scores.Stamp.Name}/{scores.Stamp.Version}", scores.Bundle.Manifest.HorizonDays,
                Rules.ChurnBand.Names, keys.Length),
            records);
        Erasures erased = Erasures.Of(data);
        foreach (var (i, file) in Files(models, name).ToArray().Index())
        {
            if (i >= Kept)
            {
                File.Delete(file);
            }
            else if (erased.Count > 0)
            {
                Without(file, erased);
            }
        }
    }

    /// <summary>What was said of one customer, oldest first; empty where nothing was kept.</summary>
    /// <param name="models">Folder of the registry.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="data">The dataset whose key hashes the ids.</param>
    /// <param name="customer">Id.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="DatasetException">The dataset's key cannot be read.</exception>
    public static IReadOnlyList<SaidScore> Of(string models, string name, string data, string customer)
    {
        string[] files = [.. Files(models, name)];
        if (files.Length == 0 || Erasures.KeyIfThere(data) is null)
        {
            return [];
        }

        UInt128 key = Erasures.HasherOf(data)(customer);
        var said = new List<SaidScore>();
        foreach (string file in files.Reverse())
        {
            using SafeFileHandle? handle = Open(file);
            if (handle is not null && ReadHeader(handle) is var (header, start) && Find(handle, start, header.Count, key) is { } record
                && LocalTime.TryParse(header.AsOf, TimeZoneInfo.Utc, out LocalTime asOf) && record[24] < header.Bands.Count)
            {
                said.Add(new SaidScore(
                    asOf, header.Version, header.HorizonDays, BinaryPrimitives.ReadSingleLittleEndian(record.AsSpan(16)),
                    header.Bands[record[24]], BinaryPrimitives.ReadSingleLittleEndian(record.AsSpan(20))));
            }
        }

        return said;
    }

    // Newest first.
    private static IEnumerable<string> Files(string models, string name)
    {
        string folder = Path.Combine(models, name, FolderName);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.said").OrderDescending(StringComparer.Ordinal)
            : [];
    }

    private static void Save(string path, Header header, ReadOnlyMemory<byte> records) => AtomicFile.Write(path, stream =>
    {
        stream.Write(JsonSerializer.SerializeToUtf8Bytes(header, s_json));
        stream.WriteByte((byte)'\n');
        stream.Write(records.Span);
    });

    // A worker may delete an old one between the listing and the reading.
    private static SafeFileHandle? Open(string file)
    {
        try
        {
            return File.OpenHandle(file);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    // Null = none of ours, or cut off: the next training writes the next one.
    private static (Header Header, int Start)? ReadHeader(SafeFileHandle handle)
    {
        var bytes = new byte[MostHeader];
        int read = RandomAccess.Read(handle, bytes, 0), end = bytes.AsSpan(0, read).IndexOf((byte)'\n');
        try
        {
            return end > 0
                && JsonSerializer.Deserialize<Header>(bytes.AsSpan(0, end), s_json) is { Bands: not null, Version: not null } header
                && RandomAccess.GetLength(handle) == end + 1 + ((long)header.Count * RecordBytes)
                ? (header, end + 1)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? Find(SafeFileHandle handle, int start, int count, UInt128 key)
    {
        var record = new byte[RecordBytes];
        for (int low = 0, high = count - 1; low <= high;)
        {
            int middle = low + ((high - low) / 2);
            if (RandomAccess.Read(handle, record, start + ((long)middle * RecordBytes)) < RecordBytes)
            {
                return null;
            }

            int side = BinaryPrimitives.ReadUInt128LittleEndian(record).CompareTo(key);
            if (side == 0)
            {
                return record;
            }

            (low, high) = side < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    private static void Without(string file, Erasures erased)
    {
        byte[] bytes = File.ReadAllBytes(file);
        (Header Header, int Start)? read;
        using (SafeFileHandle handle = File.OpenHandle(file))
        {
            read = ReadHeader(handle);
        }

        if (read is not var (header, start))
        {
            return;
        }

        int kept = 0;
        for (int k = 0; k < header.Count; k++)
        {
            Span<byte> record = bytes.AsSpan(start + (k * RecordBytes), RecordBytes);
            if (!erased.Contains(BinaryPrimitives.ReadUInt128LittleEndian(record)))
            {
                record.CopyTo(bytes.AsSpan(start + (kept++ * RecordBytes)));
            }
        }

        if (kept < header.Count)
        {
            Save(file, header with { Count = kept }, bytes.AsMemory(start, kept * RecordBytes));
        }
    }
}
