using System.Diagnostics;
using System.Globalization;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>features FILE.parquet --as-of DATE [--memory 3GB] [--threads 2]</c>: the loader and the features that train and score use, from
/// opening the input to a closed Parquet file beside it (<c>FILE.features.parquet</c>); of the optional columns none is read, as by the
/// peer. Its check values are those of the peer, taken from the history afterwards: customers, net, mean over customers of the mean gap
/// between days, lines of the last 90 days. <c>features --make FILE.parquet OUT.parquet [copies]</c>: copies of a file with whole-number
/// customer ids, ids shifted; default 10.
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

        if (args.Length == 0 || !LocalTime.TryParse(Option(args, "--as-of"), TimeZoneInfo.Utc, out LocalTime asOf))
        {
            Console.Error.WriteLine(
                "Usage: features FILE.parquet --as-of DATE [--memory 3GB] [--threads 2] [--json] | features --make FILE.parquet "
                    + "OUT.parquet [copies]");
            return 2;
        }

        var options = new LoadOptions
        {
            MemoryBytes = Option(args, "--memory") is { } memory ? Bytes(memory) : null,
            Threads = int.Parse(Option(args, "--threads") ?? "2", CultureInfo.InvariantCulture),
            Columns = HistoryColumns.None,
            Tables = false,
        };
        long start = Stopwatch.GetTimestamp();
        FeaturesFileReport report = FeaturesFile.Write(args[0], args[0] + ".features.parquet", _ => asOf, 90, options);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var process = Process.GetCurrentProcess();
        long peak = process.PeakWorkingSet64 >> 20;
        var totals = new Totals();
        foreach (TransactionHistory part in DatasetLoader.LoadInParts(args[0], options))
        {
            totals.Add(part, asOf);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, 
            $"{{\"seconds\":{seconds:F3},\"rows\":{report.Customers},\"features\":{report.Features},"
            + $"\"check\":[{totals.Customers},{totals.Net:F2},{totals.GapMeans / totals.Customers:F6},{totals.Lines90}],"
            + $"\"rssMB\":{peak}}}"));
        return 0;
    }

    /// <summary>The peer's check values, by a loop of their own: every line counts, whatever its sign.</summary>
    private sealed class Totals
    {
        public long Customers { get; private set; }

        public double Net { get; private set; }

        public double GapMeans { get; private set; }

        public long Lines90 { get; private set; }

        public void Add(TransactionHistory history, LocalTime asOf)
        {
            for (int c = 0; c < history.CustomerCount; c++)
            {
                CustomerLines lines = history.Lines(c).Before(asOf);
                if (lines.Count == 0)
                {
                    continue;
                }

                Customers++;
                int first = LocalTime.DayOf(lines.OrderedAt[0]), last = first, days = 1;
                for (int i = 0; i < lines.Count; i++)
                {
                    int day = LocalTime.DayOf(lines.OrderedAt[i]);
                    days += day != last ? 1 : 0;
                    last = day;
                    Net += lines.Amount[i];
                    Lines90 += asOf.Day - day <= 90 ? 1 : 0;
                }

                GapMeans += days > 1 ? (last - first) / (days - 1.0) : 0;
            }
        }
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
        using ParquetWriter writer = ParquetWriter.Create(
            target,
            [
                ParquetField.Int64("customer_id"), ParquetField.Timestamp("ordered_at", isAdjustedToUtc: false),
                ParquetField.Double("amount"),
            ]);
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
