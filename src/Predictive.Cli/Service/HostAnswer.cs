using System.Globalization;
using System.Net;
using System.Net.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Predictive.Cli.Service;

/// <summary>
/// Whether the scoring host answers itself: a request through its own socket, server and pipeline. It uses one connection and keeps it, so
/// a host whose connections others have all taken is not taken for dead.
/// </summary>
internal sealed class HostAnswer : IDisposable
{
    private readonly IServer _server;

    // The certificate is that of a name; here the address is asked, and the answer is looked at only for whether it comes.
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        UseProxy = false, AllowAutoRedirect = false, MaxConnectionsPerServer = 1, PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Of a server that need not have started yet.</summary>
    public HostAnswer(IServer server) => _server = server;

    /// <summary>Asks now.</summary>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>Why it is not well; null = it answers. A refusal (of a host's name, of too many requests) is an answer.</returns>
    public async Task<string?> LookAsync(CancellationToken cancellation)
    {
        if (_server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is not { } address)
        {
            return "the host listens nowhere";
        }

        try
        {
            using HttpResponseMessage answer = await _client.GetAsync(
                new Uri(Near(address), "/health/live"), HttpCompletionOption.ResponseContentRead, cancellation);
            return answer.StatusCode < HttpStatusCode.InternalServerError
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"/health/live says {(int)answer.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            return $"/health/live does not answer ({e.Message.TrimEnd('.')})";
        }
    }

    /// <summary>The address as this machine reaches it: one that means all of them is none to ask.</summary>
    internal static Uri Near(string address)
    {
        var url = new UriBuilder(address.Replace("://*", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://+", "://127.0.0.1", StringComparison.Ordinal));
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? ip)
            && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)))
        {
            url.Host = ip.Equals(IPAddress.Any) ? "127.0.0.1" : "[::1]";
        }

        return url.Uri;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
