using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting;
using Predictive.Learning.Boosting.Prediction;

namespace Predictive.Learning.Tests.Boosting;

public class GrowingTests
{
    [Fact]
    public void A_planted_split_is_found_with_its_exact_values()
    {
        // Column 1 at 0.4 separates labels -1 and +1; column 0 is noise.
        var random = new Random(5);
        var x = new float[2][] { new float[400], new float[400] };
        var y = new float[400];
        for (int i = 0; i < 400; i++)
        {
            (x[0][i], x[1][i]) = ((float)random.NextDouble(), (i % 10) / 10f);
            y[i] = x[1][i] > 0.4f ? 1 : -1;
        }

        TreeEnsemble ensemble =
            Train(x, y, new BoostingOptions { Objective = Objective.Squared, Trees = 1, Leaves = 2, LearningRate = 1, L2 = 0 });
        EnsembleTree tree = Assert.Single(ensemble.Members);
        Assert.Equal(1, Assert.Single(tree.Feature));
        Assert.InRange(tree.Threshold[0], 0.4f, 0.5f);
        Assert.Equal(0, ensemble.BaseScore, 1e-12);
        Assert.Equal([-1f, 1f], tree.LeafValues);
        Assert.Equal([200f, 200f], tree.LeafCovers);
        Assert.Equal(200, tree.Gain[0], 1e-2); // ½(200²/200 + 200²/200) − 0
        Assert.Equal([0.0, 1.0], ensemble.Importance);
    }

    [Theory]
    [InlineData(1, 0.0, 0.0)]
    [InlineData(2, 1.5, 0.0)]
    [InlineData(3, 0.5, 0.75)]
    public void The_first_split_is_the_best_of_all_splits_tried_one_by_one(int seed, double l2, double l1)
    {
        // Labels -1, 0, 1 around a mean of exactly 0: every gradient is a level, so histograms hold exact sums.
        var random = new Random(seed);
        const int Rows = 300;
        float[][] x =
        [.. Enumerable.Range(0, 4).Select(j => Enumerable.Range(0, Rows).Select(_ => (float)random.Next(3 + (9 * j))).ToArray())];
        float[] y = [.. Enumerable.Range(0, Rows).Select(i => i % 3 == 0 ? 0f : (i % 2 == 0) ? 1f : -1f)];
        Array.Sort(x[2].Select((v, i) => v + (y[i] * 4)).ToArray(), y); // a signal in column 2
        y[0] -= y.Sum(); // mean 0
        var options = new BoostingOptions
        {
            Objective = Objective.Squared, Trees = 1, Leaves = 2, LearningRate = 1, MinRowsPerLeaf = 17, L2 = l2, L1 = l1,
        };
        EnsembleTree tree = Assert.Single(Train(x, y, options).Members);
        double best = double.NegativeInfinity;
        for (int j = 0; j < 4; j++)
        {
            foreach (float threshold in x[j].Distinct())
            {
                float[] left = [.. y.Where((_, i) => x[j][i] <= threshold)];
                if (left.Length >= 17 && Rows - left.Length >= 17)
                {
                    double sum = left.Sum();
                    best = Math.Max(best, Score(sum, left.Length) + Score(y.Sum() - sum, Rows - left.Length) - Score(y.Sum(), Rows));
                }
            }
        }

        Assert.Equal(best, tree.Gain[0], 0.01 + (1e-3 * best));
        double Score(double g, double n) => 0.5 * Math.Pow(Math.Max(Math.Abs(g) - l1, 0), 2) / (n + l2);
    }

    [Fact]
    public void Leaves_keep_their_least_rows_depth_and_number()
    {
        BoostingData data = BoostingTables.Make(3000, 6);
        TreeEnsemble ensemble =
            GradientBoosting.Train(data, new BoostingOptions { Trees = 10, Leaves = 12, MaxDepth = 4, MinRowsPerLeaf = 150 });
        Assert.All(ensemble.Members, tree =>
        {
            Assert.InRange(tree.LeafValues.Length, 2, 12);
            Assert.All(tree.LeafCovers, cover => Assert.True(cover >= 150));
            Assert.Equal(3000, tree.LeafCovers.Sum());
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_monotone_feature_never_turns(int direction)
    {
        BoostingData data = BoostingTables.Make(2000, 4, missing: 0);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions
        {
            Trees = 60,
            MonotoneConstraints = new Dictionary<string, int> { ["x0"] = direction },
        });
        for (int i = 0; i < 100; i++)
        {
            float[] row = BoostingTables.Row(data.Matrix!, i);
            double previous = double.NaN;
            for (row[0] = 0; row[0] <= 1; row[0] += 0.01f)
            {
                double score = ensemble.PredictRaw(row);
                Assert.False((score - previous) * direction < -1e-9, $"row {i}: {previous} then {score} at {row[0]}");
                previous = score;
            }
        }
    }

    [Fact]
    public void Categories_are_split_as_sets_and_unknown_codes_follow_the_missing_side()
    {
        // Codes 3, 11 and 40 are good, the others bad: one set, where thresholds would need several splits.
        int[] codes = [1, 3, 7, 11, 25, 40, 99];
        float[] column = [.. Enumerable.Range(0, 700).Select(i => (float)codes[i % 7])];
        float[] y = [.. column.Select(c => c is 3 or 11 or 40 ? 1f : 0f)];
        y[0] = 1;
        var options = new BoostingOptions { Trees = 1, Leaves = 2, LearningRate = 1, CategoricalFeatures = ["c0"] };
        TreeEnsemble ensemble = Train([column], y, options);
        Assert.All(codes, code => Assert.Equal(code is 3 or 11 or 40, ensemble.Predict([code]) > 0.5));
        Assert.Equal(ensemble.Predict([float.NaN]), ensemble.Predict([55]));
        TreeEnsemble loaded = TreeEnsemble.Load(BoostingTables.Bytes(ensemble));
        Assert.All(codes, code => Assert.Equal(ensemble.Predict([code]), loaded.Predict([code])));
    }

    [Fact]
    public void Missing_values_go_to_the_side_that_fits()
    {
        float[] x = [.. Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? float.NaN : i % 3)];
        float[] y = [.. x.Select(v => float.IsNaN(v) || v == 1 ? -1f : 2f)];
        TreeEnsemble ensemble =
            Train([x], y, new BoostingOptions { Objective = Objective.Squared, Trees = 1, Leaves = 2, LearningRate = 1, L2 = 0 });
        Assert.Equal(-1, ensemble.Predict([float.NaN]), 1e-5);
        Assert.Equal(-1, ensemble.Predict([1]), 1e-5);
        Assert.Equal(2, ensemble.Predict([2]), 1e-5);
    }

    [Fact]
    public void Training_can_be_continued_and_stops_at_the_best_round_of_any_metric()
    {
        BoostingData data = BoostingTables.Make(2000, 6);
        BoostingData judge = BoostingTables.Make(1000, 6, seed: 2);
        var options = new BoostingOptions { Trees = 10 };
        TreeEnsemble first = GradientBoosting.Train(data, options);
        TreeEnsemble more = GradientBoosting.Train(data, options, continueFrom: first);
        Assert.Equal(20, more.Trees);
        Assert.Equal(first.Members, more.Members[..10]);
        var seen = new List<double>();
        var validation = new BoostingValidation(judge, (p, y, _) => Note(seen, Accuracy(p, y)), HigherIsBetter: true);
        TreeEnsemble stopped =
            GradientBoosting.Train(data, new BoostingOptions { Trees = 400, LearningRate = 0.3, EarlyStoppingRounds = 15 }, validation);
        Assert.True(seen.Count < 400);
        Assert.Equal(seen.IndexOf(seen.Max()), stopped.Trees); // entry 0 is the start, before any tree
    }

    [Fact]
    public void Every_fault_of_the_options_and_the_first_bad_label_are_named()
    {
        BoostingData data = BoostingTables.Make(100, 2);
        var e = Assert.Throws<LearningException>(
            () => GradientBoosting.Train(data, new BoostingOptions { Trees = 0, Leaves = 1, LearningRate = double.NaN }));
        Assert.Contains("Trees is 0", e.Message, StringComparison.Ordinal);
        Assert.Contains("Leaves is 1", e.Message, StringComparison.Ordinal);
        Assert.Contains("LearningRate is NaN", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<LearningException>(() => Train([[1, 2]], [0, 3], new BoostingOptions()));
        Assert.Contains("label 3 in row 1", e.Message, StringComparison.Ordinal);
    }

    private static double Note(List<double> seen, double value)
    {
        seen.Add(value);
        return value;
    }

    private static double Accuracy(ReadOnlySpan<double> p, ReadOnlySpan<float> y)
    {
        int right = 0;
        for (int i = 0; i < p.Length; i++)
        {
            right += p[i] > 0.5 == y[i] > 0.5 ? 1 : 0;
        }

        return (double)right / p.Length;
    }

    private static TreeEnsemble Train(float[][] x, float[] y, BoostingOptions options)
        => GradientBoosting.Train(
            new BoostingData(new FeatureMatrix([.. Enumerable.Range(0, x.Length).Select(j => $"c{j}")], x), y), options);
}
