using Predictive.Learning.Boosting.Memory;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Binning;
using Predictive.Learning.Boosting.Histograms;
using Predictive.Learning.Boosting.Splitting;
using Predictive.Learning.Boosting.Threads;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>Grows one tree leaf by leaf: always the leaf whose split gains most (on a tie the leaf made first).</summary>
internal sealed unsafe class TreeGrower : IDisposable
{
    private readonly BinnedData _data;
    private readonly BoostingOptions _options;
    private readonly HistogramLayout _layout;
    private readonly NodeSearch _search;
    private readonly int[] _monotone;
    private readonly List<NativeBuffer<int>> _pool = [];
    private readonly Stack<int> _free = new();

    public TreeGrower(BinnedData data, BoostingOptions options, IReadOnlyList<string> featureNames, WorkerTeam team)
    {
        (_data, _options) = (data, options);
        _layout = new HistogramLayout(data.Features);
        Finder = new SplitFinder(options);
        _monotone = [.. featureNames.Select(name => options.MonotoneConstraints?.GetValueOrDefault(name) ?? 0)];
        _search = new NodeSearch(data, _layout, Finder, _monotone, team);
        Partition = new RowPartition(data.Rows, team);
    }

    /// <summary>The rows, leaf after leaf, of the last tree.</summary>
    public RowPartition Partition { get; }

    /// <summary>Knows leaf values, too.</summary>
    public SplitFinder Finder { get; }

    public void Dispose()
    {
        _search.Dispose();
        Partition.Dispose();
        _pool.ForEach(buffer => buffer.Dispose());
    }

    /// <summary>Grows a tree on the first <paramref name="count"/> rows of the partition.</summary>
    /// <param name="count">Rows drawn for this tree.</param>
    /// <param name="packed">Packed gradients of all rows.</param>
    /// <param name="packing">How they are packed.</param>
    /// <param name="active">Features drawn for this tree.</param>
    public GrownTree Grow(int count, long* packed, PackedLayout packing, bool[] active)
    {
        _search.Start(packed, packing, active);
        var tree = new GrownTree();
        var root = new LeafNode { End = count };
        root.Totals.LowerBound = double.NegativeInfinity;
        root.Totals.UpperBound = double.PositiveInfinity;
        tree.Leaves.Add(root);
        root.Histogram = Take();
        _search.Root(root, Partition.Rows, count == _data.Rows, Histogram(root));
        while (tree.Leaves.Count < _options.Leaves)
        {
            int best = -1;
            for (int i = 0; i < tree.Leaves.Count; i++)
            {
                double gain = tree.Leaves[i].Best.Gain;
                if (gain > 0 && (best < 0 || gain > tree.Leaves[best].Best.Gain))
                {
                    best = i;
                }
            }

            if (best < 0)
            {
                break;
            }

            Split(tree, best);
        }

        foreach (LeafNode leaf in tree.Leaves)
        {
            Release(leaf);
        }

        return tree;
    }

    private void Split(GrownTree tree, int index)
    {
        LeafNode left = tree.Leaves[index];
        SplitCandidate split = left.Best;
        FeatureBins bins = _data.Features[split.Feature];
        Partition.SetLeftBins(split.Bin, bins.MissingBin, split.MissingLeft, split.LeftBins);
        int lefts = Partition.Split(left.Begin, left.End, _data.Column(split.Feature));
        if (lefts != split.LeftCount)
        {
            throw new InvalidOperationException(
                $"Histogram and partition disagree: {split.LeftCount} rows counted left, {lefts} went left.");
        }

        tree.Leaf.Add(index);
        tree.Splits.Add(split);
        var right = new LeafNode { Begin = left.Begin + lefts, End = left.End, Depth = left.Depth + 1, Totals = left.Totals };
        left.End = right.Begin;
        left.Depth++;
        right.Totals.Gradient -= split.LeftGradient;
        right.Totals.Hessian -= split.LeftHessian;
        right.Totals.Count -= split.LeftCount;
        (left.Totals.Gradient, left.Totals.Hessian, left.Totals.Count) = (split.LeftGradient, split.LeftHessian, split.LeftCount);
        Bound(left, right, _monotone[split.Feature]);
        left.Best = default;
        tree.Leaves.Add(right);
        if (tree.Leaves.Count >= _options.Leaves || (!CanSplit(left) && !CanSplit(right)))
        {
            Release(left);
            return;
        }

        var (small, large) = left.Rows <= right.Rows ? (left, right) : (right, left);
        (small.Histogram, large.Histogram) = (Take(), left.Histogram);
        _search.Children(small, Partition.Rows + small.Begin, Histogram(small), large, Histogram(large));
        foreach (LeafNode child in new[] { left, right })
        {
            if (!CanSplit(child))
            {
                child.Best = default;
            }

            if (child.Best.Gain <= 0)
            {
                Release(child);
            }
        }
    }

    private bool CanSplit(LeafNode leaf) =>
        leaf.Rows >= 2L * _options.MinRowsPerLeaf && (_options.MaxDepth == 0 || leaf.Depth < _options.MaxDepth);

    // Below a constrained split everything stays on its own side of the middle between the two leaf values.
    private void Bound(LeafNode left, LeafNode right, int direction)
    {
        if (direction == 0)
        {
            return;
        }

        double lower = left.Totals.LowerBound;
        double upper = left.Totals.UpperBound;
        double middle = 0.5 * (Finder.LeafValue(left.Totals.Gradient, left.Totals.Hessian, lower, upper)
            + Finder.LeafValue(right.Totals.Gradient, right.Totals.Hessian, lower, upper));
        ref NodeTotals low = ref (direction > 0 ? ref left : ref right).Totals;
        ref NodeTotals high = ref (direction > 0 ? ref right : ref left).Totals;
        low.UpperBound = middle;
        high.LowerBound = middle;
    }

    private int Take()
    {
        if (_free.TryPop(out int index))
        {
            return index;
        }

        _pool.Add(new NativeBuffer<int>(3L * _layout.Size));
        return _pool.Count - 1;
    }

    private int* Histogram(LeafNode leaf) => _pool[leaf.Histogram].Pointer;

    private void Release(LeafNode leaf)
    {
        if (leaf.Histogram >= 0)
        {
            _free.Push(leaf.Histogram);
            leaf.Histogram = -1;
        }
    }
}
