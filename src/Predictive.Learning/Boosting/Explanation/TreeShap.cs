using System.Buffers;
using Predictive.Learning.Boosting.Prediction;

namespace Predictive.Learning.Boosting.Explanation;

/// <summary>
/// Exact Shapley values of a tree ensemble in polynomial time: path-dependent TreeSHAP (Lundberg, Erion and Lee, "Consistent
/// Individualized Feature Attribution for Tree Ensembles", 2018, algorithm 2). A feature outside a coalition is averaged over both
/// branches by the training weight that took them.
/// </summary>
internal sealed class TreeShap
{
    private readonly EnsembleTree[] _trees;
    private readonly double[][] _shares; // per tree: share of a split's rows that went left
    private readonly int _pathLength;
    private readonly int _depth;
    private readonly double _expected;

    public TreeShap(EnsembleTree[] trees, int features, double baseScore)
    {
        _trees = trees;
        _shares = new double[trees.Length][];
        _expected = baseScore;
        for (int t = 0; t < trees.Length; t++)
        {
            _shares[t] = Shares(trees[t], out double mean, out int depth);
            _expected += mean;
            _depth = Math.Max(_depth, depth);
        }

        _pathLength = Math.Min(_depth, features) + 2;
    }

    /// <summary>One element of the path: a feature, the share of coalitions without and with it that come this way, and a permutation weight.</summary>
    private struct Step
    {
        public int Feature;
        public double Zero;
        public double One;
        public double Weight;
    }

    /// <summary>Contributions per feature, then the expected raw score.</summary>
    public void Explain(ReadOnlySpan<float> row, Span<double> contributions)
    {
        contributions.Clear();
        Step[] steps = ArrayPool<Step>.Shared.Rent(checked((_depth + 2) * _pathLength));
        for (int t = 0; t < _trees.Length; t++)
        {
            if (_trees[t].Splits > 0)
            {
                Walk(_trees[t], _shares[t], 0, row, steps, 0, 0, 1, 1, -1, contributions);
            }
        }

        contributions[^1] = _expected;
        ArrayPool<Step>.Shared.Return(steps);
    }

    private static double[] Shares(EnsembleTree tree, out double mean, out int depth)
    {
        var left = new double[tree.Splits];
        var right = new double[tree.Splits];
        var leftMean = new double[tree.Splits];
        var rightMean = new double[tree.Splits];
        var height = new int[tree.Splits];
        var shares = new double[tree.Splits];
        mean = tree.LeafValues[0];
        depth = 0;
        for (int k = tree.Splits - 1; k >= 0; k--) // children are split after their parent
        {
            (left[k], leftMean[k], int leftHeight) = Child(tree.Left[k]);
            (right[k], rightMean[k], int rightHeight) = Child(tree.Right[k]);
            height[k] = 1 + Math.Max(leftHeight, rightHeight);
            double total = left[k] + right[k];
            shares[k] = total > 0 ? left[k] / total : 0.5;
            depth = height[k];
            mean = Mean(k);
        }

        return shares;

        double Mean(int k) => (shares[k] * leftMean[k]) + ((1 - shares[k]) * rightMean[k]);

        (double Cover, double Mean, int Height) Child(int node)
            => node < 0 ? (tree.LeafCovers[~node], tree.LeafValues[~node], 0) : (left[node] + right[node], Mean(node), height[node]);
    }

    private void Walk(
        EnsembleTree tree, double[] shares, int node, ReadOnlySpan<float> row, Step[] steps, int start, int length, double zero, double one, int feature, Span<double> contributions)
    {
        Span<Step> path = steps.AsSpan(start, _pathLength);
        Extend(path, length, zero, one, feature);
        if (node < 0)
        {
            double value = tree.LeafValues[~node];
            for (int i = 1; i <= length; i++)
            {
                contributions[path[i].Feature] += UnwoundSum(path, length, i) * (path[i].One - path[i].Zero) * value;
            }

            return;
        }

        int split = tree.Feature[node];
        bool goesLeft = tree.GoesLeft(node, row[split]);
        (int hot, int cold) = goesLeft ? (tree.Left[node], tree.Right[node]) : (tree.Right[node], tree.Left[node]);
        double hotShare = goesLeft ? shares[node] : 1 - shares[node];
        double incomingZero = 1;
        double incomingOne = 1;
        int met = 1;
        while (met <= length && path[met].Feature != split)
        {
            met++;
        }

        if (met <= length) // the feature stands on the path already: take it out and put it in anew
        {
            (incomingZero, incomingOne) = (path[met].Zero, path[met].One);
            Unwind(path, length, met);
            length--;
        }

        int next = start + _pathLength;
        path[..(length + 1)].CopyTo(steps.AsSpan(next));
        Walk(tree, shares, hot, row, steps, next, length + 1, incomingZero * hotShare, incomingOne, split, contributions);
        path[..(length + 1)].CopyTo(steps.AsSpan(next));
        Walk(tree, shares, cold, row, steps, next, length + 1, incomingZero * (1 - hotShare), 0, split, contributions);
    }

    private static void Extend(Span<Step> path, int length, double zero, double one, int feature)
    {
        path[length] = new Step { Feature = feature, Zero = zero, One = one, Weight = length == 0 ? 1 : 0 };
        for (int i = length - 1; i >= 0; i--)
        {
            path[i + 1].Weight += one * path[i].Weight * (i + 1) / (length + 1);
            path[i].Weight = zero * path[i].Weight * (length - i) / (length + 1);
        }
    }

    private static void Unwind(Span<Step> path, int length, int index)
    {
        double one = path[index].One;
        double zero = path[index].Zero;
        double next = path[length].Weight;
        for (int i = length - 1; i >= 0; i--)
        {
            if (one != 0)
            {
                double weight = path[i].Weight;
                path[i].Weight = next * (length + 1) / ((i + 1) * one);
                next = weight - (path[i].Weight * zero * (length - i) / (length + 1));
            }
            else
            {
                path[i].Weight = zero == 0 ? 0 : path[i].Weight * (length + 1) / (zero * (length - i));
            }
        }

        for (int i = index; i < length; i++)
        {
            (path[i].Feature, path[i].Zero, path[i].One) = (path[i + 1].Feature, path[i + 1].Zero, path[i + 1].One);
        }
    }

    private static double UnwoundSum(Span<Step> path, int length, int index)
    {
        double one = path[index].One;
        double zero = path[index].Zero;
        double next = path[length].Weight;
        double total = 0;
        for (int i = length - 1; i >= 0; i--)
        {
            if (one != 0)
            {
                double weight = next * (length + 1) / ((i + 1) * one);
                total += weight;
                next = path[i].Weight - (weight * zero * (length - i) / (length + 1));
            }
            else if (zero != 0)
            {
                total += path[i].Weight * (length + 1) / (zero * (length - i));
            }
        }

        return total;
    }
}
