using Predictive.Learning.BuiltIn;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Worker;
using Predictive.Learning;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Registry;
using Spectre.Console;
using Predictive.Training.Snapshots;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive backtest DIR --cutoff DATE [--horizon 90d] [--json]</c>: honest out-of-time evaluation, nothing published; noted among
/// the experiments where there is a registry.
/// </summary>
internal static class BacktestVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        var cutoff = new Option<string?>("--cutoff")
        {
            Description = "Train on what is strictly before, judge on the window after it.", HelpName = "DATE",
        };
        var cutoffs =
            new Option<string?>("--cutoffs") { Description = "Several cutoffs, separated by commas.", HelpName = "DATE,DATE,..." };
        Option<int> horizon = CommonOptions.Horizon();
        Option<int> seed = CommonOptions.Seed();
        Option<TimeSpan?> tune = CommonOptions.Duration("--tune", "Search trainers and settings for this long first, with each engine.");
        var page = new Option<string?>("--report") { Description = "Write one self-contained page with charts.", HelpName = "FILE.html" };
        Option<long?> memory = CommonOptions.Memory("is sampled, customer by customer");
        Option<int?> drawn = CommonOptions.SampleCustomers();
        Option<string> models = CommonOptions.Models();
        models.Description = "Folder of the model registry; where it is there the backtest is noted among its experiments.";
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "backtest", "Evaluate out of time: train before a cutoff, judge on the window after it, beside the baselines.")
        {
            dataset, CommonOptions.Level(), cutoff, cutoffs, horizon, seed, drawn, tune, page, memory, models, json,
        };
        Engines engines = Engines.AddTo(command, "Several engines side by side, separated by commas.", BuiltInEngine.EngineName);
        return command.Does(context, (parsed, cancellation) =>
        {
            string[] dates = List(parsed.GetValue(cutoffs) ?? parsed.GetValue(cutoff)
                ?? throw new RefusedInputException("backtest needs a cutoff: --cutoff DATE, or --cutoffs DATE,DATE,..."));
            IReadOnlyList<ILearningEngine> chosen = engines.Chosen(parsed);
            string path = parsed.GetRequiredValue(dataset);
            List<JudgedReport> reports = WorkProgress.Run(context.Console, progress =>
            {
                long start = Stopwatch.GetTimestamp();
                LearningHistory learning = LearningHistory.Load(
                    path, parsed.GetValue(memory), parsed.GetValue(seed), "backtesting", progress.Training(), cancellation,
                    CommonOptions.LevelOf(parsed), parsed.GetValue(drawn));
                TransactionHistory history = learning.Sample.History;
                double read = Stopwatch.GetElapsedTime(start).TotalSeconds;
                var made = new List<JudgedReport>();
                foreach (string date in dates)
                {
                    var shared = new SharedTraining();
                    LocalTime at = DatasetAccess.AsOfFor(history, date);
                    foreach (ILearningEngine e in chosen)
                    {
                        string prefix = dates.Length * chosen.Count > 1 ? $"{date} {e.Name}: " : "";
                        JudgedReport report = Backtest.Run(
                            history,
                            new BacktestOptions
                            {
                                Cutoff = at,
                                HorizonDays = parsed.GetValue(horizon),
                                Seed = parsed.GetValue(seed),
                                Engine = e,
                                Tune = parsed.GetValue(tune),
                                Shared = shared,
                                ReadSeconds = read,
                            },
                            progress.For<PipelineProgress>(p => (prefix + p.Stage, p.Done)),
                            cancellation);
                        made.Add(report with { Training = learning.Marked(report.Training) });
                    }

                    if (ExperimentNote.Add(
                        parsed.GetRequiredValue(models), made[^chosen.Count..], parsed.GetValue(seed), parsed.GetValue(tune), history, at,
                        context.Clock, learning.Stamp) is { } told)
                    {
                        context.Console.Note($"note: {told}");
                    }
                }

                return made;
            });
            if (parsed.GetValue(page) is { } file)
            {
                foreach (string written in ReportPage.Write(reports, file))
                {
                    context.Console.Note($"report: {written}");
                }
            }

            if (parsed.GetValue(json))
            {
                context.Console.Out.WriteLine(
                    reports.Count == 1 ? reports[0].ToJson() : $"[{string.Join(",", reports.Select(r => r.ToJson()))}]");
            }
            else
            {
                foreach (JudgedReport[] window in reports.Chunk(chosen.Count))
                {
                    Show(context.Console, window, parsed.GetValue(seed));
                }
            }

            return ExitCode.Done;
        });
    }

    private static string[] List(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // One table for all engines on one window; then what each of them has to say beside it.
    private static void Show(UserConsole console, IReadOnlyList<JudgedReport> window, int seed)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        JudgedReport first = window[0];
        console.Heading(
            string.Create(
                c,
                $"Backtest as of {first.AsOf}, {first.HorizonDays} days, {first.Customers:N0} customers"
                    + $"{(first.Training.Sample is { } sample ? $" of a sample ({sample.Words})" : "")}, engine "
                    + $"{string.Join(", ", window.Select(r => r.EngineLabel))}"));
        console.Write(QualityTable.Of(window));
        foreach (JudgedReport other in window.Skip(1))
        {
            console.Line(EngineComparison.Of(other, first, seed).Reason);
        }

        foreach (JudgedReport report in window)
        {
            if (window.Count > 1)
            {
                console.Line($"{report.EngineLabel}:");
            }

            string range = report.Training.TotalSpend is { } total
                ? string.Create(c, $" ({total.Low:N0} to {total.High:N0} in four cases of five)")
                : "";
            console.Line(
                string.Create(
                    c,
                    $"net spend: predicted {report.Clv.PredictedTotal:N0}{range}, actual {report.Clv.ActualTotal:N0} "
                        + $"({report.Clv.PredictedTotal / report.Clv.ActualTotal:0.00})"));
            IntervalMetrics i = report.Interval;
            string coverage = i.CoverageLikelyBuyers is { } share
                ? string.Create(c, $"{share:P0} of {i.LikelyBuyers:N0} likely buyers inside")
                : "no likely buyers";
            console.Line(string.Create(c, $"80 % interval: {i.BelowLow:P1} below, {i.AboveHigh:P1} above; {coverage}"));
            console.Line($"grade {report.Grade.Overall}: {string.Join("; ", report.Grade.Reasons)}");
            foreach (string note in report.Training.Notes)
            {
                console.Line($"note: {note}");
            }

            BacktestSeconds s = report.Seconds;
            console.Line(
                string.Create(
                    c,
                    $"seconds: read {s.Read:0.0}, features {s.Features:0.0}, train {s.Train:0.0}, score {s.Score:0.0}, total "
                        + $"{s.Total:0.0}; peak {report.PeakMemoryMB:N0} MB"));
        }

        console.Line();
    }
}
