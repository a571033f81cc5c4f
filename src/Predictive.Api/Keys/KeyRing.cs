using System.Collections.Frozen;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Predictive.Segmentation.Registry;

namespace Predictive.Api.Keys;

/// <summary>
/// The keys a host accepts: those of its key file, read again when the file has changed. Safe to use from several threads.
/// </summary>
public sealed class KeyRing
{
    private readonly KeyFile _file;
    private readonly TimeProvider _clock;
    private volatile State _state;

    /// <summary>Reads the file.</summary>
    /// <exception cref="ModelPackageException">It is damaged.</exception>
    public KeyRing(KeyFile file, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(file);
        (_file, _clock) = (file, clock);
        _state = new State(FileIdentity.Of(file.Path), FrozenDictionary<string, Known>.Empty);
        _state = new State(FileIdentity.Of(file.Path), Index(file.Read()));
    }

    /// <summary>Whether any key was ever made: where none was, a host answers this machine without one.</summary>
    public bool HasKeys => _state.Keys.Count > 0;

    /// <summary>Who a key's text stands for; null where it is unknown, revoked or expired.</summary>
    public ClaimsPrincipal? Find(ReadOnlySpan<char> text) => FindWithRole(text)?.Principal;

    /// <summary>The same, and what the key may do.</summary>
    internal (ClaimsPrincipal Principal, KeyRole Role)? FindWithRole(ReadOnlySpan<char> text)
    {
        if (ApiKey.IdIn(text) is not { } id || !_state.Keys.TryGetValue(id, out Known? known))
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(text.Length)], hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(text, bytes)], hash);
        return CryptographicOperations.FixedTimeEquals(hash, known.Hash) && known.Key.IsValidAt(_clock.GetUtcNow())
            ? (known.Principal, known.Key.Role)
            : null;
    }

    /// <summary>Who a key's id stands for; null where it is unknown, revoked or expired. For tickets that a key was shown for.</summary>
    internal ClaimsPrincipal? FindById(string id) =>
        _state.Keys.TryGetValue(id,
            out Known? known) && known.Hash.AsSpan().ContainsAnyExcept((byte)0) && known.Key.IsValidAt(_clock.GetUtcNow())
            ? known.Principal
            : null;

    /// <summary>Reads the file again where it has changed.</summary>
    /// <returns>What is wrong with it; null = nothing. The keys known before stay in force then.</returns>
    public string? Refresh()
    {
        FileIdentity identity = FileIdentity.Of(_file.Path);
        if (identity == _state.File)
        {
            return null;
        }

        try
        {
            FrozenDictionary<string, Known> keys = Index(_file.Read());
            // A file that has gone opens no door: a host that had keys goes on asking for one, and knows none.
            _state = new State(
                identity,
                keys.Count > 0 || !HasKeys
                    ? keys
                    : _state.Keys.ToFrozenDictionary(k => k.Key, k => k.Value with { Hash = new byte[SHA256.HashSizeInBytes] }));
            return null;
        }
        catch (ModelPackageException e)
        {
            return e.Message;
        }
    }

    private static FrozenDictionary<string, Known> Index(IReadOnlyList<ApiKey> keys) => keys.ToFrozenDictionary(k => k.Id, k =>
    {
        var identity = new ClaimsIdentity(KeyAuthentication.SchemeName);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, k.Id));
        identity.AddClaim(new Claim(ClaimTypes.Role, k.Role.ToString()));
        if (k.Note is { } note)
        {
            identity.AddClaim(new Claim(ClaimTypes.Name, note));
        }

        byte[] hash = new byte[SHA256.HashSizeInBytes];
        // A hash that is none can match nothing.
        _ = k.Hash.Length == 2 * hash.Length && Convert.FromHexString(k.Hash, hash, out _, out _) == System.Buffers.OperationStatus.Done;
        return new Known(k, hash, new ClaimsPrincipal(identity));
    });

    private sealed record Known(ApiKey Key, byte[] Hash, ClaimsPrincipal Principal);

    private sealed record State(FileIdentity File, FrozenDictionary<string, Known> Keys);
}
