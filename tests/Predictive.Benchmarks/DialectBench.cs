using System.Diagnostics;
using System.Text.Json;
using Predictive.History.Tests.Import.Dialects;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>dialects [COUNT] [--from SEED]</c>: random tables in random dialects through the import and back, each then with bytes changed. Ends
/// with 1 where one came back changed, was refused for a reason that is not true of it, or ended in anything but a report or a refusal.
/// </summary>
internal static class DialectBench
{
    public static int Run(string[] args)
    {
        int count = args.Length > 0 && int.TryParse(args[0], out int n) ? n : 100_000;
        int from = Array.IndexOf(args, "--from") is var at and >= 0 ? int.Parse(args[at + 1]) : 0;
        string folder = Directory.CreateTempSubdirectory("dialects-").FullName;
        var watch = Stopwatch.StartNew();
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        int faults = 0;
        try
        {
            for (int seed = from; seed < from + count; seed++)
            {
                (string outcome, string? fault) = DialectTrial.Run(seed, folder);
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
                if (fault is not null && ++faults <= 20)
                {
                    Console.Error.WriteLine(fault);
                }

                if ((seed - from + 1) % 5_000 == 0)
                {
                    Console.Error.WriteLine($"{seed - from + 1} of {count}, {faults} faults, {watch.Elapsed.TotalSeconds:0} s");
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Console.WriteLine(
            JsonSerializer.Serialize(new { seeds = count, from, faults, outcomes, seconds = Math.Round(watch.Elapsed.TotalSeconds, 1) }));
        return faults == 0 ? 0 : 1;
    }
}
