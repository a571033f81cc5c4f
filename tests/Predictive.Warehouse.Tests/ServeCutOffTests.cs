using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>A host on a folder of ClickHouse whose packets vanish: it answers from its copy, says so, and takes up the new after.</summary>
public sealed partial class ServeCutOffTests(WarehouseServers servers) : IDisposable
{
    private const string Url = "http://127.0.0.1:5080";
    private readonly TemporaryFolder _folder = new();
    private readonly CutOff? _there = CutOff.Make();
    private readonly ConcurrentQueue<string> _log = [];

    public void Dispose()
    {
        _there?.Dispose();
        _folder.Dispose();
        if (ClickHouseServer.IsThere)
        {
            servers.ClickHouse.Run("DROP TABLE IF EXISTS served");
        }
    }

    [Fact]
    public async Task AHostThatIsCutOffServesItsCopyAndSaysSoAndTakesUpTheNewLinesWhenTheNetworkIsBack()
    {
        Assert.SkipWhen(_there is null, "needs network namespaces (root on Linux, with ip, iptables and curl)");
        CutOff there = _there!;
        _ = servers.Distributed;
        servers.ClickHouse.Run("DROP TABLE IF EXISTS served");
        servers.ClickHouse.Run("CREATE TABLE served ENGINE = MergeTree() ORDER BY ordered_at AS SELECT * FROM all_lines");
        string folder = servers.FolderOf(
            $"clickhouse://{there.Reach(servers.ClickHouse.Port())}/default?table=served&timeout=2&refresh=1");
        using Process host = Started(there, folder);
        try
        {
            await Until(there, host, _ => true);
            JsonNode ready = Ready(there);
            Assert.Null(ready["fault"]);
            Assert.Equal(0, Fault(there));
            string id = Id().Match(there.Ask($"{Url}/v1/at-risk?top=1").Body).Groups[1].Value;
            (int status, string before) = there.Ask($"{Url}/v1/customers/{id}");
            Assert.Equal(200, status);
            string copy = Path.Combine(folder, "transactions.parquet");
            byte[] copied = File.ReadAllBytes(copy);

            // Swallowed, not refused: the look ends by the timeout of the address, and the host says that it did.
            there.Cut();
            servers.ClickHouse.Run(
                "INSERT INTO served (customer_id, ordered_at, amount) "
                    + $"SELECT '{id}', max(ordered_at) + 86400, toDecimal64('4321', 2) FROM served");
            await Until(there, host, said =>
            {
                // Whatever is asked meanwhile is answered, as before.
                Assert.Equal((200, before), there.Ask($"{Url}/v1/customers/{id}"));
                return said["fault"] is not null;
            });
            JsonNode cut = Ready(there);
            Assert.Equal(
                "The newest lines are not known: the warehouse gave none when last asked. The log says why.", (string)cut["fault"]!);
            Assert.Equal(((string)ready["snapshot"]!, (string)ready["dataAsOf"]!), ((string)cut["snapshot"]!, (string)cut["dataAsOf"]!));
            Assert.Equal(1, Fault(there));
            Assert.DoesNotContain("10.", (string)cut["fault"]!);
            Assert.Contains(_log, l => l.Contains("The newest lines are not known. clickhouse://", StringComparison.Ordinal));
            Assert.Equal(copied, File.ReadAllBytes(copy));
            foreach (string path in new[] { "/v1/at-risk?top=5", "/v1/portfolio", "/v1/segments", $"/v1/customers/{id}/score" })
            {
                Assert.Equal(200, there.Ask(Url + path).Status);
            }

            there.Mend();
            await Until(there, host, said => said["fault"] is null && (string)said["snapshot"]! != (string)ready["snapshot"]!);
            JsonNode after = Ready(there);
            Assert.True(string.CompareOrdinal((string)after["dataAsOf"]!, (string)ready["dataAsOf"]!) > 0);
            Assert.Equal(0, Fault(there));
            (status, string now) = there.Ask($"{Url}/v1/customers/{id}");
            Assert.Equal(200, status);
            Assert.Contains("4321", now);
            Assert.DoesNotContain("4321", before);
            using StoredFile stored = StoredFile.Open(copy);
            Assert.Equal($"{stored.RowCount}", servers.ClickHouse.Run("SELECT count() FROM served"));
        }
        finally
        {
            host.Kill();
        }
    }

    private static JsonNode Ready(CutOff there)
    {
        (int status, string body) = there.Ask($"{Url}/health/ready");
        Assert.True(status == 200, body);
        return JsonNode.Parse(body)!;
    }

    private static int Fault(CutOff there)
    {
        (int status, string body) = there.Ask($"{Url}/metrics");
        Assert.Equal(200, status);
        string line = Assert.Single(body.Split('\n'), l => l.StartsWith("predictive_snapshot_fault", StringComparison.Ordinal));
        return (int)double.Parse(Value().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until the host is ready, and what it says of itself is as expected: ready it stays once it was.</summary>
    private async Task Until(CutOff there, Process host, Func<JsonNode, bool> expected)
    {
        var waited = Stopwatch.StartNew();
        for (bool wasReady = false; ; await Task.Delay(200))
        {
            Assert.False(host.HasExited, string.Join('\n', _log));
            (int status, string body) = there.Ask($"{Url}/health/ready");
            Assert.True(status == 200 || !wasReady, body);
            wasReady |= status == 200;
            if (status == 200 && expected(JsonNode.Parse(body)!))
            {
                TestContext.Current.TestOutputHelper!.WriteLine($"after {waited.Elapsed.TotalSeconds:0.0} s: {body}");
                return;
            }

            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(5), $"{body}\n{string.Join('\n', _log)}");
        }
    }

    private Process Started(CutOff there, string folder)
    {
        Process host = there.Start(
            "serve", "--data", folder, "--models", servers.Models, "--store", _folder["host.db"], "--urls", Url, "--log", "text");
        host.OutputDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        host.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        host.BeginOutputReadLine();
        host.BeginErrorReadLine();
        return host;
    }

    [GeneratedRegex("\"customerId\":\\s*\"([^\"]+)\"")]
    private static partial Regex Id();

    [GeneratedRegex(@"^\w+(?:\{[^}]*\})? ([\d.eE+-]+)")]
    private static partial Regex Value();
}
