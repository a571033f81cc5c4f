using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.Learning.Tests.Mutations;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>mutate [--count 1000000] [--seed 1] [--json]</c>: seeded mutations of payloads of every kind the learning library writes. Exit code 1
/// at the first broken promise.
/// </summary>
internal static class MutateBench
{
    public static int Run(string[] args)
    {
        int Option(string name, int fallback) =>
            Array.IndexOf(args, name) is >= 0 and int i && i + 1 < args.Length
                ? int.Parse(args[i + 1], CultureInfo.InvariantCulture)
                : fallback;
        int count = Option("--count", 1_000_000), seed = Option("--seed", 1);
        long start = Stopwatch.GetTimestamp();
        MutationReport report = MutationRun.Run(count, seed, out string? failure);
        if (failure is not null)
        {
            Console.Error.WriteLine(failure);
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            count,
            seed,
            refused = report.Refused,
            loaded = report.Loaded,
            slowestSeconds = Math.Round(report.SlowestSeconds, 3),
            mostKB = report.MostBytes >> 10,
            seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1),
            failed = failure is not null,
        }));
        return failure is null ? 0 : 1;
    }
}
