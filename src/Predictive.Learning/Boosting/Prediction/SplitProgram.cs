using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Boosting.Prediction;

/// <summary>
/// Finds leaves without walking. Every row holds the number of the leaf it is in, one byte; split k moves those that are in its leaf and
/// whose code exceeds its rank to leaf k + 1. No branch, no pointer, 32 or 64 rows per instruction; the work grows with the leaves instead
/// of the depth, which for small trees is far cheaper. <see cref="RowProgram"/> does the same for one row and as many trees.
/// </summary>
internal sealed unsafe class SplitProgram
{
    /// <summary>Trees with more leaves are walked.</summary>
    public const int MaxLeaves = 64;

    /// <summary>Rows per call of <see cref="AddBlock"/>.</summary>
    public const int Rows = 128;

    private const int MaxSlots = 1024;
    private readonly Step[] _steps;
    private readonly int[] _splits;
    private readonly TreeValues _values;

    private SplitProgram(EnsembleTree[] trees, TreeValues values, RankCoding coding, (int Slot, sbyte Rank)[][] tests)
    {
        (Coding, _values) = (coding, values);
        _splits = [.. trees.Select(tree => tree.Splits)];
        _steps =
            [.. trees.SelectMany((tree, t) => tests[t].Select((test, k) => new Step(test.Slot * Rows, test.Rank, (sbyte)tree.Leaf[k])))];
        Single = RowProgram.Create(trees, values, coding, tests, RowProgram.BestLanes);
    }

    /// <summary>How rows become codes.</summary>
    public RankCoding Coding { get; }

    /// <summary>The same for a single row; null where the processor or the number of slots does not allow it.</summary>
    public RowProgram? Single { get; }

    private readonly record struct Step(int Offset, sbyte Rank, sbyte Leaf);

    /// <summary>The program of an ensemble; null where a tree has too many leaves or a feature too many thresholds.</summary>
    public static SplitProgram? Create(EnsembleTree[] trees, int features)
    {
        if (trees.Length == 0 || trees.Any(tree => tree.Splits >= MaxLeaves))
        {
            return null;
        }

        RankCoding? coding = RankCoding.Create(trees, features, MaxSlots, out var tests);
        return coding is null ? null : new SplitProgram(trees, new TreeValues(trees), coding, tests);
    }

    /// <summary>Adds every tree's value to the scores of <see cref="Rows"/> rows, in the order of <see cref="TreeValues"/>.</summary>
    /// <param name="codes">Slot after slot, <see cref="Rows"/> bytes each.</param>
    /// <param name="scores">One per row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddBlock(sbyte* codes, double* scores)
    {
        byte* leaves = stackalloc byte[TreeValues.Block * Rows];
        nint stride = _values.Stride;
        double* value = _values.Pointer;
        fixed (Step* steps = _steps)
        {
            Step* step = steps;
            for (int t = 0; t < _splits.Length; t += TreeValues.Block, value += TreeValues.Block * stride)
            {
                int trees = Math.Min(TreeValues.Block, _splits.Length - t);
                if (trees < TreeValues.Block)
                {
                    new Span<byte>(leaves, TreeValues.Block * Rows).Clear();
                }

                for (int i = 0; i < trees; i++)
                {
                    FindLeaves(codes, step, _splits[t + i], leaves + (i * Rows));
                    step += _splits[t + i];
                }

                for (int i = 0; i < Rows; i++)
                {
                    scores[i] += TreeValues.Sum(value, stride, leaves + i, Rows);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FindLeaves(sbyte* codes, Step* step, int splits, byte* leaves)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<sbyte> low = Vector512<sbyte>.Zero;
            Vector512<sbyte> high = low;
            Vector512<sbyte> next = low;
            for (int k = 0; k < splits; k++, step++)
            {
                Vector512<sbyte> rank = Vector512.Create(step->Rank);
                Vector512<sbyte> leaf = Vector512.Create(step->Leaf);
                sbyte* code = codes + step->Offset;
                next += Vector512<sbyte>.One;
                low = Vector512.ConditionalSelect(
                    Vector512.GreaterThan(Vector512.Load(code), rank) & Vector512.Equals(low, leaf), next, low);
                high = Vector512.ConditionalSelect(
                    Vector512.GreaterThan(Vector512.Load(code + 64), rank) & Vector512.Equals(high, leaf), next, high);
            }

            low.AsByte().Store(leaves);
            high.AsByte().Store(leaves + 64);
            return;
        }

        // A row only ever moves to a higher leaf, so that "select" is a maximum: one instruction where a blend takes two or three.
        Vector256<sbyte> a = Vector256<sbyte>.Zero;
        Vector256<sbyte> b = a;
        Vector256<sbyte> c = a;
        Vector256<sbyte> d = a;
        Vector256<sbyte> made = a;
        for (int k = 0; k < splits; k++, step++)
        {
            Vector256<sbyte> rank = Vector256.Create(step->Rank);
            Vector256<sbyte> leaf = Vector256.Create(step->Leaf);
            sbyte* code = codes + step->Offset;
            made += Vector256<sbyte>.One;
            a = Vector256.Max(a, Vector256.GreaterThan(Vector256.Load(code), rank) & Vector256.Equals(a, leaf) & made);
            b = Vector256.Max(b, Vector256.GreaterThan(Vector256.Load(code + 32), rank) & Vector256.Equals(b, leaf) & made);
            c = Vector256.Max(c, Vector256.GreaterThan(Vector256.Load(code + 64), rank) & Vector256.Equals(c, leaf) & made);
            d = Vector256.Max(d, Vector256.GreaterThan(Vector256.Load(code + 96), rank) & Vector256.Equals(d, leaf) & made);
        }

        a.AsByte().Store(leaves);
        b.AsByte().Store(leaves + 32);
        c.AsByte().Store(leaves + 64);
        d.AsByte().Store(leaves + 96);
    }
}
