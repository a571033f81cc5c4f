using System.Globalization;
using System.Net;

namespace Predictive.Api.Http;

/// <summary>One address to listen at.</summary>
/// <param name="Address">Null = <c>localhost</c>: both loopback addresses.</param>
/// <param name="Port">0 = any free one.</param>
/// <param name="IsHttps">With TLS.</param>
internal sealed record ListenAddress(IPAddress? Address, int Port, bool IsHttps)
{
    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    /// <summary>Reads the addresses; refuses what would listen elsewhere than it says.</summary>
    /// <exception cref="HostRefusedException">An address cannot be used.</exception>
    public static IReadOnlyList<ListenAddress> Parse(string urls, bool hasCertificate)
    {
        string[] parts = urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 0
            ? throw new HostRefusedException($"'{urls}' names no address; expected one such as http://127.0.0.1:5080.")
            : [.. parts.Select(p => One(p, hasCertificate))];
    }

    private static ListenAddress One(string url, bool hasCertificate)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        bool https = scheme > 0 && url[..scheme].Equals("https", StringComparison.OrdinalIgnoreCase);
        if (!https && !(scheme > 0 && url[..scheme].Equals("http", StringComparison.OrdinalIgnoreCase)))
        {
            throw new HostRefusedException($"'{url}' is not an address; expected http://HOST:PORT or https://HOST:PORT.");
        }

        string rest = url[(scheme + 3)..].TrimEnd('/');
        int colon = rest.LastIndexOf(':');
        int port = https ? 443 : 80;
        string host = rest;
        if (colon >= 0 && !rest.EndsWith(']'))
        {
            host = rest[..colon];
            if (!int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > ushort.MaxValue)
            {
                throw new HostRefusedException(
                    $"'{url}' has no port from 0 to 65535; expected one such as {url[..scheme]}://127.0.0.1:5080.");
            }
        }

        if (https && !hasCertificate)
        {
            throw new HostRefusedException(
                $"'{url}' needs a certificate; name its PEM files with --certificate FILE and --certificate-key FILE, or listen "
                    + "with http.");
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return port > 0
                ? new ListenAddress(null, port, https)
                : throw new HostRefusedException(
                    $"'{url}' asks for any free port of localhost, which stands for two addresses; expected "
                        + $"{url[..scheme]}://127.0.0.1:0.");
        }

        // A name would be taken for every interface of the machine: only addresses say where they listen.
        IPAddress? address = host is "*" or "+" ? IPAddress.IPv6Any
            : IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? parsed) ? parsed
            : throw new HostRefusedException(
                $"'{host}' in '{url}' is a name; expected an IP address, localhost, or * for every interface of this machine.");
        return new ListenAddress(address, port, https);
    }
}

/// <summary>Settings a host refuses to start with; the message is for whoever starts it.</summary>
public sealed class HostRefusedException(string message, Exception? inner = null) : Exception(message, inner);
