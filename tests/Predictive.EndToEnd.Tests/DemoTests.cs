using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Predictive.Tests;

namespace Predictive.EndToEnd.Tests;

/// <summary>The README's first command as a user runs it: a process of its own, its output, its exit code, its host.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-demo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Demo_without_the_host_ends_with_zero_and_shows_what_it_did()
    {
        using Process process = CommandLine.Start("demo", "--no-serve", "--models", _folder);
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        foreach (string expected in (string[])[
            "this model", "recency", "rfm", "bgnbd", "gammaGamma", "grade", "most worth calling", "1.zip",
        ])
        {
            Assert.Contains(expected, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Demo_leaves_the_host_answering_at_the_url_it_prints()
    {
        using Process process = CommandLine.Start("demo", "--models", _folder, "--urls", "http://127.0.0.1:0");
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(await Served(process)) };
            JsonElement list = (await client.GetFromJsonAsync<JsonElement>("/v1/at-risk?top=3")).GetProperty("list").GetProperty("rows");
            Assert.Equal(3, list.GetArrayLength());
            string id = list[0].GetProperty("score").GetProperty("customerId").GetString()!;
            JsonElement score = await client.GetFromJsonAsync<JsonElement>($"/v1/customers/{id}/score");
            Assert.InRange(score.GetProperty("churn").GetProperty("probability").GetDouble(), 0, 1);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task A_host_serves_without_what_trains_and_tells_a_collector_what_it_did_and_of_nobody()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Loaded libraries are read from /proc, which only Linux has.");
        string data = Path.Combine(_folder, "data");
        await CommandLine.Done("generate", "--customers", "300", "--years", "1.2", "--seed", "5", "--out", data);
        await CommandLine.Done("train", data, "--models", Path.Combine(_folder, "models"));
        await using var collector = new OtlpCollector();
        using Process process = CommandLine.Start(
            [("OTEL_EXPORTER_OTLP_ENDPOINT", await collector.Start()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_METRIC_EXPORT_INTERVAL", "500"), ("OTEL_BSP_SCHEDULE_DELAY", "500")],
            ["serve", "--data", data, "--models", Path.Combine(_folder, "models"), "--urls", "http://127.0.0.1:0"]);
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(await Served(process)) };
            JsonElement rows = (await client.GetFromJsonAsync<JsonElement>("/v1/at-risk?top=1")).GetProperty("list").GetProperty("rows");
            string id = rows[0].GetProperty("score").GetProperty("customerId").GetString()!;
            Assert.Equal(
                id, (await client.GetFromJsonAsync<JsonElement>($"/v1/customers/{id}/score")).GetProperty("customerId").GetString());
            string[] loaded = [.. File.ReadLines($"/proc/{process.Id}/maps")
                .Select(l => Path.GetFileName(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1]))
                .Where(f => f.EndsWith(".dll", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
            Assert.Contains("Predictive.Segmentation.dll", loaded);
            Assert.DoesNotContain(
                loaded,
                f => f is "Predictive.Training.dll" or "Predictive.MLNet.dll" || f.StartsWith("Microsoft.ML", StringComparison.Ordinal));

            Assert.Contains("predictive_requests", (await client.GetStringAsync("/metrics")).Replace('.', '_'), StringComparison.Ordinal);
            string sent = await collector.Until("/v1/metrics", "predictive.");
            string trace = await collector.Until("/v1/traces", "/v1/customers/{id}/score");
            Assert.Contains("predictive-host", sent, StringComparison.Ordinal);
            Assert.DoesNotContain(id, trace + sent, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task<string> Served(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("serving ", StringComparison.Ordinal))
            {
                return line["serving ".Length..];
            }
        }

        throw new InvalidOperationException("The host ended without naming its address.");
    }
}
