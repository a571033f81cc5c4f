using Predictive.Learning.BuiltIn;
using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.Worker;
using Predictive.Worker.Gate;
using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Snapshots;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive demo</c>: data-samples → train → publish → score → serve, with what it did on screen.</summary>
internal static class DemoVerb
{
    private const int Calls = 10;

    public static Command Create(VerbContext context)
    {
        var noServe = new Option<bool>("--no-serve") { Description = "Stop before the host." };
        var command = new Command("demo", "The whole journey on data-samples: judge, train, publish, score, serve.") { noServe };
        SettingFlags settings = SettingFlags.AddTo(command, SettingUse.Demo);
        return command.Does(context, (parsed, cancellation) =>
        {
            SettingValues values = settings.Read(parsed, context);
            string path = values.Get(Settings.Data);
            return Directory.Exists(path) || File.Exists(path)
                ? Run(context, values, path, parsed.GetValue(noServe), cancellation)
                : throw new RefusedInputException(
                    $"There is no dataset at '{path}'. Run demo from the repository's root, name one with --data, or make one: "
                        + $"predictive generate --out {path}");
        });
    }

    /// <summary>Judges, trains, publishes, scores and serves a dataset.</summary>
    /// <param name="context">Console and clock.</param>
    /// <param name="values">The settings in force.</param>
    /// <param name="path">The dataset.</param>
    /// <param name="noServe">Whether it ends before the host.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<int> Run(
        VerbContext context, SettingValues values, string path, bool noServe, CancellationToken cancellation)
    {
        WorkerTimes times = WorkerTimes.Of(values, context.Clock);
        RuleOptions rules = SegmentsFile.For(path);
        UserConsole console = context.Console;
        string modelsFolder = values.Get(Settings.Models), modelName = values.Get(Settings.Name);
        int days = values.Get(Settings.Horizon), draws = values.Get(Settings.Seed);
        IReadOnlyList<ILearningEngine> chosen = Engines.Chosen(values, BuiltInEngine.EngineName);
        // A store begins with a second of migrations: beside the judging, which does not need it.
        Task<StoreDatabase> opening = Task.Run(() => StoreAccess.Open(context, values.Find(Settings.Store), modelsFolder), cancellation);
        var (history, judged, runs, scorer, scores) = WorkProgress.Run(console, progress =>
        {
            TransactionHistory loaded = DatasetAccess.Load(path, progress, cancellation, level: values.FindValue(Settings.Level));
            LocalTime asOf = DatasetAccess.AsOfFor(loaded, null, context);
            var shared = new SharedTraining();
            JudgedReport[] reports = [.. chosen.Select(engine => Backtest.Run(
                loaded,
                new BacktestOptions
                {
                    Cutoff = asOf.AddDays(-days), HorizonDays = days, Seed = draws, Engine = engine, Shared = shared,
                    Clock = context.Clock,
                },
                progress.For<PipelineProgress>(
                    p => ($"judge {(chosen.Count > 1 ? engine.Name + " " : "")}out of time: " + p.Stage, p.Done)),
                cancellation))];
            StoreDatabase database = opening.GetAwaiter().GetResult();
            using TrainJob job =
                TrainJob.Begin(database, modelName, StoreAccess.Actor, path, modelsFolder, console.Note, cancellation);
            var request = new TrainRequest(
                loaded,
                chosen,
                engine => new TrainingOptions
                {
                    AsOf = asOf, HorizonDays = days, Seed = draws, Engine = engine, Shared = shared, Clock = context.Clock,
                },
                modelsFolder,
                modelName)
            {
                Rules = rules, Promotion = Enum.Parse<Promotion>(values.Get(Settings.Promote), ignoreCase: true),
                Gate = GateArguments.Gate(values), Store = database,
                Lease = job.Lease, Actor = StoreAccess.Actor, Job = job.Job.Id,
            };
            TrainRuns trained = job.Do(
                progress.Training(), (told, cut) => TrainRuns.Execute(request, told, cut), goesOn: false, cancellation)!;
            if (ExperimentNote.Add(modelsFolder, reports, draws, null, loaded, asOf.AddDays(-days), context.Clock) is { } told)
            {
                context.Console.Note($"note: {told}");
            }

            // What is shown is what serves: the champion that stays, where the new version does not.
            CustomerScorer serving = trained.Best.Serves || trained.Best.Aliases.Champion is null
                ? new CustomerScorer(
                    trained.Best.Bundle, new ModelStamp(trained.Best.Version.Name, trained.Best.Version.Version))
                : ModelAccess.Scorer(modelsFolder, modelName, "champion");
            return (loaded, reports, trained, serving, ModelAccess.ScoreAll(serving, loaded, asOf, progress, cancellation));
        });
        JudgedReport first = judged[0];
        TrainRun run = runs.Best;

        CultureInfo c = CultureInfo.InvariantCulture;
        console.Heading("The data");
        console.Line(
            string.Create(
                c,
                $"{path}: {history.LineCount:N0} lines of {history.CustomerCount:N0} customers, "
                    + $"{new LocalTime(history.FirstMicros).ToDateTime():yyyy-MM-dd} to "
                    + $"{new LocalTime(history.LastMicros).ToDateTime():yyyy-MM-dd}"));
        console.Line();
        console.Heading(
            string.Create(
                c,
                $"How good the models are: trained before {first.AsOf}, judged on the {first.HorizonDays} days after it "
                    + $"({first.Customers:N0} customers, {first.Churn.Rate:P0} churned)"));
        console.Write(QualityTable.Of(judged));
        foreach (JudgedReport report in judged)
        {
            console.Line(
                $"{(judged.Length > 1 ? report.EngineLabel + ", " : "")}grade {report.Grade.Overall}: "
                    + $"{string.Join("; ", report.Grade.Reasons)}");
        }

        foreach (JudgedReport other in judged.Skip(1))
        {
            console.Line(EngineComparison.Of(other, first, draws).Reason);
        }

        console.Line();
        console.Heading(
            string.Create(
                c,
                $"Published {run.Version.Name}/{run.Version.Version}: trained as of {run.Bundle.Manifest.AsOf} on "
                    + $"everything{(runs.Runs.Count > 1 ? $" by {run.Engine.Name}" : "")}"));
        console.Line(run.Version.Path);
        GateArguments.Show(console, run);
        if (!run.Serves)
        {
            console.Line(
                run.IsHeld
                    ? $"{run.Version.Name}/{run.Version.Version} is held; {run.Version.Name}/{scorer.Stamp.Version} goes on serving. A "
                        + "reason that is known and wanted passes with --accept CODE; --promote force insists; other data belong "
                        + "under another --name"
                    : $"{run.Version.Name}/{run.Version.Version} is kept and does not serve (--promote never)");
        }

        console.Line(
            string.Create(
                c,
                $"{scorer.Stamp.Name}/{scorer.Stamp.Version} scored {scores.Count:N0} customers: "
                    + $"{scores.ChurnProbability.Sum():N0} expected to churn, {scores.ClvExpected.Sum():N0} expected net spend in "
                    + $"{scorer.Bundle.Manifest.HorizonDays} days"));
        console.Line();
        console.Heading(
            $"The {Calls} customers most worth calling (what a call can save: churn risk × what they would spend if they stay × the "
                + "share assumed to be saved)");
        console.Write(AtRiskTable.Of(AtRisk.Rank(scorer, scores, new AtRiskOptions { Capacity = Calls }).Rows));
        if (noServe)
        {
            return run.IsHeld ? ExitCode.Held : ExitCode.Done;
        }

        // Told nothing of when, the worker waits for a training to be asked for (POST /v1/jobs/train).
        WorkerJob worker = WorkerVerb.Job(values, times, path, chosen, await opening);
        return await ServeVerb.Run(context, ServeVerb.Options(values, path), cancellation, worker);
    }
}
