using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting;
using Predictive.Learning.Boosting.Prediction;

namespace Predictive.Learning.Tests.Boosting;

/// <summary>
/// A whole tree against one grown by trying everything: at each step every leaf, every feature, every threshold or subset of categories and
/// both sides for missing values are scored straight from the rows, in doubles. Labels are −1, 0 and 1 around a mean of exactly 0 and
/// weights 1 and 3, so that gradients and hessians are whole levels and nothing is rounded. Ours must have made a split of the greatest
/// gain each time (ties may fall either way), and must stop where nothing gains.
/// </summary>
public class ExhaustiveTreeTests
{
    private const int Rows = 240;
    private const int Columns = 4;

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "missing")]
    [InlineData(3, "weights")]
    [InlineData(4, "categorical")]
    [InlineData(5, "categorical missing")]
    [InlineData(6, "monotone")]
    [InlineData(7, "monotone missing weights")]
    [InlineData(8, "penalties missing")]
    [InlineData(9, "depth weights")]
    [InlineData(10, "categorical weights missing")]
    [InlineData(11, "monotone penalties")]
    public void Every_split_is_the_best_of_all(int seed, string with)
    {
        bool With(string what) => with.Contains(what, StringComparison.Ordinal);
        BoostingData data = Table(seed, With("missing"), With("weights"));
        var options = new BoostingOptions
        {
            Objective = Objective.Squared,
            Trees = 1,
            Leaves = 9,
            LearningRate = 1,
            MinRowsPerLeaf = 7,
            MinHessianPerLeaf = With("penalties") ? 9 : 0.001,
            MaxDepth = With("depth") ? 3 : 0,
            L2 = With("penalties") ? 1.5 : 0,
            L1 = With("penalties") ? 0.75 : 0,
            MinGain = With("penalties") ? 0.1 : 0,
            CategorySmoothing = 0, // with it, or a penalty, the order by gradient statistics is only a good guess at the best subset
            CategoricalFeatures = With("categorical") ? ["x1"] : null,
            MonotoneConstraints = With("monotone") ? new Dictionary<string, int> { ["x0"] = 1, ["x2"] = -1 } : null,
        };
        EnsembleTree tree = Assert.Single(GradientBoosting.Train(data, options).Members);
        var leaves = new List<Leaf> { new([.. Enumerable.Range(0, Rows)], 0, double.NegativeInfinity, double.PositiveInfinity) };
        Assert.InRange(tree.Splits, 3, 8);
        for (int k = 0; k < tree.Splits; k++)
        {
            double best = leaves.Max(leaf => BestGain(data, leaf, options));
            Leaf split = leaves[tree.Leaf[k]];
            var (left, right) = Divide(split.Rows, i => tree.GoesLeft(k, At(data, i, tree.Feature[k])));
            double? gain = Gain(data, split, left, right, tree.Feature[k], options);
            Assert.True(gain >= best - 1e-6, $"split {k} on x{tree.Feature[k]} gains {gain}; the best of all gains {best}");
            Assert.Equal(gain!.Value, tree.Gain[k], 1e-4);
            (leaves[tree.Leaf[k]], Leaf made) = Children(data, split, left, right, Direction(tree.Feature[k], options), options);
            leaves.Add(made);
        }

        if (leaves.Count < options.Leaves)
        {
            Assert.True(leaves.Max(leaf => BestGain(data, leaf, options)) <= options.MinGain + 1e-6);
        }

        for (int leaf = 0; leaf < leaves.Count; leaf++)
        {
            Assert.Equal(Value(data, leaves[leaf].Rows, leaves[leaf], options), tree.LeafValues[leaf], 1e-5);
            Assert.Equal(leaves[leaf].Rows.Sum(i => data.Weights?[i] ?? 1), tree.LeafCovers[leaf]);
        }
    }

    // The greatest gain of any split of the leaf; 0 where there is none.
    private static double BestGain(BoostingData data, Leaf leaf, BoostingOptions options)
    {
        double best = 0;
        if (options.MaxDepth > 0 && leaf.Depth >= options.MaxDepth)
        {
            return best;
        }

        for (int j = 0; j < Columns; j++)
        {
            foreach (Func<float, bool> goesLeft in Questions(
                [.. leaf.Rows.Select(i => At(data, i, j)).Distinct()], options.CategoricalFeatures?.Contains($"x{j}") == true))
            {
                var (left, right) = Divide(leaf.Rows, i => goesLeft(At(data, i, j)));
                best = Math.Max(best, Gain(data, leaf, left, right, j, options) ?? 0);
            }
        }

        return best;
    }

    // Every way to divide these values: thresholds with missing on either side, or all subsets of categories (missing being one of them).
    private static IEnumerable<Func<float, bool>> Questions(float[] values, bool categorical)
    {
        if (categorical)
        {
            for (int set = 1; set < (1 << values.Length) - 1; set++)
            {
                int members = set;
                yield return value => (members >> Array.FindIndex(values, v => v.Equals(value)) & 1) != 0;
            }

            yield break;
        }

        foreach (float threshold in values.Where(v => !float.IsNaN(v)))
        {
            yield return value => value <= threshold;
            yield return value => value <= threshold || float.IsNaN(value);
        }
    }

    // Null where the split is not allowed.
    private static double? Gain(BoostingData data, Leaf leaf, int[] left, int[] right, int feature, BoostingOptions options)
    {
        int direction = Direction(feature, options);
        double l = Value(data, left, leaf, options), r = Value(data, right, leaf, options);
        bool allowed = left.Length >= options.MinRowsPerLeaf && right.Length >= options.MinRowsPerLeaf
            && Sums(data, left).H >= options.MinHessianPerLeaf
            && Sums(data, right).H >= options.MinHessianPerLeaf && (r - l) * direction >= 0;
        double gain = Score(data, left, l, options)
            + Score(data, right, r, options) - Score(data, leaf.Rows, Value(data, leaf.Rows, leaf, options), options);
        return allowed && gain > options.MinGain ? gain : null;
    }

    private static (Leaf Left, Leaf Right) Children(
        BoostingData data, Leaf leaf, int[] left, int[] right, int direction, BoostingOptions options)
    {
        double middle = (Value(data, left, leaf, options) + Value(data, right, leaf, options)) / 2;
        var (l, r) = (leaf with { Rows = left, Depth = leaf.Depth + 1 }, leaf with { Rows = right, Depth = leaf.Depth + 1 });
        return direction switch
        {
            > 0 => (l with { Upper = middle }, r with { Lower = middle }),
            < 0 => (l with { Lower = middle }, r with { Upper = middle }),
            _ => (l, r),
        };
    }

    // The value within the leaf's bounds that minimises G·v + ½(H + λ₂)v² + λ₁|v|.
    private static double Value(BoostingData data, int[] rows, Leaf leaf, BoostingOptions options)
    {
        var (g, h) = Sums(data, rows);
        double shrunk = Math.Sign(g) * Math.Max(0, Math.Abs(g) - options.L1);
        return h + options.L2 > 0 ? Math.Clamp(-shrunk / (h + options.L2), leaf.Lower, leaf.Upper) : 0;
    }

    private static double Score(BoostingData data, int[] rows, double v, BoostingOptions options)
    {
        var (g, h) = Sums(data, rows);
        return -((g * v) + (0.5 * (h + options.L2) * v * v) + (options.L1 * Math.Abs(v)));
    }

    // At a score of 0 the gradient of ½w(s − y)² is −wy.
    private static (double G, double H) Sums(BoostingData data, int[] rows)
        => (rows.Sum(i => -(double)data.Labels[i] * (data.Weights?[i] ?? 1)), rows.Sum(i => (double)(data.Weights?[i] ?? 1)));

    private static int Direction(int feature, BoostingOptions options) =>
        options.MonotoneConstraints?.GetValueOrDefault($"x{feature}") ?? 0;

    private static (int[] Left, int[] Right) Divide(int[] rows, Func<int, bool> goesLeft) =>
        ([.. rows.Where(goesLeft)], [.. rows.Where(i => !goesLeft(i))]);

    private static float At(BoostingData data, int row, int feature) => data.Matrix!.Column(feature)[row];

    // Row i and row i + half carry opposite labels and equal weights: the mean is exactly 0.
    private static BoostingData Table(int seed, bool missing, bool weighted)
    {
        var random = new Random(seed);
        const int Half = Rows / 2;
        float[][] x = [.. Enumerable.Range(0, Columns).Select(_ => new float[Rows])];
        float[] y = new float[Rows], w = new float[Rows];
        for (int i = 0; i < Half; i++)
        {
            (y[i], w[i]) = (random.Next(3) - 1, random.Next(2) == 0 ? 1 : 3);
            (y[i + Half], w[i + Half]) = (-y[i], w[i]);
        }

        for (int i = 0; i < Rows; i++)
        {
            double noise = random.NextDouble();
            x[0][i] = (float)Math.Floor((4 * y[i]) + (9 * noise));
            x[1][i] = (y[i] > 0 ? 2 : 0) + random.Next(4); // six categories, the even ones not alike
            x[2][i] = (float)Math.Floor((-3 * y[i] * noise) + (6 * random.NextDouble()));
            x[3][i] = random.Next(12);
            for (int j = 0; missing && j < Columns; j++)
            {
                x[j][i] = random.Next(7) == 0 && (j != 3 || y[i] < 1) ? float.NaN : x[j][i];
            }
        }

        return new BoostingData(new FeatureMatrix(["x0", "x1", "x2", "x3"], x), y, weighted ? w : null);
    }

    private sealed record Leaf(int[] Rows, int Depth, double Lower, double Upper);
}
