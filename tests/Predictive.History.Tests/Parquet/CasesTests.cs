using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.History.Tests.Parquet;

/// <summary>The Parquet files of ../shared/cases come out as its README says; load and check in the same words.</summary>
public sealed class CasesTests
{
    [Theory]
    [InlineData("dict_null_id.parquet", "missing-customer-id", 60)]
    [InlineData("9999.parquet", "impossible-time", 1)]
    [InlineData("infinity.parquet", "impossible-time", 1)]
    [InlineData("neginf.parquet", "impossible-time", 1)]
    [InlineData("hugeamount.parquet", "impossible-amount", 1)]
    public void One_finding_with_count_and_first_rows(string file, string code, long count)
    {
        string path = SharedData.Path("cases/" + file);
        Finding finding = Assert.Single(Assert.Throws<DatasetException>(() => DatasetLoader.Load(path)).Findings);
        Assert.Equal((code, count), (finding.Code, finding.Count));
        Assert.StartsWith($"{file} row ", finding.Examples![0]);
        CheckReport report = DatasetCheck.Run(path);
        Assert.False(report.Usable);
        Assert.Equal(finding.Message, Assert.Single(report.Findings, f => f.Code == code).Message);
    }

    [Fact]
    public void Uuids_are_text_ids()
    {
        TransactionHistory history = DatasetLoader.Load(SharedData.Path("cases/uuid.parquet"));
        object?[] duck =
            Duck.Query(
                $"SELECT count(*), count(DISTINCT customer_id), min(customer_id::VARCHAR), sum(amount) FROM "
                    + $"'{SharedData.Path("cases/uuid.parquet")}'")[0];
        Assert.Equal(((long)duck[0]!, (long)duck[1]!, (string)duck[2]!), (history.LineCount, history.CustomerCount, history.CustomerId(0)));
        Assert.Equal((double)duck[3]!, history.Columns.Amount.Sum(), 1e-6);
        Assert.True(Guid.TryParseExact(history.CustomerId(0), "D", out _));
        Assert.DoesNotContain(DatasetCheck.Run(SharedData.Path("cases/uuid.parquet")).Findings,
            f => f.Code is "wrong-type" or "unreadable-file");
    }

    [Fact]
    public void A_partition_is_the_customer_and_007_is_not_7()
    {
        string folder = SharedData.Path("cases/hive_customer");
        TransactionHistory history = DatasetLoader.Load(folder);
        Assert.Equal(["007", "7"], history.Columns.CustomerIds);
        Assert.Equal(2, DatasetCheck.Run(folder).Customers);
    }

    [Fact]
    public void An_empty_partition_value_is_missing()
    {
        string folder = SharedData.Path("cases/hive_empty");
        var options =
            new LoadOptions { Description = new DatasetDescription { Columns = new Dictionary<string, string> { ["category"] = "key" } } };
        TransactionHistory history = DatasetLoader.Load(folder, options);
        Assert.Equal(["x"], history.Columns.Categories!);
        long empty = (long)Duck.Query($"SELECT count(*) FROM '{folder}/transactions/key=/a.parquet'")[0][0]!;
        Assert.Equal(empty, history.Columns.Category!.Count(c => c < 0));
        Assert.True(empty > 0);
    }

    [Fact]
    public void Files_whose_amounts_differ_in_type_are_both_read()
    {
        string folder = SharedData.Path("cases/schema_drift");
        TransactionHistory history = DatasetLoader.Load(folder);
        object?[] a = Duck.Query($"SELECT count(*), sum(amount) FROM '{folder}/transactions/a.parquet'")[0],
            b = Duck.Query($"SELECT count(*), sum(amount)::DOUBLE FROM '{folder}/transactions/b.parquet'")[0];
        Assert.Equal((long)a[0]! + (long)b[0]!, history.LineCount);
        Assert.Equal(Convert.ToDouble(a[1]) + Convert.ToDouble(b[1]), history.Columns.Amount.Sum(), 1e-6);
        Assert.DoesNotContain(DatasetCheck.Run(folder).Findings, f => f.Code is "wrong-type" or "unreadable-file");
    }
}
