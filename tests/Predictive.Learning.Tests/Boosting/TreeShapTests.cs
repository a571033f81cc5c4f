using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting;

namespace Predictive.Learning.Tests.Boosting;

public class TreeShapTests
{
    [Fact]
    public void Contributions_sum_to_the_raw_score()
    {
        BoostingData data = BoostingTables.Make(2000, 8);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Trees = 40 });
        var contributions = new double[9];
        for (int i = 0; i < 200; i++)
        {
            float[] row = BoostingTables.Row(data.Matrix!, i);
            ensemble.Explain(row, contributions);
            Assert.Equal(ensemble.PredictRaw(row), contributions.Sum(), 1e-9);
        }
    }

    // 5 features: few conditions on a path; 10 features and 60 leaves: paths of more conditions than one vector of nodes integrates,
    // features met repeatedly.
    [Theory]
    [InlineData(5, 12, 40)]
    [InlineData(10, 60, 6)]
    public void Contributions_are_the_Shapley_values_of_brute_force(int features, int leaves, int rows)
    {
        BoostingData data = BoostingTables.Make(1200, features);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Trees = 4, Leaves = leaves, MinRowsPerLeaf = 5 });
        var contributions = new double[features + 1];
        for (int i = 0; i < rows; i++)
        {
            float[] row = BoostingTables.Row(data.Matrix!, i);
            ensemble.Explain(row, contributions);
            double[] values = [.. Enumerable.Range(0, 1 << features).Select(set => Value(ensemble, row, set))];
            for (int j = 0; j < features; j++)
            {
                Assert.Equal(Shapley(values, features, j), contributions[j], 1e-11);
            }

            Assert.Equal(values[0], contributions[features], 1e-11);
        }
    }

    [Fact]
    public void Rows_explained_together_get_the_bits_they_get_alone()
    {
        BoostingData data = BoostingTables.Make(500, 12);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Trees = 30, Leaves = 40, MinRowsPerLeaf = 3 });
        float[] rows = [.. Enumerable.Range(0, 71).SelectMany(i => BoostingTables.Row(data.Matrix!, i))];
        double[] together = new double[71 * 13], alone = new double[13];
        ensemble.Explain(rows, together);
        for (int i = 0; i < 71; i++)
        {
            ensemble.Explain(rows.AsSpan(i * 12, 12), alone);
            Assert.Equal(alone, together[(i * 13)..((i + 1) * 13)]);
        }
    }

    // More sets of answers than are kept of one tree, values that no table of training data has, two threads over the same slots.
    [Fact]
    public void What_is_kept_of_single_rows_changes_no_bit()
    {
        const int Features = 12, Rows = 9000;
        TreeEnsemble ensemble = GradientBoosting.Train(
            BoostingTables.Make(800, Features), new BoostingOptions { Trees = 8, Leaves = 70, MinRowsPerLeaf = 2 });
        var random = new Random(11);
        float[] odd = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0f, float.Epsilon];
        float[] rows = [.. Enumerable.Range(0, Rows * Features).Select(_ => random.Next(12) == 0
            ? odd[random.Next(odd.Length)] : (float)((random.NextDouble() * 6) - 3))];
        var together = new double[Rows * (Features + 1)];
        ensemble.Explain(rows, together);
        int[] order = [.. Enumerable.Range(0, 2 * Rows).Select(i => i % Rows)];
        random.Shuffle(order);
        Parallel.ForEach(order, i =>
        {
            var alone = new double[Features + 1];
            ensemble.Explain(rows.AsSpan(i * Features, Features), alone);
            Assert.Equal(alone, together[(i * (Features + 1))..((i + 1) * (Features + 1))]);
        });
    }

    [Fact]
    public void Room_for_another_number_of_rows_is_refused()
    {
        TreeEnsemble ensemble = GradientBoosting.Train(BoostingTables.Make(300, 5), new BoostingOptions { Trees = 2 });
        Assert.Throws<ArgumentException>(() => ensemble.Explain(new float[10], new double[6]));
        Assert.Throws<ArgumentException>(() => ensemble.Explain(new float[5], new double[7]));
    }

    // Σ over coalitions S without j of |S|!(m − 1 − |S|)!/m! · (v(S ∪ j) − v(S)).
    private static double Shapley(double[] values, int features, int j)
    {
        double sum = 0;
        for (int set = 0; set < values.Length; set++)
        {
            if ((set >> j & 1) == 0)
            {
                int size = int.PopCount(set);
                sum += Factorial(size) * Factorial(features - 1 - size) / Factorial(features) * (values[set | (1 << j)] - values[set]);
            }
        }

        return sum;

        static double Factorial(int n) => Enumerable.Range(1, n).Aggregate(1.0, (product, k) => product * k);
    }

    // The expected score knowing the features of the set: unknown ones are averaged over both branches by cover.
    private static double Value(TreeEnsemble ensemble, float[] row, int set)
    {
        double value = ensemble.BaseScore;
        foreach (var tree in ensemble.Members)
        {
            value += Node(0).Value;
            (double Value, double Cover) Node(int node)
            {
                if (node < 0)
                {
                    return (tree.LeafValues[~node], tree.LeafCovers[~node]);
                }

                var (left, right) = (Node(tree.Left[node]), Node(tree.Right[node]));
                double cover = left.Cover + right.Cover;
                int feature = tree.Feature[node];
                return (set >> feature & 1) == 0
                    ? (((left.Value * left.Cover) + (right.Value * right.Cover)) / cover, cover)
                    : (tree.GoesLeft(node, row[feature]) ? left.Value : right.Value, cover);
            }
        }

        return value;
    }
}
