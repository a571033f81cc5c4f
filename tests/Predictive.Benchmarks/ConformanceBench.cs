using Predictive.Parquet.Tests.Conformance;

namespace Predictive.Benchmarks;

/// <summary><c>conformance [DIR]</c>: reads every file of a copy of the parquet-testing collection (default ../shared/parquet-testing beside the repository)
/// and prints what became of each, then one line of JSON with the counts. Exit code 1 where a file differs or crashes.</summary>
internal static class ConformanceBench
{
    public static int Run(string[] args)
    {
        string collection = args.Length > 0 ? args[0] : Path.Combine(RepositoryRoot(), "..", "shared", "parquet-testing");
        if (!Directory.Exists(Path.Combine(collection, "data")))
        {
            Console.Error.WriteLine($"{collection} holds no data folder; give the path of a copy of apache/parquet-testing.");
            return 2;
        }

        ConformanceResult[] results = [.. ConformanceRun.All(collection)];
        foreach (ConformanceResult r in results)
        {
            Console.WriteLine($"{r.Outcome,-8} {r.File,-62} {r.Detail}");
        }

        Console.WriteLine("{" + string.Join(",", Enum.GetValues<Outcome>().Select(o => $"\"{o.ToString().ToLowerInvariant()}\":{results.Count(r => r.Outcome == o)}")) + $",\"files\":{results.Length}}}");
        return results.Any(r => r.Outcome is Outcome.Differs or Outcome.Crashed) ? 1 : 0;
    }

    internal static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Predictive.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? Directory.GetCurrentDirectory();
    }
}
