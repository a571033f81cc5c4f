using System.Text.Json;
using Predictive.History.Tests.Parquet.Conformance;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>parquet-conformance [DIR]</c>: every flat top-level column of a copy of apache/parquet-testing (default ../shared/parquet-testing
/// beside the repository), by ParquetSharp as the product uses it and by Parquet.Net, against <c>expected/</c>. Prints what is refused or
/// differs, and why, then a table, then one line of JSON.
/// </summary>
internal static class ParquetConformanceBench
{
    public static int Run(string[] args)
    {
        string collection = args.Length > 0 ? args[0] : BenchProcess.Shared("parquet-testing");
        if (!Directory.Exists(Path.Combine(collection, "data")))
        {
            Console.Error.WriteLine($"'{collection}' holds no data folder; give the path of a copy of apache/parquet-testing.");
            return 2;
        }

        var summary = new List<object>();
        var table =
            new List<string> { $"{"folder",-18}{"library",-14}{"files",6}{"columns",9}{"match",7}{"read",6}{"refused",9}{"differ",8}" };
        foreach (string folder in ConformanceRun.Kinds)
        {
            foreach (var (name, library, blankIsMissing) in new (string, ConformanceRun.Library,
                bool)[] { ("ParquetSharp", RoomLibrary.Open, true), ("Parquet.Net", ParquetNetLibrary.Open, false) })
            {
                List<ConformanceResult> results = ConformanceRun.All(collection, folder, library, blankIsMissing);
                foreach (ConformanceResult r in results.Where(r => r.Outcome is Outcome.Refused or Outcome.Differ))
                {
                    Console.WriteLine($"{name,-13} {r.Outcome.ToString().ToLowerInvariant(),-8} {r.File} {r.Column}: {r.Detail}");
                }

                int Count(Outcome outcome) => results.Count(r => r.Outcome == outcome);
                int files = results.Select(r => r.File).Distinct().Count(),
                    bad = results.Where(r => r.Outcome is Outcome.Refused or Outcome.Differ).Select(r => r.File).Distinct().Count();
                table.Add(
                    $"{folder,-18}{name,-14}{files,6}{results.Count,9}{Count(Outcome.Match),7}{Count(Outcome.Read),6}"
                        + $"{Count(Outcome.Refused),9}{Count(Outcome.Differ),8}");
                summary.Add(new { folder, library = name, files, filesNotRead = bad, columns = results.Count, match = Count(Outcome.Match),
                    read = Count(Outcome.Read), refused = Count(Outcome.Refused), differ = Count(Outcome.Differ) });
            }
        }

        table.ForEach(Console.WriteLine);
        Console.WriteLine(JsonSerializer.Serialize(summary));
        Environment.Exit(0); // a reader that never answered still runs
        return 0;
    }
}
