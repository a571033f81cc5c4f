using Predictive.Learning.Boosting.Binning;

namespace Predictive.Learning.Boosting.Prediction;

/// <summary>
/// Category codes that go left at a split. Codes the feature never showed in training, and missing values, follow the split's missing side.
/// </summary>
internal sealed class CategorySet(int[] codes, ulong[] left)
{
    /// <summary>Ascending codes known at training; shared by all sets of a feature.</summary>
    public int[] Codes { get; } = codes;

    /// <summary>Bit i: whether <see cref="Codes"/>[i] goes left; four words.</summary>
    public ulong[] Left { get; } = left;

    /// <summary>True = left, false = right, null = not known.</summary>
    public bool? GoesLeft(float value)
    {
        int position = CategoryCodes.Find(Codes, value);
        return position < 0 ? null : (Left[position >> 6] >> (position & 63) & 1) != 0;
    }
}

/// <summary>
/// A trained tree as a sequence of splits. Split k divides leaf <c>Leaf[k]</c> ≤ k: rows that go left keep that leaf number, rows that go
/// right become leaf k + 1.
/// </summary>
/// <remarks>
/// Any sequence with Leaf[k] ≤ k is a tree, so a payload cannot describe a cycle or an orphan; and the sequence is what the vector
/// predictors execute. For walking, <see cref="Left"/> and <see cref="Right"/> name a node's children: a split's number, or the
/// complement (~) of a leaf's.
/// </remarks>
internal sealed class EnsembleTree
{
    public EnsembleTree(
        int[] leaf, int[] feature, float[] threshold, bool[] missingLeft, CategorySet?[] sets, float[] gain, float[] values, float[] covers)
    {
        (Leaf, Feature, Threshold, MissingLeft, Sets, Gain, LeafValues, LeafCovers) =
            (leaf, feature, threshold, missingLeft, sets, gain, values, covers);
        Left = new int[leaf.Length];
        Right = new int[leaf.Length];
        var hangsAt = new int[leaf.Length + 1]; // per leaf: 2 · split + side
        for (int k = 0; k < leaf.Length; k++)
        {
            if (k > 0)
            {
                (hangsAt[leaf[k]] % 2 == 0 ? Left : Right)[hangsAt[leaf[k]] / 2] = k;
            }

            (hangsAt[leaf[k]], hangsAt[k + 1]) = (2 * k, (2 * k) + 1);
            (Left[k], Right[k]) = (~leaf[k], ~(k + 1));
        }
    }

    /// <summary>The leaf each split divides.</summary>
    public int[] Leaf { get; }

    public int[] Feature { get; }

    /// <summary>Numeric: values up to and including this one go left. Never NaN.</summary>
    public float[] Threshold { get; }

    public bool[] MissingLeft { get; }

    /// <summary>Null for a numeric split.</summary>
    public CategorySet?[] Sets { get; }

    public float[] Gain { get; }

    public float[] LeafValues { get; }

    /// <summary>Weight of the training rows in each leaf.</summary>
    public float[] LeafCovers { get; }

    public int[] Left { get; }

    public int[] Right { get; }

    public int Splits => Leaf.Length;

    /// <summary>Whether a value goes left at split k.</summary>
    public bool GoesLeft(int k, float value)
    {
        if (Sets[k] is { } set)
        {
            return set.GoesLeft(value) ?? MissingLeft[k];
        }

        return value <= Threshold[k] || (MissingLeft[k] && float.IsNaN(value));
    }

    /// <summary>The leaf a row ends in.</summary>
    public int LeafOf(ReadOnlySpan<float> row)
    {
        int node = Leaf.Length == 0 ? ~0 : 0;
        while (node >= 0)
        {
            node = GoesLeft(node, row[Feature[node]]) ? Left[node] : Right[node];
        }

        return ~node;
    }
}
