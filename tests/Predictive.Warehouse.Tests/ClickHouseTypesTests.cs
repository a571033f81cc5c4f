using System.Text;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse;
using Predictive.History.Warehouse.Copies;
using Predictive.History.Warehouse.ClickHouse;
using Predictive.Tests;
using static Predictive.Warehouse.Tests.WarehouseServers;

namespace Predictive.Warehouse.Tests;

/// <summary>What of a table comes here: types, times, and ids that were chosen to do harm.</summary>
public sealed class ClickHouseTypesTests(WarehouseServers servers)
{
    private const string Nasty =
        "'O''Neil', 'a\\\\b', 'tab\\there', 'line\\nbreak', 'nul\\0in', '😀', "
            + "'Code: 60, e.displayText() = DB::Exception: no', '\\xff\\xfe'";

    [Fact]
    public async Task TypesAreWhatTheirParquetCopiesAre()
    {
        servers.ClickHouse.Run("DROP TABLE IF EXISTS types");
        servers.ClickHouse.Run(
            "CREATE TABLE types (customer_id UInt64, ordered_at DateTime('Europe/Paris'), amount Decimal(9, 2), "
                + "order_id Nullable(FixedString(4)), product_id LowCardinality(String), "
                + "category Enum8('a' = 1, 'b' = 2), channel Nullable(String), quantity Nullable(Int16), "
                + "unit_cost Float32, discount Decimal(38, 4), other Array(UInt8)) ENGINE = MergeTree() ORDER BY ordered_at");
        servers.ClickHouse.Run(
            "INSERT INTO types VALUES (18446744073709551615, toDateTime(1735689600), -0.07, 'ab', 'p', "
                + "'b', NULL, NULL, 0.5, 12345678901234.5678, []), "
                + "(7, toDateTime(1735689601), 1234567.89, NULL, '', 'a', 'x\\0y', -3, 0.25, -0.0001, [1])");
        string folder = servers.FolderOf(servers.ClickHouse.Address("types"));
        await WarehouseFolder.RefreshAsync(folder);
        using StoredFile file = StoredFile.Open(Path.Combine(folder, "transactions.parquet"), verify: true);
        Assert.DoesNotContain("other", file.Columns);
        int first = Array.IndexOf(file.Texts("customer_id"), "18446744073709551615"), second = 1 - first;
        Assert.Equal("7", file.Texts("customer_id")[second]);
        Assert.Equal(new DateTime(2025, 1, 1), file.Times("ordered_at")[first]);
        Assert.Equal([-0.07, 1234567.89], [file.Doubles("amount")[first], file.Doubles("amount")[second]]);
        Assert.Equal(((string?)"ab", (string?)null), (file.Texts("order_id")[first], file.Texts("order_id")[second]));
        Assert.Equal(((string?)"b", (string?)"a"), (file.Texts("category")[first], file.Texts("category")[second]));
        Assert.Equal(((string?)null, (string?)"x\0y"), (file.Texts("channel")[first], file.Texts("channel")[second]));
        Assert.Equal([double.NaN, -3], [file.Doubles("quantity")[first], file.Doubles("quantity")[second]]);
        Assert.Equal([12345678901234.5678, -0.0001], [file.Doubles("discount")[first], file.Doubles("discount")[second]]);
    }

    [Fact]
    public async Task TimesAreOnTheClockOfTheDatasetWhateverTheServersIs()
    {
        servers.ClickHouse.Run("DROP TABLE IF EXISTS times");
        servers.ClickHouse.Run("CREATE TABLE times (customer_id String, ordered_at DateTime) ENGINE = Memory");
        // 2025-03-30T01:30Z: half past three in Paris, where that night has no half past two.
        servers.ClickHouse.Run("INSERT INTO times SELECT 'a', toDateTime(1743298200)");
        string folder = servers.FolderOf(servers.ClickHouse.Address("times"));
        await WarehouseFolder.RefreshAsync(folder);
        Assert.Equal("2025-03-30T01:30:00", new History.LocalTime(DatasetLoader.Load(folder).LastMicros).ToString());
        File.WriteAllText(
            Path.Combine(folder, "dataset.json"),
            $$"""{ "source": "{{servers.ClickHouse.Address("times")}}", "timeZone": "Europe/Paris" }""");
        Assert.False(await WarehouseFolder.RefreshAsync(folder));
        Assert.Equal("2025-03-30T03:30:00", new History.LocalTime(DatasetLoader.Load(folder).LastMicros).ToString());
    }

    [Fact]
    public async Task IdsThatWereChosenToDoHarmComeAsTheyAre()
    {
        servers.ClickHouse.Run("DROP TABLE IF EXISTS `na`");
        servers.ClickHouse.Run("CREATE TABLE `na` (`who``s\\\\'\"` String, ordered_at DateTime) ENGINE = Memory".Replace("``", "\\`"));
        servers.ClickHouse.Run($"INSERT INTO `na` SELECT arrayJoin([{Nasty.Replace("''", "\\'")}]), toDateTime(1735689600)");
        string folder = servers.FolderOf(servers.ClickHouse.Address("na"));
        File.WriteAllText(
            Path.Combine(folder, "dataset.json"),
            $$"""{ "source": "{{servers.ClickHouse.Address("na")}}", "columns": { "customer_id": "who`s\\'\"" } }""");
        await WarehouseFolder.RefreshAsync(folder);
        History.TransactionHistory history = DatasetLoader.Load(folder);
        string[] expected = ["O'Neil", "a\\b", "tab\there", "line\nbreak", "nul\0in", "😀",
            "Code: 60, e.displayText() = DB::Exception: no", "0xfffe"];
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            Enumerable.Range(0, history.CustomerCount).Select(history.CustomerId).Order(StringComparer.Ordinal));
        for (int k = 0; k < 3; k++)
        {
            var slice = new HistorySlice(k, 3);
            int there = DatasetLoader.Load(folder, new LoadOptions { Slice = slice }) is var part ? part.CustomerCount : 0;
            string cut = await WarehouseFolder.RefreshSliceAsync(folder, slice);
            Assert.NotEqual(folder, cut);
            Assert.Equal(there, DatasetLoader.Load(cut).CustomerCount);
        }
    }

    [Fact]
    public async Task WhatIsNoLineIsRefusedByName()
    {
        servers.ClickHouse.Run("DROP TABLE IF EXISTS odd");
        servers.ClickHouse.Run("CREATE TABLE odd (customer_id Array(String), ordered_at String, amount Float64, who String) "
            + "ENGINE = Memory");
        (int code, _, string error) = await Ran("check", servers.ClickHouse.Address("odd"));
        Assert.Equal(2, code);
        Assert.Contains("Array(String)", error);
        string folder = servers.FolderOf(servers.ClickHouse.Address("odd"));
        File.WriteAllText(
            Path.Combine(folder, "dataset.json"),
            $$"""{ "source": "{{servers.ClickHouse.Address("odd")}}", "columns": { "customer_id": "who", "channel": "shop" } }""");
        (code, _, error) = await Ran("check", folder);
        Assert.Equal(2, code);
        Assert.Contains("'ordered_at'", error);
    }

    [Theory]
    [InlineData("String", "Text", false), InlineData("Nullable(String)", "Text", true)]
    [InlineData("LowCardinality(Nullable(String))", "Text", true), InlineData("FixedString(16)", "Text", false)]
    [InlineData("Enum16('x(1)' = 1)", "Text", false), InlineData("UUID", "Text", false), InlineData("Int64", "Whole", false)]
    [InlineData("UInt64", "LargeWhole", false), InlineData("Decimal(38, 10)", "Number", false), InlineData("Float32", "Number", false)]
    [InlineData("Date", "Day", false), InlineData("Date32", "Day", false), InlineData("DateTime", "Instant", false)]
    [InlineData("DateTime('UTC')", "Instant", false), InlineData("DateTime64(3)", "Instant", false)]
    [InlineData("DateTime64(6, 'Asia/Tokyo')", "Instant", false), InlineData("Decimal(76, 2)", "Other", false)]
    [InlineData("Array(String)", "Other", false), InlineData("Int128", "Other", false), InlineData("Bool", "Other", false)]
    public void TypeNames(string type, string kind, bool isNullable)
    {
        SourceColumn column = ClickHouseColumn.Of("c", type).Source;
        Assert.Equal((kind, isNullable), (column.Kind.ToString(), column.IsNullable));
    }
}
