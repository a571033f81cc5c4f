using System.Text.Json;
using System.Text.Json.Nodes;
using Predictive.History.Parquet;
using Predictive.Segmentation.Metrics;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>One base in slices, by many workers: the answers of the whole.</summary>
public sealed class SlicesTests(WarehouseServers servers) : IDisposable
{
    private const string AsOf = "2025-06-01", Since = "2025-03-01";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SlicesAddUpToThePortfolioOfTheWhole()
    {
        // A shop of 1,500 customers has rules where few orders make one.
        string shop = _folder["shop"];
        Directory.CreateDirectory(shop);
        File.Copy(Path.Combine(servers.Shop, "transactions.parquet"), Path.Combine(shop, "transactions.parquet"));
        File.WriteAllText(
            Path.Combine(shop, "segments.json"),
            """{ "portfolio": { "association": { "minimumSupport": 3, "minimumConfidence": 0.01, "minimumLift": 0.5 } } }""");
        SliceRunOf run = Run(shop, 5, "out", "--since", Since, "--top", "40");
        JsonNode told = JsonNode.Parse(await Done(run.Args))!;
        Assert.Equal(5, (int)told["done"]!);
        Assert.True((bool)told["merged"]!);
        Assert.False((bool)told["changedMeanwhile"]!);
        JsonNode whole = JsonNode.Parse(await Done(
            "portfolio", shop, "--models", servers.Models, "--as-of", AsOf, "--compare", Since, "--json"))!;
        JsonNode parts = run.Json("portfolio.json");
        Alike(whole, parts, "");

        // Rules were there to be found, and nothing of them was cut short.
        Assert.NotEmpty(whole["association"]!["pairs"]!.AsArray());
        Assert.NotEmpty(whole["association"]!["sequences"]!.AsArray());
        Assert.Contains(whole["categoryThresholds"]!.AsArray(), r => (string)r!["measure"]! != "spend");
        int customers = (int)whole["metrics"]!.AsArray().Single(m => (string)m!["name"]! == "customers")!["value"]!;
        JsonNode said = run.Json("run.json");
        Assert.Equal(customers, (int)said["customers"]!);
        Assert.Equal("""{"items":0,"lags":0,"categories":0}""", said["accuracy"]!["rulesCutShort"]!.ToJsonString());
        Assert.Equal(ValueSketch.Error, (double)said["accuracy"]!["sharesWithin"]!);

        JsonNode list = JsonNode.Parse(await Done(
            "at-risk", servers.Shop, "--models", servers.Models, "--as-of", AsOf, "--top", "40", "--json"))!["list"]!;
        JsonNode merged = run.Json("at-risk.json");
        foreach (string name in new[] { "customers", "keptNothing", "candidates", "totalExpectedLoss", "rows" })
        {
            Assert.Equal(list[name]!.ToJsonString(), merged[name]!.ToJsonString());
        }

        string[] cutoffs = [.. list["cutoffs"]!.AsArray().Where(c => (int)c!["contacts"]! <= 40).Select(c => c!.ToJsonString())];
        Assert.Equal(cutoffs, merged["cutoffs"]!.AsArray().Select(c => c!.ToJsonString()));
        Assert.NotEmpty(cutoffs);
    }

    [Fact]
    public async Task SlicesHoldTheScoresSegmentsAndChangesOfTheWhole()
    {
        SliceRunOf run = Run(servers.Shop, 4, "out", "--since", Since);
        await Done(run.Args);
        string scores = _folder["scores.parquet"], before = _folder["before.parquet"], segments = _folder["segments.parquet"];
        await Done("score", servers.Shop, "--models", servers.Models, "--as-of", AsOf, "--out", scores);
        await Done("score", servers.Shop, "--models", servers.Models, "--as-of", Since, "--out", before);
        await Done("segment", servers.Shop, "--models", servers.Models, "--as-of", AsOf, "--out", segments);
        Assert.Equal(Rows([scores]), Rows(run.Files("scores.parquet")));
        Assert.Equal(Rows([segments]), Rows(run.Files("segments.parquet")));

        Dictionary<string, string> then = Of(before, "tier"), now = Of(scores, "tier");
        Assert.Equal(
            now.Where(n => then.GetValueOrDefault(n.Key) != n.Value)
                .Select(n => $"{n.Key} {then.GetValueOrDefault(n.Key)} {n.Value}").Order(StringComparer.Ordinal),
            run.Files("changes.parquet").SelectMany(f =>
            {
                using StoredFile file = StoredFile.Open(f);
                string?[] ids = file.Texts("customer_id"), what = file.Texts("what"), from = file.Texts("from"), to = file.Texts("to");
                return Enumerable.Range(0, ids.Length).Where(i => what[i] == "tier").Select(i => $"{ids[i]} {from[i]} {to[i]}").ToArray();
            }).Order(StringComparer.Ordinal));

        static Dictionary<string, string> Of(string path, string column)
        {
            using StoredFile file = StoredFile.Open(path);
            return file.Texts("customer_id")!.Zip(file.Texts(column)!).ToDictionary(p => p.First!, p => p.Second!);
        }
    }

    [Fact]
    public async Task AWarehouseGivesTheResultOfItsParquetCopyAndTakesItsTables()
    {
        SliceRunOf files = Run(servers.Shop, 3, "files", "--since", Since);
        await Done(files.Args);
        SliceRunOf table = Run(
            servers.FolderOf(servers.Distributed), 3, "table", "--since", Since, "--to", servers.ClickHouse.Address("crm"));
        JsonNode told = JsonNode.Parse(await Done(table.Args))!;
        Assert.Equal(4, told["tables"]!.AsArray().Count);
        Assert.Equal(File.ReadAllBytes(files.Result("portfolio.json")), File.ReadAllBytes(table.Result("portfolio.json")));
        Assert.Equal(File.ReadAllBytes(files.Result("at-risk.csv")), File.ReadAllBytes(table.Result("at-risk.csv")));
        foreach (string name in new[] { "scores", "segments", "changes" })
        {
            int rows = table.Files(name + ".parquet").Sum(f =>
            {
                using StoredFile file = StoredFile.Open(f);
                return file.Texts("customer_id").Length;
            });
            Assert.Equal($"{rows}", servers.ClickHouse.Run($"SELECT count() FROM crm_{name}"));
            Assert.True(rows > 100);
        }

        Assert.Equal("0", servers.ClickHouse.Run("SELECT countIf(isNull(from) AND isNull(to)) FROM crm_changes"));
        using StoredFile figures = StoredFile.Open(table.Result("portfolio.parquet"));
        Assert.Equal($"{figures.RowCount}", servers.ClickHouse.Run("SELECT count() FROM crm_portfolio"));
        Assert.Equal(
            $"{table.Files("scores.parquet").Sum(f => StoredFile.Open(f).RowCount)}",
            servers.ClickHouse.Run("SELECT value FROM crm_portfolio WHERE name = 'customers' AND measure = 'value'"));
    }

    [Fact]
    public async Task ShardsTakeTheSlicesBetweenThemAndADistributedTableShowsThemAll()
    {
        ClickHouseServer both = servers.ClickHouse;
        SliceRunOf run = Run(
            servers.Shop, 3, "out", "--to", $"{both.Address("spread")},{both.Address("spread", shard: 1)}");
        Assert.Equal(6, JsonNode.Parse(await Done(run.Args))!["tables"]!.AsArray().Count);
        both.Run("CREATE TABLE IF NOT EXISTS all_spread AS spread_scores ENGINE = Distributed(two, default, spread_scores)");
        string[] rows = [.. Rows(run.Files("scores.parquet"))];
        Assert.Equal($"{rows.Length}\t{rows.Length}", both.Run("SELECT count(), uniqExact(customer_id) FROM all_spread"));
        Assert.All(new[] { 0, 1 }, s => Assert.NotEqual("0", both.Run("SELECT count() FROM spread_scores", s)));

        // One that shows others' rows holds none itself: it cannot be replaced, and says what to name instead.
        both.Run("CREATE TABLE IF NOT EXISTS shown_scores AS spread_scores ENGINE = Distributed(two, default, spread_scores)");
        (int code, _, string error) = await Ran(Run(servers.Shop, 1, "other", "--to", both.Address("shown")).Args);
        Assert.Equal(2, code);
        Assert.Contains("shows the rows of other servers", error);
        Assert.Equal($"{rows.Length}", both.Run("SELECT count() FROM shown_scores"));
        Assert.DoesNotContain("__new_", both.Run("SHOW TABLES") + both.Run("SHOW TABLES", 1));
    }

    [Fact]
    public async Task SlicesWithoutCustomersAreDoneTooAndABaseWithoutAnyIsRefused()
    {
        string shop = Few();
        SliceRunOf run = Run(shop, 8, "out");
        Assert.Equal(3, (int)JsonNode.Parse(await Done(run.Args))!["customers"]!);
        Assert.InRange(run.Files("scores.parquet").Length, 1, 3);
        Assert.Equal(8, run.Files("part.json").Length);
        (int code, _, string error) = await Ran([.. Run(shop, 2, "early").Args.Select(a => a == AsOf ? "2001-01-01" : a)]);
        Assert.Equal(2, code);
        Assert.Contains("No customer of any slice has a purchase before 2001-01-01", error);
    }

    [Theory, InlineData("rules.bin"), InlineData("part.json"), InlineData("at-risk.json"), InlineData("scores.parquet")]
    public async Task ASliceThatWasDamagedIsNamedAndDoneAnewOnceItsFolderIsGone(string name)
    {
        SliceRunOf run = Run(servers.Shop, 2, "out");
        await Done(run.Args);
        byte[] portfolio = File.ReadAllBytes(run.Result("portfolio.json"));
        Directory.Delete(Path.GetDirectoryName(run.Result("x"))!, recursive: true);
        string file = run.Files(name)[1], slice = Path.GetFileName(Path.GetDirectoryName(file)!);
        if (name == "scores.parquet")
        {
            File.Delete(file);
        }
        else
        {
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^20]);
        }

        (int code, _, string error) = await Ran(run.Args);
        Assert.Equal(2, code);
        Assert.Contains($"The folder {slice} of the run does not hold what its worker wrote", error);
        Assert.Contains("Remove that folder and start a worker again", error);
        Assert.DoesNotContain("   at ", error);
        Assert.False(Directory.Exists(Path.GetDirectoryName(run.Result("x"))));

        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Assert.Equal(1, (int)JsonNode.Parse(await Done(run.Args))!["done"]!);
        Assert.Equal(portfolio, File.ReadAllBytes(run.Result("portfolio.json")));
    }

    [Fact]
    public async Task AFolderOfAnotherRunIsRefusedAndSaysWhatIsOther()
    {
        string shop = Few();
        SliceRunOf run = Run(shop, 2, "out");
        await Done(run.Args);
        await Done(run.Args);
        foreach ((string[] args, string words) in new[]
        {
            ([.. run.Args.Select(a => a == AsOf ? "2025-07-01" : a)], "its as-of is 2025-06-01 and 2025-07-01"),
            ([.. run.Args, "--top", "7"], "its top is 100 and 7"),
            (Run(servers.Shop, 2, "out").Args, "the data was another"),
        })
        {
            (int code, _, string error) = await Ran(args);
            Assert.Equal(2, code);
            Assert.Contains(words, error);
        }

        foreach ((string[] args, string words) in new (string[], string)[]
        {
            (["worker", "--data", shop, "--slices", "2", "--out", "x"], "--slices without --as-of"),
            (["worker", "--data", shop, "--slices", "2", "--as-of", AsOf], "--slices without --out"),
            (["worker", "--data", shop, "--since", AsOf], "--since without --slices"),
            ([.. run.Args, "--once"], "--once with --slices"),
            (["worker", "--data", shop, "--slices", "0", "--as-of", AsOf, "--out", "x"], "expected a number from 1"),
            ([.. run.Args, "--since", "2025-08-01"], "expected an earlier date"),
        })
        {
            (int code, _, string error) = await Ran(args);
            Assert.Equal(2, code);
            Assert.Contains(words, error);
        }
    }

    private static readonly string[] s_within = ["topDecileShare", "gini", "curve", "top_decile_revenue_share", "top_decile_profit_share"];

    /// <summary>Every number and text of the whole is in the parts, but for what goes by rank: within the error that is stated.</summary>
    internal static void Alike(JsonNode? whole, JsonNode? parts, string at)
    {
        switch (whole)
        {
            case null:
                Assert.True(parts is null, at);
                break;
            case JsonObject expected when at is ".categoryThresholds" && (string)expected["measure"]! == "spend":
                // The best threshold may lie within a step: then the next one, or another measure that tells nearly as much.
                Assert.Equal((string)expected["category"]!, (string)parts!["category"]!);
                break;
            case JsonObject expected when at is not ".revenue.customersForHalf":
                Assert.Equal(expected.Select(p => p.Key), parts!.AsObject().Select(p => p.Key));
                string name = expected["name"]?.ToString() ?? "";
                foreach ((string key, JsonNode? value) in expected)
                {
                    Alike(value, parts[key], $"{at}.{(s_within.Contains(name) ? name : key)}");
                }

                break;
            case JsonArray expected when at is not ".alerts":
                Assert.True(expected.Count == parts!.AsArray().Count, at);
                for (int i = 0; i < expected.Count; i++)
                {
                    Alike(expected[i], parts[i], at);
                }

                break;
            case JsonValue when s_within.Any(w => at.Contains(w, StringComparison.Ordinal)):
                if (whole.GetValueKind() == JsonValueKind.Number)
                {
                    Assert.InRange((double)parts! - (double)whole, -ValueSketch.Error, 1e-9);
                }

                break;
            case JsonValue when at.EndsWith("customersForHalf", StringComparison.Ordinal):
                Assert.InRange((int)parts!, (int)whole * (1 - ValueSketch.Error) - 1, (int)whole * (1 + (10 * ValueSketch.Error)) + 1);
                break;
            case JsonValue:
                Assert.True(whole.ToJsonString() == parts!.ToJsonString(), $"{at}: {whole.ToJsonString()} {parts.ToJsonString()}");
                break;
        }
    }

    private static IEnumerable<string> Rows(string[] files) => files.SelectMany(path =>
    {
        using StoredFile file = StoredFile.Open(path);
        List<object?>[] columns = [.. file.Columns.Select(c => file.Values(c))];
        return Enumerable.Range(0, columns[0].Count).Select(i => JsonSerializer.Serialize(
            columns.Select(c => c[i] is double d ? d.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : c[i]?.ToString())))
            .ToArray();
    }).Order(StringComparer.Ordinal);

    private string Few()
    {
        string shop = _folder["few"];
        Directory.CreateDirectory(shop);
        using ParquetWriter writer = ParquetWriter.Create(
            Path.Combine(shop, "transactions.parquet"),
            [ParquetField.String("customer_id"), ParquetField.Timestamp("ordered_at", false), ParquetField.Double("amount")]);
        writer.WriteRowGroup(
            new string?[] { "a", "a", "b", "c" }, Enumerable.Range(0, 4).Select(i => 1_735_000_000_000_000L + i).ToArray(),
            new[] { 1.5, 2, 3, 4 });
        writer.Complete();
        return shop;
    }

    private SliceRunOf Run(string data, int slices, string name, params string[] more) =>
        new(data, servers.Models, _folder["store.db"], slices, AsOf, _folder[name], more);
}
