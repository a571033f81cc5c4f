using System.Runtime.InteropServices;
using ParquetSharp;
using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.History.Tests.Parquet;

/// <summary>Equal data in other files, in another order, in other row groups, on other threads: the same history, bit for bit.</summary>
public sealed class SameBitsTests : TypesMatrix
{
    private sealed record Line(string Customer, long Time, double Amount, string? Order, string? Product, string? Category,
        double? Quantity);

    [Fact]
    public void However_the_lines_are_stored()
    {
        for (int seed = 1; seed <= 6; seed++)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
            var random = new Random(seed);
            bool numeric = seed % 2 == 0;

            // Few times and amounts, so that many lines are alike in some columns and some in all. An order's line that an earlier file has
            // is a redelivery and counts once, so those are told apart.
            Line[] drawn = [.. Enumerable.Range(0, 1_500).Select(_ => new Line(
                numeric ? $"{random.Next(60)}" : $"c{random.Next(60)}", random.Next(12) * 86_400_000_000L, random.Next(-3, 6) * 1.1,
                    random.Next(4) == 0 ? null : $"o{random.Next(8)}",
                random.Next(5) == 0 ? null : $"p{random.Next(5)}", random.Next(3) == 0 ? null : $"k{random.Next(3)}", random.Next(3) == 0
                    ? null : random.Next(1, 4)))];
            Line[] lines = [.. drawn.Where(l => l.Order is null), .. drawn.Where(l => l.Order is not null).Distinct()];
            Write("one", lines, 1, 10_000, random, numeric);
            TransactionHistory expected = DatasetLoader.Load(Path.Combine(Folder, "one"), new LoadOptions { Threads = 1 });
            for (int copy = 0; copy < 5; copy++)
            {
                string name = $"{seed}-{copy}";
                Write(name, [.. lines.OrderBy(_ => random.Next())], 1 + random.Next(4), 1 + random.Next(700), random, numeric);
                int threads = 1 + random.Next(4);
                string difference = Difference(expected, DatasetLoader.Load(Path.Combine(Folder, name),
                    new LoadOptions { Threads = threads }));
                Assert.True(difference == "", $"seed {seed}, copy {copy}, {threads} threads: {difference}");
            }

            Directory.Delete(Path.Combine(Folder, "one"), recursive: true);
        }
    }

    private void Write(string name, Line[] lines, int files, int rowGroup, Random random, bool numeric)
    {
        int each = (lines.Length / files) + 1;
        for (int f = 0; f * each < lines.Length; f++)
        {
            Line[] part = [.. lines.Skip(f * each).Take(each)];
            bool dictionary = random.Next(2) == 0;
            MadeFile.Write(
                Path.Combine(Folder, name, "transactions", $"{f}.parquet"),
                [
                    numeric ? MadeColumn.Int64("customer_id", [.. part.Select(l => (long?)long.Parse(l.Customer))])
                        : MadeColumn.Text("customer_id", [.. part.Select(l => l.Customer)]),
                    MadeColumn.Times("ordered_at", [.. part.Select(l => (long?)l.Time)]),
                        MadeColumn.Double("amount", [.. part.Select(l => (double?)l.Amount)]),
                    MadeColumn.Text("order_id", [.. part.Select(l => l.Order)]),
                        MadeColumn.Text("product_id", [.. part.Select(l => l.Product)]),
                    MadeColumn.Text("category", [.. part.Select(l => l.Category)]),
                        MadeColumn.Double("quantity", [.. part.Select(l => l.Quantity)]),
                ],
                rowGroup,
                b => (dictionary ? b.EnableDictionary() : b.DisableDictionary()).DataPagesize(500));
        }
    }

    private static string Difference(TransactionHistory expected, TransactionHistory actual)
    {
        TransactionColumns e = expected.Columns, a = actual.Columns;
        string Of<T>(string name, ReadOnlySpan<T> x, ReadOnlySpan<T> y)
            where T : unmanaged =>
            MemoryMarshal.AsBytes(x).SequenceEqual(MemoryMarshal.AsBytes(y)) ? ""
                : $"{name} differ from line {x.CommonPrefixLength(y)} on; ";
        return (e.CustomerIds.SequenceEqual(a.CustomerIds) && e.Products!.SequenceEqual(a.Products!)
            && e.Categories!.SequenceEqual(a.Categories!) ? "" : "names differ; ")
            + Of<int>("offsets", e.Offsets, a.Offsets) + Of<long>("times", e.OrderedAt, a.OrderedAt) + Of<double>("amounts", e.Amount,
                a.Amount) + Of<int>("orders", e.Order, a.Order)
            + Of<int>("products", e.Product, a.Product) + Of<int>("categories", e.Category, a.Category) + Of<float>("quantities",
                e.Quantity, a.Quantity);
    }
}
