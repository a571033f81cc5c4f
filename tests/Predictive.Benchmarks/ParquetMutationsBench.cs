using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.History.Tests.Parquet.Mutations;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>parquet-mutations [--count 20000] [--first 0] [--seed 1] [--cases DIR] [--one INDEX] [--keep FILE]</c>: seeded mutations of small
/// Parquet files by several writers, loaded and checked as datasets in child processes. DIR: further files, default ../shared/cases beside
/// the repository where it is there. Each must load or be a DatasetException, within 10 s and 1 GB; a signal is a failure. Prints every
/// failure with seed and index, then one line of JSON; exit code 1 where there is one. <c>--one</c> tries a single mutation in this
/// process, <c>--keep</c> also keeps its file.
/// </summary>
internal static class ParquetMutationsBench
{
    public static int Run(string[] args)
    {
        if (args is ["--child", var seeds, var work, var s, var from, var to])
        {
            MutationBatch.Run(seeds, work, int.Parse(s, CultureInfo.InvariantCulture), int.Parse(from, CultureInfo.InvariantCulture),
                int.Parse(to, CultureInfo.InvariantCulture));
            return 0;
        }

        int count = BenchProcess.Option(args, "--count", 20_000), seed = BenchProcess.Option(args, "--seed", 1);
        string cases = BenchProcess.Option(args, "--cases") ?? BenchProcess.Shared("cases");
        string folder = Directory.CreateTempSubdirectory("predictive-mutations-").FullName;
        try
        {
            if (BenchProcess.Option(args, "--one") is { } one)
            {
                return One(folder, Directory.Exists(cases) ? cases : null, seed, int.Parse(one, CultureInfo.InvariantCulture),
                    BenchProcess.Option(args, "--keep"));
            }

            long start = Stopwatch.GetTimestamp();
            var run = new MutationRun(folder, seed, (seedFiles, own, n, first, end) =>
                BenchProcess.Start("parquet-mutations", "--child", seedFiles, own, Text(n), Text(first), Text(end)));
            MutationReport report = run.Run(BenchProcess.Option(args, "--first", 0), count, Directory.Exists(cases) ? cases : null,
                done => Console.Error.WriteLine($"{done} of {count}"));
            foreach (string failure in report.Failures)
            {
                Console.WriteLine(failure);
            }

            Console.WriteLine(JsonSerializer.Serialize(new
            {
                count,
                seed,
                files = Directory.GetFiles(Path.Combine(folder, "seeds"), "*.parquet").Length,
                inFooterOrPageHeader = report.InMetadata,
                loaded = report.Loaded,
                refused = report.Refused,
                failures = report.Failures.Count,
                slowestMilliseconds = report.Slowest.Milliseconds,
                slowestIndex = report.Slowest.Index,
                mostMB = report.Most.MB,
                mostIndex = report.Most.Index,
                seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1),
            }));
            return report.Failures.Count == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int One(string folder, string? cases, int seed, int index, string? keep)
    {
        string seeds = Path.Combine(folder, "seeds"), work = Directory.CreateDirectory(Path.Combine(folder, "work")).FullName;
        SeedFiles.Make(seeds, cases);
        Mutation mutation = Mutation.Of(SeedFiles.Load(seeds), seed, index);
        Console.WriteLine($"{mutation.File}: {mutation.Where}");
        if (keep is not null)
        {
            File.WriteAllBytes(keep, mutation.Bytes);
        }

        MutationBatch.Run(seeds, work, seed, index, index + 1);
        Console.WriteLine(File.ReadLines(Path.Combine(work, "log")).Last());
        return 0;
    }

    private static string Text(int n) => n.ToString(CultureInfo.InvariantCulture);
}
