using System.Text.Json;
using Predictive.EndToEnd.Tests.Fleet;
using Predictive.Tests;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>fleet [--customers 2000] [--scores 50] [--events 5] [--times 1]</c>: two hosts and two workers, each a process, on one registry
/// folder and one PostgreSQL database (Debian's package, on loopback): load on both hosts, deliveries, a promotion, kill -9 of the worker
/// that trains and of a host, and their restart. Afterwards: each job ran once, the lease was never held by two, no event was lost or
/// doubled, no request failed but at the killed host, store and registry are consistent.
/// </summary>
internal static class FleetBench
{
    public static int Run(string[] args)
    {
        var size = new FleetSize(
            BenchProcess.Option(args, "--customers", 2000), BenchProcess.Option(args, "--scores", 50),
            BenchProcess.Option(args, "--events", 5), KillsInTraining: true, Patience: 900);
        using var postgres = new PostgresServer();
        int all = 0;
        for (int time = 1; time <= BenchProcess.Option(args, "--times", 1); time++)
        {
            string folder = Directory.CreateTempSubdirectory("predictive-fleet-").FullName;
            try
            {
                using var trial = new FleetTrial(postgres.NewDatabase(), folder, size, Console.Error.WriteLine);
                (IReadOnlyList<string> faults, IReadOnlyDictionary<string, object?> figures) = trial.Run().GetAwaiter().GetResult();
                faults.ToList().ForEach(Console.Error.WriteLine);
                Console.WriteLine(JsonSerializer.Serialize(new { size, faults = faults.Count, figures }));
                all += faults.Count;
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        return all == 0 ? 0 : 1;
    }
}
