using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Predictive.History.Sources;

/// <summary>
/// Customers who asked to be forgotten: their lines count nowhere, however often they are delivered. Kept beside a dataset as
/// <c>erased.json</c>, which holds keyed hashes of ids (HMAC-SHA256, RFC 2104, cut to 128 bits) and no id; the key lies in
/// <c>erased.key</c>, which only its owner may read. Immutable; safe from several threads.
/// </summary>
public sealed class Erasures
{
    /// <summary>Name of the file with the hashes.</summary>
    public const string FileName = "erased.json";

    /// <summary>Name of the file with the key.</summary>
    public const string KeyFileName = "erased.key";

    /// <summary>Code of a line of a customer who was erased, where codes of customers are read.</summary>
    internal const int Erased = -3;

    private const int KeyBytes = 32, HashBytes = 16, LockMilliseconds = 10_000;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, NewLine = "\n", RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    private readonly byte[] _key;
    private readonly FrozenSet<UInt128> _hashes;

    private Erasures(byte[] key, IEnumerable<UInt128> hashes) => (_key, _hashes) = (key, hashes.ToFrozenSet());

    /// <summary>Nobody was erased.</summary>
    public static Erasures None { get; } = new([], []);

    /// <summary>How many hashes there are; a customer with ids in several sources has several.</summary>
    public int Count => _hashes.Count;

    /// <summary>What stands beside a dataset; <see cref="None"/> where nothing does.</summary>
    /// <param name="pathOrFolder">A dataset folder, or its single file.</param>
    /// <exception cref="DatasetException">A file is damaged, or the key is not the one the hashes were made with.</exception>
    public static Erasures Of(string pathOrFolder)
    {
        string root = RootOf(pathOrFolder), path = Path.Combine(root, FileName);
        if (!File.Exists(path))
        {
            return None;
        }

        Written written = Read(path);
        byte[] key = ReadKey(root)
            ?? throw Damaged(path, $"the key its hashes were made with, {KeyFileName}, is missing. Put it back beside it");
        if (NameOf(key) != written.Key)
        {
            throw Damaged(path, $"{KeyFileName} is not the key its hashes were made with. Put the right one back beside it");
        }

        try
        {
            return new Erasures(
                key, written.Erased.Select(h => UInt128.Parse(h, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Damaged(path, "it holds something that is no hash. Restore it", e);
        }
    }

    /// <summary>Whether an id is that of somebody who was erased. Some microseconds where anybody was, else nothing.</summary>
    public bool Contains(string id) => _hashes.Count > 0 && _hashes.Contains(Hash(_key, id));

    /// <summary>The same of an id as UTF-8.</summary>
    public bool Contains(ReadOnlySpan<byte> id) => _hashes.Count > 0 && _hashes.Contains(Hash(_key, id));

    /// <summary>Whether a hash, as <see cref="HashOf(string, string)"/> gives it, is there.</summary>
    public bool HasHash(string hash) =>
        UInt128.TryParse(hash, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 value) && _hashes.Contains(value);

    /// <summary>The keyed hash of an id, for the audit log; the key is made where there is none.</summary>
    /// <exception cref="DatasetException">The key cannot be read or written.</exception>
    public static string HashOf(string pathOrFolder, string id) => Text(Hash(KeyOf(pathOrFolder), id));

    /// <summary>
    /// Makes the keyed hashes of many ids, such as the rows of a file that is to name nobody; the key is made where there is none.
    /// </summary>
    /// <exception cref="DatasetException">The key cannot be read or written.</exception>
    public static Func<string, UInt128> HasherOf(string pathOrFolder)
    {
        byte[] key = KeyOf(pathOrFolder);
        return id => Hash(key, id);
    }

    /// <summary>Whether a hash that <see cref="HasherOf"/> made is of somebody who was erased.</summary>
    public bool Contains(UInt128 hash) => _hashes.Contains(hash);

    /// <summary>The key of a dataset; null where there is none yet.</summary>
    public static byte[]? KeyIfThere(string pathOrFolder) => ReadKey(RootOf(pathOrFolder));

    /// <summary>The keyed hash of an id with a key that <see cref="KeyIfThere"/> gave.</summary>
    public static string HashOf(byte[] key, string id) => Text(Hash(key, id));

    /// <summary>Adds ids; on disk when this returns. Those that are there already change nothing.</summary>
    /// <param name="pathOrFolder">A dataset folder, or its single file.</param>
    /// <param name="ids">The ids.</param>
    /// <exception cref="DatasetException">What is there is damaged, or the folder cannot be written.</exception>
    public static void Add(string pathOrFolder, IEnumerable<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        string path = Path.Combine(RootOf(pathOrFolder), FileName);
        byte[] key = KeyOf(pathOrFolder);
        Erasures before = Of(pathOrFolder);
        UInt128[] added = [.. ids.Select(id => Hash(key, id)).Where(h => !before._hashes.Contains(h)).Distinct()];
        if (added.Length == 0)
        {
            return;
        }

        var now = new Written(
            "Keyed hashes of customers who were erased; every load leaves their lines out. To keep this promise, keep erased.key.",
            NameOf(key), [.. before._hashes.Concat(added).Select(Text).Order(StringComparer.Ordinal)]);
        Guard(path, () =>
        {
            AtomicFile.Write(path, stream =>
            {
                stream.Write(JsonSerializer.SerializeToUtf8Bytes(now, s_json));
                stream.WriteByte((byte)'\n');
            });
            return true;
        });
    }

    /// <summary>Takes the turn to erase from a dataset: whoever erases, on whichever host of the folder, does it alone.</summary>
    /// <returns>To be disposed at the end; a process that dies gives its turn back.</returns>
    /// <exception cref="DatasetException">The folder cannot be written, or the turn does not come for ten seconds.</exception>
    public static IDisposable Turn(string pathOrFolder)
    {
        string path = Path.Combine(RootOf(pathOrFolder), FileName + ".lock");
        for (int waited = 0; ; waited += 20)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException e) when (e is not DirectoryNotFoundException && waited < LockMilliseconds)
            {
                Thread.Sleep(20);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Damaged(path, $"it cannot be written ({e.Message.TrimEnd('.')}), so nothing was erased. Mend the folder's rights", e);
            }
        }
    }

    /// <summary>The folder a dataset's erasures lie in.</summary>
    internal static string RootOf(string pathOrFolder) =>
        File.Exists(pathOrFolder) ? Path.GetDirectoryName(Path.GetFullPath(pathOrFolder))! : pathOrFolder;

    private static byte[] KeyOf(string pathOrFolder)
    {
        string root = RootOf(pathOrFolder), path = Path.Combine(root, KeyFileName);
        return ReadKey(root) ?? Guard(path, () =>
        {
            AtomicFile.TryCreate(path, stream =>
            {
                if (!OperatingSystem.IsWindows() && stream is FileStream file)
                {
                    File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                }

                stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n"));
            });
            return ReadKey(root) ?? throw Damaged(path, "it was written and is not there. Try again");
        });
    }

    private static byte[]? ReadKey(string root)
    {
        string path = Path.Combine(root, KeyFileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            byte[] key = Convert.FromHexString(Guard(path, () => File.ReadAllText(path)).Trim());
            return key.Length == KeyBytes ? key : throw Damaged(path, $"it holds {key.Length} bytes; expected {KeyBytes}. Restore it");
        }
        catch (FormatException e)
        {
            throw Damaged(path, "it holds no hexadecimal digits. Restore it", e);
        }
    }

    private static Written Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Written>(Guard(path, () => File.ReadAllBytes(path)), s_json)
                ?? throw new JsonException("it holds null");
        }
        catch (JsonException e)
        {
            throw Damaged(path, $"it is not the JSON expected ({e.Message.TrimEnd('.')}). Restore it", e);
        }
    }

    private static T Guard<T>(string path, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Damaged(path, $"it cannot be read or written ({e.Message.TrimEnd('.')}). Mend the rights of file and folder", e);
        }
    }

    private static UInt128 Hash(byte[] key, string id) => Hash(key, Encoding.UTF8.GetBytes(id));

    private static UInt128 Hash(byte[] key, ReadOnlySpan<byte> id)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, id, hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash[..HashBytes]);
    }

    private static string Text(UInt128 hash) => hash.ToString("x32", CultureInfo.InvariantCulture);

    // Tells one key from another, and nothing of it.
    private static string NameOf(byte[] key) => Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 8));

    private static DatasetException Damaged(string path, string detail, Exception? cause = null) =>
        new Finding(
            "erasures", FindingSeverity.Blocking, $"'{path}' says who was erased, and {detail}: without it, lines of erased customers "
                + "would count again.", path, null, 0, []).Refuse(cause);

    private sealed record Written(string About, string Key, string[] Erased);
}

/// <summary>
/// Marks the lines that do not count while the codes of their customers are read; each is looked up once. Not thread-safe.
/// </summary>
/// <param name="erasures">Who was erased.</param>
/// <param name="slice">Whose lines count; null = everybody's.</param>
internal sealed class LeftOutCodes(Erasures erasures, HistorySlice? slice)
{
    private const byte Counts = 1, IsErased = 2, IsElsewhere = 3;
    private byte[] _known = new byte[1 << 10];

    /// <summary>The code, or what stands for a line left out.</summary>
    /// <param name="code">0 or more.</param>
    /// <param name="idOf">Its id as UTF-8, asked for once.</param>
    public int Of(int code, Func<int, byte[]> idOf)
    {
        if (code >= _known.Length)
        {
            Array.Resize(ref _known, Math.Max(code + 1, _known.Length * 2));
        }

        ref byte known = ref _known[code];
        if (known == 0)
        {
            byte[] id = idOf(code);
            known = slice?.Holds(id) == false ? IsElsewhere : erasures.Contains(id) ? IsErased : Counts;
        }

        return known switch { IsErased => Erasures.Erased, IsElsewhere => Redelivery.Dropped, _ => code };
    }
}
