using Predictive.History;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>Whoever holds the lines, and however they are cut: the same bytes.</summary>
public sealed class EqualityTests(WarehouseServers servers)
{
    private readonly string _out = Directory.CreateTempSubdirectory("predictive-warehouse-out-").FullName;

    [Fact]
    public async Task ShardsGiveTheScoresOfTheirParquetCopy()
    {
        byte[] expected = await Scores(servers.Shop, "parquet");
        Assert.Equal(expected, await Scores(servers.Distributed, "distributed"));
        Assert.Equal(expected, await Scores(servers.FolderOf(servers.Distributed), "folder"));
    }

    [Fact]
    public async Task PostgresGivesTheScoresOfItsParquetCopy() =>
        Assert.Equal(await Scores(servers.Shop, "parquet"), await Scores(servers.Postgres, "postgres"));

    [Fact]
    public async Task EveryVerbThatReadsADatasetReadsATable()
    {
        string[] folders = [servers.FolderOf(servers.Distributed), servers.FolderOf(servers.Postgres)];
        foreach (string[] verb in new[] { new[] { "check" }, ["segment"], ["portfolio"] })
        {
            string[] tail = verb[0] == "check" ? ["--json"] : ["--models", servers.Models, "--json"];
            (_, string expected, _) = await Ran([.. verb, servers.Shop, .. tail]);
            foreach (string folder in folders)
            {
                Assert.Equal(expected, await Done([.. verb, folder, .. tail]));
            }
        }

        string lists = Path.Combine(_out, "shop.parquet"), here = Path.Combine(_out, "table.parquet");
        await Done("export-features", servers.Shop, "--out", lists);
        foreach (string folder in folders)
        {
            await Done("export-features", folder, "--out", here);
            Assert.Equal(File.ReadAllBytes(lists), File.ReadAllBytes(here));
        }
    }

    [Theory, InlineData("parquet"), InlineData("clickhouse"), InlineData("postgres")]
    public async Task SlicesTogetherAreTheWhole(string engine)
    {
        string data = engine switch { "parquet" => servers.Shop, "clickhouse" => servers.Distributed, _ => servers.Postgres };
        const int count = 3;
        await Score(servers.Shop, "whole.csv", "--as-of", "2025-06-01");
        string[] whole = File.ReadAllLines(Path.Combine(_out, "whole.csv"));
        var together = new List<string>();
        for (int k = 1; k <= count; k++)
        {
            await Score(data, $"{k}.csv", "--as-of", "2025-06-01", "--slice", $"{k}/{count}");
            string[] part = File.ReadAllLines(Path.Combine(_out, $"{k}.csv"));
            Assert.InRange(part.Length, whole.Length / (2 * count), whole.Length / 2);
            Assert.Equal(whole[0], part[0]);
            Assert.All(part[1..], line => Assert.True(new HistorySlice(k - 1, count).Holds(line.Split(',')[0])));
            together.AddRange(part[1..]);
        }

        Assert.Equal(whole[1..].Order(StringComparer.Ordinal), together.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ASliceSaysAsOfWhen()
    {
        (int code, _, string error) = await Ran(
            "score", servers.Shop, "--models", servers.Models, "--slice", "1/3", "--out", Path.Combine(_out, "x.csv"));
        Assert.Equal(2, code);
        Assert.Contains("--as-of", error);
        (code, _, error) = await Ran(
            "score", servers.Shop, "--models", servers.Models, "--slice", "4/3", "--out", Path.Combine(_out, "x.csv"));
        Assert.Equal(2, code);
        Assert.Contains("expected k/N", error);
    }

    private async Task<byte[]> Scores(string data, string name)
    {
        await Score(data, name + ".parquet");
        return File.ReadAllBytes(Path.Combine(_out, name + ".parquet"));
    }

    private async Task Score(string data, string name, params string[] more) =>
        await Done(["score", data, "--models", servers.Models, "--out", Path.Combine(_out, name), .. more]);
}
