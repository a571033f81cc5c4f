using System.Globalization;
using System.Text.Json;
using Predictive.Parquet.Tests.Conformance;

namespace Predictive.Benchmarks;

/// <summary><c>fuzz [COUNT=200000] [SEED=1] [DIR]</c>: seeded mutations of twenty small files of a copy of the parquet-testing collection. One line of JSON; exit code 1 at the first broken promise.</summary>
internal static class FuzzBench
{
    public static int Run(string[] args)
    {
        int count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;
        int seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
        string collection = args.Length > 2 ? args[2] : Path.Combine(ConformanceBench.RepositoryRoot(), "..", "shared", "parquet-testing");
        if (!Directory.Exists(collection))
        {
            Console.Error.WriteLine($"There is no folder '{collection}'; expected a copy of the parquet-testing collection. Name one as the third argument.");
            return 2;
        }

        FuzzReport report = FuzzRun.Run(FuzzRun.SmallFiles(collection), count, seed, out string? failure);
        if (failure is not null)
        {
            Console.Error.WriteLine(failure);
        }

        Console.WriteLine(JsonSerializer.Serialize(new { count, seed, refused = report.Refused, read = report.Read, slowestSeconds = report.SlowestSeconds, mostKB = report.MostBytes >> 10, failed = failure is not null }));
        return failure is null ? 0 : 1;
    }
}
