using Predictive.Learning.BuiltIn;
using System.CommandLine;
using System.Globalization;
using Predictive.Api;
using Predictive.Api.Configuration;
using Predictive.Cli.Terminal;
using Predictive.Worker;
using Predictive.Worker.Gate;
using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
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
        var data =
            new Option<string>("--data") { Description = "Dataset to use.", HelpName = "DIR", DefaultValueFactory = _ => "data-samples" };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<int> horizon = CommonOptions.Horizon(), seed = CommonOptions.Seed();
        var urls = new Option<string>("--urls")
        {
            Description = "Where to listen.", HelpName = "URL", DefaultValueFactory = _ => CommonOptions.DefaultUrl,
        };
        var noServe = new Option<bool>("--no-serve") { Description = "Stop before the host." };
        var command = new Command(
            "demo",
            "The whole journey on data-samples: judge, train, publish, score, serve.") { data, models, name, horizon, seed, urls, noServe };
        Engines engines = Engines.AddTo(
            command, "Engines to judge side by side and to train, separated by commas: the better is published as champion.",
            BuiltInEngine.EngineName);
        GateArguments gate = GateArguments.AddTo(command, promote: true);
        WorkerArguments when = WorkerArguments.AddTo(command, null);
        return command.Does(context, async (parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(data);
            if (!Directory.Exists(path) && !File.Exists(path))
            {
                throw new RefusedInputException(
                    $"There is no dataset at '{path}'. Run demo from the repository's root, name one with --data, or make one: "
                        + $"predictive generate --out {path}");
            }

            when.Validate(parsed, context);
            RuleOptions rules = SegmentsFile.For(path);
            UserConsole console = context.Console;
            string modelsFolder = parsed.GetRequiredValue(models), modelName = parsed.GetRequiredValue(name);
            IReadOnlyList<ILearningEngine> chosen = engines.Chosen(parsed);
            // A store begins with a second of migrations: beside the judging, which does not need it.
            Task<StoreDatabase> opening = Task.Run(() => StoreAccess.Open(context, null, modelsFolder), cancellation);
            var (history, judged, runs, scorer, scores) = WorkProgress.Run(console, progress =>
            {
                TransactionHistory loaded = DatasetAccess.Load(path, progress, cancellation);
                LocalTime asOf = DatasetAccess.AsOfFor(loaded, null, context);
                int days = parsed.GetValue(horizon), draws = parsed.GetValue(seed);
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
                    Rules = rules, Promotion = gate.PromotionOf(parsed), Gate = gate.Gate(parsed), Store = database,
                    Lease = job.Lease, Actor = StoreAccess.Actor, Job = job.Job.Id,
                };
                TrainRuns trained = job.Do(
                    progress.Training(), (told, cut) => TrainRuns.Execute(request, told, cut), goesOn: false, cancellation)!;
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
                console.Line(EngineComparison.Of(other, first, parsed.GetValue(seed)).Reason);
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
            if (parsed.GetValue(noServe))
            {
                return run.IsHeld ? ExitCode.Held : ExitCode.Done;
            }

            // Told nothing of when, the worker waits for a training to be asked for (POST /v1/jobs/train).
            WorkerJob worker = when.Apply(
                new WorkerJob(
                    path, modelsFolder, modelName, chosen, parsed.GetValue(horizon), parsed.GetValue(seed), null, gate.Gate(parsed),
                    await opening),
                parsed, context);
            return await ServeVerb.Run(
                context,
                new ScoringHostOptions
                {
                    Data = path, Models = modelsFolder, Name = modelName, Urls = parsed.GetRequiredValue(urls),
                    Store = StoreAccess.Location(null, modelsFolder),
                },
                cancellation, worker);
        });
    }
}
