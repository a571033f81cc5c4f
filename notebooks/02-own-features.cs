#!/usr/bin/env dotnet
// 2. Bring your own features, over the library: the training matrix, a column of your own, two trainers, the same window and metrics as the
// product; then what was learned, judged as scores from outside.
// Run it from the repository's root: dotnet run -c Release notebooks/02-own-features.cs [-- ROOT]
#:project ../src/Predictive.MLNet/Predictive.MLNet.csproj
#:project ../src/Predictive.Training/Predictive.Training.csproj
#:property PublishAot=false
#:property NoWarn=$(NoWarn);CS1591;CA2007

using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Learning.Metrics;
using Predictive.MLNet;
using Predictive.Segmentation.Features;
using Predictive.Training.Outside;
using Predictive.Training.Pipeline;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string shop = Path.Combine(args.Length > 0 ? args[0] : Directory.GetCurrentDirectory(), "data-samples");
const int Horizon = 90;
TransactionHistory history = DatasetLoader.Load(shop, new LoadOptions { Columns = HistoryColumns.Answers });
LocalTime judged = LocalTime.MidnightAfter(history.LastMicros).AddDays(-Horizon);

// Windows that are over before the judged one begins, and the judged one. Categories are numbered as of the first, so that they mean the
// same in every window.
LocalTime[] windows = [judged.AddDays(-3 * Horizon), judged.AddDays(-2 * Horizon), judged.AddDays(-Horizon)];
TableSchema? tables = BaseProfile.Fit(history, windows[0], Horizon).Tables;
Window[] train = [.. windows.Select(At)];
Window test = At(judged);
float[] labels = [.. train.SelectMany(w => w.Labels.Churned)];
Console.WriteLine($"{labels.Length:N0} rows to learn from, {test.Features.Rows:N0} to judge, {test.Features.Columns} features");

// With columns of your own and without; any engine trains on any columns.
var results = new Dictionary<string, double[]>();
foreach (ILearningEngine engine in new ILearningEngine[] { new BuiltInEngine(), new MLNetEngine() })
{
    foreach (bool own in new[] { false, true })
    {
        FeatureMatrix[] seen = [.. train.Select(w => own ? WithOwn(w.Features) : w.Features)];
        var columns = new float[seen[0].Columns][];
        for (int j = 0; j < columns.Length; j++)
        {
            columns[j] = [.. seen.SelectMany(f => f.ColumnArray(j))];
        }

        IPredictor learned = engine.TrainClassifier(
            new TrainingData(new FeatureMatrix(seen[0].Names, columns), labels),
            new LearnerOptions { Trees = 100, Leaves = 8, LearningRate = .05 });
        double[] chance = new double[test.Features.Rows];
        learned.Predict(own ? WithOwn(test.Features) : test.Features, chance);
        results[engine.Name + (own ? " + own columns" : "")] = chance;
    }
}

foreach (var (name, chance) in results)
{
    Tell(name, ClassificationMetrics.Auc(chance, test.Labels.Churned), ClassificationMetrics.LogLoss(chance, test.Labels.Churned));
}

// The product on the same customers and days.
var ours = Backtest.Run(history, new BacktestOptions { Cutoff = judged, HorizonDays = Horizon, Engine = new BuiltInEngine() });
Tell("the product", ours.Churn.Auc, ours.Churn.LogLoss);

// Judged as ours are: the whole population and an expected spend, here as simple as it gets: the chance to buy times the mean spend of
// buyers. The command line does it with a file: predictive import-scores scores.csv --data data-samples.
double[] spends = [.. train.SelectMany(w => w.Labels.NetSpend.Where((_, i) => w.Labels.Churned[i] == 0))];
double[] mine = results["mlnet + own columns"];
var given = new OutsideScores(
    judged, [.. test.Customers.Select(history.CustomerId)], mine, [.. mine.Select(p => (1 - p) * spends.Average())], null);
OutsideReport report = OutsideReport.Judge("my model", history, given, ours, seed: 1);
bool same = report.Churn.Auc == ClassificationMetrics.Auc(mine, test.Labels.Churned);
Console.WriteLine($"my model as a file of scores: the same AUC: {same}");
Console.WriteLine($"grade {report.Grade.Overall}; {report.Comparison.Reason}");
return 0;

Window At(LocalTime asOf)
{
    BaseProfile profile = BaseProfile.Fit(history, asOf, Horizon, tables: tables);
    int[] customers = Population.At(history, asOf);
    return new Window(
        customers, FeatureSet.Compute(history, customers, asOf, Horizon, profile), Labels.Compute(history, customers, asOf, Horizon));
}

// Anything that is known at the as-of, in the order of the rows: how much of all spend fell into the last year, and whether the present
// silence is longer than any before.
static FeatureMatrix WithOwn(FeatureMatrix f)
{
    float[] total = f.ColumnArray(Of("net_total")), year = f.ColumnArray(Of("net_365")), longest = f.ColumnArray(Of("gap_max")),
        silent = f.ColumnArray(Of("recency_days"));
    float[][] columns =
    [
        .. Enumerable.Range(0, f.Columns).Select(f.ColumnArray), [.. total.Zip(year, (t, y) => t > 0 ? y / t : float.NaN)],
        [.. longest.Zip(silent, (l, s) => float.IsNaN(l) ? float.NaN : s > l ? 1 : 0)],
    ];
    return new FeatureMatrix([.. f.Names, "own_year_share", "own_longest_silence"], columns);

    int Of(string name) => f.Names.ToList().IndexOf(name);
}

static void Tell(string name, double auc, double loss) => Console.WriteLine($"{name,-24} AUC {auc:0.0000}   log loss {loss:0.0000}");

internal sealed record Window(int[] Customers, FeatureMatrix Features, Labels Labels);
