using System.Globalization;
using ParquetSharp;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.History.Tests.Parquet;

/// <summary>What the tests of stored types share: small files that another library wrote, and their rows as the product sees
/// them.</summary>
public abstract class TypesMatrix : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("predictive-types-").FullName;

    protected string File => Path.Combine(Folder, "transactions.parquet");

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Row numbers as amounts, so that a row is found again whatever the order: 1, 2, 3 ...</summary>
    private protected static MadeColumn RowNumbers(int rows) => MadeColumn.Double("amount",
        [.. Enumerable.Range(1, rows).Select(r => (double?)r)]);

    private protected static MadeColumn Days(int rows) => MadeColumn.Int32("ordered_at",
        [.. Enumerable.Range(0, rows).Select(r => (int?)19_000 + r)]) with { Logical = LogicalType.Date };

    private protected static MadeColumn OneCustomer(int rows) => MadeColumn.Text("customer_id", [.. Enumerable.Repeat("c", rows)]);

    /// <summary>A value of each line, in the order of the amounts, which number the rows.</summary>
    private protected static T[] ByRow<T>(TransactionHistory history, Func<int, int, T> value) =>
        [.. Enumerable.Range(0, history.CustomerCount).SelectMany(c => Enumerable.Range(history.Columns.Offsets[c],
            history.Columns.Offsets[c + 1] - history.Columns.Offsets[c]).Select(line => (c, line)))
            .OrderBy(x => history.Columns.Amount[x.line]).Select(x => value(x.c, x.line))];

    private protected static string[] Customers(TransactionHistory history) => ByRow(history, (c, _) => history.CustomerId(c));

    private protected static string?[] Products(TransactionHistory history) =>
        ByRow(history, (_, line) => history.Columns.Product![line] is >= 0 and var p ? history.Columns.Products![p] : null);

    /// <summary>The finding of a refusal, which the check must tell in the same words.</summary>
    private protected static Finding Refused(string path, DatasetDescription? description = null)
    {
        DatasetException refused = Assert.Throws<DatasetException>(() => DatasetLoader.Load(path,
            new LoadOptions { Description = description }));
        Finding finding = Assert.Single(refused.Findings);
        Assert.Contains(DatasetCheck.Run(path).Findings, f => f.Code == finding.Code && f.Message == finding.Message
            && f.Count == finding.Count);
        return finding;
    }

    private protected static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
