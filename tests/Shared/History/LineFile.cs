using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Parquet;

namespace Predictive.Tests;

/// <summary>Transaction lines as a Parquet file, and histories compared.</summary>
internal static class LineFile
{
    public static void Write(string file, IReadOnlyList<TransactionLine> lines, int rowsPerGroup)
    {
        using var writer = ParquetWriter.Create(
            file,
            [
                ParquetField.Timestamp("ordered_at", isAdjustedToUtc: false), ParquetField.String("customer_id"),
                ParquetField.Double("amount"), ParquetField.String("order_id", nullable: true),
                ParquetField.String("product_id", nullable: true), ParquetField.String("category", nullable: true),
                ParquetField.Double("quantity", nullable: true),
            ]);
        foreach (TransactionLine[] group in lines.Chunk(rowsPerGroup))
        {
            writer.WriteRowGroup(
                group.Select(l => LocalTime.From(l.OrderedAt).Micros).ToArray(),
                group.Select(l => l.CustomerId).ToArray(),
                group.Select(l => l.Amount).ToArray(),
                group.Select(l => l.OrderId).ToArray(),
                group.Select(l => l.ProductId).ToArray(),
                group.Select(l => l.Category).ToArray(),
                ColumnValues.FromNaN(group.Select(l => l.Quantity ?? double.NaN).ToArray()));
        }

        writer.Complete();
    }

    public static void AssertSame(TransactionHistory expected, TransactionHistory actual)
    {
        TransactionColumns e = expected.Columns, a = actual.Columns;
        Assert.Equal(e.CustomerIds, a.CustomerIds);
        Assert.Equal(e.Offsets, a.Offsets);
        Assert.Equal(e.OrderedAt, a.OrderedAt);
        Assert.Equal(e.Amount, a.Amount);
        Assert.Equal(e.Products, a.Products);
        Assert.Equal(e.Product, a.Product);
        Assert.Equal(e.Categories, a.Categories);
        Assert.Equal(e.Category, a.Category);
        Assert.Equal(e.Channels, a.Channels);
        Assert.Equal(e.Quantity, a.Quantity);
        for (int c = 0; c < expected.CustomerCount; c++)
        {
            Assert.Equal(Dense(expected.Lines(c).Order), Dense(actual.Lines(c).Order));
        }
    }

    /// <summary>Order codes by first line: equal where the ids are.</summary>
    private static int[] Dense(ReadOnlySpan<int> codes)
    {
        var seen = new Dictionary<int, int>();
        var dense = new int[codes.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            dense[i] = codes[i] < 0 ? -1 : seen.TryGetValue(codes[i], out int d) ? d : seen[codes[i]] = seen.Count;
        }

        return dense;
    }
}
