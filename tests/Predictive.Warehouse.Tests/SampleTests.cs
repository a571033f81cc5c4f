using System.Globalization;
using System.Text.Json.Nodes;
using Predictive.History;
using Predictive.History.Parquet;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>Learning from the customers of some buckets: what a file of exactly their lines gives, and never told as the base.</summary>
public sealed class SampleTests(WarehouseServers servers) : IDisposable
{
    private const string AsOf = "2025-06-01";
    private const int Wanted = 1_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        if (ClickHouseServer.IsThere)
        {
            servers.ClickHouse.Run("DROP TABLE IF EXISTS sampled");
            servers.ClickHouse.Run("DROP TABLE IF EXISTS sampled_by_customer");
        }
    }

    [Fact]
    public async Task ATrainingOnASampleMakesTheModelsOfAFileWithExactlyItsLinesWhoeverHoldsThem()
    {
        (string cut, int buckets, int drawn, int all) = Cut(servers.Shop);
        string of = string.Create(CultureInfo.InvariantCulture, $"{drawn:N0} of {all:N0} customers: {buckets} of 960 buckets by hash");
        await Trained(cut, "cut");
        string folder = servers.FolderOf(servers.Distributed);
        foreach ((string name, string data) in new[]
        {
            ("parquet", servers.Shop), ("clickhouse", folder), ("address", servers.Distributed), ("postgres", servers.Postgres),
        })
        {
            (string output, string error) = await Trained(data, name, "--sample-customers", $"{Wanted}");
            Assert.Contains(of, output);
            Assert.Contains("cut-offs of rules are the sample's", output);
            SameModels("cut", name, of);
            JsonNode listed = JsonNode.Parse(await Done("models", "list", "--models", _folder[name], "--json"))!;
            Assert.Equal(all, (int)listed[0]!["sample"]!["baseCustomers"]!);
            Assert.Contains("learned from a sample: " + of, await Done("models", "list", "--models", _folder[name]));
        }

        // The engine gave the sample alone: the folder never had a copy of the whole.
        Assert.False(File.Exists(Path.Combine(folder, "transactions.parquet")));

        // Whoever looks at the base later is told what was learned from.
        string drift = await Done("drift", servers.Shop, "--models", _folder["clickhouse"], "--as-of", "2025-06-20");
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"of a sample of {all:N0} when it learned"), drift);
        JsonNode portfolio = JsonNode.Parse(await Done("portfolio", servers.Shop, "--models", _folder["clickhouse"], "--json"))!;
        Assert.StartsWith("taken from a sample of the base", (string)portfolio["cutoffs"]![0]!);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $" of {all:N0} customers)"), (string)portfolio["cutoffs"]![0]!);
    }

    [Fact]
    public async Task AWorkerLearnsFromTheSampleWithoutCopyingTheWholeAndTrainsNothingTwice()
    {
        (string cut, _, _, _) = Cut(servers.Shop);
        string folder = servers.FolderOf(servers.Distributed);
        string[] args =
        [
            "worker", "--once", "--data", folder, "--models", _folder["models"], "--engine", "built-in", "--store", _folder["store.db"],
            "--sample-customers", $"{Wanted}",
        ];
        (int code, _, string error) = await Ran(args);
        Assert.True(code is 0 or 3, error);
        Assert.False(File.Exists(Path.Combine(folder, "transactions.parquet")));
        await Trained(cut, "cut", "--as-of", Package("models").Manifest.AsOf);
        SameModels("cut", "models", "buckets by hash");
        (code, _, error) = await Ran(args);
        Assert.Equal(0, code);
        Assert.Contains("nothing to train", error);
    }

    [Fact]
    public async Task ABacktestOnASampleSaysWhatItSaysOfAFileWithExactlyItsLines()
    {
        (string cut, int buckets, int drawn, int all) = Cut(servers.Shop);
        JsonNode here = await Judged(cut), there = await Judged(servers.Distributed, "--sample-customers", $"{Wanted}");
        JsonObject training = there["training"]!.AsObject();
        Assert.Equal((drawn, all, buckets), (
            (int)training["sample"]!["customers"]!, (int)training["sample"]!["baseCustomers"]!, (int)training["sample"]!["buckets"]!));
        Assert.Contains("Learned from", (string)training["notes"]![0]!);
        training["notes"]!.AsArray().RemoveAt(0);
        training.Remove("sample");
        here["training"]!.AsObject().Remove("sample");
        Assert.Equal(ThroughoutTests.Timeless(here).ToJsonString(), ThroughoutTests.Timeless(there).ToJsonString());

        async Task<JsonNode> Judged(string data, params string[] more) => JsonNode.Parse(await Done(
            ["backtest", data, "--cutoff", "2025-03-01", "--horizon", "60d", "--models", _folder["none"], "--json", .. more]))!;
    }

    [Fact]
    public async Task WithTablesBesideTheLinesTheWholeIsCopiedOnceAndCutHere()
    {
        string made = _folder["made"], cutFolder = _folder["made-cut"], table = servers.FolderOf(servers.Distributed);
        await Done("generate", "--customers", "1500", "--years", "1.5", "--out", made);
        (string cut, _, _, _) = Cut(made);
        Directory.Move(cut, cutFolder);
        string[] beside = [.. Directory.GetFiles(made, "*.parquet").Where(f => Path.GetFileName(f) != "transactions.parquet")];
        Assert.NotEmpty(beside);
        foreach (string file in beside)
        {
            File.Copy(file, Path.Combine(cutFolder, Path.GetFileName(file)));
            File.Copy(file, Path.Combine(table, Path.GetFileName(file)));
        }

        await Trained(cutFolder, "cut");
        await Trained(table, "table", "--sample-customers", $"{Wanted}");
        Assert.True(File.Exists(Path.Combine(table, "transactions.parquet")));
        SameModels("cut", "table", "buckets by hash");
    }

    [Fact]
    public async Task ABaseOfNoMoreIsTakenWholeAndFewerThanMakeAModelAreRefused()
    {
        (int code, _, string error) = await Ran(
            "train", servers.FolderOf(servers.Distributed), "--models", _folder["models"], "--store", _folder["store.db"],
            "--sample-customers", "1000000");
        Assert.True(code is 0 or 3, error);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(servers.Models, "default", "1.zip")),
            File.ReadAllBytes(Path.Combine(_folder["models"], "default", "1.zip")));
        (code, _, error) = await Ran("train", servers.Shop, "--models", _folder["few"], "--sample-customers", "10");
        Assert.Equal(2, code);
        Assert.Contains("expected a number of at least 1000", error);
    }

    [Fact]
    public async Task OfALaidOutTableTheServerReadsTwoColumnsOfAllAndTheLinesOfTheSample()
    {
        const int lines = 1_000_000, customers = 100_000, wanted = 25_000;
        ClickHouseServer both = servers.ClickHouse;
        both.Run("CREATE TABLE sampled (customer_id String, ordered_at DateTime, amount Float64) ENGINE = MergeTree() ORDER BY ordered_at");
        both.Run(
            $"INSERT INTO sampled SELECT concat('c', toString(number % {customers})), toDateTime(1700000000) + number, 1 "
                + $"FROM numbers({lines})");
        await Done("layout", both.Address("sampled"), "--run");
        string folder = servers.FolderOf(both.Address("sampled_by_customer"));
        long since = long.Parse(both.Run("SELECT toUInt32(now())"), CultureInfo.InvariantCulture);
        (string copy, SampledTable? of) = await WarehouseFolder.RefreshSampleAsync(folder, wanted);
        Assert.Equal((customers, lines, 1_700_999_999_000_000L, 240), (of!.Customers, of.Lines, of.LastMicros, of.Buckets));
        Assert.NotEqual(folder, copy);
        using StoredFile file = StoredFile.Open(Path.Combine(copy, "transactions.parquet"));
        string?[] ids = file.Texts("customer_id");
        string[] expected =
        [
            .. Enumerable.Range(0, customers).Select(c => $"c{c}").Where(c => HistorySlice.Sample(240).Holds(c))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(expected, ids.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(expected.Length * (lines / customers), ids.Length);

        // Counted and streamed; at the end of the buckets what an index entry holds.
        Assert.InRange(
            both.RowsRead("FROM `sampled_by_customer`", since), lines + (2L * ids.Length), lines + (2L * ids.Length) + (8 * 1_024));
        Assert.Equal((copy, of), await WarehouseFolder.RefreshSampleAsync(folder, wanted));
    }

    private async Task<(string Output, string Error)> Trained(string data, string name, params string[] more)
    {
        (int code, string output, string error) = await Ran(
            [
                "train", data, "--models", _folder[name], "--store", _folder[name + ".db"],
                .. more.Contains("--as-of") ? more : ["--as-of", AsOf, .. more],
            ]);
        Assert.True(code is 0 or 3, error);
        return (output, error);
    }

    /// <summary>Every entry is the same but the manifest, and that says no more than what was drawn.</summary>
    private void SameModels(string whole, string sampled, string note)
    {
        ModelPackage a = Package(whole), b = Package(sampled);
        Assert.Equal(a.EntryNames.Order(StringComparer.Ordinal), b.EntryNames.Order(StringComparer.Ordinal));
        Assert.All(a.EntryNames, n => Assert.True(a.Entry(n).Span.SequenceEqual(b.Entry(n).Span), n));
        ModelManifest plain = b.Manifest with
        {
            Notes = [.. b.Manifest.Notes.Skip(1)], TrainingData = b.Manifest.TrainingData with { Sample = null },
        };
        Assert.Contains(note, b.Manifest.Notes[0]);
        Assert.Equal(ModelJson.Write(a.Manifest), ModelJson.Write(plain));
    }

    private ModelPackage Package(string name)
    {
        var registry = new ModelRegistry(_folder[name], SmokeTest.Admit);
        return registry.Load(registry.Resolve("default", "1"));
    }

    /// <summary>A shop's lines of the customers of the first buckets, by the same hash and in their order.</summary>
    private (string Shop, int Buckets, int Drawn, int All) Cut(string shop)
    {
        string folder = _folder["cut-" + Path.GetFileName(shop)], file = Path.Combine(folder, "transactions.parquet");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(shop, "transactions.parquet"), file);
        string[] ids;
        int groups;
        using (StoredFile stored = StoredFile.Open(file))
        {
            (ids, groups) = (stored.Texts("customer_id")!, stored.RowGroups);
        }

        string[] all = [.. ids.Distinct()];
        int buckets = ((Wanted * 960) + all.Length - 1) / all.Length;
        HashSet<string> drawn = [.. all.Where(id => CityHash.Hash64(System.Text.Encoding.UTF8.GetBytes(id)) % 960 < (ulong)buckets)];
        Assert.Equal(1, groups);
        RowRemoval.Run(file, new Dictionary<int, bool[]> { [0] = [.. ids.Select(id => !drawn.Contains(id))] });
        return (folder, buckets, drawn.Count, all.Length);
    }
}
