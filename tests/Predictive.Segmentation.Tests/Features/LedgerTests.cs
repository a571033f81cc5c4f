using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Features.Ledger;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Features;

public sealed class LedgerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-ledger-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Spill => Path.Combine(_folder, "spill");

    [Fact]
    public void The_ledger_is_the_same_within_any_budget()
    {
        string file = LargeFile.Write(_folder, false), whole = Path.Combine(_folder, "whole.parquet"),
            parts = Path.Combine(_folder, "parts.parquet");
        AsOf asOf = new(300 * AsOf.MicrosPerDay);
        LedgerTotals a = LedgerExport.Run(file, whole, asOf, new LoadOptions { Threads = 1 });
        LedgerTotals b = LedgerExport.Run(file, parts, asOf, new LoadOptions { MemoryBytes = 1, TemporaryFolder = Spill });
        Assert.Equal(a, b);
        using StoredFile one = StoredFile.Open(whole), two = StoredFile.Open(parts);
        Assert.True(one.Columns.Count >= 25);
        foreach (string column in one.Columns.Skip(1))
        {
            Assert.Equal(
                one.Doubles(column).Select(BitConverter.DoubleToInt64Bits), two.Doubles(column).Select(BitConverter.DoubleToInt64Bits));
        }
    }

    [Fact]
    public void Ledger_values_by_hand()
    {
        string file = Path.Combine(_folder, "hand.parquet"), output = Path.Combine(_folder, "features.parquet");
        LineFile.Write(
            file,
            [
                new("a", new DateTime(2024, 1, 1), 10), new("a", new DateTime(2024, 1, 1, 12, 0, 0), 4),
                new("a", new DateTime(2024, 3, 1), -5), new("a", new DateTime(2024, 3, 31), 6),
                new("a", new DateTime(2024, 4, 30), 100), new("b", new DateTime(2024, 4, 29), 7),
                new("later", new DateTime(2024, 4, 30), 7),
            ],
            100);
        LedgerTotals totals = LedgerExport.Run(file, output, AsOf.From(new DateTime(2024, 4, 30)));
        // a: 15, gaps 60 and 30; b: 7, no gap; within 90 days: two lines of a (60, 30) and b's
        Assert.Equal(new LedgerTotals(2, 22, 45, 3), totals);
        using StoredFile reader = StoredFile.Open(output);
        Assert.Equal("a,b", string.Join(",", reader.Texts("customer_id")));
        void Is(string column, double a, double b) => Assert.Equal([a, b], reader.Doubles(column));
        Is("recency", 30, 1);
        Is("tenure", 120, 1);
        Is("n_tx", 4, 1);
        Is("net", 15, 7);
        Is("gross", 20, 7);
        Is("avg_amount", 3.75, 7);
        Is("max_amount", 10, 7);
        Is("std_amount", Math.Sqrt(((6.25 * 6.25) + (0.25 * 0.25) + (8.75 * 8.75) + (2.25 * 2.25)) / 3), double.NaN);
        Is("ret_count", 1, 0);
        Is("ret_amount", -5, 0);
        Is("first_amount", 10, 7);
        Is("last_amount", 6, 7);
        Is("tx_30", 1, 1);
        Is("net_30", 6, 7);
        Is("tx_90", 2, 1);
        Is("net_90", 1, 7);
        Is("tx_180", 4, 1);
        Is("net_365", 15, 7);
        Is("n_days", 3, 1);
        Is("gap_mean", 45, double.NaN);
        Is("gap_std", Math.Sqrt(450), double.NaN);
        Is("gap_max", 60, double.NaN);
    }
}
