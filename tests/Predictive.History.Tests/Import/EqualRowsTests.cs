using System.Globalization;
using Predictive.History.Import;

namespace Predictive.History.Tests.Import;

/// <summary>Rows that equal an earlier one, against a set of whole rows.</summary>
public sealed class EqualRowsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-equal-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 12_000, 40)]
    [InlineData(2, 12_000, 25)]
    [InlineData(3, 3, 1)]
    public void What_equals_an_earlier_row_is_told_without_an_order_and_left_out_with_one(int seed, int rows, int customers)
    {
        var random = new Random(seed);
        var told = new List<long>();
        var leftOut = new List<long>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string file = Path.Combine(_folder, "rows.csv");
        using (var writer = new StreamWriter(file))
        {
            writer.WriteLine("customer,order,date,amount");
            for (int i = 0; i < rows; i++)
            {
                // One row in three has no order id.
                string order = random.Next(3) == 0 ? "" : random.Next(customers).ToString(CultureInfo.InvariantCulture);
                string row = string.Create(
                    CultureInfo.InvariantCulture,
                    $"c{random.Next(customers)},{order},2024-01-{1 + random.Next(28):00},{random.Next(1, 20)}.50");
                writer.WriteLine(row);
                if (!seen.Add(row))
                {
                    (order.Length == 0 ? told : leftOut).Add(i + 2);
                }
            }
        }

        ImportReport report = CsvImport.Run(new ImportOptions
        {
            Source = file, OutputFolder = Path.Combine(_folder, "out"), CustomerColumn = "customer", OrderColumn = "order",
            TimeColumn = "date", AmountColumn = "amount",
        });
        Assert.Equal(rows - leftOut.Count, report.Kept);
        Check(told, report.Remarks.SingleOrDefault(r => r.Reason == "equal-row"));
        Check(leftOut, report.Rejected.SingleOrDefault(r => r.Reason == "duplicate-line"));
        Assert.True(rows < 10 || (told.Count > 0 && leftOut.Count > 0), $"seed {seed}: nothing was equal");
    }

    [Fact]
    public void Hashes_that_are_zero_or_share_a_part_are_told_apart()
    {
        var rows = new EqualRows();
        UInt128[] hashes = [0, 5, new(1UL << 60, 0), 0, new(1, 5), 5, new(1UL << 60, 0), new(1UL << 60, 7)];
        for (int i = 0; i < hashes.Length; i++)
        {
            rows.Add(hashes[i], 10 + i);
        }

        // 0 and 5 come again; what has another part is another row. The low half and the part decide: (1, 5) is (0, 5).
        Assert.Equal([13L, 14, 15, 16], rows.Find());
    }

    private static void Check(List<long> lines, ImportCount? count)
    {
        Assert.Equal(lines.Count, count?.Count ?? 0);
        Assert.Equal(lines.Take(5), count?.FirstLines ?? []);
    }
}
