using System.CommandLine;
using System.Globalization;
using Predictive.Api;
using Predictive.Cli.Terminal;
using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive demo</c>: data-samples → train → publish → score → serve, with what it did on screen.</summary>
internal static class DemoVerb
{
    private const int Calls = 10;

    public static Command Create(VerbContext context)
    {
        var data = new Option<string>("--data") { Description = "Dataset to use.", HelpName = "DIR", DefaultValueFactory = _ => "data-samples" };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<int> horizon = CommonOptions.Horizon(), seed = CommonOptions.Seed();
        var urls = new Option<string>("--urls") { Description = "Where to listen.", HelpName = "URL", DefaultValueFactory = _ => CommonOptions.DefaultUrl };
        var noServe = new Option<bool>("--no-serve") { Description = "Stop before the host." };
        var command = new Command("demo", "The whole journey on data-samples: judge, train, publish, score, serve.") { data, models, name, horizon, seed, urls, noServe };
        return command.Does(context, async (parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(data);
            if (!Directory.Exists(path) && !File.Exists(path))
            {
                throw new RefusedInputException($"There is no dataset at '{path}'. Run demo from the repository's root, name one with --data, or make one: predictive generate --out {path}");
            }

            UserConsole console = context.Console;
            string modelsFolder = parsed.GetRequiredValue(models), modelName = parsed.GetRequiredValue(name);
            ILearningEngine engine = Engines.Get(LearningEngines.BuiltIn);
            var (history, judged, run, scores) = WorkProgress.Run(console, progress =>
            {
                TransactionHistory loaded = DatasetAccess.Load(path, progress, cancellation);
                AsOf asOf = DatasetAccess.AsOfFor(loaded, null);
                int days = parsed.GetValue(horizon);
                BacktestReport report = Backtest.Run(
                    loaded,
                    new BacktestOptions { Cutoff = asOf.AddDays(-days), HorizonDays = days, Seed = parsed.GetValue(seed), Engine = engine, Clock = context.Clock },
                    progress.For<PipelineProgress>(p => ("judge out of time: " + p.Stage, p.Done)),
                    cancellation);
                var options = new TrainingOptions { AsOf = asOf, HorizonDays = days, Seed = parsed.GetValue(seed), Engine = engine, Clock = context.Clock };
                TrainRun trained = TrainRun.Execute(loaded, options, modelsFolder, modelName, progress, cancellation);
                var scorer = new CustomerScorer(trained.Bundle, new ModelStamp(trained.Version.Name, trained.Version.Version));
                return (loaded, report, trained, ModelAccess.ScoreAll(scorer, loaded, asOf, progress, cancellation));
            });

            CultureInfo c = CultureInfo.InvariantCulture;
            console.Heading("The data");
            console.Line(string.Create(c, $"{path}: {history.LineCount:N0} lines of {history.CustomerCount:N0} customers, {new AsOf(history.FirstMicros).ToDateTime():yyyy-MM-dd} to {new AsOf(history.LastMicros).ToDateTime():yyyy-MM-dd}"));
            console.Line();
            console.Heading(string.Create(c, $"How good the models are: trained before {judged.AsOf}, judged on the {judged.HorizonDays} days after it ({judged.Customers:N0} customers, {judged.Churn.Rate:P0} churned)"));
            console.Write(QualityTable.Of([judged]));
            console.Line($"grade {judged.Grade.Overall}: {string.Join("; ", judged.Grade.Reasons)}");
            console.Line();
            console.Heading(string.Create(c, $"Published {run.Version.Name}/{run.Version.Version}: trained as of {run.Bundle.Manifest.AsOf} on everything; {scores.Count:N0} customers scored"));
            console.Line(string.Create(c, $"{run.Version.Path}: {scores.ChurnProbability.Sum():N0} expected to churn, {scores.ClvExpected.Sum():N0} expected net spend in {run.Bundle.Manifest.HorizonDays} days"));
            console.Line();
            console.Heading($"The {Calls} customers most worth calling (churn risk × what they would spend if they stay)");
            console.Write(AtRiskTable.Of(AtRisk.Rank(scores, new AtRiskOptions { Capacity = Calls }).Rows));
            if (parsed.GetValue(noServe))
            {
                return ExitCode.Done;
            }

            return await ServeVerb.Run(context, new ScoringHostOptions { Data = path, Models = modelsFolder, Name = modelName, Urls = parsed.GetRequiredValue(urls) }, cancellation);
        });
    }
}
