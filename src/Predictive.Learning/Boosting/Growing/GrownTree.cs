using Predictive.Learning.Boosting.Splitting;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>
/// A tree as it grew: splits in the order they were made. Split k divides leaf <c>Leaf[k]</c>; its left rows keep that leaf number, its
/// right rows become leaf k + 1.
/// </summary>
internal sealed class GrownTree
{
    public List<int> Leaf { get; } = [];

    public List<SplitCandidate> Splits { get; } = [];

    /// <summary>Rows of each leaf: a range of the partition.</summary>
    public List<LeafNode> Leaves { get; } = [];
}

/// <summary>A leaf while the tree grows.</summary>
internal sealed class LeafNode
{
    public int Begin;
    public int End;
    public int Depth;
    public NodeTotals Totals;
    public SplitCandidate Best;

    /// <summary>Index of its histogram in the pool; −1 = none.</summary>
    public int Histogram = -1;

    public int Rows => End - Begin;
}
