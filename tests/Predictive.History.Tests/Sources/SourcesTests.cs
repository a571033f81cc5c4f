using Predictive.History.Parquet;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Import;
using Predictive.History.Loading;
using Predictive.History.Sources;
using Predictive.Tests;

namespace Predictive.History.Tests.Sources;

public sealed class SourcesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sources-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AnIdMapMergesSourcesIntoOneCustomerView()
    {
        SmallDataset.Write(
            _folder, [new("7", "2024-01-01", 10, "a"), new("8", "2024-01-03", 20, "b")], "transactions/source=shop/1.parquet");
        SmallDataset.Write(
            _folder, [new("x@y", "2024-01-02", 5, "c"), new("7", "2024-01-04", 1, "d")], "transactions/source=web/1.parquet");
        SmallDataset.Write(_folder, [new("8", "2024-01-05", 2, "e")], "transactions/source=fair/1.parquet");
        WriteMap(("shop", "7", "anna"), ("web", "x@y", "anna"), ("shop", "8", "bert"));

        var history = DatasetLoader.Load(_folder);
        Assert.Equal(["8", "anna", "bert", "web:7"], history.Columns.CustomerIds);
        Assert.Equal([10, 5], history.Lines(history.IndexOf("anna")).Amount.ToArray());
        Assert.Equal(4, DatasetCheck.Run(_folder, new CheckOptions { MinimumCustomers = 1, MinimumHistoryDays = 0 }).Customers);
    }

    [Fact]
    public void ASourceIdOfTwoCustomersIsRefused()
    {
        SmallDataset.Write(_folder, [new("7", "2024-01-01", 10, "a")]);
        WriteMap(("shop", "7", "anna"), ("shop", "7", "bert"));
        Assert.Equal("id-map-conflict", Assert.Throws<DatasetException>(() => DatasetLoader.Load(_folder)).Findings[0].Code);
        Assert.Equal("id-map-conflict", Assert.Single(DatasetCheck.Run(_folder).Findings).Code);
    }

    [Fact]
    public void AFileDeliveredTwiceCountsOnce()
    {
        string first =
            SmallDataset.Write(_folder, [new("a", "2024-01-01", 10), new("a", "2024-01-01", 10)], "transactions/1.parquet", orders: false);
        File.Copy(first, Path.Combine(_folder, "transactions", "2.parquet"));
        SmallDataset.Write(_folder, [new("a", "2024-01-01", 10), new("b", "2024-01-01", 3)], "transactions/3.parquet", orders: false);
        var history = DatasetLoader.Load(_folder);

        // Without order ids only whole files are recognised: the line of the third file stays.
        Assert.Equal(33, history.Columns.Amount.Sum());
        Assert.Contains(DatasetCheck.Run(_folder).Findings, f => f is { Code: "redelivered", Count: 2 });
    }

    [Fact]
    public void ALineDeliveredTwiceCountsOnceWhateverTheThreads()
    {
        // The first file holds line b twice (its own affair), the second brings a and b again and c anew.
        SmallDataset.Row a = new("k", "2024-01-01", 10, "1"), b = new("k", "2024-01-02", 20, "2"), c = new("k", "2024-01-02", 30, "3"),
            none = new("k", "2024-01-02", 40);
        SmallDataset.Write(_folder, [a, b, b, none], "transactions/1.parquet");
        SmallDataset.Write(_folder, [b, a, c, none], "transactions/2.parquet");
        SmallDataset.Write(_folder, [a with { Time = "2025-01-01" }], "transactions/3.parquet");
        foreach (int threads in new[] { 1, 2 })
        {
            var history = DatasetLoader.Load(_folder, new LoadOptions { Threads = threads });
            Assert.Equal(10 + 20 + 20 + 40 + 30 + 40 + 10, history.Columns.Amount.Sum());
        }
    }

    [Fact]
    public void FilesOfDifferentSourcesAreNeverTakenForOneAnother()
    {
        string first = SmallDataset.Write(_folder, [new("a", "2024-01-01", 10, "1")], "transactions/source=shop/1.parquet");
        Directory.CreateDirectory(Path.Combine(_folder, "transactions", "source=web"));
        File.Copy(first, Path.Combine(_folder, "transactions", "source=web", "1.parquet"));
        Assert.Equal(20, DatasetLoader.Load(_folder).Columns.Amount.Sum());
    }

    [Fact]
    public void ImportsOfNamedSourcesLiveBesideEachOtherAndAFileIsTakenOnce()
    {
        ImportReport Import(string source, string text)
        {
            string file = Path.Combine(_folder, "in.csv");
            File.WriteAllText(file, text);
            return CsvImport.Run(new ImportOptions
            {
                Source = file, OutputFolder = Path.Combine(_folder, "all"), SourceName = source, CustomerColumn = "c", TimeColumn = "t",
                AmountColumn = "a", OrderColumn = "o",
            });
        }

        Assert.False(Import("shop", "c,t,a,o\n7,2024-01-01,10,1\n8,2024-01-02,20,2\n,2024-01-02,20,2\n").AlreadyDelivered);
        Assert.True(Import("shop", "c,t,a,o\n7,2024-01-01,10,1\n8,2024-01-02,20,2\n,2024-01-02,20,2\n").AlreadyDelivered);
        Assert.False(Import("shop", "c,t,a,o\n8,2024-01-02,20,2\n8,2024-01-03,5,3\n").AlreadyDelivered);
        Assert.False(Import("web", "c,t,a,o\n7,2024-01-01,10,1\n").AlreadyDelivered);
        var history = DatasetLoader.Load(Path.Combine(_folder, "all"));
        Assert.Equal(10 + 20 + 5 + 10, history.Columns.Amount.Sum());
        Assert.Equal(3, Directory.GetFiles(Path.Combine(_folder, "all"), "import-report-*.json").Length);
        Assert.Single(Directory.GetFiles(Path.Combine(_folder, "all"), "rejects-shop-*.csv"));
        Assert.Equal(
            "bad-source-name", Assert.Throws<DatasetException>(() => Import("../x", "c,t,a,o\n7,2024-01-01,10,1\n")).Findings[0].Code);
    }

    private void WriteMap(params (string Source, string Id, string Customer)[] entries)
    {
        using var writer = ParquetWriter.Create(
            Path.Combine(_folder, "id-map.parquet"),
            [ParquetField.String("source"), ParquetField.String("source_id"), ParquetField.String("customer_id")]);
        writer.WriteRowGroup(
            (string?[])[.. entries.Select(e => e.Source)], (string?[])[.. entries.Select(e => e.Id)],
            (string?[])[.. entries.Select(e => e.Customer)]);
        writer.Complete();
    }
}
