using Predictive.History.Erasure;
using Predictive.History.Loading;
using Predictive.History.Sources;
using Predictive.Tests;

namespace Predictive.History.Tests.Erasure;

/// <summary>Whoever is erased goes out of the files that were made of the dataset, whatever their format.</summary>
public sealed class ErasedResultsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-erased-results-").FullName;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_folder, "data");

    private string Results => Path.Combine(_folder, "results");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rows_of_an_erased_customer_go_out_of_parquet_csv_and_json_and_nothing_else_does()
    {
        SmallDataset.Row[] rows =
            [new("anna", "2024-01-01T00:00", 1), new("=bert", "2024-01-02T00:00", 2), new("carl", "2024-01-03T00:00", 3)];
        SmallDataset.Write(Directory.CreateDirectory(Data).FullName, rows);
        // Any table with a column customer_id will do.
        string scores = Directory.CreateDirectory(Path.Combine(Results, "default-1")).FullName;
        SmallDataset.Write(scores, rows);
        string csv = Path.Combine(scores, "segment-changes.csv"), list = Path.Combine(Results, "at-risk.json");
        File.WriteAllText(csv, "customer_id,from,to\nanna,\"a, b\",c\n'=bert,a,b\ncarl,a,b\n");
        File.WriteAllText(
            list, """{"asOf":"2024-01-04","rows":[{"customerId":"anna","reasons":["ü"]},{"customerId":"=bert"}],"count":2}""" + "\n");
        string page = Path.Combine(Results, "page.html"), other = Path.Combine(Results, "other.csv");
        File.WriteAllText(page, "anna =bert");
        File.WriteAllText(other, "name\n=bert\n");

        Assert.Equal(new ErasedLinesReport(0, 0), ErasedResults.Remove(Results, Data, Ended));
        Erasures.Add(Data, ["=bert"]);
        Assert.Equal(new ErasedLinesReport(3, 3), ErasedResults.Remove(Results, Data, Ended));
        Assert.Equal("customer_id,from,to\nanna,\"a, b\",c\ncarl,a,b\n", File.ReadAllText(csv));
        Assert.Equal(
            """{"asOf":"2024-01-04","rows":[{"customerId":"anna","reasons":["ü"]}],"count":2}""" + "\n", File.ReadAllText(list));
        Assert.Equal(["anna", "carl"], DatasetLoader.Load(scores).Columns.CustomerIds.Order(StringComparer.Ordinal));
        Assert.Equal(("anna =bert", "name\n=bert\n"), (File.ReadAllText(page), File.ReadAllText(other)));
        Assert.Equal(new ErasedLinesReport(0, 0), ErasedResults.Remove(Results, Data, Ended));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*.tmp*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_damaged_file_is_named_without_its_folder()
    {
        SmallDataset.Write(Directory.CreateDirectory(Data).FullName, [new("anna", "2024-01-01T00:00", 1)]);
        Directory.CreateDirectory(Results);
        File.WriteAllText(Path.Combine(Results, "at-risk.json"), "{\"rows\":[");
        Erasures.Add(Data, ["anna"]);
        var fault = Assert.Throws<DatasetException>(() => ErasedResults.Remove(Results, Data, Ended));
        Assert.StartsWith("'at-risk.json' is no JSON", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder, fault.Message, StringComparison.Ordinal);
    }
}
