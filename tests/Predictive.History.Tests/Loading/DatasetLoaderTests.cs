using Predictive.History.Parquet;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.History.Tests.Loading;

public sealed class DatasetLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-loader-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 1, 10_000)]
    [InlineData(2, 3, 97)]   // many small row groups over three threads
    [InlineData(3, 2, 101)]
    public void Equals_the_history_built_line_by_line(int seed, int threads, int rowsPerGroup)
    {
        List<TransactionLine> lines = RandomBase.Lines(seed, 120);
        Shuffle(lines, seed);
        LineFile.Write(Path.Combine(_folder, "transactions.parquet"), lines, rowsPerGroup);
        TransactionHistory loaded = DatasetLoader.Load(_folder, new LoadOptions { Threads = threads });
        LineFile.AssertSame(TransactionHistoryBuilder.Build(lines), loaded);
    }

    [Fact]
    public void The_same_from_one_file_a_folder_and_hive_partitions()
    {
        List<TransactionLine> lines = [.. RandomBase.Lines(4).OrderBy(l => l.OrderedAt)];
        LineFile.Write(Path.Combine(_folder, "one.parquet"), lines, 500);
        TransactionHistory one = DatasetLoader.Load(Path.Combine(_folder, "one.parquet"));
        foreach (var day in lines.GroupBy(l => l.OrderedAt.Date))
        {
            string to = Path.Combine(_folder, "d", "transactions", $"date={day.Key:yyyy-MM-dd}");
            Directory.CreateDirectory(to);
            LineFile.Write(Path.Combine(to, "part-0.parquet"), [.. day], 500);
        }

        LineFile.AssertSame(one, DatasetLoader.Load(Path.Combine(_folder, "d")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // far apart: interned instead of counted directly
    public void Whole_number_ids_are_text_in_numeric_order(bool sparse)
    {
        long[] ids = sparse ? [5_000_000_000_000, 7, 100, 7, -20] : [11, 7, 100, 7, 9];
        string file = Path.Combine(_folder, "n.parquet");
        using (var writer = ParquetWriter.Create(
            file, [ParquetField.Int64("customer_id"), ParquetField.Date("ordered_at"), ParquetField.Double("amount")]))
        {
            writer.WriteRowGroup(ids, new[] { 5, 4, 3, 2, 1 }, new[] { 1.5, 2, 3, 4, 5 });
            writer.Complete();
        }

        TransactionHistory history = DatasetLoader.Load(file);
        Assert.Equal(ids.Distinct().Order().ToArray(), history.Columns.NumericIds);
        Assert.Equal(ids.Distinct().Order().Select(i => i.ToString()), history.Columns.CustomerIds);
        CustomerLines seven = history.Lines(history.IndexOf("7"));
        Assert.Equal([4d, 2], seven.Amount.ToArray()); // in time order
        Assert.Equal([2 * LocalTime.MicrosPerDay, 4 * LocalTime.MicrosPerDay], seven.OrderedAt.ToArray());
        Assert.True(seven.Order.IsEmpty && seven.Product.IsEmpty);
    }

    [Fact]
    public void Instants_become_local_time_on_both_sides_of_a_clock_change()
    {
        // Berlin: 2024-03-31 01:00 UTC the offset goes from +1 to +2.
        DateTime[] utc = [new(2024, 3, 31, 0, 59, 59), new(2024, 3, 31, 1, 0, 0), new(2024, 7, 1), new(2024, 12, 31, 23, 30, 0)];
        string file = Path.Combine(_folder, "t.parquet");
        using (var writer = ParquetWriter.Create(
            file,
            [
                ParquetField.String("customer_id"), ParquetField.Timestamp("ordered_at", isAdjustedToUtc: true),
                ParquetField.Double("amount"),
            ]))
        {
            writer.WriteRowGroup(
                new[] { "a", "a", "a", "a" }, utc.Select(t => LocalTime.From(t).Micros).ToArray(), new double[] { 1, 2, 3, 4 });
            writer.Complete();
        }

        TransactionHistory history =
            DatasetLoader.Load(file, new LoadOptions { Description = new DatasetDescription { TimeZone = "Europe/Berlin" } });
        Assert.Equal(
            ["2024-03-31T01:59:59", "2024-03-31T03:00:00", "2024-07-01T02:00:00", "2025-01-01T00:30:00"],
            history.Columns.OrderedAt.Select(t => new LocalTime(t).ToString()));
    }

    [Fact]
    public void A_mapping_in_dataset_json_and_no_amount()
    {
        using (var writer = ParquetWriter.Create(
            Path.Combine(_folder, "transactions.parquet"), [ParquetField.String("who"), ParquetField.Timestamp("when", false)]))
        {
            writer.WriteRowGroup(new[] { "00001", "x" }, new[] { 1L, 2L });
            writer.Complete();
        }

        File.WriteAllText(Path.Combine(_folder, "dataset.json"), """{"columns": {"customer_id": "who", "ordered_at": "when"}}""");
        TransactionHistory history = DatasetLoader.Load(_folder);
        Assert.Equal(["00001", "x"], history.Columns.CustomerIds);
        Assert.Equal([1d, 1], history.Columns.Amount);
    }

    [Fact]
    public void Broken_input_is_refused_with_one_clear_error()
    {
        string good = Path.Combine(_folder, "good.parquet");
        LineFile.Write(good, RandomBase.Lines(6), 1000);
        AssertRefused("missing-path", Path.Combine(_folder, "nowhere"), "Found nothing at");
        AssertRefused("missing-table", Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName, "transactions");

        string text = Path.Combine(_folder, "text.parquet");
        File.WriteAllText(text, "customer_id,ordered_at,amount\n1,2024-01-01,5\n");
        AssertRefused("unreadable-file", text, "text.parquet");

        string cut = Path.Combine(_folder, "cut.parquet");
        File.WriteAllBytes(cut, File.ReadAllBytes(good)[..^200]);
        AssertRefused("unreadable-file", cut, "cut.parquet");

        string empty = Path.Combine(_folder, "zero.parquet");
        using (var writer = ParquetWriter.Create(empty, [ParquetField.String("customer_id"), ParquetField.Date("ordered_at")]))
        {
            writer.Complete();
        }

        AssertRefused("empty-table", empty, "holds no rows");

        string column = Path.Combine(_folder, "column.parquet");
        using (var writer =
            ParquetWriter.Create(column, [ParquetField.String("customer_id"), ParquetField.Date("date"), ParquetField.Double("amount")]))
        {
            writer.WriteRowGroup(new[] { "a" }, new[] { 1 }, new[] { 1d });
            writer.Complete();
        }

        AssertRefused("missing-column", column, "'ordered_at'");
        AssertRefused(
            "wrong-type", column, "'amount'",
            new DatasetDescription { Columns = new Dictionary<string, string> { ["ordered_at"] = "amount", ["amount"] = "x" } },
            "missing-column");
        AssertRefused(
            "duplicate-mapping", column, "claimed more than once",
            new DatasetDescription { Columns = new Dictionary<string, string> { ["ordered_at"] = "date", ["amount"] = "date" } });
        AssertRefused(
            "wrong-type", column, "timestamp",
            new DatasetDescription { Columns = new Dictionary<string, string> { ["ordered_at"] = "amount" } });
        AssertRefused("unknown-time-zone", good, "Mars/Olympus", new DatasetDescription { TimeZone = "Mars/Olympus" });

        string nulls = Path.Combine(_folder, "nulls.parquet");
        using (var writer = ParquetWriter.Create(
            nulls, [ParquetField.String("customer_id", nullable: true), ParquetField.Date("ordered_at"), ParquetField.Double("amount")]))
        {
            writer.WriteRowGroup(new[] { "a", null, null }, new[] { 1, 1, 1 }, new[] { 1d, double.NaN, 1 });
            writer.Complete();
        }

        AssertRefused("missing-customer-id", nulls, "2 of 3 lines");

        string amounts = Path.Combine(_folder, "amounts.parquet");
        using (var writer = ParquetWriter.Create(
            amounts, [ParquetField.String("customer_id"), ParquetField.Date("ordered_at"), ParquetField.Double("amount", nullable: true)]))
        {
            writer.WriteRowGroup(new[] { "a", "b" }, new[] { 1, 1 }, ColumnValues.FromNaN(new[] { 1d, double.NaN }));
            writer.Complete();
        }

        AssertRefused("missing-amount", amounts, "1 of 2 lines");
    }

    private static void AssertRefused(
        string code, string path, string says, DatasetDescription? description = null, string? otherCode = null)
    {
        var refused = Assert.Throws<DatasetException>(() => DatasetLoader.Load(path, new LoadOptions { Description = description }));
        Assert.Equal(otherCode ?? code, Assert.Single(refused.Findings).Code);
        Assert.Contains(otherCode is null ? says : "'x'", refused.Message);
    }

    private static void Shuffle(List<TransactionLine> lines, int seed)
    {
        var random = new Random(seed);
        for (int i = lines.Count - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (lines[i], lines[j]) = (lines[j], lines[i]);
        }
    }
}
