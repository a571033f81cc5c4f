using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Polly;
using Polly.Retry;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>
/// ClickHouse's HTTP interface: a question by POST, the answer as a stream. What only reads is asked again, with growing pauses, until its
/// answer has begun; never later. Whoever stops listening ends the query there, too.
/// </summary>
internal sealed class ClickHouseClient : IDisposable
{
    private const int MostRetries = 3;
    private readonly WarehouseAddress _address;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline<HttpResponseMessage> _retries;

    /// <summary>A client of a server; nothing is sent.</summary>
    public ClickHouseClient(WarehouseAddress address)
    {
        _address = address;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    EndWithoutAnswer(socket, address.Timeout);
                    await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
            ConnectTimeout = TimeSpan.FromSeconds(Math.Min(10, address.Timeout.TotalSeconds)),
            AutomaticDecompression = address.IsCompressed ? DecompressionMethods.GZip : DecompressionMethods.None,
            UseProxy = false,
            AllowAutoRedirect = false,
        };
        if (address.Authority is { } file)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = PolicyOf(file) };
        }

        _http = new HttpClient(handler)
        {
            BaseAddress = new UriBuilder(address.IsSecure ? "https" : "http", address.Host, address.Port).Uri,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        Credentials credentials = Credentials.For(address);
        if (credentials is not { User: null, Password: null })
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.User ?? "default"}:{credentials.Password}")));
        }

        _retries = new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = MostRetries,
                Delay = TimeSpan.FromMilliseconds(200),
                BackoffType = DelayBackoffType.Exponential,
                ShouldHandle = new PredicateBuilder<HttpResponseMessage>().Handle<HttpRequestException>().Handle<TransientFault>(),
            })
            .Build();
    }

    /// <summary>Server and table, for messages.</summary>
    public string Place => _address.Place;

    /// <summary>A small answer, as rows of fields.</summary>
    /// <exception cref="WarehouseException">The server or the network failed.</exception>
    public async Task<IReadOnlyList<string[]>> RowsAsync(string sql, CancellationToken cancellation)
    {
        using ClickHouseBody body = await ReadAsync(sql + " FORMAT TabSeparated", cancellation);
        string text = Encoding.UTF8.GetString(await body.AllAsync(cancellation));
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t').Select(Plain).ToArray())];
    }

    /// <summary>An answer as it comes.</summary>
    /// <exception cref="WarehouseException">The server or the network failed.</exception>
    public async Task<ClickHouseBody> ReadAsync(string sql, CancellationToken cancellation)
    {
        string query = NewQuery();
        HttpResponseMessage response = await AskAsync(
            async token => await _retries.ExecuteAsync(
                async t => await BegunAsync(Request(query, null, new StringContent(sql, Encoding.UTF8)), t), token),
            query, cancellation);
        return new ClickHouseBody(
            response, await response.Content.ReadAsStreamAsync(cancellation), Place, _address.Timeout, () => Kill(query));
    }

    /// <summary>Changes something there; never asked twice.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="content">Rows of an INSERT; null = none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="WarehouseException">The server or the network failed.</exception>
    public async Task ChangeAsync(string sql, HttpContent? content, CancellationToken cancellation)
    {
        string query = NewQuery();
        using HttpResponseMessage response = await AskAsync(
            token => BegunAsync(
                content is null
                    ? Request(query, null, new StringContent(sql, Encoding.UTF8)) : Request(query, sql, content),
                token).AsTask(),
            query, cancellation);
        await response.Content.ReadAsByteArrayAsync(cancellation);
    }

    /// <summary>A name as SQL.</summary>
    public static string Name(string name) =>
        $"`{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal)}`";

    /// <summary>A text as SQL.</summary>
    public static string Text(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    // A server that is gone, or behind a network that swallows packets, says nothing: the system asks it now and then, also while a long
    // query has no answer yet, and gives up what it does not acknowledge. Else a question into the void would last a quarter of an hour.
    private static void EndWithoutAnswer(Socket socket, TimeSpan timeout)
    {
        const int tcp = 6, userTimeout = 18, asked = 3;
        int seconds = (int)Math.Clamp(timeout.TotalSeconds, 1, 86_400);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Math.Clamp(seconds / 2, 1, 30));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Clamp(seconds / (2 * asked), 1, 10));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, asked);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(tcp, userTimeout, BitConverter.GetBytes(seconds * 1_000));
        }
    }

    private async Task<HttpResponseMessage> AskAsync(
        Func<CancellationToken, Task<HttpResponseMessage>> ask, string query, CancellationToken cancellation)
    {
        // The server ends a query at its limit by itself; who hears nothing even then is not listening to a server any more.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_address.Limit + _address.Timeout);
        try
        {
            return await ask(limit.Token);
        }
        catch (TransientFault e)
        {
            throw ClickHouseFault.Of(Place, e.Fault);
        }
        catch (HttpRequestException e)
        {
            throw ClickHouseFault.Network(Place, (e.InnerException ?? e).Message, e);
        }
        catch (OperationCanceledException e)
        {
            Kill(query);
            cancellation.ThrowIfCancellationRequested();
            throw ClickHouseFault.Network(
                Place,
                limit.IsCancellationRequested ? "no answer came within the limit of the address" : "no connection came about in time", e);
        }
    }

    private async ValueTask<HttpResponseMessage> BegunAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            byte[] said = await response.Content.ReadAsByteArrayAsync(cancellation);
            throw ClickHouseFault.Find(said) is not { } fault ? ClickHouseFault.Foreign(Place, (int)response.StatusCode)
                : ClickHouseFault.IsTransient(fault.Code) ? new TransientFault(fault) : ClickHouseFault.Of(Place, fault);
        }
    }

    private HttpRequestMessage Request(string query, string? sql, HttpContent content)
    {
        (string Name, string Value)[] settings =
        [
            ("database", _address.Database), ("query_id", query), ("send_progress_in_http_headers", "0"), ("skip_unavailable_shards", "0"),
            ("max_execution_time", ((long)_address.Limit.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
            ("max_bytes_before_external_sort", "1000000000"), ("max_bytes_before_external_group_by", "1000000000"),
        ];
        IEnumerable<(string Name, string Value)> all = settings
            .Concat(_address.IsCompressed ? [("enable_http_compression", "1"), ("http_zlib_compression_level", "1")] : [])
            .Concat(sql is null ? [] : [("query", sql)]);
        return new HttpRequestMessage(
            HttpMethod.Post, "?" + string.Join('&', all.Select(s => $"{s.Name}={Uri.EscapeDataString(s.Value)}"))) { Content = content };
    }

    // Best effort: whoever cancels does not wait long, and the server ends the query at its limit anyway.
    private void Kill(string query)
    {
        try
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            using HttpResponseMessage answer = _http.Send(
                Request(NewQuery(), null, new StringContent($"KILL QUERY WHERE query_id = {Text(query)} ASYNC")), soon.Token);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // It cannot be reached; there is nobody to tell.
        }
    }

    private static string NewQuery() => "predictive-" + RandomNumberGenerator.GetHexString(24, lowercase: true);

    private static X509ChainPolicy PolicyOf(string file)
    {
        try
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(file);
            return policy.CustomTrustStore.Count > 0
                ? policy
                : throw new CryptographicException("It holds no certificate.");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                "bad-authority", $"'{file}', the address's ca, cannot be read; expected certificates in PEM. Check it.", inner: e);
        }
    }

    // TabSeparated escapes what would end a field or a row.
    private static string Plain(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            text.Append(field[i] != '\\' || i + 1 == field.Length
                ? field[i]
                : field[++i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', '0' => '\0', var c => c });
        }

        return text.ToString();
    }

    private sealed class TransientFault((int Code, string Words) fault) : Exception
    {
        public (int Code, string Words) Fault => fault;
    }
}
