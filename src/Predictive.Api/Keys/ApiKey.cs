using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Predictive.Api.Keys;

/// <summary>What a key may do; score, marketer and admin may each do what those before them may.</summary>
public enum KeyRole
{
    /// <summary>Scores of single customers and histories; counts of the host.</summary>
    [JsonStringEnumMemberName("score")]
    Score,

    /// <summary>Also lists, segments, the portfolio and the registry.</summary>
    [JsonStringEnumMemberName("marketer")]
    Marketer,

    /// <summary>Also puts versions in service, asks for trainings, and sends events.</summary>
    [JsonStringEnumMemberName("admin")]
    Admin,

    /// <summary>Sends transactions and events, and may do nothing else.</summary>
    [JsonStringEnumMemberName("ingest")]
    Ingest,
}

/// <summary>One API key as it is kept: never the key itself, only a hash of it.</summary>
/// <param name="Id">Names it in lists and logs.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Hash">SHA-256 of the whole key, lower-case hex. The key is 256 random bits, so no slow hash is needed against
/// guessing.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it is refused; null = never.</param>
/// <param name="RevokedAt">When it was revoked; null = it was not.</param>
/// <param name="Note">Whose it is, for lists.</param>
public sealed record ApiKey(
    string Id, KeyRole Role, string Hash, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null, DateTimeOffset? RevokedAt = null,
    string? Note = null)
{
    private const string Prefix = "pk_";
    private const int IdBytes = 5;
    private const int SecretBytes = 32;

    /// <summary>Makes a key: what is kept, and the text that is shown once.</summary>
    public static (ApiKey Key, string Text) Create(KeyRole role, DateTimeOffset now, DateTimeOffset? expires = null, string? note = null)
    {
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        string text = $"{Prefix}{id}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}";
        return (
            new ApiKey(id, role, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text))), now, expires, null, note), text);
    }

    /// <summary>Whether it is accepted at an instant.</summary>
    public bool IsValidAt(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is not { } end || now < end);

    /// <summary>The id in the text of a key; null where the text is none.</summary>
    internal static string? IdIn(ReadOnlySpan<char> text)
    {
        const int IdAt = 3, SecretAt = IdAt + (2 * IdBytes) + 1, Length = SecretAt + (2 * SecretBytes);
        return text.Length == Length && text.StartsWith(Prefix) && text[SecretAt - 1] == '_'
            ? new string(text[IdAt..(SecretAt - 1)])
            : null;
    }
}
