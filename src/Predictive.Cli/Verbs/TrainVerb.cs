using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Learning;
using Predictive.History.Loading;
using Predictive.Training;
using Predictive.Segmentation.Models.Evaluation;
using Spectre.Console;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive train DIR ...</c>: learn, judge, publish a version.</summary>
internal static class TrainVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<int> horizon = CommonOptions.Horizon(), seed = CommonOptions.Seed();
        Option<string> name = CommonOptions.Name(), models = CommonOptions.Models(), engine = CommonOptions.Engine();
        Option<TimeSpan?> tune = CommonOptions.Duration("--tune", "Search learners and settings for this long first.");
        Option<long?> memory = CommonOptions.Memory("is sampled, customer by customer");
        Option<bool> json = CommonOptions.Json();
        var command = new Command("train", "Learn churn, value and portrait models and publish them as one version.") { dataset, asOf, horizon, name, models, engine, tune, seed, memory, json };
        return command.Does(context, (parsed, cancellation) =>
        {
            ILearningEngine learner = Engines.Get(parsed.GetRequiredValue(engine));
            var trials = new List<SearchTrial>();
            (TrainRun run, double read) = WorkProgress.Run(context.Console, progress =>
            {
                long start = Stopwatch.GetTimestamp();
                (LoadedSample sample, string? note) = DatasetAccess.LoadToLearn(parsed.GetRequiredValue(dataset), parsed.GetValue(memory), parsed.GetValue(seed), "training", progress, cancellation);
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                TimeSpan? budget = parsed.GetValue(tune);
                var options = new TrainingOptions
                {
                    AsOf = DatasetAccess.AsOfFor(sample, parsed.GetValue(asOf)),
                    HorizonDays = parsed.GetValue(horizon),
                    Seed = parsed.GetValue(seed),
                    Engine = learner,
                    Tune = budget,
                    TuneProgress = new TrialLog(trials, progress, budget),
                    Clock = context.Clock,
                };
                return (TrainRun.Execute(sample.History, options, parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), progress, cancellation, note), seconds);
            });
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    run.Version.Name,
                    run.Version.Version,
                    File = run.Version.Path,
                    run.Serves,
                    run.Bundle.Manifest.AsOf,
                    run.Bundle.Manifest.HorizonDays,
                    Training = run.Trained.Report,
                    NextBest = run.Bundle.Recommendations?.Report,
                    Trials = trials,
                    Seconds = new Dictionary<string, double>(run.Seconds) { ["read"] = read },
                });
            }
            else
            {
                Show(context.Console, run, trials);
                context.Console.Line(string.Create(CultureInfo.InvariantCulture, $"read {read:0.0} s, {string.Join(", ", run.Seconds.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {s.Value:0.0} s")))}"));
            }

            return ExitCode.Done;
        });
    }

    public static void Show(UserConsole console, TrainRun run, IReadOnlyList<SearchTrial> trials)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        TrainingReport report = run.Trained.Report;
        console.Heading(string.Create(c, $"{run.Version.Name}/{run.Version.Version}: trained as of {run.Bundle.Manifest.AsOf} on {report.Customers:N0} customers, next {run.Bundle.Manifest.HorizonDays} days ({report.Method})"));
        if (report.ValidationChurn is not null)
        {
            console.Line($"out of time, inside the training period ({string.Join(", ", report.ValidationWindows)}):");
            console.Write(QualityTable.Of(report.ValidationChurn, report.ValidationClv, report.ValidationBaselines));
        }

        if (trials.Count > 0)
        {
            Table table = UserConsole.NewTable("for", ">trial", "learner", ">trees", ">leaves", ">rate", ">loss", ">seconds");
            foreach (SearchTrial t in trials.GroupBy(t => t.Options.Objective).SelectMany(task => task.OrderBy(t => t.Loss).Take(10)))
            {
                table.AddRow(
                    t.Options.Objective == Objective.Logistic ? "churn (log loss)" : "spend (squared)",
                    t.Number.ToString(c), t.Options.Learner.ToString(), t.Options.Trees.ToString(c), t.Options.Leaves.ToString(c), t.Options.LearningRate.ToString("0.###", c), t.Loss.ToString("0.00000", c), t.Seconds.ToString("0.0", c));
            }

            console.Write(table);
        }

        if (report.Grade is { } grade)
        {
            console.Line($"grade {grade.Overall} (churn {grade.Churn}, CLV {grade.Clv}): {string.Join("; ", grade.Reasons)}");
        }

        if (run.Bundle.Recommendations is { Report: { } next } recommendations)
        {
            var at = next.Success.Single(k => k.Top == 3);
            console.Line(string.Create(c, $"next best {recommendations.Model.Kind.ToString().ToLowerInvariant()}, grade {next.Grade}: Success@3 {at.Model:0.000} against {at.Popularity:0.000} for popularity and {at.Habit:0.000} for habit; among new ones {at.NewModel:0.000} against {at.NewPopularity:0.000} ({next.Customers:N0} customers, {next.Days} days from {next.From})"));
        }

        foreach (string note in report.Notes)
        {
            console.Line($"note: {note}");
        }

        console.Line($"published {run.Version.Path}{(run.Serves ? ", now the champion" : "; the champion stays: promote it with predictive models promote " + run.Version.Version)}");
    }

    private sealed class TrialLog(List<SearchTrial> trials, WorkProgress progress, TimeSpan? budget) : IProgress<SearchTrial>
    {
        private double _spent;

        public void Report(SearchTrial value)
        {
            lock (trials)
            {
                trials.Add(value);
                _spent += value.Seconds;
                progress.Report("tune", budget is { } b ? _spent / b.TotalSeconds : 0);
            }
        }
    }
}
