using Predictive.History;
using Predictive.History.Parquet;

namespace Predictive.Tests;

internal static class LargeFile
{
    /// <summary>Two million lines of 40,000 customers: far above the least budget that is honoured.</summary>
    public static string Write(string folder, bool text)
    {
        string file = Path.Combine(folder, "large.parquet");
        using var writer = ParquetWriter.Create(
            file, [
                text ? ParquetField.String("customer_id") : ParquetField.Int64("customer_id"), ParquetField.Timestamp("ordered_at", false),
                ParquetField.Double("amount"), ParquetField.String("category"),
            ]);
        var random = new Random(3);
        for (int group = 0; group < 20; group++)
        {
            var ids = new long[100_000];
            var times = new long[ids.Length];
            var amounts = new double[ids.Length];
            var categories = new string[ids.Length];
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = random.Next(40_000);
                times[i] = random.NextInt64(400) * LocalTime.MicrosPerDay;
                amounts[i] = random.Next(-500, 9_500) / 100d;
                categories[i] = "k" + random.Next(5);
            }

            writer.WriteRowGroup(text ? ids.Select(i => $"c{i}").ToArray() : ids, times, amounts, categories);
        }

        writer.Complete();
        return file;
    }
}
