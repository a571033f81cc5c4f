using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Predictive.Api.Http;
using Predictive.Api.Keys;

namespace Predictive.Api.Tests;

/// <summary>
/// Hundreds of hostile requests through a real server and a real socket: no 500, no path of the server, no trace, no error in the log.
/// </summary>
[Collection(TrainedHost.Collection)]
public class HostileRequestTests(TrainedHost host)
{
    private const int Requests = 700;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Nothing_breaks_and_nothing_is_told_of_the_server(int seed, bool keys)
    {
        string models = host.OwnModels();
        string? key = keys ? new KeyFile(Path.Combine(models, "keys.json")).Add(KeyRole.Admin, DateTimeOffset.UnixEpoch).Text : null;
        var log = new ErrorLog();
        using var requests = new MemoryStream();
        await using WebApplication app = ScoringHost.Build(
            host.Options with
            {
                Models = models, Urls = "http://127.0.0.1:0", MaxBodyBytes = 100_000, BodyTimeout = TimeSpan.FromSeconds(2),
                LogRequests = true,
            },
            TimeProvider.System,
            b =>
            {
                b.Logging.ClearProviders();
                b.Logging.AddProvider(log);
                b.Services.AddSingleton(s => new RequestLog(requests, json: keys, s.GetRequiredService<TimeProvider>()));
            });
        await app.StartAsync();
        int port = new Uri(app.Urls.First()).Port;
        var random = new Random(seed);
        var statuses = new SortedDictionary<int, int>();
        for (int n = 0; n < Requests; n++)
        {
            byte[] request = Draw(random, key);
            string answer = await Send(port, request);
            string shown = Encoding.Latin1.GetString(request.AsSpan(0, Math.Min(300, request.Length)));
            int status = answer.Length == 0 ? 0 : int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture);
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            string where = $"seed {seed}, request {n}: {shown}\n→ {answer}";
            Assert.True(status is < 500 or 505 || (status == 503 && answer.Contains("Retry-After:", StringComparison.Ordinal)), where);
            Assert.DoesNotContain(host.Folder, answer, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", answer, StringComparison.Ordinal);
            // The runtime's own metrics count exceptions by type.
            Assert.True(
                !answer.Contains("Exception", StringComparison.Ordinal)
                    || answer.Contains("# TYPE dotnet_exceptions", StringComparison.Ordinal),
                where);
            if (status >= 400 && answer.Contains("\r\n\r\n{", StringComparison.Ordinal))
            {
                Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"seed {seed}: {string.Join(", ", statuses.Select(s => $"{s.Value} × {(s.Key == 0 ? "closed" : s.Key)}"))}");
        Assert.Empty(log.Errors);
        app.Services.GetRequiredService<RequestLog>().Flush();
        string[] lines = Encoding.UTF8.GetString(requests.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Length, Requests / 2, Requests);
        Assert.All(lines, l =>
        {
            Assert.False(l.Any(char.IsControl), l);
            if (keys)
            {
                Assert.InRange(JsonDocument.Parse(l).RootElement.GetProperty("status").GetInt32(), 200, 505);
            }
            else
            {
                Assert.Matches("^\\d{4}-\\d\\d-\\d\\dT[^ ]+Z [A-Za-z]+ /[^ ]* \\d{3} ", l);
            }
        });
        Assert.True(statuses.GetValueOrDefault(200) > 20 && statuses.GetValueOrDefault(400) > 50, string.Join(' ', statuses));
        // After all of it the host answers as before.
        string good = await Send(port, Get($"/v1/customers/{host.History.CustomerId(0)}/score", key));
        Assert.StartsWith("HTTP/1.1 200", good, StringComparison.Ordinal);
    }

    private byte[] Draw(Random random, string? key)
    {
        string id = host.History.CustomerId(random.Next(host.History.CustomerCount));
        string odd = Pick(
            random,
            [
                id, "a/b", "a%2Fb", "%2e%2e", "..", ".", "%00", "%0d%0aSet-Cookie:x=1", "%F0%9F%98%80", "%ff", "%C0%AF", "'; drop table",
                "<script>", new string('x', 3000), "=cmd|'/c calc'!A0", "%25", "",
            ]);
        string date = Pick(
            random,
            [
                "2025-01-01", "9999-12-31", "0001-01-01", "1899-12-31", "2025-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59-14:00", "-1", "2025-02-30", "%00", "NaN", "2025-1-1", "99999999999999999999",
            ]);
        string number =
            Pick(random, ["1", "0", "-1", "10000", "10001", "2147483648", "1e9", "NaN", "%20", "0x10", "99999999999999999999", "１"]);
        string segment = Pick(random, ["champions", "lost", "nonsense", "%00", "a%0d%0ab", new string('s', 500), "=1+1"]);
        string format = Pick(random, ["json", "csv", "CSV", "xlsx", "XLSX", "pdf", "", "../csv", "csv%00"]);
        string body = Body(random, id, date);
        return random.Next(16) switch
        {
            0 => Get($"/v1/customers/{odd}/score", key),
            1 => Get($"/v1/customers/score?id={odd}", key),
            2 => Get($"/v1/customers/{id}/score?asOf={date}", key),
            3 => Get($"/v1/at-risk?top={number}&segment={segment}&format={format}", key),
            4 => Get($"/v1/at-risk?format={format}&top=3&asOf={date}", key),
            5 => Get($"/v1/segments?asOf={date}", key),
            6 => Get($"/v1/portfolio?asOf={date}&asOf={date}", key),
            7 => Get($"/{odd}?{odd}={odd}", key),
            8 => Request(
                Pick(random, ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "FOO", "get"]),
                Pick(random, [$"/v1/customers/{id}/score", "/v1/score", "/v1/models", "/metrics"]), key, ""),
            9 => Request(
                "POST", $"/v1/models/{Pick(random, ["default", "..", "%2e%2e%2f", "nosuch", "a%00"])}/{number}/promote", key, "x",
                "text/plain"),
            10 => Request(
                "POST", "/v1/score/batch", key, string.Join('\n', Enumerable.Range(0, random.Next(6)).Select(_ => Body(random, id, date))),
                "application/x-ndjson"),
            11 => Request(
                "POST", "/v1/score", key, body,
                Pick(
                    random,
                    ["application/json", "text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=utf-16"])),
            12 => Encoding.Latin1.GetBytes(
                $"GET /v1/segments HTTP/1.1\r\nHost: "
                    + $"{Pick(random, ["evil.example", "127.0.0.1", "a b", "", "localhost:1\tx"])}\r\nX-Api-Key: "
                    + $"{Pick(random, ["pk_", "\u00ff\u00fe", new string('k', 9000), "pk_0000000000_" + new string('0', 64)])}\r\n"
                    + "Connection: close\r\n\r\n"),
            13 => Raw(random, key),
            14 => Request("POST", "/v1/score", key, new string('[', 1 + random.Next(90_000))),
            _ => Request("POST", "/v1/score", key, body),
        };
    }

    private static byte[] Raw(Random random, string? key) => Encoding.Latin1.GetBytes(Pick(random,
    [
        "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0", "GET /v1/segments HTTP/1.1\r\n\r\n", "GET http://[::1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "POST /v1/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
        "POST /v1/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: "
            + "close\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
        "POST /v1/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: "
            + "chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        $"POST /v1/score/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: {key}\r\nContent-Type: "
            + $"application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\n{{}}\n\r\nXX\r\n",
        "GET /v1/segments HTTP/1.1\r\nHost: 127.0.0.1\r\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: y\r\n")) + "\r\n",
        "GET /" + new string('a', 10_000) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ]));

    private static string Body(Random random, string id, string date)
    {
        string amount = Pick(random, ["1", "-5", "1e308", "1e999", "-0", "null", "\"x\"", "[]", "1E+13", "12.5", "NaN"]);
        string at = Pick(random, ["2024-06-03", "2024-06-03T10:15:00Z", date, "", "0001-01-01T00:00:00+14:00"]);
        string line = $"{{\"orderedAt\":\"{at}\",\"amount\":{amount},\"quantity\":{Pick(random, ["1", "1e39", "null", "\"\""])}}}";
        return random.Next(9) switch
        {
            0 => "",
            1 => "{\"transactions\":" + Pick(random, ["null", "[]", "[null]", "{}", "\"x\"", "[[[]]]"]) + "}",
            2 => $"{{\"customerId\":\"{Pick(random, [id, "\\ud800", "\\u0000", "../../etc/passwd"])}\",\"transactions\":[{line}]}}",
            3 => $"{{\"asOf\":\"{date}\",\"transactions\":[{line},{line}]}}",
            4 => $"{{\"transactions\":[{line}]}}{{\"transactions\":[{line}]}}",
            5 => $"{{\"transactions\":[{line}],\"events\":[{{\"occurredAt\":\"{at}\",\"kind\":"
                + $"{Pick(random, ["\"nps\"", "null", "3"])},\"value\":{amount}}}],\"attributes\":{{\"age\":{amount}}}}}",
            6 => $"{{\"transactions\":[{line}],\"transactions\":[{line}]}}",
            7 => $"{{\"transactions\":[{string.Join(',', Enumerable.Repeat(line, random.Next(200)))}]}}",
            _ => "{\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":12.5}]}",
        };
    }

    private static byte[] Get(string target, string? key) => Request("GET", target, key, "");

    private static byte[] Request(string method, string target, string? key, string body, string type = "application/json")
    {
        byte[] content = Encoding.UTF8.GetBytes(body);
        string head =
            $"{method} {target.Replace(" ", "%20", StringComparison.Ordinal)} HTTP/1.1\r\nHost: "
            + $"127.0.0.1\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}"
            + (body.Length > 0 || method == "POST" ? $"Content-Type: {type}\r\nContent-Length: {content.Length}\r\n" : "")
                + "Connection: close\r\n\r\n";
        return [.. Encoding.UTF8.GetBytes(head), .. content];
    }

    private static async Task<string> Send(int port, byte[] request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), patience.Token);
        using var answer = new MemoryStream();
        try
        {
            await socket.SendAsync(request, patience.Token);
            byte[] buffer = new byte[64 << 10];
            for (int read; (read = await socket.ReceiveAsync(buffer, patience.Token)) > 0;)
            {
                answer.Write(buffer, 0, read);
            }
        }
        catch (SocketException)
        {
            // Closed on us: an answer, too.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    private static T Pick<T>(Random random, T[] of) => of[random.Next(of.Length)];

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Errors { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                Errors.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}
