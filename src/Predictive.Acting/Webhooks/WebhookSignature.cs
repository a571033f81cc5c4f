using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Predictive.Acting.Webhooks;

/// <summary>
/// Signs messages as Standard Webhooks 1.0 describes: HMAC-SHA256 over <c>id.timestamp.body</c>, base64, after <c>v1,</c>. Receivers have
/// libraries for it in many languages.
/// </summary>
public static class WebhookSignature
{
    /// <summary>Headers.</summary>
    public const string IdHeader = "webhook-id", TimeHeader = "webhook-timestamp", SignatureHeader = "webhook-signature";

    /// <summary>Characters a secret has at least.</summary>
    public const int LeastSecret = 24;

    private const string Base64Secret = "whsec_";

    /// <summary>The signature.</summary>
    /// <param name="secret">Any text of <see cref="LeastSecret"/> characters; after <c>whsec_</c> it is base64.</param>
    /// <param name="id">Of the event.</param>
    /// <param name="seconds">Since 1970.</param>
    /// <param name="body">As it is sent.</param>
    public static string Of(string secret, string id, long seconds, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(secret);
        byte[] key = secret.StartsWith(Base64Secret, StringComparison.Ordinal)
            ? Convert.FromBase64String(secret[Base64Secret.Length..])
            : Encoding.UTF8.GetBytes(secret);
        byte[] head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{seconds}."));
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, (byte[])[.. head, .. body]));
    }
}
