using Predictive.Learning.Boosting.Prediction;

namespace Predictive.Learning.Boosting.Ensembles;

/// <summary>
/// One binary tree that some other library grew, as that library numbers it: split 0 is the root; a child is the number of a split, or the
/// complement (~) of a leaf's number. A row goes left at a split where its value is at most the threshold, or is missing and
/// <see cref="MissingLeft"/> says so.
/// </summary>
/// <remarks>
/// Evaluated on raw 32-bit values, in that order of comparison. Its leaf values are kept as 32-bit floats: a score of T trees is off by at
/// most
/// 2⁻²⁴ · Σ |leaf value| from the sum of the values given here.
/// </remarks>
public sealed record TreeStructure
{
    /// <summary>Child of each split for rows that go left.</summary>
    public required IReadOnlyList<int> Left { get; init; }

    /// <summary>Child of each split for rows that go right.</summary>
    public required IReadOnlyList<int> Right { get; init; }

    /// <summary>Position of the feature each split asks, in a row.</summary>
    public required IReadOnlyList<int> Feature { get; init; }

    /// <summary>Values up to and including this one go left. Positive infinity = every present value.</summary>
    public required IReadOnlyList<float> Threshold { get; init; }

    /// <summary>Whether missing values go left at each split.</summary>
    public required IReadOnlyList<bool> MissingLeft { get; init; }

    /// <summary>What each split gained; negative ones count as 0.</summary>
    public required IReadOnlyList<double> Gain { get; init; }

    /// <summary>Value of each leaf, on the raw scale of the ensemble; one more than there are splits.</summary>
    public required IReadOnlyList<double> LeafValues { get; init; }

    /// <summary>The same tree as a sequence of splits, a split after its parent. Covers are still 0.</summary>
    /// <exception cref="LearningException">It is no tree over so many features.</exception>
    internal EnsembleTree ToSequence(int features)
    {
        int splits = Left.Count;
        if (Right.Count != splits || Feature.Count != splits || Threshold.Count != splits || MissingLeft.Count != splits
            || Gain.Count != splits || LeafValues.Count != splits + 1)
        {
            throw Faulty(
                $"its lists tell of {splits}, {Right.Count}, {Feature.Count}, {Threshold.Count}, {MissingLeft.Count} and {Gain.Count} "
                    + $"splits and {LeafValues.Count} leaves");
        }

        var (leaf, order) = (new int[splits], new int[splits]);
        var values = new float[splits + 1];
        var waiting = new Queue<(int Child, int Leaf)>();
        waiting.Enqueue((splits == 0 ? ~0 : 0, 0));
        int made = 0;
        bool[] splitSeen = new bool[splits], leafSeen = new bool[splits + 1];
        while (waiting.TryDequeue(out var next))
        {
            if (next.Child < 0)
            {
                int number = ~next.Child;
                if (number > splits || leafSeen[number] || !float.IsFinite((float)LeafValues[number]))
                {
                    throw Faulty($"leaf {number} of {splits + 1} is not there, is reached twice, or has no finite value");
                }

                leafSeen[number] = true;
                values[next.Leaf] = (float)LeafValues[number];
                continue;
            }

            if (next.Child >= splits || splitSeen[next.Child] || Feature[next.Child] < 0 || Feature[next.Child] >= features
                || float.IsNaN(Threshold[next.Child]))
            {
                throw Faulty(
                    $"split {next.Child} of {splits} is not there, is reached twice, or does not ask one of {features} features against "
                        + "a number");
            }

            splitSeen[next.Child] = true;
            (leaf[made], order[made]) = (next.Leaf, next.Child);
            made++;
            waiting.Enqueue((Left[next.Child], next.Leaf));
            waiting.Enqueue((Right[next.Child], made));
        }

        if (made != splits)
        {
            throw Faulty($"only {made} of {splits} splits can be reached");
        }

        return new EnsembleTree(
            leaf,
            [.. order.Select(k => Feature[k])],
            [.. order.Select(k => Threshold[k])],
            [.. order.Select(k => MissingLeft[k])],
            new CategorySet?[splits],
            [.. order.Select(k => (float)Math.Clamp(double.IsNaN(Gain[k]) ? 0 : Gain[k], 0, float.MaxValue))],
            values,
            new float[splits + 1]);
    }

    private static LearningException Faulty(string found) => new($"The tree handed over is no binary tree: {found}.");
}
