using System.Runtime.CompilerServices;
using Predictive.Learning.Boosting.Losses;
using Predictive.Learning.Boosting.Splitting;
using Predictive.Learning.Boosting.Threads;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>
/// Gives a grown tree its values from the unrounded derivatives, and adds them to the scores of the rows. Sums run over fixed blocks of a
/// leaf's rows, combined in order, so that they do not depend on the threads.
/// </summary>
internal sealed unsafe class LeafFitter(GradientState state, Loss loss, SplitFinder finder, double learningRate, WorkerTeam team)
{
    private const int BlockRows = 8192;
    private readonly List<(int Leaf, int Begin, int End)> _blocks = [];
    private double[] _sums = [];

    /// <summary>Values (learning rate included) and covers (weight of the rows) of the leaves.</summary>
    public (float[] Values, float[] Covers) Fit(GrownTree tree, int* rows)
    {
        int leaves = tree.Leaves.Count;
        _blocks.Clear();
        for (int leaf = 0; leaf < leaves; leaf++)
        {
            for (int begin = tree.Leaves[leaf].Begin; begin < tree.Leaves[leaf].End; begin += BlockRows)
            {
                _blocks.Add((leaf, begin, Math.Min(begin + BlockRows, tree.Leaves[leaf].End)));
            }
        }

        if (_sums.Length < 3 * _blocks.Count)
        {
            _sums = new double[3 * _blocks.Count];
        }

        bool together = tree.Leaves.Sum(leaf => (long)leaf.Rows) >= 4 * BlockRows;
        ForEachBlock(together, block => Sum(block, rows));
        var totals = new double[3 * leaves];
        for (int block = 0; block < _blocks.Count; block++)
        {
            for (int k = 0; k < 3; k++)
            {
                totals[(3 * _blocks[block].Leaf) + k] += _sums[(3 * block) + k];
            }
        }

        var values = new float[leaves];
        var covers = new float[leaves];
        for (int leaf = 0; leaf < leaves; leaf++)
        {
            NodeTotals bounds = tree.Leaves[leaf].Totals;
            double value = loss.RenewalQuantile is { } level
                ? Math.Clamp(Renew(tree.Leaves[leaf], rows, level), bounds.LowerBound, bounds.UpperBound)
                : finder.LeafValue(totals[3 * leaf], totals[(3 * leaf) + 1], bounds.LowerBound, bounds.UpperBound);
            values[leaf] = (float)(learningRate * value);
            covers[leaf] = (float)totals[(3 * leaf) + 2];
        }

        ForEachBlock(together, block => Add(block, rows, values));
        return (values, covers);
    }

    private void ForEachBlock(bool together, Action<int> body)
    {
        int next = -1;
        if (together)
        {
            team.Run(Work);
        }
        else
        {
            Work(0);
        }

        void Work(int worker)
        {
            for (int block; (block = Interlocked.Increment(ref next)) < _blocks.Count;)
            {
                body(block);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum(int block, int* rows)
    {
        var (_, begin, end) = _blocks[block];
        float* gradients = state.Gradients;
        float* hessians = state.Hessians;
        float* weights = state.Weights;
        double g = 0;
        double h = 0;
        double w = 0;
        for (int i = begin; i < end; i++)
        {
            int row = rows[i];
            g += gradients[row];
            h += hessians[row];
            w += weights == null ? 1 : weights[row];
        }

        (_sums[3 * block], _sums[(3 * block) + 1], _sums[(3 * block) + 2]) = (g, h, w);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(int block, int* rows, float[] values)
    {
        var (leaf, begin, end) = _blocks[block];
        float* scores = state.Scores;
        float value = values[leaf];
        for (int i = begin; i < end; i++)
        {
            scores[rows[i]] += value;
        }
    }

    private double Renew(LeafNode leaf, int* rows, double level)
    {
        var residuals = new float[leaf.Rows];
        float[] weights = state.Weights == null ? [] : new float[leaf.Rows];
        for (int i = 0; i < residuals.Length; i++)
        {
            int row = rows[leaf.Begin + i];
            residuals[i] = state.Labels[row] - state.Scores[row];
            if (weights.Length > 0)
            {
                weights[i] = state.Weights[row];
            }
        }

        return LossMath.WeightedQuantile(residuals, weights, level);
    }
}
