using System.Diagnostics;
using System.Globalization;
using Predictive.Segmentation.Features.Ledger;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

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
        using ParquetTable table = ParquetTable.Open(source);
        TableColumn customer = table.Find("customer_id")!, time = table.Find("ordered_at")!, amount = table.Find("amount")!;
        long shift = table.Parts.Max(p => p.Range(customer)!.Value.Max);
        using ParquetWriter writer = ParquetWriter.Create(target, [ParquetField.Int64("customer_id"), ParquetField.Timestamp("ordered_at", isAdjustedToUtc: false), ParquetField.Double("amount")]);
        var clock = new LocalClock(TimeZoneInfo.Utc);
        for (int copy = 0; copy < copies; copy++)
        {
            foreach (TablePart part in table.Parts)
            {
                long[] ids = new long[part.Rows], times = new long[part.Rows];
                double[] amounts = new double[part.Rows];
                using PartReader rows = part.Open();
                rows.Column(customer).ReadIntegers(ids, new bool[part.Rows]);
                rows.Column(time).ReadTimes(times, clock);
                rows.Column(amount).ReadNumbers(amounts);
                for (int i = 0; i < ids.Length; i++)
                {
                    ids[i] += copy * shift;
                }

                writer.WriteRowGroup(ids, times, amounts);
            }
        }

        writer.Complete();
    }
}
