#!/usr/bin/env dotnet
// 5. For people who live in ML.NET: Parquet files, customer features, boosting and versions on MLContext, over data-samples.
// Run it from the repository's root: dotnet run -c Release notebooks/05-mlnet.cs
#:project ../src/Predictive.MLNet/Predictive.MLNet.csproj
#:project ../src/Predictive.Training/Predictive.Training.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false
#:property NoWarn=$(NoWarn);CS1591;CA2007

using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Predictive.Exchange;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.BuiltIn;
using Predictive.MLNet;
using Predictive.MLNet.Models;
using Predictive.MLNet.Trainers;
using Predictive.Training;
using Predictive.Training.Pipeline;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string shop = Path.Combine(args.Length > 0 ? args[0] : Directory.GetCurrentDirectory(), "data-samples");
string folder = Directory.CreateTempSubdirectory("predictive-notebook-").FullName;
DateTime asOf = new(2025, 7, 1);
const int Horizon = 90;
var ml = new MLContext(1);

// Any Parquet file or folder of them is a table: streamed, missing numbers are NaN.
IDataView lines = ml.Data.LoadFromParquet(Path.Combine(shop, "transactions.parquet"));
double sold = lines.GetColumn<double>("amount").Where(a => a > 0).Sum();
Console.WriteLine($"transactions: {lines.GetRowCount():N0} lines, {lines.Schema.Count} columns, {sold:N0} sold");

// What the models see of each customer, with slot names; and what happened in the 90 days after, since they have passed.
IDataView customers = ml.Data.LoadCustomerFeatures(shop, asOf, Horizon);
VBuffer<ReadOnlyMemory<char>> slots = default;
customers.Schema["Features"].GetSlotNames(ref slots);
bool[] churned = [.. customers.GetColumn<bool>("Label")];
Console.WriteLine($"customers: {churned.Length:N0} with {slots.Length} features, {churned.Average(c => c ? 1.0 : 0):P1} bought nothing more");

// The product's boosting in ML.NET's cross-validation, beside ML.NET's own.
var boosting = new HistogramBoostingOptions { Boosting = new BoostingOptions { Trees = 100, Leaves = 8, LearningRate = .05 } };
foreach (var (name, trainer) in new (string, IEstimator<ITransformer>)[]
{
    ("HistogramBoosting", ml.BinaryClassification.Trainers.HistogramBoosting(boosting)),
    ("FastTree", ml.Transforms.ReplaceMissingValues("Features").Append(ml.BinaryClassification.Trainers.FastTree(
        new FastTreeBinaryTrainer.Options { NumberOfTrees = 100, NumberOfLeaves = 8, LearningRate = .05 }))),
})
{
    var folds = ml.BinaryClassification.CrossValidate(customers, trainer, numberOfFolds: 3);
    Console.WriteLine(
        $"{name}: AUC {folds.Average(f => f.Metrics.AreaUnderRocCurve):0.000}, log loss {folds.Average(f => f.Metrics.LogLoss) * Math.Log(2):0.000}");
}

// A version of the product in a pipeline: chance, spend with its interval, orders, portrait.
TransactionHistory history = DatasetLoader.Load(shop, new LoadOptions { Columns = HistoryColumns.Answers });
var options = new TrainingOptions { AsOf = LocalTime.From(asOf), HorizonDays = Horizon, Engine = new BuiltInEngine() };
var bundle = BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options);
string zip = Path.Combine(folder, "1.zip");
File.WriteAllBytes(zip, bundle.ToPackage().ToBytes());
IDataView scored = ml.Model.LoadPredictive(zip).Transform(customers);
float[] chance = [.. scored.GetColumn<float>("ChurnProbability")], spend = [.. scored.GetColumn<float>("ExpectedSpend")];
string[] portrait = [.. scored.GetColumn<string>("Portrait")];
Console.WriteLine($"the version: {chance.Average():P1} expected to buy nothing more, {spend.Sum():N0} to be spent");
foreach (var group in portrait.Zip(chance).GroupBy(p => p.First).OrderByDescending(g => g.Count()).Take(3))
{
    Console.WriteLine($"  {group.Key}: {group.Count():N0} customers, risk {group.Average(p => p.Second):P0}");
}

// The same version as one file that any ML.NET program loads.
string pipeline = Path.Combine(folder, "pipeline.zip");
OnnxPipeline.Write(bundle, pipeline);
ITransformer loaded = ml.Model.Load(pipeline, out _);
float[] again =
[
    .. loaded.Transform(ml.Transforms.CopyColumns(OnnxFile.Input, "Features").Fit(customers).Transform(customers))
        .GetColumn<float[]>(OnnxFile.Probability).Select(p => p[0]),
];
double worst = again.Zip(chance, (a, b) => Math.Abs(a - b)).Max();
Console.WriteLine($"loaded by mlContext.Model.Load: {(worst < 1e-5 ? "the same chances" : $"off by {worst}")}");
Directory.Delete(folder, recursive: true);
return worst < 1e-5 ? 0 : 1;
