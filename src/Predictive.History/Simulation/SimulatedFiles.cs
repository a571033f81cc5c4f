using Predictive.History.Parquet;
using Predictive.History;

namespace Predictive.History.Simulation;

/// <summary>Writes a simulated base as a dataset folder.</summary>
internal static class SimulatedFiles
{
    private const int RowsPerGroup = 500_000;

    public static void Write(string folder, SimulatedBase simulated)
    {
        Directory.CreateDirectory(folder);
        Customers(Path.Combine(folder, "customers.parquet"), simulated.Customers);
        Truth(Path.Combine(folder, "truth.parquet"), simulated.Customers);
        AtomicFile.Write(
            Path.Combine(folder, DatasetFolder.DescriptionFile),
            stream => stream.Write(DatasetFolder.WriteDescription(simulated.History.Description)));
        Transactions(Path.Combine(folder, "transactions.parquet"), simulated);
    }

    private static void Transactions(string path, SimulatedBase simulated)
    {
        var columns = simulated.History.Columns;
        int[] owner = new int[columns.OrderedAt.Length];
        for (int c = 0; c < columns.CustomerIds.Length; c++)
        {
            owner.AsSpan(columns.Offsets[c], columns.Offsets[c + 1] - columns.Offsets[c]).Fill(c);
        }

        // Stable: equal times stay in customer order, an order's lines together.
        int[] byTime = [.. Enumerable.Range(0, owner.Length).OrderBy(i => columns.OrderedAt[i])];
        using var writer = ParquetWriter.Create(path,
        [
            ParquetField.String("customer_id"),
            ParquetField.String("order_id"),
            ParquetField.Timestamp("ordered_at", isAdjustedToUtc: false),
            ParquetField.Double("amount"),
            ParquetField.String("product_id"),
            ParquetField.String("category"),
            ParquetField.Double("quantity"),
            ParquetField.Double("unit_cost"),
            ParquetField.Double("discount"),
            ParquetField.String("channel"),
        ]);
        for (int from = 0; from < byTime.Length; from += RowsPerGroup)
        {
            int[] rows = byTime[from..Math.Min(byTime.Length, from + RowsPerGroup)];
            writer.WriteRowGroup(
                ColumnValues.From(columns.CustomerIds, Take(owner, rows)),
                Take(simulated.OrderNames, Take(columns.Order!, rows)),
                Take(columns.OrderedAt, rows),
                Take(columns.Amount, rows),
                ColumnValues.From(columns.Products!, Take(columns.Product!, rows)),
                ColumnValues.From(columns.Categories!, Take(columns.Category!, rows)),
                Doubles(Take(columns.Quantity!, rows)),
                Doubles(Take(columns.UnitCost!, rows)),
                Doubles(Take(columns.Discount!, rows)),
                ColumnValues.From(columns.Channels!, Take(columns.Channel!, rows)));
        }

        writer.Complete();
    }

    private static void Customers(string path, SimulatedCustomer[] customers)
    {
        using var writer = ParquetWriter.Create(path,
        [
            ParquetField.String("customer_id"),
            ParquetField.Date("joined_on"),
            ParquetField.String("region"),
            ParquetField.String("age_band", nullable: true),
            ParquetField.String("acquired_by"),
        ]);
        writer.WriteRowGroup(
            customers.Select(c => c.CustomerId).ToArray(),
            customers.Select(c => c.FirstDay).ToArray(),
            customers.Select(c => c.Region).ToArray(),
            customers.Select(c => c.AgeBand).ToArray(),
            customers.Select(c => c.AcquiredBy).ToArray());
        writer.Complete();
    }

    private static void Truth(string path, SimulatedCustomer[] customers)
    {
        using var writer = ParquetWriter.Create(path,
        [
            ParquetField.String("customer_id"),
            ParquetField.Double("rate_per_day"),
            ParquetField.Timestamp("dropped_out_at", isAdjustedToUtc: false, nullable: true),
            ParquetField.Double("regularity"),
            ParquetField.Double("ageing_days"),
            ParquetField.Double("line_value"),
            ParquetField.Boolean("wholesaler"),
            ParquetField.Boolean("promotion_minded"),
            ParquetField.Double("refund_share"),
            ParquetField.String("taste"),
        ]);
        writer.WriteRowGroup(
            customers.Select(c => c.CustomerId).ToArray(),
            customers.Select(c => c.RatePerDay).ToArray(),
            ColumnValues.From(
                customers.Select(c => double.IsInfinity(c.DropoutDay) ? 0 : (long)(c.DropoutDay * 86_400) * 1_000_000).ToArray(),
                customers.Select(c => double.IsInfinity(c.DropoutDay)).ToArray()),
            customers.Select(c => c.Regularity).ToArray(),
            customers.Select(c => c.AgeingDays).ToArray(),
            customers.Select(c => c.LineValue).ToArray(),
            customers.Select(c => c.Wholesaler).ToArray(),
            customers.Select(c => c.PromotionMinded).ToArray(),
            customers.Select(c => c.RefundShare).ToArray(),
            customers.Select(c => c.Taste).ToArray());
        writer.Complete();
    }

    private static T[] Take<T>(T[] values, int[] rows)
    {
        var taken = new T[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            taken[i] = values[rows[i]];
        }

        return taken;
    }

    // Through decimal, so that 12.34f becomes 12.34 and not 12.340000152587891.
    private static double[] Doubles(float[] values) => [.. values.Select(v => (double)(decimal)v)];
}
