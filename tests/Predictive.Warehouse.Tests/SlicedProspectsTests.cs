using System.Globalization;
using System.Text.Json.Nodes;
using Predictive.History.Parquet;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>People without a purchase: each is of the slice that the id hashes into, where whoever bought has bought, too.</summary>
public sealed class SlicedProspectsTests(WarehouseServers servers) : IDisposable
{
    private const string AsOf = "2025-06-01", Since = "2025-03-01";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData("files", ""), InlineData("clickhouse", ""), InlineData("files", "600MB")]
    public async Task SlicesTogetherKnowTheProspectsOfTheWhole(string engine, string memory)
    {
        string shop = Shop();
        string whole = _folder["whole.csv"];
        await Done("segment", shop, "--models", servers.Models, "--as-of", AsOf, "--prospects", whole, "--json");
        JsonNode expected = JsonNode.Parse(await Done(
            "portfolio", shop, "--models", servers.Models, "--as-of", AsOf, "--compare", Since, "--json"))!;
        string data = shop;
        if (engine == "clickhouse")
        {
            // With tables beside the lines the whole is copied once, and the slices are cut here.
            await Predictive.History.Warehouse.Copies.WarehouseTable.ReplaceAsync(
                servers.ClickHouse.Address("people_lines"), Path.Combine(shop, "transactions.parquet"));
            data = servers.FolderOf(servers.ClickHouse.Address("people_lines"));
            JsonNode description = JsonNode.Parse(File.ReadAllText(Path.Combine(shop, "dataset.json")))!;
            description["source"] = servers.ClickHouse.Address("people_lines");
            File.WriteAllText(Path.Combine(data, "dataset.json"), description.ToJsonString());
            foreach (string table in new[] { "customers.parquet", "events.parquet" })
            {
                File.Copy(Path.Combine(shop, table), Path.Combine(data, table));
            }
        }

        var run = new SliceRunOf(
            data, servers.Models, _folder["store.db"], 6, AsOf, _folder["out"],
            memory.Length == 0 ? ["--since", Since] : ["--since", Since, "--memory", memory]);
        await Done(run.Args);
        JsonNode parts = run.Json("portfolio.json");
        SlicesTests.Alike(expected, parts, "");
        Assert.Equal(File.ReadAllText(whole), File.ReadAllText(run.Result("prospects.csv")));
        int people = (int)parts["metrics"]!.AsArray().Single(m => (string)m!["name"]! == "prospects")!["value"]!;
        Assert.InRange(people, 200, 600);
        string[] list = File.ReadAllLines(whole);
        Assert.Contains(list, l => l.StartsWith("only-events-", StringComparison.Ordinal) && l.Contains(",activated,"));
        Assert.True((int)parts["funnel"]![0]!["activated"]! > 0);
    }

    [Fact]
    public async Task ASliceWithoutCustomersHasItsProspects()
    {
        string shop = _folder["few"];
        Directory.CreateDirectory(shop);
        using (ParquetWriter writer = ParquetWriter.Create(
            Path.Combine(shop, "transactions.parquet"),
            [ParquetField.String("customer_id"), ParquetField.Timestamp("ordered_at", false), ParquetField.Double("amount")]))
        {
            writer.WriteRowGroup(
                new string?[] { "a", "b" }, new[] { 1_735_000_000_000_000L, 1_735_000_000_000_001L }, new[] { 1.5, 2 });
            writer.Complete();
        }

        Events(shop, [.. Enumerable.Range(0, 30).Select(i => ($"p{i}", 1_735_000_000_000_000L + i, i % 2 == 0 ? "signup" : "visit"))]);
        string whole = _folder["whole.csv"];
        await Done("segment", shop, "--models", servers.Models, "--as-of", AsOf, "--prospects", whole, "--json");
        var run = new SliceRunOf(shop, servers.Models, _folder["store.db"], 8, AsOf, _folder["out"], []);
        await Done(run.Args);
        Assert.Equal(31, File.ReadAllLines(whole).Length);
        Assert.Equal(File.ReadAllText(whole), File.ReadAllText(run.Result("prospects.csv")));
        Assert.True(run.Files("scores.parquet").Length < run.Files("prospects.json").Length);
    }

    /// <summary>A simulated shop, a fifth of whose people have not bought; events of some of them, and of others nobody knows.</summary>
    private string Shop()
    {
        string shop = _folder["shop"], file = Path.Combine(shop, "transactions.parquet");
        Done("generate", "--customers", "1500", "--years", "1.5", "--out", shop).GetAwaiter().GetResult();
        string[] ids;
        using (StoredFile stored = StoredFile.Open(file))
        {
            ids = stored.Texts("customer_id")!;
        }

        string[] silent = [.. ids.Distinct().Order(StringComparer.Ordinal).Where((_, i) => i % 5 == 0)];
        HashSet<string> without = [.. silent];
        RowRemoval.Run(file, new Dictionary<int, bool[]> { [0] = [.. ids.Select(without.Contains)] });
        long day = new DateTimeOffset(2025, 1, 1, 9, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000;
        var events = new List<(string, long, string)>();
        foreach ((int i, string id) in silent.Index())
        {
            // Some did nothing, some only visited, some signed up; of some all that is known comes after the as-of.
            for (int e = 0; e < i % 4; e++)
            {
                events.Add((id, day + ((i + (40L * e)) * 86_400_000_000), e == 1 ? "signup" : "visit"));
            }
        }

        events.AddRange(Enumerable.Range(0, 60).Select(i => (
            string.Create(CultureInfo.InvariantCulture, $"only-events-{i}"), day + (i * 5L * 86_400_000_000),
            i % 3 == 0 ? "signup" : "visit")));
        events.AddRange(ids.Distinct().Where(id => !without.Contains(id)).Take(100).Select(id => (id, day, "visit")));
        Events(shop, events);
        return shop;
    }

    private static void Events(string shop, IReadOnlyList<(string Id, long At, string Kind)> events)
    {
        using ParquetWriter writer = ParquetWriter.Create(
            Path.Combine(shop, "events.parquet"),
            [ParquetField.String("customer_id"), ParquetField.Timestamp("occurred_at", false), ParquetField.String("kind")]);
        writer.WriteRowGroup(
            events.Select(e => (string?)e.Id).ToArray(), events.Select(e => e.At).ToArray(), events.Select(e => (string?)e.Kind).ToArray());
        writer.Complete();
    }
}
