using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;

namespace Predictive.Api.Tests;

/// <summary>Batches: a bad line is answered in its place and the stream goes on, whatever it holds.</summary>
[Collection(TrainedHost.Collection)]
public class BatchTests(TrainedHost host)
{
    [Fact]
    public async Task Bad_lines_are_answered_in_their_place_and_good_ones_as_alone()
    {
        const int Seed = 8;
        var random = new Random(Seed);
        await using WebApplication app = host.Start(host.Options with { MaxBodyBytes = 200_000 });
        HttpClient client = app.GetTestClient();
        var lines = new List<(string Text, string? Words)>();
        (string Text, string Words)[] bad =
        [
            (
                "{\"transactions\":[{\"orderedAt\":\"2024-01-01\",\"amount\":1e308},{\"orderedAt\":\"2024-01-01\",\"amount\":1e308}]}",
                "1e308"),
            ("{\"transactions\":[{\"orderedAt\":\"2024-01-01\",\"amount\":1,\"quantity\":1e39}]}", "1e39"),
            ("{\"asOf\":\"9999-12-31\",\"transactions\":[{\"orderedAt\":\"2024-01-01\",\"amount\":1}]}", "asOf"),
            ("{\"transactions\":[]}{\"transactions\":[]}", "after a single JSON value"),
            ("not json", "not the JSON expected"), ("\0\u0001", "not the JSON expected"), ("[1]", "JSON object"), ("null", "JSON object"),
            ("{\"transactions\":[{\"orderedAt\":\"2024-01-01\",\"amount\":-1}]}", "no purchase"),
            ($"{{\"customerId\":\"{new string('x', 210_000)}\"}}", "longer than"),
        ];
        for (int i = 0; i < 400; i++)
        {
            lines.Add(random.Next(4) == 0 && bad[random.Next(bad.Length)] is var fault
                ? fault
                : (JsonSerializer.Serialize(host.Inline(random.Next(1500))), null));
        }

        string body = string.Join('\n', lines.Select((l, i) => i % 50 == 7 ? l.Text + "\r" : l.Text));
        using var content = new StreamContent(new SlowStream(Encoding.UTF8.GetBytes(body), bytesAtOnce: 37_001, pause: TimeSpan.Zero));
        content.Headers.ContentType = new("application/x-ndjson");
        HttpResponseMessage answer = await client.PostAsync("/v1/score/batch", content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        string[] answers = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Count, answers.Length);
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines[i].Words is { } words)
            {
                JsonElement line = JsonDocument.Parse(answers[i]).RootElement;
                Assert.Equal(i + 1, line.GetProperty("line").GetInt32());
                Assert.Contains(words, line.GetProperty("problem").GetProperty("detail").GetString(), StringComparison.Ordinal);
                Assert.Equal(400, line.GetProperty("problem").GetProperty("status").GetInt32());
            }
            else
            {
                HttpResponseMessage alone = await client.PostAsync("/v1/score", InlineTests.Json(lines[i].Text));
                Assert.Equal(await alone.Content.ReadAsStringAsync(), answers[i]);
            }
        }
    }

    [Fact]
    public async Task A_line_is_answered_before_the_next_one_comes_and_a_silent_caller_is_told()
    {
        await using WebApplication app = host.Start(host.Options with { BodyTimeout = TimeSpan.FromSeconds(1) });
        HttpClient client = app.GetTestClient();
        var input = new System.IO.Pipelines.Pipe();
        using var content = new StreamContent(input.Reader.AsStream());
        content.Headers.ContentType = new("application/x-ndjson");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/score/batch") { Content = content };
        Task<HttpResponseMessage> asked = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await input.Writer.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(host.Inline(1)) + "\n"));
        using HttpResponseMessage answer = await asked;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Contains("probability", await reader.ReadLineAsync(), StringComparison.Ordinal);
        await input.Writer.WriteAsync(Encoding.UTF8.GetBytes("nonsense\n"));
        Assert.Contains("\"line\":2", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Contains("the stream ends here", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await reader.ReadLineAsync());
    }
}
