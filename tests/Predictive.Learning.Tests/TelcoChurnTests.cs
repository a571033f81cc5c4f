using Predictive.Learning.BuiltIn;
using System.Globalization;
using System.IO.Compression;
using Predictive.Learning.Metrics;
using Predictive.Learning.Tuning;
using Predictive.Tests;

namespace Predictive.Learning.Tests;

/// <summary>
/// IBM Telco churn, 7,043 customers: 5-fold AUC of the mean log-odds of the engine's learners. Best peers reach .8494; the product asks for
/// .848.
/// </summary>
public class TelcoChurnTests
{
    [Fact]
    public void Five_fold_auc_of_the_engines_learners_together()
    {
        TrainingData data = Load();
        Assert.Equal(7043, data.Features.Rows);
        Assert.Equal(1869, data.Labels.Count(l => l > 0));
        var engine = new BuiltInEngine();
        LearnerOptions[] members =
        [
            new() { Learner = LearnerKind.Linear, L2 = 1 },
            new()
            {
                Learner = LearnerKind.BoostedTrees, Trees = 250, Leaves = 5, LearningRate = .05, RowSampling = .7, FeatureSampling = .5,
                L2 = 5, MinRowsPerLeaf = 30,
            },
            new() { Learner = LearnerKind.RandomForest, Trees = 150, Leaves = 64, MinRowsPerLeaf = 10, FeatureSampling = .5, L2 = 1 },
        ];
        int[] fold = GroupedFolds.Assign(data, 5, 1);
        double blend = 0;
        var alone = new double[members.Length];
        for (int f = 0; f < 5; f++)
        {
            TrainingData train = GroupedFolds.Take(data, fold, f, false), test = GroupedFolds.Take(data, fold, f, true);
            var sum = new double[test.Labels.Length];
            for (int m = 0; m < members.Length; m++)
            {
                var p = new double[sum.Length];
                engine.TrainClassifier(train, members[m]).Predict(test.Features, p);
                alone[m] += ClassificationMetrics.Auc(p, test.Labels) / 5;
                for (int i = 0; i < p.Length; i++)
                {
                    sum[i] += Math.Log(p[i] / (1 - p[i]));
                }
            }

            blend += ClassificationMetrics.Auc(sum, test.Labels) / 5;
        }

        IEnumerable<string> each = members.Select((m, k) => string.Create(CultureInfo.InvariantCulture, $"{m.Learner} {alone[k]:0.0000}"));
        string found = string.Create(CultureInfo.InvariantCulture, $"blend {blend:0.0000}; {string.Join(", ", each)}");
        TestContext.Current.TestOutputHelper?.WriteLine(found);
        Assert.True(blend >= .848, found);
        Assert.All(alone, a => Assert.True(a >= .84, found));
    }

    /// <summary>Numbers as they are (a blank TotalCharges is missing), every other column one-hot but for its first value.</summary>
    private static TrainingData Load()
    {
        using var reader = new StreamReader(
            new GZipStream(File.OpenRead(SharedData.Path("data/telco/Telco-Customer-Churn.csv.gz")), CompressionMode.Decompress));
        string[] header = reader.ReadLine()!.Split(',');
        var rows = new List<string[]>();
        while (reader.ReadLine() is { } line)
        {
            rows.Add(line.Split(','));
        }

        var names = new List<string>();
        var columns = new List<float[]>();
        for (int j = 1; j < header.Length - 1; j++)
        {
            string name = header[j];
            if (name is "tenure" or "MonthlyCharges" or "TotalCharges" or "SeniorCitizen")
            {
                names.Add(name);
                columns.Add([
                    .. rows.Select(
                        r => float.TryParse(r[j], NumberStyles.Float, CultureInfo.InvariantCulture, out float v) ? v : float.NaN),
                ]);
                continue;
            }

            foreach (string value in rows.Select(r => r[j]).Distinct().Order(StringComparer.Ordinal).Skip(1))
            {
                names.Add($"{name}={value}");
                columns.Add([.. rows.Select(r => r[j] == value ? 1f : 0f)]);
            }
        }

        // A spending rhythm a linear model cannot form itself.
        names.Add("log tenure");
        columns.Add([.. columns[names.IndexOf("tenure")].Select(t => (float)Math.Log(1 + t))]);
        return new TrainingData(new FeatureMatrix(names, [.. columns]), [.. rows.Select(r => r[^1].Trim() == "Yes" ? 1f : 0f)]);
    }
}
