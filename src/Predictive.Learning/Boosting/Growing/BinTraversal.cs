using Predictive.Learning.Boosting.Binning;
using Predictive.Learning.Boosting.Splitting;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>Sends rows that were not drawn for a tree down that tree, by their bins.</summary>
internal static unsafe class BinTraversal
{
    /// <summary>Adds the tree's values to the scores of the rows outside <paramref name="drawn"/>.</summary>
    public static void AddToRest(BinnedData data, GradientState state, GrownTree tree, float[] values, bool[] drawn)
    {
        int splits = tree.Splits.Count;
        var left = new int[splits];
        var right = new int[splits];
        var goesLeft = new ulong[4 * splits];
        var hangsAt = new int[splits + 1]; // per leaf: 2 · split + side
        for (int k = 0; k < splits; k++)
        {
            int leaf = tree.Leaf[k];
            if (k > 0)
            {
                (hangsAt[leaf] % 2 == 0 ? left : right)[hangsAt[leaf] / 2] = k;
            }

            (hangsAt[leaf], hangsAt[k + 1]) = (2 * k, (2 * k) + 1);
            (left[k], right[k]) = (~leaf, ~(k + 1));
            SplitCandidate split = tree.Splits[k];
            int missing = data.Features[split.Feature].MissingBin;
            for (int b = 0; b < 256; b++)
            {
                bool goes =
                    b == missing ? split.MissingLeft : split.LeftBins is { } set ? (set[b >> 6] >> (b & 63) & 1) != 0 : b <= split.Bin;
                goesLeft[(4 * k) + (b >> 6)] |= goes ? 1UL << (b & 63) : 0;
            }
        }

        state.ForEachBlock((_, begin, end) =>
        {
            for (int row = begin; row < end; row++)
            {
                if (drawn[row])
                {
                    continue;
                }

                byte* bins = data.ByRow + ((long)row * data.RowStride);
                int node = 0;
                while (node >= 0)
                {
                    int bin = bins[tree.Splits[node].Feature];
                    node = (goesLeft[(4 * node) + (bin >> 6)] >> (bin & 63) & 1) != 0 ? left[node] : right[node];
                }

                state.Scores[row] += values[~node];
            }
        });
    }
}
