#!/usr/bin/env dotnet
// 3. What drives churn here, over the library: exact effects, partial dependence, and whether it holds over time.
// Run it from the repository's root: dotnet run -c Release notebooks/03-drivers.cs [-- ROOT [REGISTRY]]; a registry that holds a version
// (01-retrain.cs makes one) is explained, else one is trained.
#:project ../src/Predictive.Training/Predictive.Training.csproj
#:property PublishAot=false
#:property NoWarn=$(NoWarn);CS1591;CA2007

using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Training.Pipeline;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string shop = Path.Combine(args.Length > 0 ? args[0] : Directory.GetCurrentDirectory(), "data-samples");
TransactionHistory history = DatasetLoader.Load(shop, new LoadOptions { Columns = HistoryColumns.Answers });
LocalTime end = LocalTime.MidnightAfter(history.LastMicros);
ModelBundle bundle = args.Length > 1 ? Published(args[1]) : Trained();
ChurnModel model = bundle.Churn;
IReadOnlyList<string> names = bundle.Profile.FeatureNames;
int width = names.Count;

// Effects of everybody as of a day: what each fact adds to the log-odds of leaving; they sum to the score.
(float[] rows, double[] effects) = Effects(end);
int count = rows.Length / width;
double worst = 0;
for (int i = 0; i < count; i++)
{
    double sum = 0;
    for (int j = 0; j <= width; j++)
    {
        sum += effects[(i * (width + 1)) + j];
    }

    worst = Math.Max(worst, Math.Abs((1 / (1 + Math.Exp(-sum))) - model.Predict(rows.AsSpan(i * width, width))));
}

Console.WriteLine($"{count:N0} customers, {width} features; effects sum to the scores within a millionth: {worst < 1e-6}");
double[] size = Sizes(effects);
int[] top = [.. Enumerable.Range(0, width).OrderByDescending(j => size[j]).Take(10)];
foreach (int j in top)
{
    Console.WriteLine($"{names[j],-24} {size[j]:0.000}");
}

// Partial dependence: everybody is given the same value of one fact, everything else stays.
foreach (int j in top[..4])
{
    float[] known = [.. Enumerable.Range(0, count).Select(i => rows[(i * width) + j]).Where(v => !float.IsNaN(v)).Order()];
    (float low, float high) = (known[known.Length / 50], known[known.Length - 1 - (known.Length / 50)]);
    Console.WriteLine($"{names[j],-24} from {low:G4} to {high:G4}: mean risk {MeanRisk(j, low):P0} to {MeanRisk(j, high):P0}");
}

// The same version on the customers of four days, a quarter apart.
double[][] windows = [.. new[] { 272, 182, 92 }.Select(d => Sizes(Effects(end.AddDays(-d)).Effects)), size];
foreach (int j in top)
{
    double mean = windows.Average(w => w[j]), spread = Math.Sqrt(windows.Sum(w => (w[j] - mean) * (w[j] - mean)) / (windows.Length - 1));
    Console.WriteLine($"{names[j],-24} {string.Join(' ', windows.Select(w => w[j].ToString("0.000")))}   spread {spread:0.000}");
}

return worst < 1e-6 ? 0 : 1;

(float[] Rows, double[] Effects) Effects(LocalTime asOf)
{
    int[] customers = Population.At(history, asOf);
    FeatureMatrix features = FeatureSet.Compute(history, customers, asOf, model.FeatureHorizonDays, bundle.Profile);
    var table = new float[features.Rows * width];
    for (int i = 0; i < features.Rows; i++)
    {
        features.CopyRow(i, table.AsSpan(i * width, width));
    }

    var explained = new double[features.Rows * (width + 1)];
    model.Explain(table, explained);
    return (table, explained);
}

double[] Sizes(double[] explained)
{
    var mean = new double[width];
    int n = explained.Length / (width + 1);
    for (int i = 0; i < n; i++)
    {
        for (int j = 0; j < width; j++)
        {
            mean[j] += Math.Abs(explained[(i * (width + 1)) + j]) / n;
        }
    }

    return mean;
}

double MeanRisk(int feature, float value)
{
    var row = new float[width];
    double sum = 0;
    for (int i = 0; i < count; i++)
    {
        rows.AsSpan(i * width, width).CopyTo(row);
        row[feature] = value;
        sum += model.Predict(row);
    }

    return sum / count;
}

ModelBundle Trained()
{
    var options = new TrainingOptions { AsOf = end, Engine = new BuiltInEngine() };
    return BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options);
}

ModelBundle Published(string models)
{
    var registry = new ModelRegistry(models, SmokeTest.Admit);
    return ModelBundle.Load(registry.Load(registry.Resolve("default")));
}
