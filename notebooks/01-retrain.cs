#!/usr/bin/env dotnet
// 1. Retrain, compare, publish, over the library: judge out of time, train as of the end of the data, publish a version, score everybody.
// Run it from the repository's root: dotnet run -c Release notebooks/01-retrain.cs [-- ROOT [REGISTRY]]
#:project ../src/Predictive.Training/Predictive.Training.csproj
#:property PublishAot=false
#:property NoWarn=$(NoWarn);CS1591;CA2007

using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Training.Snapshots;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string shop = Path.Combine(args.Length > 0 ? args[0] : Directory.GetCurrentDirectory(), "data-samples");
string models = args.Length > 1 ? args[1] : Path.Combine(Directory.CreateTempSubdirectory("predictive-notebook-").FullName, "models");
var engine = new BuiltInEngine();
var shared = new SharedTraining();
TransactionHistory history = DatasetLoader.Load(shop, new LoadOptions { Columns = HistoryColumns.Answers });

LocalTime end = LocalTime.MidnightAfter(history.LastMicros);

// Trained before the cutoff, judged on the 90 days after it, beside the baselines. What this learns, the training a horizon later uses too.
JudgedReport judged = Backtest.Run(history, new BacktestOptions { Cutoff = end.AddDays(-90), Engine = engine, Shared = shared });
Tell("this model", judged.Churn, judged.Clv);
foreach (var (name, baseline) in judged.Baselines)
{
    Tell(name, baseline.Churn, baseline.Clv);
}

Console.WriteLine($"grade {judged.Grade.Overall}");

// Trained on everything and published. The gate that a worker asks first is the command line's: predictive train.
var options = new TrainingOptions { AsOf = end, Engine = engine, Shared = shared };
ModelBundle bundle = BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options);
var registry = new ModelRegistry(models, SmokeTest.Admit);
ModelVersion version = registry.Publish("default", bundle.ToPackage());
bool serves = registry.Aliases("default").Champion == version.Version;
Console.WriteLine($"{version.Name} version {version.Version} as of {bundle.Manifest.AsOf} serves: {serves}");

// Everybody scored by what lies in the registry; whom to call first by what is at stake.
var scorer = new CustomerScorer(ModelBundle.Load(registry.Load(version)), new ModelStamp(version.Name, version.Version));
ScoreTable scores = scorer.ScoreAll(history, options.AsOf);
int[] calls = [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => scores.ChurnProbability[i] * scores.ClvExpected[i]).Take(5)];
foreach (int row in calls)
{
    CustomerScore score = scorer.Score(scores, row, withLever: false);
    Console.WriteLine(
        $"{score.CustomerId}: risk {score.Churn.Probability:P0}, expected spend {score.Clv.Expected:N0}: {score.Churn.Reasons[0].Text}");
}

void Tell(string name, ChurnMetrics? churn, ClvMetrics? clv) =>
    Console.WriteLine($"{name,-12} AUC {churn?.Auc:0.0000}   log loss {churn?.LogLoss:0.0000}   Gini {clv?.Gini:0.0000}");
