using System.Globalization;
using Predictive.History;
using Predictive.History.Warehouse;
using Predictive.History.Warehouse.ClickHouse;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>A table laid out by customer: its slices are read once, together, and give what they gave before.</summary>
public sealed class LayoutTests(WarehouseServers servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        if (ClickHouseServer.IsThere)
        {
            foreach (string table in new[] { "wide", "wide_by_customer", "all_wide", "all_wide_by_customer" })
            {
                servers.ClickHouse.RunOnBoth($"DROP TABLE IF EXISTS {table}");
            }
        }
    }

    [Fact]
    public async Task SlicesOfALaidOutTableReadItOnceAndAreTheSlicesOfTheTable()
    {
        const int lines = 3_000_000, slices = 12;
        ClickHouseServer both = servers.ClickHouse;
        both.RunOnBoth("CREATE TABLE wide (who String, ordered_at DateTime, amount Float64) ENGINE = MergeTree() ORDER BY ordered_at");
        for (int shard = 0; shard < 2; shard++)
        {
            both.Run(
                $"INSERT INTO wide SELECT concat('c', toString(intHash64(number) % 200000)), toDateTime(1700000000) + number, {shard} "
                    + $"FROM numbers({lines / 2})", shard);
        }

        both.Run("CREATE TABLE all_wide AS wide ENGINE = Distributed(two, default, wide)");
        string map = _folder["map.json"];
        File.WriteAllText(map, """{ "columns": { "customer_id": "who" } }""");
        string options = "&description=" + Uri.EscapeDataString(map), plain = both.Address("all_wide", options);

        // What it prints, run by hand, makes what --run makes; that is told by the statements themselves.
        string printed = await Done("layout", plain);
        string[] statements = [.. printed.Split('\n').Where(l => !l.StartsWith("--", StringComparison.Ordinal) && l.Length > 0)];
        Assert.Equal(4, statements.Length);
        Assert.Contains("ORDER BY (cityHash64(`who`) % 960, `who`)", statements[0]);
        Assert.Contains("Distributed(`two`, `default`, `wide_by_customer`)", statements[3]);
        string made = await Done("layout", $"{both.Address("wide", options)},{both.Address("wide", options, shard: 1)}", "--run");
        Assert.Contains("3,000,000 lines laid out by customer", made);
        both.Run(statements[3].TrimEnd(';'));
        Assert.Contains("laid out by customer already", await Done("layout", both.Address("all_wide_by_customer", options)));
        Assert.Equal("2", both.Run(
            "SELECT count() FROM cluster('two', system.parts) WHERE active AND table = 'wide_by_customer'"));

        long since = long.Parse(both.Run("SELECT toUInt32(now())"), CultureInfo.InvariantCulture);
        SourceCensus whole = await Census(plain, HistorySlice.Whole);
        (long Lines, ulong Fingerprint) sum = default;
        for (int k = 0; k < slices; k++)
        {
            var slice = new HistorySlice(k, slices);
            SourceCensus laid = await Census(both.Address("all_wide_by_customer", options), slice);
            Assert.InRange(laid.Lines, 1, lines / slices * 2);
            Assert.True(k > 2 || laid == await Census(plain, slice));
            sum = (sum.Lines + laid.Lines, unchecked(sum.Fingerprint + laid.Fingerprint!.Value));
        }

        Assert.Equal((whole.Lines, whole.Fingerprint!.Value), sum);
        Assert.Equal(lines, whole.Lines);

        // Each line once, and at both ends of each of 960 buckets and two parts what an index entry holds: half of it on average.
        long ends = 2L * ClickHouseBuckets.Count * ClickHouseBuckets.Granularity;
        Assert.InRange(both.RowsRead("FROM `all_wide_by_customer`", since), lines, lines + ends);
        Assert.Equal(4L * lines, both.RowsRead("FROM `all_wide`", since));
    }

    [Fact]
    public async Task AWorkerOnALaidOutTableMakesTheResultOfTheTableAndSaysWhatTheOtherCosts()
    {
        ClickHouseServer both = servers.ClickHouse;
        string plain = servers.Distributed;
        await Done("layout", $"{both.Address("lines")},{both.Address("lines", shard: 1)}", "--run", "--to", "laid");
        both.Run("CREATE TABLE IF NOT EXISTS all_laid AS laid ENGINE = Distributed(two, default, laid)");
        SliceRunOf before = Run(servers.FolderOf(plain), "before"), after = Run(servers.FolderOf(both.Address("all_laid")), "after");
        (int code, _, string error) = await Ran(before.Args);
        Assert.Equal(0, code);
        Assert.Contains("the 2 slices read the table 2 times", error);
        Assert.Contains("predictive layout", error);
        (code, _, error) = await Ran(after.Args);
        Assert.Equal(0, code);
        Assert.DoesNotContain("read the table", error);
        foreach (string name in new[] { "portfolio.json", "at-risk.csv" })
        {
            Assert.Equal(File.ReadAllBytes(before.Result(name)), File.ReadAllBytes(after.Result(name)));
        }

        Assert.All(before.Files("scores.parquet").Zip(after.Files("scores.parquet")), p =>
            Assert.Equal(File.ReadAllBytes(p.First), File.ReadAllBytes(p.Second)));
    }

    [Fact]
    public async Task WhatCannotBeLaidOutIsRefusedAndNothingIsMade()
    {
        ClickHouseServer both = servers.ClickHouse;
        both.RunOnBoth("CREATE TABLE wide (customer_id UInt32, ordered_at DateTime, amount Float64) ENGINE = MergeTree() ORDER BY amount");
        both.Run("INSERT INTO wide SELECT number, toDateTime(1700000000), 1 FROM numbers(9)");
        both.Run("CREATE TABLE all_wide AS wide ENGINE = Distributed(two, default, wide)");
        both.Run("CREATE TABLE wide_by_customer (a UInt8) ENGINE = MergeTree() ORDER BY a");
        foreach ((string[] args, string words) in new (string[], string)[]
        {
            ([both.Address("all_wide"), "--run"], "shows the rows of other servers"),
            ([both.Address("wide"), "--run"], "is there already and is no copy by customer"),
            ([both.Address("wide"), "--run", "--to", "wide"], "replaced by its own copy"),
            ([both.Address("wide", shard: 1), "--run"], "holds no rows"),
            ([servers.Shop], "has its transactions in files"),
            (["postgres://127.0.0.1:1/db?table=t"], "This engine cuts no slices"),
            ([both.Address("absent")], "absent"),
        })
        {
            (int code, _, string error) = await Ran(["layout", .. args]);
            Assert.NotEqual(0, code);
            Assert.Contains(words, error);
        }

        // Of two servers the second fails: the first's copy is not made either.
        both.Run("DROP TABLE wide_by_customer");
        (int failed, _, _) = await Ran("layout", $"{both.Address("wide")},{both.Address("wide", shard: 1)}", "--run");
        Assert.NotEqual(0, failed);
        Assert.Equal("0", both.Run("SELECT count() FROM system.tables WHERE name LIKE 'wide\\_by%'"));

        // Made anew, it has what is there now; ids that are no text are ordered as the text that slices are cut by.
        await Done("layout", both.Address("wide"), "--run");
        both.Run("INSERT INTO wide SELECT number, toDateTime(1700000000), 2 FROM numbers(5)");
        await Done("layout", both.Address("wide"), "--run");
        Assert.Equal("14", both.Run("SELECT count() FROM wide_by_customer"));
        Assert.Equal(
            "cityHash64(toString(customer_id)) % 960, toString(customer_id)",
            both.Run("SELECT sorting_key FROM system.tables WHERE name = 'wide_by_customer'"));
    }

    [Theory, InlineData(12, 1), InlineData(64, 1), InlineData(960, 1), InlineData(200, 5), InlineData(7, 7), InlineData(1, 1)]
    public void ASliceIsReadByItsBucketsAsFarAsTheyTellItApart(int slices, int times) =>
        Assert.Equal(times, ClickHouseBuckets.TimesRead(slices));

    private static async Task<SourceCensus> Census(string address, HistorySlice slice)
    {
        using var source = new ClickHouseSource(WarehouseAddress.Read(address).WithoutDescription);
        SourceColumn[] columns = [.. await source.ColumnsAsync(default)];
        return await source.CensusAsync(columns, columns[0], slice, default);
    }

    private SliceRunOf Run(string data, string name) =>
        new(data, servers.Models, _folder["store.db"], 2, "2025-06-01", _folder[name], []);
}
