using Predictive.History.Parquet;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.History.Tests.Loading;

public sealed class TableJoinTests : IDisposable
{
    private static readonly DateOnly Today = new(2024, 2, 10);
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-join-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Events_stand_by_customer_and_time_equal_times_by_content()
    {
        SmallDataset.Write(_folder, [new("a", "2024-01-01T00:00", 1), new("b", "2024-01-01T00:00", 1)]);
        SmallTables.Write(
            _folder,
            [
                new("b", "2024-01-03T00:00", "visit"), new("a", "2024-01-02T00:00", "nps", 1), new("b", "2024-01-01T00:00", "nps", 2),
                new("b", "2024-01-03T00:00", "nps", 3), new("c", "2024-01-01T00:00", "nps", 4),
            ],
            group: 2);
        EventColumns events = DatasetLoader.Load(_folder).Tables!.Events!;
        Assert.Equal(["nps", "visit"], events.Kinds);
        Assert.Equal([0, 1, 4], events.Offsets);
        Assert.Equal([0, 0, 0, 1], events.Kind);
        Assert.Equal([1, 2, 3, double.NaN], events.Value);
        Assert.Null(DatasetLoader.Load(_folder, new LoadOptions { Tables = false }).Tables);
        Assert.Null(DatasetLoader.Load(Path.Combine(_folder, "transactions.parquet")).Tables);
    }

    [Fact]
    public void Whole_number_ids_partitions_utc_and_the_id_map_are_understood()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "events", "kind=visit"));
        Write(
            Path.Combine(_folder, "transactions.parquet"),
            [ParquetField.Int64("household"), ParquetField.Timestamp("ordered_at", false), ParquetField.Double("amount")],
            new long[] { 7, 10 }, new long[] { 0, 0 }, new[] { 1d, 2 });
        Write(
            Path.Combine(_folder, "customers.parquet"),
            [ParquetField.String("household"), ParquetField.Int32("size"), ParquetField.Boolean("owner")], new[] { "10", "x", "7" },
            new[] { 4, 1, 2 }, new[] { true, false, false });
        Write(
            Path.Combine(_folder, "events", "kind=visit", "part.parquet"),
            [ParquetField.Int32("customer_id"), ParquetField.Timestamp("occurred_at", true)], new[] { 10 },
            new[] { SmallTables.Micros("2024-06-30T23:30") });
        File.WriteAllText(Path.Combine(_folder, "dataset.json"), """{"columns":{"customer_id":"household"},"timeZone":"Europe/Paris"}""");
        CustomerTables tables = DatasetLoader.Load(_folder).Tables!;
        Assert.Equal(["owner", "size"], tables.Attributes.Select(a => a.Name));
        Assert.Equal([0f, 1f], tables.Attributes[0].Values);
        Assert.Equal([2f, 4f], tables.Attributes[1].Values);
        Assert.Equal([0, 0, 1], tables.Events!.Offsets);
        Assert.Equal(SmallTables.Micros("2024-07-01T01:30"), tables.Events.OccurredAt[0]);

        string mapped = Directory.CreateDirectory(Path.Combine(_folder, "mapped")).FullName;
        SmallDataset.Write(mapped, [new("anna", "2024-01-01T00:00", 1)]);
        Write(
            Path.Combine(mapped, "id-map.parquet"),
            [ParquetField.String("source"), ParquetField.String("source_id"), ParquetField.String("customer_id")], new[] { "desk" },
            new[] { "17" }, new[] { "anna" });
        Write(
            Path.Combine(mapped, "events.parquet"),
            [ParquetField.String("who"), ParquetField.String("source"), ParquetField.Date("day"), ParquetField.String("what")],
            new[] { "17" }, new[] { "desk" }, new[] { 19_000 }, new[] { "call" });
        File.WriteAllText(Path.Combine(mapped, "dataset.json"), """{"events":{"customer_id":"who","occurred_at":"day","kind":"what"}}""");
        TransactionHistory history = DatasetLoader.Load(mapped);
        Assert.Equal([0, 1], history.Tables!.Events!.Offsets);
        File.WriteAllBytes(Path.Combine(mapped, "dataset.json"), DatasetFolder.WriteDescription(history.Description));
        Assert.Equal(["call"], DatasetLoader.Load(mapped).Tables!.Events!.Kinds);
    }

    [Fact]
    public void Parts_together_have_the_tables_of_the_whole()
    {
        var random = new Random(2);
        const int Lines = 1_600_000;
        long[] ids = [.. Enumerable.Range(0, Lines).Select(_ => (long)random.Next(3000))];
        Write(
            Path.Combine(_folder, "transactions.parquet"),
            [ParquetField.Int64("customer_id"), ParquetField.Timestamp("ordered_at", false)], ids, new long[Lines]);
        SmallTables.Write(
            _folder,
            Enumerable.Range(0, 20_000)
                .Select(
                    i => new SmallTables.Event(
                        $"{random.Next(3500)}", $"2024-01-{1 + random.Next(28):00}T00:00", $"k{random.Next(3)}", random.Next(10))));
        SmallTables.Write(
            _folder, Enumerable.Range(0, 3500).Select(c => new SmallTables.Customer(c == 3 ? "0003" : $"{c}", $"r{c % 9}", c)));
        TransactionHistory whole = DatasetLoader.Load(_folder);
        int customer = 0, parts = 0;
        foreach (TransactionHistory part in DatasetLoader.LoadInParts(
            _folder, new LoadOptions { MemoryBytes = 1, TemporaryFolder = Path.Combine(_folder, "spill") }))
        {
            parts++;
            for (int c = 0; c < part.CustomerCount; c++, customer++)
            {
                CustomerEvents expected = whole.Lines(customer).Events, actual = part.Lines(c).Events;
                Assert.True(
                    expected.OccurredAt.SequenceEqual(actual.OccurredAt) && expected.Value.SequenceEqual(actual.Value), part.CustomerId(c));
                for (int i = 0; i < expected.Count; i++)
                {
                    Assert.Equal(whole.Tables!.Events!.Kinds[expected.Kind[i]], part.Tables!.Events!.Kinds[actual.Kind[i]]);
                }

                for (int k = 0; k < whole.Tables!.Attributes.Count; k++)
                {
                    Assert.Equal(whole.Tables.Attributes[k].Categories, part.Tables!.Attributes[k].Categories);
                    Assert.Equal(whole.Tables.Attributes[k].Values[customer], part.Tables.Attributes[k].Values[c]);
                    Assert.Equal(part.CustomerId(c) == "3", float.IsNaN(part.Tables.Attributes[k].Values[c]));
                }
            }
        }

        Assert.True(parts > 1, $"{parts} part");
        Assert.Equal(whole.CustomerCount, customer);
    }

    [Theory]
    [InlineData("missing-customer-id", "events.parquet")]
    [InlineData("missing-time", "events.parquet")]
    [InlineData("missing-kind", "events.parquet")]
    [InlineData("missing-customer-id", "customers.parquet")]
    [InlineData("customer-twice", "customers.parquet")]
    [InlineData("missing-column", "events.parquet")]
    [InlineData("wrong-type", "events.parquet")]
    [InlineData("unreadable-file", "customers.parquet")]
    [InlineData("too-many-categories", "customers.parquet")]
    public void What_cannot_be_used_is_refused_by_the_loader_and_blocking_in_the_check(string code, string table)
    {
        SmallDataset.Write(_folder, SmallDataset.Clean());
        var events = new List<SmallTables.Event> { new("c000", "2023-05-01T00:00", "nps", 1) };
        var customers = new List<SmallTables.Customer> { new("c001", "north", 1) };
        switch (code)
        {
            case "missing-customer-id" when table.StartsWith('e'): events.Add(events[0] with { Customer = " " }); break;
            case "missing-customer-id": customers.Add(new(null)); break;
            case "missing-time": events.Add(events[0] with { Time = null }); break;
            case "missing-kind": events.Add(events[0] with { Kind = null }); break;
            case "customer-twice": customers.Add(customers[0]); break;
            case "too-many-categories":
                customers = [.. Enumerable.Range(0, 65).Select(i => new SmallTables.Customer($"c{i:000}", $"r{i}"))];
                File.WriteAllText(Path.Combine(_folder, "dataset.json"), """{"attributes":["region"]}""");
                break;
        }

        SmallTables.Write(_folder, events);
        SmallTables.Write(_folder, customers);
        string path = Path.Combine(_folder, table);
        switch (code)
        {
            case "missing-column":
                Write(path, [ParquetField.String("customer_id"), ParquetField.Date("occurred_at")], new[] { "c000" }, new[] { 19_500 });
                break;
            case "wrong-type":
                Write(
                    path, [ParquetField.String("customer_id"), ParquetField.String("occurred_at"), ParquetField.String("kind")],
                    new[] { "c000" }, new[] { "yesterday" }, new[] { "nps" });
                break;
            case "unreadable-file":
                File.WriteAllText(path, "customer_id,region\n");
                break;
        }

        var refused = Assert.Throws<DatasetException>(() => DatasetLoader.Load(_folder));
        Finding finding = Assert.Single(refused.Findings);
        Assert.Equal(code, finding.Code);
        Assert.Contains(table, finding.Message);
        CheckReport report = DatasetCheck.Run(_folder, new CheckOptions { Today = Today });
        Finding found = Assert.Single(report.Findings, f => f.Severity == FindingSeverity.Blocking);
        Assert.Equal((code, finding.Message), (found.Code, found.Message));
        Assert.False(report.Usable);
    }

    [Theory]
    [InlineData("prospects", FindingSeverity.Info)]
    [InlineData("event-after-today", FindingSeverity.Warning)]
    [InlineData("equal-event", FindingSeverity.Warning)]
    [InlineData("not-an-attribute", FindingSeverity.Info)]
    public void What_looks_wrong_is_found_and_told(string code, FindingSeverity severity)
    {
        SmallDataset.Write(_folder, SmallDataset.Clean());
        var events = new List<SmallTables.Event> { new("c000", "2023-05-01T00:00", "nps", 1), new("c001", "2023-05-01T00:00", "visit") };
        switch (code)
        {
            case "prospects": events.Add(new("prospect", "2023-05-01T00:00", "visit")); break;
            case "event-after-today": events.Add(new("c001", "2024-02-11T00:00", "visit")); break;
            case "equal-event": events.Add(events[1]); break;
            case "not-an-attribute": SmallTables.Write(_folder, [new("c000", "north", 30)]); break;
        }

        SmallTables.Write(_folder, events);
        CheckReport report = DatasetCheck.Run(_folder, new CheckOptions { Today = Today });
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal((code, severity, 1L), (finding.Code, finding.Severity, finding.Count));
        Assert.NotEmpty(finding.Examples!);
        Assert.True(report.Usable);
    }

    [Fact]
    public void Tables_of_other_customers_altogether_are_a_warning()
    {
        SmallDataset.Write(_folder, SmallDataset.Clean());
        SmallTables.Write(_folder, [new SmallTables.Event("x", "2023-05-01T00:00", "nps")]);
        Assert.Equal(
            [("unknown-customer", FindingSeverity.Warning), ("prospects", FindingSeverity.Info)],
            DatasetCheck.Run(_folder, new CheckOptions { Today = Today }).Findings.Select(f => (f.Code, f.Severity)));
    }

    [Fact]
    public void Dataset_json_chooses_the_attributes()
    {
        SmallDataset.Write(_folder, [new("a", "2024-01-01T00:00", 1)]);
        SmallTables.Write(_folder, [new SmallTables.Customer("a", "north", 30)]);
        File.WriteAllText(Path.Combine(_folder, "dataset.json"), """{"attributes":["age"]}""");
        TransactionHistory history = DatasetLoader.Load(_folder);
        Assert.Equal(["age"], history.Tables!.Attributes.Select(a => a.Name));
        File.WriteAllBytes(Path.Combine(_folder, "dataset.json"), DatasetFolder.WriteDescription(history.Description));
        Assert.Equal(["age"], DatasetFolder.Open(_folder).Description.Attributes);
        File.WriteAllText(Path.Combine(_folder, "dataset.json"), """{"attributes":["income"]}""");
        Assert.Contains("no column 'income'", Assert.Throws<DatasetException>(() => DatasetLoader.Load(_folder)).Message);
        File.WriteAllText(Path.Combine(_folder, "dataset.json"), """{"attributes":"age"}""");
        Assert.Contains("not a list of column names", Assert.Throws<DatasetException>(() => DatasetLoader.Load(_folder)).Message);
    }

    private static void Write(string path, ParquetField[] fields, params ColumnValues[] columns)
    {
        using var writer = ParquetWriter.Create(path, fields);
        writer.WriteRowGroup(columns);
        writer.Complete();
    }
}
