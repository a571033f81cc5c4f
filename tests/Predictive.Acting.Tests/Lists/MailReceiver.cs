using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MimeKit;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using SmtpResponse = SmtpServer.Protocol.SmtpResponse;

namespace Predictive.Acting.Tests.Lists;

/// <summary>A real mail server on a free port of this machine, with STARTTLS and an account.</summary>
internal sealed class MailReceiver : IDisposable
{
    public const string User = "lists", Password = "pw";

    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2 _certificate = Certificate();
    private readonly Box _box = new();
    private readonly Task _running;

    public MailReceiver(bool withTls = true)
    {
        Port = FreePort();
        ISmtpServerOptions options = new SmtpServerOptionsBuilder().ServerName("localhost").Endpoint(e =>
        {
            e.Port(Port).AllowUnsecureAuthentication(false).AuthenticationRequired(withTls);
            if (withTls)
            {
                e.Certificate(_certificate);
            }
        }).Build();
        var services = new ServiceProvider();
        services.Add(_box);
        services.Add(new Account());
        _running = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    public int Port { get; }

    public IReadOnlyList<MimeMessage> Mails => _box.Mails;

    /// <summary>What is answered to a mail.</summary>
    public SmtpResponse Answer { set => _box.Answer = value; }

    /// <summary>Whether the connection is cut once a mail was taken, before that is said.</summary>
    public bool Cuts { set => _box.Cuts = value; }

    /// <summary>A client that trusts this server's certificate and no other.</summary>
    public SmtpClient Client() => new()
    {
        ServerCertificateValidationCallback = (_, c, _, _) => c?.GetCertHashString() == _certificate.GetCertHashString(),
    };

    public void Dispose()
    {
        _stop.Cancel();
        try
        {
            _running.Wait(5000);
        }
        catch (AggregateException)
        {
            // It was told to stop.
        }

        _certificate.Dispose();
        _stop.Dispose();
    }

    private static X509Certificate2 Certificate()
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Account : UserAuthenticator
    {
        public override Task<bool> AuthenticateAsync(
            ISessionContext context, string user, string password, CancellationToken cancellationToken) =>
            Task.FromResult(user == User && password == Password);
    }

    private sealed class Box : MessageStore
    {
        private readonly List<MimeMessage> _mails = [];

        public SmtpResponse Answer { get; set; } = SmtpResponse.Ok;

        public bool Cuts { get; set; }

        public IReadOnlyList<MimeMessage> Mails => [.. _mails];

        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            if (Answer.ReplyCode == SmtpReplyCode.Ok)
            {
                using var stream = new MemoryStream(buffer.ToArray());
                _mails.Add(await MimeMessage.LoadAsync(stream, cancellationToken));
            }

            return Cuts ? throw new IOException("cut") : Answer;
        }
    }
}
