using System.Collections.Frozen;
using System.Security.Cryptography;
using Predictive.Api.Configuration;
using Predictive.History;
using Predictive.History.Sources;

namespace Predictive.Api.Privacy;

/// <summary>
/// Keeps customers' ids out of the log: in a path the id gives way to its keyed hash, the one the audit log uses where a key lies beside
/// the dataset, else one by a key of this process.
/// </summary>
internal sealed class LoggedNames
{
    private const string Before = "/customers/";

    private static readonly FrozenSet<string> s_words = FrozenSet.Create(StringComparer.Ordinal, "score", "export");

    private readonly byte[] _key;

    public LoggedNames(ScoringHostOptions options)
    {
        byte[]? there = null;
        try
        {
            there = options.Data is { } data ? Erasures.KeyIfThere(data) : null;
        }
        catch (DatasetException)
        {
            // Told where it matters: when somebody is erased, or the data are loaded.
        }

        _key = there ?? RandomNumberGenerator.GetBytes(32);
    }

    /// <summary>A request's path as it may stand in the log.</summary>
    public string Masked(string path)
    {
        int at = path.IndexOf(Before, StringComparison.Ordinal) + Before.Length;
        if (at < Before.Length || at == path.Length)
        {
            return path;
        }

        int end = path.IndexOf('/', at);
        string id = end < 0 ? path[at..] : path[at..end];
        return s_words.Contains(id)
            ? path
            : $"{path.AsSpan(0, at)}~{Erasures.HashOf(_key, Uri.UnescapeDataString(id))}{(end < 0 ? "" : path[end..])}";
    }
}
