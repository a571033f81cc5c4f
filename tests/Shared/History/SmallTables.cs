using System.Globalization;
using Predictive.History.Parquet;
using Predictive.History;
using Predictive.Tests;

namespace Predictive.Tests;

/// <summary>Writes small customers and events tables for tests.</summary>
internal static class SmallTables
{
    public sealed record Event(string? Customer, string? Time, string? Kind, double Value = double.NaN);

    public sealed record Customer(string? Id, string? Region = null, double Age = double.NaN, string? Email = null);

    public static void Write(string folder, IEnumerable<Event> events, string name = "events.parquet", int group = 1000)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var writer = ParquetWriter.Create(
            path, [
                ParquetField.String("customer_id", nullable: true), ParquetField.Timestamp("occurred_at", false, nullable: true),
                ParquetField.String("kind", nullable: true), ParquetField.Double("value", nullable: true),
            ]);
        foreach (Event[] rows in events.Chunk(group))
        {
            writer.WriteRowGroup(
                Texts(rows, r => r.Customer),
                ColumnValues.From(
                    rows.Select(r => r.Time is null ? 0 : Micros(r.Time)).ToArray(), rows.Select(r => r.Time is null).ToArray()),
                Texts(rows, r => r.Kind),
                ColumnValues.FromNaN(rows.Select(r => r.Value).ToArray()));
        }

        writer.Complete();
    }

    public static void Write(string folder, IEnumerable<Customer> customers)
    {
        Customer[] rows = [.. customers];
        using var writer = ParquetWriter.Create(
            Path.Combine(folder, "customers.parquet"),
            [
                ParquetField.String("customer_id", nullable: true), ParquetField.String("region", nullable: true),
                ParquetField.Double("age", nullable: true), ParquetField.String("email", nullable: true), ParquetField.Date("joined_on"),
            ]);
        writer.WriteRowGroup(
            Texts(rows, r => r.Id), Texts(rows, r => r.Region), ColumnValues.FromNaN(rows.Select(r => r.Age).ToArray()),
            Texts(rows, r => r.Email), new int[rows.Length]);
        writer.Complete();
    }

    public static long Micros(string time) => LocalTime.From(DateTime.Parse(time, CultureInfo.InvariantCulture)).Micros;

    private static ColumnValues Texts<T>(T[] rows, Func<T, string?> field) =>
        ColumnValues.From((ReadOnlyMemory<string?>)rows.Select(field).ToArray());
}
