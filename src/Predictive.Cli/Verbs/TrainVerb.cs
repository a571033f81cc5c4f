using Predictive.Learning.BuiltIn;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Worker;
using Predictive.Worker.Gate;
using Predictive.Learning;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Training;
using Predictive.Segmentation.Models.Evaluation;
using Spectre.Console;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Training.Pipeline;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive train DIR ...</c>: learn, judge, publish a version.</summary>
internal static class TrainVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<int> horizon = CommonOptions.Horizon(), seed = CommonOptions.Seed();
        Option<string> name = CommonOptions.Name(), models = CommonOptions.Models();
        Option<TimeSpan?> tune = CommonOptions.Duration("--tune", "Search trainers and settings for this long first, with each engine.");
        Option<long?> memory = CommonOptions.Memory("is sampled, customer by customer");
        Option<int?> sample = CommonOptions.SampleCustomers();
        Option<bool> json = CommonOptions.Json();
        Option<string?> store = StoreAccess.Store();
        var command = new Command(
            "train",
            "Learn churn, value and portrait models and publish them as one version.")
            {
                dataset, CommonOptions.Level(), asOf, horizon, name, models, tune, seed, sample, memory, store, json,
            };
        Engines engines = Engines.AddTo(
            command,
            "Engines that learn from the same snapshots, separated by commas: the better out of time is published as champion, the other "
                + "as challenger.",
            BuiltInEngine.EngineName);
        GateArguments gate = GateArguments.AddTo(command);
        return command.Does(context, (parsed, cancellation) =>
        {
            IReadOnlyList<ILearningEngine> chosen = engines.Chosen(parsed);
            RuleOptions rules = SegmentsFile.For(parsed.GetRequiredValue(dataset));
            var trials = new List<SearchTrial>();
            StoreDatabase database = StoreAccess.Open(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            string path = parsed.GetRequiredValue(dataset), registry = parsed.GetRequiredValue(models);
            double read = 0;
            using TrainJob job = TrainJob.Begin(
                database, parsed.GetRequiredValue(name), StoreAccess.Actor, path, registry, context.Console.Note, cancellation);
            TrainRuns runs = WorkProgress.Run(context.Console, progress => job.Do(progress.Training(), (told, cut) =>
            {
                long start = Stopwatch.GetTimestamp();
                LearningHistory learning = LearningHistory.Load(
                    path, parsed.GetValue(memory), parsed.GetValue(seed), "training", told, cut, CommonOptions.LevelOf(parsed),
                    parsed.GetValue(sample));
                read = Stopwatch.GetElapsedTime(start).TotalSeconds;
                TimeSpan? budget = parsed.GetValue(tune);
                LocalTime time = DatasetAccess.AsOfFor(learning, parsed.GetValue(asOf), context);
                job.Reads(DataFingerprint.Compute(learning.Sample.History, time) with { Sample = learning.Stamp });
                var request = new TrainRequest(
                    learning.Sample.History,
                    chosen,
                    engine => new TrainingOptions
                    {
                        AsOf = time,
                        HorizonDays = parsed.GetValue(horizon),
                        Seed = parsed.GetValue(seed),
                        Engine = engine,
                        Tune = budget,
                        TuneProgress = new TrialLog(trials, progress, budget),
                        Clock = context.Clock,
                    },
                    registry,
                    parsed.GetRequiredValue(name))
                    {
                        Rules = rules, Note = learning.Note, Sample = learning.Stamp, Promotion = gate.PromotionOf(parsed),
                        Gate = gate.Gate(parsed), Store = database, Lease = job.Lease, Actor = StoreAccess.Actor, Job = job.Job.Id,
                    };
                return TrainRuns.Execute(request, told, cut);
            }, goesOn: false, cancellation)!);
            if (parsed.GetValue(json))
            {
                object[] versions = [.. runs.Runs.Select(run => Document(run, trials, read))];
                context.Console.WriteJson(
                    versions.Length == 1 ? versions[0] : new { EngineComparison.Rule, runs.Comparison, Versions = versions });
            }
            else
            {
                Show(context.Console, runs, trials);
                foreach (TrainRun run in runs.Runs)
                {
                    string label = runs.Runs.Count > 1 ? run.Engine.Name + ": " : "";
                    IEnumerable<string> stages =
                        run.Seconds.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {s.Value:0.0} s"));
                    context.Console.Line(
                        string.Create(CultureInfo.InvariantCulture, $"{label}read {read:0.0} s, {string.Join(", ", stages)}"));
                }
            }

            return runs.Best.IsHeld ? ExitCode.Held : ExitCode.Done;
        });
    }

    /// <summary>Every version, the better first, and with several engines by how much it is better.</summary>
    public static void Show(UserConsole console, TrainRuns runs, IReadOnlyList<SearchTrial> trials)
    {
        foreach (TrainRun run in runs.Runs)
        {
            Show(console, run, Own(run, trials));
        }

        foreach (string left in runs.LeftOut)
        {
            console.Line($"note: {left}");
        }

        if (runs.Comparison is { } compared)
        {
            console.Line($"engines: {compared.Reason}");
            console.Line($"rule: {EngineComparison.Rule}; better here: {compared.Better}");
        }
        else if (runs.Runs.Count > 1)
        {
            console.Line(
                $"engines: no window inside the training period can judge them out of time; {runs.Best.Engine.Name}, named first, "
                    + "goes first");
        }
    }

    private static object Document(TrainRun run, List<SearchTrial> trials, double read) => new
    {
        run.Version.Name,
        run.Version.Version,
        File = run.Version.Path,
        run.Serves,
        Gate = run.Verdict is { } verdict ? new { Held = run.IsHeld, verdict.Reasons, verdict.Accepted, verdict.Notes } : null,
        run.Bundle.Manifest.Engine,
        run.Bundle.Manifest.AsOf,
        run.Bundle.Manifest.HorizonDays,
        Training = run.Trained.Report,
        NextBest = run.Bundle.Recommendations?.Report,
        Trials = Own(run, trials),
        Seconds = new Dictionary<string, double>(run.Seconds) { ["read"] = read },
    };

    // Trials of several engines are told apart by their trainers' names.
    private static SearchTrial[] Own(
        TrainRun run, IReadOnlyList<SearchTrial> trials) =>
            [.. trials.Where(t => run.Engine.Trainers.Any(own => own.Name == t.Options.Trainer))];

    private static void Show(UserConsole console, TrainRun run, SearchTrial[] trials)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        TrainingReport report = run.Trained.Report;
        EngineStamp engine = run.Bundle.Manifest.Engine;
        console.Heading(
            string.Create(
                c,
                $"{run.Version.Name}/{run.Version.Version}: trained as of {run.Bundle.Manifest.AsOf} on {report.Customers:N0} customers"
                    + $"{(report.Sample is { } drawn ? $" of a sample ({drawn.Words})" : "")}, "
                    + $"next {run.Bundle.Manifest.HorizonDays} days "
                    + $"({report.Method}{(engine.Trainer is null ? "" : $", {engine.Name} {engine.Trainer}")})"));
        if (report.ValidationChurn is not null)
        {
            console.Line($"out of time, inside the training period ({string.Join(", ", report.ValidationWindows)}):");
            console.Write(QualityTable.Of(report.ValidationChurn, report.ValidationClv, report.ValidationBaselines));
        }

        if (trials.Length > 0)
        {
            Table table = UserConsole.NewTable("for", ">trial", "trainer", ">trees", ">leaves", ">rate", ">loss", ">seconds");
            foreach (SearchTrial t in trials.GroupBy(t => t.Options.Objective).SelectMany(task => task.OrderBy(t => t.Loss).Take(10)))
            {
                table.AddRow(
                    t.Options.Objective == Objective.Logistic ? "churn (log loss)" : "spend (squared)",
                    t.Number.ToString(c), t.Options.Trainer!, t.Options.Trees.ToString(c), t.Options.Leaves.ToString(c),
                    t.Options.LearningRate.ToString("0.###", c), t.Loss.ToString("0.00000", c), t.Seconds.ToString("0.0", c));
            }

            console.Write(table);
            // Every trainer's best, for those the ten above leave out.
            foreach (var task in trials.GroupBy(t => t.Options.Objective))
            {
                IEnumerable<string> best = task.GroupBy(t => t.Options.Trainer!)
                    .Select(g => (g.Key, Loss: g.Min(t => t.Loss)))
                    .OrderBy(b => b.Loss)
                    .Select(b => string.Create(c, $"{b.Key} {b.Loss:0.00000}"));
                console.Line($"best of each trainer, {(task.Key == Objective.Logistic ? "churn" : "spend")}: {string.Join(", ", best)}");
            }
        }

        if (report.Grade is { } grade)
        {
            console.Line($"grade {grade.Overall} (churn {grade.Churn}, CLV {grade.Clv}): {string.Join("; ", grade.Reasons)}");
        }

        if (run.Bundle.Recommendations is { Report: { } next } recommendations)
        {
            var at = next.Success.Single(k => k.Top == 3);
            console.Line(
                string.Create(
                    c,
                    $"next best {recommendations.Model.Kind.ToString().ToLowerInvariant()}, grade {next.Grade}: Success@3 "
                        + $"{at.Model:0.000} against {at.Popularity:0.000} for popularity and {at.Habit:0.000} for habit (± "
                        + $"{next.Noise:0.000}); "
                        + $"among new ones {at.NewModel:0.000} against {at.NewPopularity:0.000} (± {next.NewNoise:0.000}; "
                        + $"{next.Customers:N0} customers, {next.Days} days from "
                        + $"{next.From})"));
        }

        if (report.TotalSpend is { } total)
        {
            console.Line(
                string.Create(
                    c,
                    $"net spend of all customers{(report.Sample is null ? "" : " of the sample")} in the coming "
                        + $"{run.Bundle.Manifest.HorizonDays} days: {total.Expected:N0} expected, "
                        + $"{total.Low:N0} to {total.High:N0} in four cases of five"));
        }

        foreach (string note in report.Notes)
        {
            console.Line($"note: {note}");
        }

        GateArguments.Show(console, run);
        string role = run.IsHeld
            ? " is held; the champion stays"
            : run.Serves ? ", now the champion" : run.Waits ? ", the challenger" : "; the champion stays";
        console.Line(
            $"published {run.Version.Path}{role}"
                + $"{(run.Serves ? "" : ": promote it with predictive models promote " + run.Version.Version)}");
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
