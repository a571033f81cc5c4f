using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Predictive.Learning.Boosting.Prediction;

/// <summary>
/// The leaf values of an ensemble and the one order they are added in, so that every way of finding leaves gives the same bits: eight
/// trees pairwise, ((a+b)+(c+d)) + ((e+f)+(g+h)), then their sum onto the score. Pairs, because adding one tree after the other waits for
/// the previous addition every time.
/// </summary>
internal sealed unsafe class TreeValues
{
    /// <summary>Trees per sum.</summary>
    public const int Block = 8;

    private readonly double[] _values;

    public TreeValues(EnsembleTree[] trees)
    {
        int leaves = trees.Length == 0 ? 1 : trees.Max(tree => tree.Splits + 1);
        Stride = 1;
        while (Stride < leaves)
        {
            Stride *= 2;
        }

        Blocks = (trees.Length + Block - 1) / Block;
        _values = GC.AllocateArray<double>(Math.Max(Blocks, 1) * Block * Stride, pinned: true); // trees that are not there have value 0
        for (int t = 0; t < trees.Length; t++)
        {
            for (int leaf = 0; leaf <= trees[t].Splits; leaf++)
            {
                _values[(t * Stride) + leaf] = trees[t].LeafValues[leaf];
            }
        }
    }

    /// <summary>Values from one tree to the next.</summary>
    public int Stride { get; }

    /// <summary>Sums of <see cref="Block"/> trees.</summary>
    public int Blocks { get; }

    /// <summary>Value of leaf l of tree t at <c>t * Stride + l</c>.</summary>
    public double* Pointer => (double*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_values));

    /// <summary>The sum of eight neighbouring trees.</summary>
    /// <param name="value">First value of the first tree.</param>
    /// <param name="stride"><see cref="Stride"/>.</param>
    /// <param name="leaves">Leaf of the first tree.</param>
    /// <param name="step">Bytes from one tree's leaf to the next's.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(double* value, nint stride, byte* leaves, nint step)
    {
        double* second = value + (4 * stride);
        return ((value[leaves[0]] + (value + stride)[leaves[step]])
                + ((value + (2 * stride))[leaves[2 * step]] + (value + (3 * stride))[leaves[3 * step]]))
            + ((second[leaves[4 * step]] + (second + stride)[leaves[5 * step]])
                + ((second + (2 * stride))[leaves[6 * step]] + (second + (3 * stride))[leaves[7 * step]]));
    }

    /// <summary>The score plus every tree's value, leaves found by walking: what the vector programs must match.</summary>
    public static double Walk(EnsembleTree[] trees, ReadOnlySpan<float> row, double score)
    {
        Span<double> values = stackalloc double[Block];
        for (int t = 0; t < trees.Length; t += Block)
        {
            for (int i = 0; i < Block; i++)
            {
                values[i] = t + i < trees.Length ? trees[t + i].LeafValues[trees[t + i].LeafOf(row)] : 0;
            }

            score += ((values[0] + values[1]) + (values[2] + values[3])) + ((values[4] + values[5]) + (values[6] + values[7]));
        }

        return score;
    }
}
