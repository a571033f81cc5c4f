using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Predictive.Warehouse.Tests;

/// <summary>What a streamed answer does after a number of its bytes.</summary>
internal enum Mishap
{
    /// <summary>All of it comes.</summary>
    None,

    /// <summary>The connection goes.</summary>
    Reset,

    /// <summary>Nothing comes any more, and the connection stays.</summary>
    Silence,

    /// <summary>The answer ends as if it were whole.</summary>
    Ends,

    /// <summary>ClickHouse's words of a fault, then the answer ends as if it were whole.</summary>
    Exception,
}

/// <summary>
/// A server before ClickHouse that hands questions and answers through and spoils the answer to what streams rows. HTTP of its own,
/// because no library sends a broken answer.
/// </summary>
internal sealed class FakeServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HttpClient _real = new();
    private readonly CancellationTokenSource _over = new();
    private readonly int _port;

    public FakeServer(int port)
    {
        _port = port;
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    /// <summary>What happens to the rows.</summary>
    public Mishap Mishap { get; set; }

    /// <summary>After how many bytes of them.</summary>
    public int After { get; set; }

    /// <summary>How many of the next answers are "too busy" instead.</summary>
    public int Busy { get; set; }

    /// <summary>A question with these words is not handed through: the server says that it failed.</summary>
    public string? Refuses { get; set; }

    /// <summary>Questions for rows that came.</summary>
    public int Asked { get; private set; }

    /// <summary>Questions that end another.</summary>
    public int Killed { get; private set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
        _real.Dispose();
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_over.Token);
                _ = Task.Run(async () =>
                {
                    try
                    {
                        await ServeAsync(client);
                    }
                    catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or HttpRequestException
                        or ObjectDisposedException)
                    {
                        // The other side went, or the test is over.
                    }

                    client.Dispose();
                });
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        NetworkStream stream = client.GetStream();
        var reader = new StreamReader(stream, Encoding.Latin1);
        string target = (await reader.ReadLineAsync(_over.Token))!.Split(' ')[1];
        int length = 0;
        string? authorization = null;
        bool isChunked = false;
        while (await reader.ReadLineAsync(_over.Token) is { Length: > 0 } line)
        {
            length = line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase) ? int.Parse(line[15..]) : length;
            isChunked |= line.Equals("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
            authorization = line.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase) ? line[14..].Trim() : authorization;
        }

        string body = isChunked ? await ChunksAsync(reader) : await BlockAsync(reader, length);
        string sql = body;
        bool isRows = sql.EndsWith("FORMAT RowBinary", StringComparison.Ordinal);
        Asked += isRows ? 1 : 0;
        Killed += sql.StartsWith("KILL QUERY", StringComparison.Ordinal) ? 1 : 0;
        if (Refuses is { } words && sql.Contains(words, StringComparison.Ordinal))
        {
            byte[] said = Said("Code: 999, e.displayText() = DB::Exception: Coordination error");
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes($"HTTP/1.1 500 X\r\nContent-Length: {said.Length}\r\nConnection: close\r\n\r\n"), _over.Token);
            await stream.WriteAsync(said, _over.Token);
            return;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{_port}{target}")
        {
            Content = new ByteArrayContent(Encoding.Latin1.GetBytes(body)),
        };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using HttpResponseMessage answer = await _real.SendAsync(request, _over.Token);
        byte[] all = await answer.Content.ReadAsByteArrayAsync(_over.Token);
        int status = (int)answer.StatusCode;
        if (isRows && Busy-- > 0)
        {
            (status, all) = (500, Said("Code: 202, e.displayText() = DB::Exception: Too many simultaneous queries"));
        }

        Mishap mishap = isRows ? Mishap : Mishap.None;
        byte[] sent = mishap switch
        {
            Mishap.None => all,
            Mishap.Exception => [.. all[..After], .. Said("Code: 241, e.displayText() = DB::Exception: Memory limit (for query) exceeded")],
            _ => all[..After],
        };
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{sent.Length:x}\r\n"), _over.Token);
        await stream.WriteAsync(sent, _over.Token);
        await stream.WriteAsync("\r\n"u8.ToArray(), _over.Token);
        switch (mishap)
        {
            case Mishap.Silence:
                await Task.Delay(Timeout.Infinite, _over.Token);
                break;
            case Mishap.Reset:
                client.LingerState = new LingerOption(true, 0);
                break;
            default:
                await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), _over.Token);
                break;
        }
    }

    private async Task<string> ChunksAsync(StreamReader reader)
    {
        var all = new StringBuilder();
        while (Convert.ToInt32(await reader.ReadLineAsync(_over.Token), 16) is > 0 and var some)
        {
            all.Append(await BlockAsync(reader, some));
            await reader.ReadLineAsync(_over.Token);
        }

        await reader.ReadLineAsync(_over.Token);
        return all.ToString();
    }

    private async Task<string> BlockAsync(StreamReader reader, int length)
    {
        char[] block = new char[length];
        await reader.ReadBlockAsync(block, _over.Token);
        return new string(block);
    }

    private static byte[] Said(string fault) => Encoding.UTF8.GetBytes(fault + ", e.what() = DB::Exception\n");
}
