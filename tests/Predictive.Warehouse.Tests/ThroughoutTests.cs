using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>What learns and what serves, on a table: the same as on a Parquet copy of its lines.</summary>
public sealed partial class ThroughoutTests(WarehouseServers servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ATrainingOnATableMakesTheVersionOfItsParquetCopy()
    {
        (int code, _, string error) =
            await Ran("train", servers.FolderOf(servers.Distributed), "--models", _folder["models"], "--store", _folder["store.db"]);
        Assert.True(code is 0 or 3, error);
        Assert.Equal(Version(servers.Models), Version(_folder["models"]));
    }

    [Fact]
    public async Task AWorkerOnATableMakesTheVersionOfItsParquetCopy()
    {
        (int code, _, string error) = await Ran(
            "worker", "--once", "--data", servers.FolderOf(servers.Postgres), "--models", _folder["models"], "--engine", "built-in",
            "--store", _folder["store.db"]);
        Assert.True(code is 0 or 3, error);
        Assert.Equal(Version(servers.Models), Version(_folder["models"]));
    }

    [Fact]
    public async Task ABacktestOnATableSaysWhatItSaysOfItsParquetCopy()
    {
        string[] all = [servers.Shop, servers.FolderOf(servers.Distributed), servers.FolderOf(servers.Postgres)];
        JsonNode[] said = await Task.WhenAll(all.Select(async data =>
        {
            JsonNode of = JsonNode.Parse(await Done(
                "backtest", data, "--cutoff", "2025-03-01", "--horizon", "60d", "--models", servers.Models, "--json"))!;
            return Timeless(of);
        }));
        Assert.All(said[1..], s => Assert.Equal(said[0].ToJsonString(), s.ToJsonString()));
        Assert.True((int)said[0]["customers"]! > 100);
    }

    [Fact]
    public async Task AHostOnATableAnswersWhatItAnswersOfItsParquetCopyAndRefusesEventsThatBelongThere()
    {
        using Process there = Host(servers.FolderOf(servers.Distributed), out string address),
            postgres = Host(servers.FolderOf(servers.Postgres), out string other), here = Host(servers.Shop, out string plain);
        try
        {
            using var client = new HttpClient();
            await Ready(client, address, there);
            await Ready(client, other, postgres);
            await Ready(client, plain, here);
            string list = await client.GetStringAsync($"{plain}/v1/at-risk?top=5");
            string id = Id().Match(list).Groups[1].Value;
            Assert.NotEmpty(id);
            string of = $"/v1/customers/{id}";
            foreach (string path in new[] { "/v1/at-risk?top=5", $"{of}/score", of, "/v1/portfolio", "/v1/segments" })
            {
                string expected = await client.GetStringAsync(plain + path);
                Assert.Equal(expected, await client.GetStringAsync(address + path));
                Assert.Equal(expected, await client.GetStringAsync(other + path));
            }

            using var body = new StringContent(
                $$"""{ "eventId": "e1", "customerId": "{{id}}", "orderedAt": "2025-06-01T10:00:00", "amount": 5 }""", null,
                "application/json");
            using HttpResponseMessage refused = await client.PostAsync($"{address}/v1/events", body);
            Assert.False(refused.IsSuccessStatusCode);
        }
        finally
        {
            there.Kill();
            postgres.Kill();
            here.Kill();
        }
    }

    internal static JsonNode Timeless(JsonNode node)
    {
        foreach (JsonObject of in node is JsonObject own ? [own] : node is JsonArray all ? all.OfType<JsonObject>() : [])
        {
            of.Remove("seconds");
            of.Remove("peakMemoryMB");
            of.Select(p => p.Value).OfType<JsonNode>().ToList().ForEach(n => Timeless(n));
        }

        return node;
    }

    private static byte[] Version(string models) => File.ReadAllBytes(Path.Combine(models, "default", "1.zip"));

    private static async Task Ready(HttpClient client, string address, Process host)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using HttpResponseMessage ready = await client.GetAsync($"{address}/health/ready");
                if (ready.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                Assert.False(host.HasExited, "the host ended");
            }

            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(5), "the host is not ready");
            await Task.Delay(100);
        }
    }

    [GeneratedRegex("\"customerId\":\\s*\"([^\"]+)\"")]
    private static partial Regex Id();

    private Process Host(string data, out string address)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        free.Stop();
        Process host = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                "exec", Path.Combine(AppContext.BaseDirectory, "predictive.dll"), "serve", "--data", data, "--models", servers.Models,
                "--store", _folder[$"{port}.db"], "--urls", address, "--log", "quiet",
            ])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        host.OutputDataReceived += (_, _) => { };
        host.ErrorDataReceived += (_, _) => { };
        host.BeginOutputReadLine();
        host.BeginErrorReadLine();
        return host;
    }
}
