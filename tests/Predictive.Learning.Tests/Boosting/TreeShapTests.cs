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

    [Fact]
    public void Contributions_are_the_Shapley_values_of_brute_force()
    {
        BoostingData data = BoostingTables.Make(600, 5);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Trees = 4, Leaves = 12, MinRowsPerLeaf = 5 });
        var contributions = new double[6];
        for (int i = 0; i < 40; i++)
        {
            float[] row = BoostingTables.Row(data.Matrix!, i);
            ensemble.Explain(row, contributions);
            for (int j = 0; j < 5; j++)
            {
                Assert.Equal(Shapley(ensemble, row, j), contributions[j], 1e-9);
            }

            Assert.Equal(Value(ensemble, row, 0), contributions[5], 1e-9);
        }
    }

    // Σ over coalitions S without j of |S|!(4 − |S|)!/5! · (v(S ∪ j) − v(S)).
    private static double Shapley(TreeEnsemble ensemble, float[] row, int j)
    {
        double[] factorial = [1, 1, 2, 6, 24, 120];
        double sum = 0;
        for (int set = 0; set < 32; set++)
        {
            if ((set >> j & 1) == 0)
            {
                int size = int.PopCount(set);
                sum += factorial[size] * factorial[4 - size] / 120 * (Value(ensemble, row, set | (1 << j)) - Value(ensemble, row, set));
            }
        }

        return sum;
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
