using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.History.Import;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>import FILE.csv[.gz] [--customer COL] [--time COL] [--order COL] [--amount COL] [--product COL] [--json]</c>: seconds from opening
/// the file to a complete dataset folder, rows per second, peak memory. Default columns: customer_id, date, amount, product.
/// </summary>
internal static class ImportBench
{
    public static int Run(string[] args)
    {
        if (args.Length == 0 || !File.Exists(args[0]))
        {
            Console.Error.WriteLine(
                "Usage: import FILE.csv[.gz] [--customer COL] [--time COL] [--order COL] [--amount COL] [--product COL] [--json]");
            return 2;
        }

        string work = Directory.CreateTempSubdirectory("import-bench-").FullName;
        try
        {
            var watch = Stopwatch.StartNew();
            var report = CsvImport.Run(Options(args, Path.Combine(work, "out")));
            double seconds = watch.Elapsed.TotalSeconds;
            long bytes = new FileInfo(Path.Combine(work, "out", "transactions.parquet")).Length;
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                seconds = Math.Round(seconds, 3),
                rows = report.Rows,
                rowsPerSecond = Math.Round(report.Rows / seconds),
                kept = report.Kept,
                customers = report.Customers,
                net = report.NetAmount,
                timeFormat = report.Format.TimeFormat,
                parquetMB = Math.Round(bytes / 1048576.0, 1),
                rssMB = Math.Round(PeakMemoryMB(), 1),
            }));
            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>What the command line names, with the default columns.</summary>
    public static ImportOptions Options(string[] args, string? output = null)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;
        return new ImportOptions
        {
            Source = args[0],
            Existing = ExistingData.Overwrite,
            OutputFolder = output ?? Path.Combine(Path.GetTempPath(), $"import-bench-{Environment.ProcessId}"),
            CustomerColumn = Option("--customer") ?? "customer_id",
            TimeColumn = Option("--time") ?? "date",
            OrderColumn = Option("--order"),
            AmountColumn = Option("--amount") ?? "amount",
            ProductColumn = Option("--product") ?? "product",
        };
    }

    /// <summary>The most memory this process has had.</summary>
    public static double PeakMemoryMB()
    {
        const string status = "/proc/self/status";
        string? line =
            File.Exists(status) ? File.ReadLines(status).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        using var process = Process.GetCurrentProcess();
        return line is null
            ? process.PeakWorkingSet64 / 1048576.0
            : double.Parse(line[6..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }
}
