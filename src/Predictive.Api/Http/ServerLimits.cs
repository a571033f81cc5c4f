using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Predictive.Api.Configuration;
using Predictive.Segmentation.Registry;

namespace Predictive.Api.Http;

/// <summary>Where the server listens and what it lets one connection ask of it.</summary>
internal static class ServerLimits
{
    public static void Apply(
        KestrelServerOptions server, ScoringHostOptions options, IReadOnlyList<ListenAddress> addresses, HostCertificate? certificate)
    {
        server.AddServerHeader = false;
        KestrelServerLimits limits = server.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = options.MaxBodyBytes;
        limits.MaxRequestHeadersTotalSize = 16 << 10;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestLineSize = 8 << 10;
        limits.RequestHeadersTimeout = options.BodyTimeout;
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        limits.Http2.MaxStreamsPerConnection = 100;
        foreach (ListenAddress address in addresses)
        {
            void Configure(ListenOptions listen)
            {
                if (address.IsHttps)
                {
                    listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => certificate!.Current });
                }
            }

            if (address.Address is { } ip)
            {
                server.Listen(ip, address.Port, Configure);
            }
            else
            {
                server.ListenLocalhost(address.Port, Configure);
            }
        }
    }
}

/// <summary>
/// The certificate of the host, read again when its file has changed; one that cannot be read leaves the old one in force.
/// </summary>
internal sealed class HostCertificate
{
    private readonly string _file;
    private readonly string? _key;
    private readonly Lock _reading = new();
    private volatile Read _read;

    /// <summary>Reads it.</summary>
    /// <exception cref="HostRefusedException">It cannot be read.</exception>
    public HostCertificate(string file, string? key)
    {
        (_file, _key) = (file, key);
        try
        {
            _read = Load();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new HostRefusedException(
                $"The certificate '{file}' cannot be read ({e.Message.TrimEnd('.')}); expected a PEM file, and its private key in it or "
                    + "in --certificate-key FILE.",
                e);
        }
    }

    /// <summary>The one in force.</summary>
    public X509Certificate2 Current
    {
        get
        {
            if (FileIdentity.Of(_file) != _read.Identity)
            {
                lock (_reading)
                {
                    try
                    {
                        _read = FileIdentity.Of(_file) != _read.Identity ? Load() : _read;
                    }
                    catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException
                        or ArgumentException)
                    {
                        // Half written, perhaps: the next connection looks again.
                    }
                }
            }

            return _read.Certificate;
        }
    }

    private Read Load()
    {
        FileIdentity identity = FileIdentity.Of(_file);
        using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(_file, _key);
        // The TLS of some systems takes keys from a PKCS#12 container only.
        return new Read(identity, X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null));
    }

    private sealed record Read(FileIdentity Identity, X509Certificate2 Certificate);
}
