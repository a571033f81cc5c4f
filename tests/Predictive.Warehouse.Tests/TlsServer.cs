using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Predictive.Warehouse.Tests;

/// <summary>TLS before a plain server: a certificate of an authority of its own, and what came back counted.</summary>
internal sealed class TlsServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly X509Certificate2? _certificate;
    private readonly int _behind;
    private long _bytes;

    /// <param name="behind">Port of the plain server.</param>
    /// <param name="authority">Written here as PEM; null = no TLS, only counted.</param>
    public TlsServer(int behind, string? authority)
    {
        _behind = behind;
        if (authority is not null)
        {
            DateTimeOffset from = TimeProvider.System.GetUtcNow().AddDays(-1), to = from.AddDays(30);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=authority of a test", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            using X509Certificate2 root = request.CreateSelfSigned(from, to);
            File.WriteAllText(authority, root.ExportCertificatePem());
            using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var server = new CertificateRequest("CN=server of a test", own, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            server.CertificateExtensions.Add(names.Build());
            using X509Certificate2 signed = server.Create(root, from, to, [1, 2, 3]);
            using X509Certificate2 whole = signed.CopyWithPrivateKey(own);
            _certificate = X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
        }

        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes that came from the server behind.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public void Dispose()
    {
        _over.Cancel();
        _listener.Stop();
        _certificate?.Dispose();
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            TcpClient client = await _listener.AcceptTcpClientAsync(_over.Token);
            _ = Task.Run(() => HandThroughAsync(client));
        }
    }

    private async Task HandThroughAsync(TcpClient client)
    {
        try
        {
            using (client)
            using (var behind = new TcpClient())
            {
                await behind.ConnectAsync(IPAddress.Loopback, _behind);
                Stream front = client.GetStream();
                if (_certificate is not null)
                {
                    var secure = new SslStream(front);
                    await secure.AuthenticateAsServerAsync(_certificate);
                    front = secure;
                }

                await using (front)
                {
                    await Task.WhenAny(CopyAsync(front, behind.GetStream(), false), CopyAsync(behind.GetStream(), front, true));
                }
            }
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException or SocketException)
        {
            // Who does not trust it goes.
        }
    }

    private async Task CopyAsync(Stream from, Stream to, bool isCounted)
    {
        byte[] buffer = new byte[1 << 16];
        while (await from.ReadAsync(buffer, _over.Token) is > 0 and var read)
        {
            Interlocked.Add(ref _bytes, isCounted ? read : 0);
            await to.WriteAsync(buffer.AsMemory(0, read), _over.Token);
        }
    }
}
