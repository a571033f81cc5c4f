using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Sheets;
using Predictive.Segmentation.Registry;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>sheet [--rows 500000] [--format xlsx|csv]</c>: a table shaped like a scores file (25 columns: 11 of text, 13 of numbers, a date)
/// written as the product writes it; seconds, size and peak memory of the process.
/// </summary>
internal static class SheetBench
{
    private const int Columns = 25;

    public static int Run(string[] args)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;
        int rows = int.Parse(Option("--rows") ?? "500000", CultureInfo.InvariantCulture);
        string format = Option("--format") ?? "xlsx";
        string folder = Directory.CreateTempSubdirectory("sheet-bench-").FullName;
        try
        {
            string file = Path.Combine(folder, "scores." + format);
            string[] columns = [.. Enumerable.Range(0, Columns).Select(c => $"column_{c}")];
            var watch = Stopwatch.StartNew();
            AtomicFile.Write(file, stream =>
            {
                if (format == "xlsx")
                {
                    ExcelSheet.Write(stream, "scores", columns, Rows(rows), raw: false, file);
                    return;
                }

                using var sheet = new CsvSheet(stream, columns, raw: false);
                foreach (object?[] row in Rows(rows))
                {
                    sheet.Write(row);
                }
            });
            double seconds = watch.Elapsed.TotalSeconds;
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                format,
                rows,
                seconds = Math.Round(seconds, 2),
                fileMB = Math.Round(new FileInfo(file).Length / 1048576.0, 1),
                rssMB = Math.Round(ImportBench.PeakMemoryMB(), 1),
            }));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<object?[]> Rows(int count)
    {
        var random = new Random(1);
        object?[] cells = new object?[Columns];
        object asOf = LocalTime.StartOf(new DateOnly(2026, 1, 1));
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < Columns; c++)
            {
                cells[c] = c switch
                {
                    0 => i.ToString("D8", CultureInfo.InvariantCulture),
                    1 => asOf,
                    >= 2 and < 12 => random.NextDouble() * 1_000,
                    >= 12 and < 15 => random.Next(1, 6),
                    Columns - 1 =>
                        $"silent for {random.Next(400)} days; used to come back within {random.Next(60)} | came once in the last 90 days "
                            + "and once in the 90 before",
                    _ => $"segment {random.Next(9)}",
                };
            }

            yield return cells;
        }
    }
}
