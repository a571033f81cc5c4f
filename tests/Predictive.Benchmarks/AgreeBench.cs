using Predictive.Learning.Boosting.Inputs;
using System.Globalization;
using System.Text.Json;
using Predictive.Learning.Boosting;
using Predictive.Learning.Metrics;
using Predictive.Learning.Tests.Peers;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Rules;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>agree [--sets 10] [--seeds 3] [--rows 200000] [--columns 30] [--json]</c>: 200 trees × 31 leaves on as many generated data sets,
/// against XGBoost (λ = 1 and minimum hessian 1, its defaults; started at the mean like the others, and at its default 0.5) and
/// scikit-learn (λ = 1, and its default 0), in the settings of the gbdt bench; ours is the mean over the seeds, which round gradients
/// differently. Prints the mean difference of test AUC and of log loss (ours − theirs), its standard error over the sets, and the deviation
/// of our AUC from seed to seed.
/// </summary>
internal static class AgreeBench
{
    public static int Run(string[] args)
    {
        int Option(string name, int fallback) =>
            Array.IndexOf(args, name) is >= 0 and int i && i + 1 < args.Length
                ? int.Parse(args[i + 1], CultureInfo.InvariantCulture)
                : fallback;
        if (PeerRun.Absent is { } absent)
        {
            Console.Error.WriteLine($"The peers cannot run: {absent}.");
            return 2;
        }

        int sets = Option("--sets", 10), seeds = Option("--seeds", 3), rows = Option("--rows", 200_000), columns = Option("--columns", 30);
        var differences = new Dictionary<string, List<(double Auc, double Loss)>>();
        double spread = 0;
        for (int set = 1; set <= sets; set++)
        {
            var (train, test, labels) = Generate(rows, rows, columns, set);
            var options = new BoostingOptions { Trees = 200, Threads = 1 }; // threads that wait for each other are slow on a busy machine
            var peers = PeerRun.Train(train, test, options with { L2 = 1, MinHessianPerLeaf = 1 }, train.Labels.Average());
            peers["xgboost, start 0.5"] = PeerRun.Train(train, test, options with { L2 = 1, MinHessianPerLeaf = 1 }, 0.5)["xgboost"];
            peers["sklearn, L2 = 0"] = PeerRun.Train(train, test, options with { L2 = 0 }, 0.5)["sklearn"];
            (double Auc, double Loss)[] ours = [.. Enumerable.Range(1, seeds).Select(seed =>
            {
                var predictions = new double[rows];
                GradientBoosting.Train(train, options with { Seed = seed }).Predict(test, predictions);
                return Measure(predictions, labels);
            })];
            var mean = (Auc: ours.Average(m => m.Auc), Loss: ours.Average(m => m.Loss));
            spread += ours.Sum(m => (m.Auc - mean.Auc) * (m.Auc - mean.Auc));
            foreach (var (library, (predictions, _)) in peers)
            {
                var theirs = Measure(predictions, labels);
                if (!differences.TryGetValue(library, out var list))
                {
                    differences[library] = list = [];
                }

                list.Add((mean.Auc - theirs.Auc, mean.Loss - theirs.Loss));
                Console.Error.WriteLine(FormattableString.Invariant($"set {set}: ours {mean.Auc:0.00000}, {library} {theirs.Auc:0.00000}"));
            }
        }

        double seedDeviation = seeds > 1 ? Math.Sqrt(spread / (sets * (seeds - 1))) : 0;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            sets,
            seeds,
            rows,
            columns,
            seedAucDeviation = Math.Round(seedDeviation, 5),
            peers = differences.ToDictionary(pair => pair.Key, pair => new
            {
                aucDifference = Math.Round(pair.Value.Average(d => d.Auc), 5),
                standardError = Math.Round(StandardError([.. pair.Value.Select(d => d.Auc)]), 5),
                logLossDifference = Math.Round(pair.Value.Average(d => d.Loss), 5),
            }),
        }));
        return 0;
    }

    private static double StandardError(double[] values)
    {
        double mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
    }

    private static (double Auc, double Loss) Measure(double[] predictions, float[] labels)
        => (ClassificationMetrics.Auc(predictions, labels), ClassificationMetrics.LogLoss(predictions, labels));

    // About 10 % positives from a score with linear terms, interactions and steps over normal, log-normal, integer, uniform and
    // zero-inflated columns.
    private static (BoostingData Train, float[] Test, float[] Labels) Generate(int rows, int testRows, int columns, int seed)
    {
        var random = new Random(seed);
        double[] coefficients = [.. Enumerable.Range(0, columns).Select(j => j < 15 ? 0.35 * Normal() : 0)];
        int all = rows + testRows;
        var x = new float[(long)all * columns];
        var y = new float[all];
        var z = new double[columns];
        for (int i = 0; i < all; i++)
        {
            double score = -2.8;
            for (int j = 0; j < columns; j++)
            {
                double n = Normal();
                (double value, z[j]) = (j % 5) switch
                {
                    0 => (n, n),
                    1 => (Math.Exp(n), (Math.Exp(n) - 1.65) / 2.16),
                    2 => (Math.Floor(random.NextDouble() * 12), 0),
                    3 => (random.NextDouble(), 0),
                    _ => (random.NextDouble() < 0.05 ? 0 : n * n, ((n * n) - 1) / 1.41),
                };
                z[j] = (j % 5) switch { 2 => (value - 5.5) / 3.45, 3 => (value - 0.5) / 0.289, _ => z[j] };
                x[((long)i * columns) + j] = (float)value;
                score += coefficients[j] * z[j];
            }

            score += (0.5 * z[0] * z[3]) - (0.4 * Math.Abs(z[5])) + (z[1] > 0.5 && z[8] < 0 ? 0.6 : 0) + (0.4 * Math.Sin(2 * z[10]))
                + (z[4] > 0 ? 0.3 * z[2] * z[7] : 0);
            y[i] = random.NextDouble() < 1 / (1 + Math.Exp(-score)) ? 1 : 0;
        }

        string[] names = [.. Enumerable.Range(0, columns).Select(j => $"f{j}")];
        return (new BoostingData(x[..(rows * columns)], names, y[..rows]), x[(rows * columns)..], y[rows..]);

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
