using Predictive.Learning.Boosting.Ensembles;

namespace Predictive.Learning.Tests.Boosting;

/// <summary>Trees that another library grew, handed over as nodes.</summary>
public sealed class TreeStructureTests
{
    private const float Inf = float.PositiveInfinity;

    // Splits 0 (root, on b), 2 (left of it, on a), 1 (right of it, missing of a): numbered as no grower of ours would.
    private static readonly TreeStructure Odd = new()
    {
        Left = [2, ~3, ~1],
        Right = [1, ~2, ~0],
        Feature = [1, 0, 0],
        Threshold = [0.5f, Inf, -1],
        MissingLeft = [true, false, false],
        Gain = [5, -2, 3],
        LeafValues = [10, 20, 30, 40],
    };

    private static readonly FeatureMatrix Rows =
        new(["a", "b"], [[-1, 0, float.NaN, 7, float.NaN, float.NegativeInfinity], [0.5f, float.NaN, 0, 1, 1, 9]]);

    [Fact]
    public void Every_row_gets_the_leaf_its_own_numbering_leads_to()
    {
        TreeEnsemble ensemble = TreeEnsemble.Of(Rows.Names, Objective.Squared, 100, [Odd, Odd], Rows);
        var scores = new double[6];
        ensemble.Predict(Rows, scores);
        // left, a ≤ −1 → leaf 1; left (missing b), a > −1 → leaf 0; left, a missing → leaf 0; right, a present → leaf 3; right, a missing →
        // leaf 2; right, −∞ is present.
        Assert.Equal([140, 120, 120, 180, 160, 180], scores);
        Assert.Equal([3.0 / 8, 5.0 / 8], ensemble.Importance);
        TreeEnsemble loaded = TreeEnsemble.Load(Bytes(ensemble));
        loaded.Predict(Rows, scores);
        Assert.Equal([140, 120, 120, 180, 160, 180], scores);
    }

    [Fact]
    public void Shapley_values_average_over_the_weights_of_the_rows_given()
    {
        float[] weights = [1, 2, 3, 1, 1, 2];
        TreeEnsemble ensemble = TreeEnsemble.Of(Rows.Names, Objective.Squared, 0, [Odd], Rows, weights, threads: 2);
        var parts = new double[3];
        ensemble.Explain(new float[] { 0, 0 }, parts);
        // Leaves 0, 1, 2, 3 weigh 5, 1, 1, 3 of 10. Row: b left, a > −1.
        double left = 6, right = 4;
        double mean = ((5 * 10) + (1 * 20) + (1 * 30) + (3 * 40)) / 10.0;
        double onlyA = (.6 * 10) + (.4 * 40), onlyB = ((5 * 10) + (1 * 20)) / left, both = 10;
        Assert.Equal(10, left + right);
        Assert.Equal(
            (((onlyA - mean) + (both - onlyB)) / 2, ((onlyB - mean) + (both - onlyA)) / 2, mean), (parts[0], parts[1], parts[2]),
            new Near());
    }

    [Fact]
    public void No_trees_at_all_predict_the_base_score()
    {
        TreeEnsemble ensemble = TreeEnsemble.Of(Rows.Names, Objective.Gamma, 2, [], Rows);
        Assert.Equal(Math.Exp(2), ensemble.Predict([1, 2]), 12);
        TreeEnsemble leaf = TreeEnsemble.Of(
            Rows.Names, Objective.Squared, 2,
            [Odd with { Left = [], Right = [], Feature = [], Threshold = [], MissingLeft = [], Gain = [], LeafValues = [3] }], Rows);
        Assert.Equal(5, leaf.Predict([1, 2]));
    }

    [Fact]
    public void What_is_no_tree_is_refused()
    {
        Refused(Odd with { Left = [2, ~3, 0] });                                  // a circle
        Refused(Odd with { Right = [2, ~2, ~0] });                                // a split with two parents
        Refused(Odd with { Left = [~3, ~3, ~1], Right = [~2, ~2, ~0] });          // splits nobody reaches
        Refused(Odd with { Left = [2, ~3, ~0] });                                 // a leaf with two parents
        Refused(Odd with { Left = [2, ~4, ~1] });                                 // a leaf that is not there
        Refused(Odd with { Left = [3, ~3, ~1] });                                 // a split that is not there
        Refused(Odd with { Feature = [1, 0, 2] });                                // a feature that is not there
        Refused(Odd with { Threshold = [float.NaN, Inf, -1] });
        Refused(Odd with { LeafValues = [1, 2, 3, double.NaN] });
        Refused(Odd with { LeafValues = [1, 2, 3, 1e300] });
        Refused(Odd with { Gain = [1, 2] });

        static void Refused(TreeStructure tree) =>
            Assert.Throws<LearningException>(() => TreeEnsemble.Of(Rows.Names, Objective.Squared, 0, [tree], Rows));
    }

    private static byte[] Bytes(TreeEnsemble ensemble)
    {
        using var stream = new MemoryStream();
        ensemble.Save(stream);
        return stream.ToArray();
    }

    private sealed class Near : IEqualityComparer<(double, double, double)>
    {
        public bool Equals((double, double, double) x, (double, double, double) y) =>
            Math.Abs(x.Item1 - y.Item1) < 1e-9 && Math.Abs(x.Item2 - y.Item2) < 1e-9 && Math.Abs(x.Item3 - y.Item3) < 1e-9;

        public int GetHashCode((double, double, double) obj) => 0;
    }
}
