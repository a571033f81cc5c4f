using System.Diagnostics;
using System.Globalization;
using Predictive.Parquet;
using Predictive.Segmentation.Features.Ledger;
using Predictive.Segmentation.History;
using Predictive.Segmentation.History.Loading;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>features FILE.parquet --as-of DATE [--memory 3GB] [--threads 2] [--json]</c>: ledger features from opening the input to a closed Parquet
/// file beside it (<c>FILE.features.parquet</c>).
/// <c>features --make FILE.parquet OUT.parquet [copies]</c>: copies of a file with whole-number customer ids, ids shifted; default 10.
/// </summary>
internal static class FeaturesBench
{
    public static int Run(string[] args)
    {
        if (args is ["--make", var source, var target, ..])
        {
            Make(source, target, args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 10);
            return 0;
        }

        if (args.Length == 0 || !AsOf.TryParse(Option(args, "--as-of"), TimeZoneInfo.Utc, out AsOf asOf))
        {
            Console.Error.WriteLine("Usage: features FILE.parquet --as-of DATE [--memory 3GB] [--threads 2] [--json] | features --make FILE.parquet OUT.parquet [copies]");
            return 2;
        }

        var options = new LoadOptions
        {
            MemoryBytes = Option(args, "--memory") is { } memory ? Bytes(memory) : null,
            Threads = int.Parse(Option(args, "--threads") ?? "2", CultureInfo.InvariantCulture),
        };
        long start = Stopwatch.GetTimestamp();
        LedgerTotals totals = LedgerExport.Run(args[0], args[0] + ".features.parquet", asOf, options);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant(
            $"{{\"seconds\":{seconds:F3},\"check\":[{totals.Customers},{totals.Net:F2},{totals.GapMeanSum / totals.Customers:F6},{totals.Lines90}],\"rssMB\":{process.PeakWorkingSet64 >> 20}}}"));
        return 0;
    }

    private static string? Option(string[] args, string name)
    {
        int i = Array.IndexOf(args, name);
        return i >= 0 && i + 1 < args.Length ? args[i + 1] : null;
    }

    private static long Bytes(string text)
    {
        foreach (var (unit, bytes) in new[] { ("GB", 1L << 30), ("MB", 1L << 20) })
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                return (long)(double.Parse(text[..^2], CultureInfo.InvariantCulture) * bytes);
            }
        }

        return long.Parse(text, CultureInfo.InvariantCulture);
    }

    private static void Make(string source, string target, int copies)
    {
        using ParquetReader reader = ParquetReader.Open(source);
        ParquetColumn customer = reader.Schema["customer_id"], time = reader.Schema["ordered_at"], amount = reader.Schema["amount"];
        long shift = reader.RowGroups.Max(g => (long)g.Columns[customer.Index].Statistics!.Max!);
        using ParquetWriter writer = ParquetWriter.Create(target, [ParquetField.Int64("customer_id"), ParquetField.Timestamp("ordered_at", isAdjustedToUtc: false), ParquetField.Double("amount")]);
        for (int copy = 0; copy < copies; copy++)
        {
            foreach (RowGroup group in reader.RowGroups)
            {
                int rows = (int)group.RowCount;
                long[] ids = new long[rows], times = new long[rows];
                double[] amounts = new double[rows];
                using ColumnReader c = reader.OpenColumn(group.Index, customer), t = reader.OpenColumn(group.Index, time), a = reader.OpenColumn(group.Index, amount);
                if (c.ReadInt64(ids) != rows || t.ReadTimestamp(times) != rows || a.ReadDouble(amounts) != rows)
                {
                    throw new InvalidDataException($"Row group {group.Index} is shorter than its footer says.");
                }

                for (int i = 0; i < rows; i++)
                {
                    ids[i] += copy * shift;
                }

                writer.WriteRowGroup(ids, times, amounts);
            }
        }

        writer.Complete();
    }
}
