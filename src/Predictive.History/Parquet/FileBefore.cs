using System.Globalization;
using System.Security.Cryptography;

namespace Predictive.History.Parquet;

/// <summary>
/// What a file was when it was delivered, noted in the footer of what is left of it: the same file delivered again is still known.
/// </summary>
/// <param name="Sha256">Of its bytes; lower-case hex.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Rows">Rows.</param>
internal sealed record FileBefore(string Sha256, long Length, long Rows)
{
    private const string Note = "predictive.before";

    /// <summary>What a footer says; null = nothing.</summary>
    public static FileBefore? In(IReadOnlyDictionary<string, string> notes)
    {
        string[] parts = notes.TryGetValue(Note, out string? text) ? text.Split(' ') : [];
        return parts.Length == 3 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long length)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long rows)
            ? new FileBefore(parts[0], length, rows)
            : null;
    }

    /// <summary>The notes of a file with that of what it is now added, unless it stands for an earlier one already.</summary>
    public static IReadOnlyDictionary<string, string> AddTo(IReadOnlyDictionary<string, string> notes, string path, long rows)
    {
        var all = new Dictionary<string, string>(notes, StringComparer.Ordinal);
        if (!all.ContainsKey(Note))
        {
            using FileStream file = File.OpenRead(path);
            all.Add(
                Note,
                string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(SHA256.HashData(file))} {file.Length} {rows}"));
        }

        return all;
    }
}
