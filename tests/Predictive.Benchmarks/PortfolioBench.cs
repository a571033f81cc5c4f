using System.Diagnostics;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>portfolio DIR</c>: reading a dataset, fitting every rule, every rule for every customer at the as-of and 90 days before,
/// association, and the whole portfolio; wall and processor seconds of each step, and the peak of memory.
/// </summary>
internal static class PortfolioBench
{
    public static int Run(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("Usage: portfolio DIR");
            return 2;
        }

        var steps = new Dictionary<string, object>();
        double wall = 0, processor = 0;
        TransactionHistory history = Timed(
            "read", () => DatasetLoader.Load(args[0], new LoadOptions { Columns = HistoryColumns.Answers }));
        LocalTime asOf = LocalTime.MidnightAfter(history.LastMicros);
        RuleBook book = Timed("fit", () => RuleBook.Fit(history, asOf));
        SegmentTable now = Timed("rules", () => SegmentTable.Build(history, book, asOf));
        SegmentTable before = Timed("rulesBefore", () => SegmentTable.Build(history, book, asOf.AddDays(-90)));
        AssociationResult association = Timed("association", () => Association.Fit(history, asOf, book.Options.Portfolio.Association));
        PortfolioReport report = Timed("portfolio", () => PortfolioBuilder.Build(now, null, before));
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            bench = "portfolio", lines = history.LineCount, customers = now.Count, steps, wall = Math.Round(wall, 2),
            processor = Math.Round(processor, 2), peakMB = Process.GetCurrentProcess().PeakWorkingSet64 >> 20,
            pairs = association.Pairs.Count, sequences = association.Sequences.Count, groups = report.Groups.Count,
        }));
        return 0;

        T Timed<T>(string name, Func<T> step)
        {
            Process self = Process.GetCurrentProcess();
            TimeSpan used = self.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            T result = step();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            self.Refresh();
            double own = (self.TotalProcessorTime - used).TotalSeconds;
            steps[name] = new { wall = Math.Round(seconds, 2), processor = Math.Round(own, 2) };
            (wall, processor) = (wall + seconds, processor + own);
            return result;
        }
    }
}
