using System.Diagnostics;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Returns;
using Predictive.Segmentation.Features;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>returns DIR [--repeats 5]</c>: what finding returned orders costs. In turns, on one thread: a sum over the amounts of every customer
/// (what reading them costs), the matching, and the features, which match too; medians in seconds, and what was found.
/// </summary>
internal static class ReturnsBench
{
    public static int Run(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("Usage: returns DIR [--repeats 5]");
            return 2;
        }

        int at = Array.IndexOf(args, "--repeats"), repeats = at >= 0 ? int.Parse(args[at + 1]) : 5;
        TransactionHistory history = DatasetLoader.Load(args[0], new LoadOptions { Columns = HistoryColumns.Answers, Tables = false });
        LocalTime asOf = LocalTime.MidnightAfter(history.LastMicros);
        BaseProfile profile = BaseProfile.Fit(history, asOf, 90);
        int[] customers = Population.At(history, asOf);
        var matching = new ReturnMatching();
        long returned = 0, unmatched = 0, lines = 0, with = 0;
        double sum = 0;
        var seconds = new Dictionary<string, List<double>> { ["sum"] = [], ["match"] = [], ["features"] = [] };
        for (int round = 0; round < repeats; round++)
        {
            Timed("sum", () =>
            {
                for (int c = 0; c < history.CustomerCount; c++)
                {
                    foreach (double amount in history.Lines(c).Amount)
                    {
                        sum += amount;
                    }
                }
            });
            (returned, unmatched, lines, with) = (0, 0, 0, 0);
            Timed("match", () =>
            {
                for (int c = 0; c < history.CustomerCount; c++)
                {
                    CustomerLines before = history.Lines(c);
                    matching.Mark(before, out ReturnCounts counts);
                    (returned, unmatched) = (returned + counts.ReturnedOrders, unmatched + counts.UnmatchedReturns);
                    (lines, with) = (lines + before.Count, with + (ReturnMatching.AnyIn(before) ? 1 : 0));
                }
            });
            Timed("features", () => FeatureSet.Compute(history, customers, asOf, 90, profile, threads: 1));
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            lines, customers = history.CustomerCount, withReturns = with, returnedOrders = returned, unmatchedReturns = unmatched,
            net = Cents.Of(sum / repeats), seconds = seconds.ToDictionary(s => s.Key, s => s.Value.Order().ElementAt(repeats / 2)),
        }));
        return 0;

        void Timed(string name, Action work)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            seconds[name].Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }
}
