using System.Diagnostics;
using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>queries --data DIR</c>: every metric that can be asked for, over the whole history, by nothing, by month and, where it can be, by
/// category and acquisition channel: the median of five, the worst, and which it was. What rules say of customers is made once before and
/// told apart, as a host has it.
/// </summary>
internal static class QueriesBench
{
    private const int Rounds = 5;

    private static readonly string[][] s_by = [[], ["month"], ["category"], ["acquisition_channel"], ["tier", "month"], ["tier"]];

    public static int Run(string[] args)
    {
        if (args is not ["--data", var data])
        {
            Console.Error.WriteLine("Usage: queries --data DIR");
            return 2;
        }

        TransactionHistory history = DatasetLoader.Load(data, new LoadOptions { Columns = HistoryColumns.Answers });
        LocalTime asOf = LocalTime.MidnightAfter(history.LastMicros);
        long start = Stopwatch.GetTimestamp();
        var of = new QueryBase(
            history, asOf, () => SegmentTable.Build(history, RuleBook.Fit(history, asOf, new RuleOptions()), asOf), null);
        _ = of.Table;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{history.LineCount:N0} lines, {history.CustomerCount:N0} customers; rules "
                + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"));
        (string Query, double Median, double Worst) slowest = ("", 0, 0);
        int asked = 0, refused = 0;
        foreach (MetricDefinition metric in QueryCatalogue.Queryable)
        {
            foreach (string[] by in s_by)
            {
                var query = new MetricQuery { Metric = metric.Name, By = by };
                try
                {
                    var seconds = new double[Rounds];
                    for (int i = 0; i < Rounds; i++)
                    {
                        long begun = Stopwatch.GetTimestamp();
                        QueryRunner.Run(of, query);
                        seconds[i] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
                    }

                    Array.Sort(seconds);
                    string text = $"{metric.Name} by {string.Join(", ", by.DefaultIfEmpty("nothing"))}";
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"{text,-60} {1000 * seconds[Rounds / 2],8:0.0} ms, worst {1000 * seconds[^1]:0.0}"));
                    asked++;
                    if (seconds[Rounds / 2] > slowest.Median)
                    {
                        slowest = (text, seconds[Rounds / 2], seconds[^1]);
                    }
                }
                catch (QueryRefusedException)
                {
                    // No such column, no model, or a division that means nothing.
                    refused++;
                }
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{asked} queries, {refused} refused; slowest {slowest.Query}: {1000 * slowest.Median:0} ms, worst "
                + $"{1000 * slowest.Worst:0} ms"));
        return slowest.Median < 2 ? 0 : 1;
    }
}
