using Predictive.History.Parquet;
using Predictive.History;
using Predictive.Tests;

namespace Predictive.Tests;

/// <summary>Writes small canonical tables for tests.</summary>
internal static class SmallDataset
{
    public sealed record Row(string Customer, string Time, double Amount, string? Order = null, double Quantity = 1,
        string? Product = null, string? Currency = null);

    /// <summary>300 customers who buy every 7 to 29 days over 400 days from 2023-01-01: nothing to find.</summary>
    public static List<Row> Clean(int seed = 1)
    {
        var random = new Random(seed);
        var rows = new List<Row>();
        for (int c = 0; c < 300; c++)
        {
            for (double day = random.Next(20); day < 400; day += 7 + random.Next(23))
            {
                rows.Add(
                    new Row(
                        $"c{c:000}", new DateOnly(2023, 1, 1).AddDays((int)day).ToString("yyyy-MM-dd'T'") + $"{random.Next(8, 20):00}:00",
                        5 + random.Next(50), $"o{rows.Count}"));
            }
        }

        return rows;
    }

    public static string Write(string folder, IEnumerable<Row> rows, string name = "transactions.parquet", bool orders = true)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Row[] all = [.. rows];
        List<ParquetField> fields =
        [
            ParquetField.String("customer_id"), ParquetField.Timestamp("ordered_at", false), ParquetField.Double("amount"),
            ParquetField.Double("quantity"),
        ];
        List<ColumnValues> columns =
        [
            ColumnValues.From((ReadOnlyMemory<string?>)all.Select(r => (string?)r.Customer).ToArray()),
            all.Select(r => LocalTime.TryParse(r.Time, TimeZoneInfo.Utc, out var t) ? t.Micros : throw new FormatException(r.Time))
                .ToArray(),
            all.Select(r => r.Amount).ToArray(),
            all.Select(r => r.Quantity).ToArray(),
        ];
        if (orders)
        {
            fields.Add(ParquetField.String("order_id", nullable: true));
            columns.Add(ColumnValues.From((ReadOnlyMemory<string?>)all.Select(r => r.Order).ToArray()));
        }

        foreach ((string column, Func<Row, string?> of) in new (string, Func<Row, string?>)[]
            {
                ("product_id", r => r.Product), ("currency", r => r.Currency),
            })
        {
            if (Array.Exists(all, r => of(r) is not null))
            {
                fields.Add(ParquetField.String(column, nullable: true));
                columns.Add(ColumnValues.From((ReadOnlyMemory<string?>)all.Select(of).ToArray()));
            }
        }

        using var writer = ParquetWriter.Create(path, fields);
        writer.WriteRowGroup([.. columns]);
        writer.Complete();
        return path;
    }
}
