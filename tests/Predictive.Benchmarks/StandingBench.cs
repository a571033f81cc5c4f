using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Predictive.Acting.Tests.Standing;
using Predictive.Store;

namespace Predictive.Benchmarks;

/// <summary>
/// Standing campaigns. <c>standing [--campaigns 1000] [--people 1000] [--periods 3] [--holdout 30] [--cost 0.5] [--margin 40]
/// [--seed 1]</c>: how often one without an effect, and ones with planted effects, are paused. <c>standing-kill
/// [--kills 200] [--seed 1] [--store
/// CONNECTION]</c>: a process that does rounds is killed; sends, contacts and events must be those of the rounds that were done.
/// </summary>
internal static class StandingBench
{
    public static int Rates(string[] args)
    {
        int campaigns = BenchProcess.Option(args, "--campaigns", 1000), people = BenchProcess.Option(args, "--people", 1000);
        int periods = BenchProcess.Option(args, "--periods", 3), seed = BenchProcess.Option(args, "--seed", 1);
        double holdout = BenchProcess.Option(args, "--holdout", 30) / 100.0, margin = BenchProcess.Option(args, "--margin", 40) / 100.0;
        double cost = double.Parse(BenchProcess.Option(args, "--cost") ?? "0.5", System.Globalization.CultureInfo.InvariantCulture);
        var told = new List<object>();
        foreach (double effect in new[] { 0, .1, .3, .6, 1, 2 })
        {
            StandingTrials.Rates rates = StandingTrials.Run(campaigns, people, periods, holdout, effect, cost, margin, seed);
            told.Add(new
            {
                effect, trueProfit = Math.Round(StandingTrials.TrueProfit(effect, cost, margin), 2), rates.PausedInFirst, rates.PausedInAll,
                rates.PausedAsHarmful,
            });
            Console.Error.WriteLine(told[^1]);
        }

        Console.WriteLine(JsonSerializer.Serialize(new { campaigns, people, periods, holdout, cost, margin, seed, told }));
        return 0;
    }

    public static int Kill(string[] args)
    {
        if (args.Contains("--child"))
        {
            StandingKillTrial.Run(StoreDatabase.Open(BenchProcess.Option(args, "--store")!, TimeProvider.System), _ => { });
            return 0;
        }

        int kills = BenchProcess.Option(args, "--kills", 200), wrong = 0;
        var random = new Random(BenchProcess.Option(args, "--seed", 1));
        string folder = Directory.CreateTempSubdirectory("predictive-standing-kill-").FullName;
        string location = BenchProcess.Option(args, "--store") ?? Path.Combine(folder, "store.db");
        StoreDatabase store = StoreDatabase.Open(location, TimeProvider.System);
        for (int kill = 1; kill <= kills; kill++)
        {
            int before = StandingKillTrial.LastDay(store);
            using Process child = BenchProcess.Start("standing-kill", "--child", "--store", location);
            Stopwatch waited = Stopwatch.StartNew();
            while (StandingKillTrial.LastDay(store) == before && waited.Elapsed < TimeSpan.FromSeconds(60))
            {
                Thread.Sleep(20);
            }

            Thread.Sleep(random.Next(0, 100));
            child.Kill();
            child.WaitForExit();
            if (StandingKillTrial.Fault(store) is { } fault)
            {
                wrong++;
                Console.Error.WriteLine(fault);
            }
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            kills, days = StandingKillTrial.LastDay(store) + 1, sends = store.Run(c => c.StandingSends.AsNoTracking().Count()), wrong,
        }));
        Directory.Delete(folder, recursive: true);
        return wrong == 0 ? 0 : 1;
    }
}
