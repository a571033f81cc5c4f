using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Predictive.Store;
using Predictive.Store.Deliveries;
using Predictive.Store.Leases;

namespace Predictive.Acting.Webhooks;

/// <summary>What a round of deliveries did.</summary>
/// <param name="Delivered">Deliveries that arrived.</param>
/// <param name="Failed">Deliveries that did not.</param>
/// <param name="GivenUp">Of them, given up.</param>
/// <param name="Messages">Why, each destination once.</param>
public sealed record DeliveryRound(int Delivered, int Failed, int GivenUp, IReadOnlyList<string> Messages);

/// <summary>
/// Sends the events of the outbox to the configured hosts: at least once, one sender at a time over all hosts of a store. An event counts
/// as delivered once it was answered with 2xx and that is noted; who dies between sends it again, with the same id.
/// </summary>
public sealed class WebhookSender : IDisposable
{
    private const string LeaseName = "webhooks";
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(30), s_longest = TimeSpan.FromHours(6);
    private static readonly JsonSerializerOptions s_json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StoreDatabase _store;
    private readonly WebhookSettings _settings;
    private readonly Func<string, string?> _secretOf;
    private readonly Dictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);
    private readonly string _holder;

    /// <summary>For the destinations of a file.</summary>
    /// <param name="store">Outbox and deliveries.</param>
    /// <param name="settings">The destinations.</param>
    /// <param name="holder">Who sends, for people.</param>
    /// <param name="secretOf">Secret by the name of its variable; null = the environment's.</param>
    /// <param name="pauses">Pause before the first of the two attempts again within a round; null = 1 s.</param>
    public WebhookSender(
        StoreDatabase store, WebhookSettings settings, string holder, Func<string, string?>? secretOf = null, TimeSpan? pauses = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (_store, _settings, _holder, _secretOf) = (store, settings, holder, secretOf ?? Environment.GetEnvironmentVariable);
        foreach (WebhookDestination destination in settings.Destinations)
        {
            _clients.Add(destination.Name, Client(destination.AllowPrivate, pauses ?? TimeSpan.FromSeconds(1)));
        }
    }

    /// <summary>Sends what is due.</summary>
    /// <returns>Null where another process is sending.</returns>
    /// <exception cref="StoreException">The store fails.</exception>
    public async Task<DeliveryRound?> RunAsync(CancellationToken cancellation)
    {
        if (_settings.Destinations.Count == 0)
        {
            return new DeliveryRound(0, 0, 0, []);
        }

        using Lease? lease = new LeaseBook(_store).TryTake(LeaseName, _holder);
        if (lease is null)
        {
            return null;
        }

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lease.Lost);
        var book = new DeliveryBook(_store);
        int delivered = 0, failed = 0, givenUp = 0;
        var told = new Dictionary<string, string>(StringComparer.Ordinal);
        while (true)
        {
            while (book.Address([.. _settings.Destinations.Select(d => (d.Name, (Func<string, bool>)d.Wants))]) > 0)
            {
                // In parts.
            }

            // A destination that failed is left alone for the rest of the round.
            Delivery[] due = [.. book.Due().Where(d => !told.ContainsKey(d.Destination))];
            if (due.Length == 0)
            {
                break;
            }

            foreach (Delivery delivery in due.Where(d => !told.ContainsKey(d.Destination)))
            {
                (string? fault, bool isFinal) = await Send(delivery, linked.Token);
                if (fault is null)
                {
                    book.Delivered(delivery);
                    delivered++;
                    continue;
                }

                bool gives = isFinal || delivery.Attempts + 1 >= _settings.Attempts;
                book.Failed(delivery, fault, gives ? null : _store.Clock.GetUtcNow() + Pause(delivery.Attempts));
                told[delivery.Destination] = $"{delivery.Destination}: {fault}";
                failed++;
                givenUp += gives ? 1 : 0;
            }
        }

        return new DeliveryRound(delivered, failed, givenUp, [.. told.Values.Order(StringComparer.Ordinal)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (HttpClient client in _clients.Values)
        {
            client.Dispose();
        }
    }

    /// <summary>Time to wait after so many failures.</summary>
    internal static TimeSpan Pause(int failures) =>
        TimeSpan.FromTicks(Math.Min(s_longest.Ticks, s_first.Ticks << Math.Min(failures, 20)));

    /// <summary>The body of a message.</summary>
    internal static byte[] Body(Delivery delivery) => JsonSerializer.SerializeToUtf8Bytes(
        new { id = delivery.Event.EventId, type = delivery.Event.Kind, timestamp = delivery.Event.At, delivery.Event.Subject,
            data = delivery.Event.Body },
        s_json);

    private async Task<(string? Fault, bool IsFinal)> Send(Delivery delivery, CancellationToken cancellation)
    {
        if (_settings.Destinations.FirstOrDefault(d => d.Name == delivery.Destination) is not { } destination)
        {
            return ("it is no longer in webhooks.json", true);
        }

        if (_secretOf(destination.SecretVariable) is not { Length: >= WebhookSignature.LeastSecret } secret)
        {
            return ($"the variable {destination.SecretVariable} has no secret of {WebhookSignature.LeastSecret} characters or more", false);
        }

        byte[] body = Body(delivery);
        long seconds = _store.Clock.GetUtcNow().ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, destination.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(WebhookSignature.IdHeader, delivery.Event.EventId);
        request.Headers.Add(WebhookSignature.TimeHeader, seconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Of(secret, delivery.Event.EventId, seconds, body));
        try
        {
            using HttpResponseMessage answer = await _clients[destination.Name].SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            int status = (int)answer.StatusCode;
            return status is >= 200 and < 300 ? (null, false)
                : status is >= 300 and < 400 ? ($"it answered {status}, a redirect, and those are not followed", false)
                : ($"it answered {status}", status == (int)HttpStatusCode.Gone);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (e.GetBaseException() is AddressRefusedException refused)
        {
            return (refused.Message, false);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or ExecutionRejectedException or IOException)
        {
            return ("it cannot be reached", false);
        }
    }

    private static HttpClient Client(bool allowPrivate, TimeSpan pause)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, allowPrivate, cancellation),
        };
        var retry = new HttpRetryStrategyOptions
        {
            MaxRetryAttempts = 2, Delay = pause, BackoffType = DelayBackoffType.Exponential, UseJitter = true,
            ShouldHandle = arguments => new ValueTask<bool>(
                arguments.Outcome.Exception?.GetBaseException() is not AddressRefusedException
                && HttpClientResiliencePredicates.IsTransient(arguments.Outcome)),
        };
        ResiliencePipeline<HttpResponseMessage> pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddRetry(retry).AddTimeout(TimeSpan.FromSeconds(15)).Build();
        return new HttpClient(new ResilienceHandler(pipeline) { InnerHandler = sockets }) { Timeout = TimeSpan.FromMinutes(2) };
    }

    // The address that was looked at is the address that is connected to: a name that resolves otherwise the second time gains nothing.
    private static async ValueTask<Stream> Connect(DnsEndPoint to, bool allowPrivate, CancellationToken cancellation)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(to.Host, cancellation);
        IPAddress[] allowed = [.. addresses.Where(a => allowPrivate || !PrivateAddress.Is(a))];
        if (allowed.Length == 0)
        {
            throw addresses.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : new AddressRefusedException();
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class AddressRefusedException() : Exception(
        "its name leads into a private network; expected a public address, or \"allowPrivate\": true in webhooks.json");
}
