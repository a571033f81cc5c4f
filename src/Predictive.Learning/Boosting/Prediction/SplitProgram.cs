using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Predictive.Learning.Boosting.Prediction;

/// <summary>
/// Finds leaves without walking. Every row (or, for a single row, every tree) holds the number of the leaf it is in, one byte; split k moves
/// those that are in its leaf and whose code exceeds its rank to leaf k + 1. No branch, no pointer, 32 rows or trees per instruction; the
/// work grows with the leaves instead of the depth, which for small trees is far cheaper.
/// </summary>
internal sealed unsafe class SplitProgram
{
    /// <summary>Trees with more leaves are walked.</summary>
    public const int MaxLeaves = 64;

    /// <summary>Rows per call of <see cref="AddBlock"/>.</summary>
    public const int Rows = 128;

    private const int MaxSlots = 1024;
    private const int MaxSingleSlots = 128; // one byte indexes the codes, its top bit marks "not in this table"
    private const int Lanes = 32;
    private readonly Step[] _steps;
    private readonly int[] _splits;
    private readonly double[] _values;
    private readonly int[] _groupSplits;
    private readonly byte[]? _groups;

    private SplitProgram(EnsembleTree[] trees, RankCoding coding, (int Slot, sbyte Rank)[][] tests)
    {
        Coding = coding;
        _splits = [.. trees.Select(tree => tree.Splits)];
        _values = new double[trees.Length * MaxLeaves];
        _steps = [.. trees.SelectMany((tree, t) => tests[t].Select((test, k) => new Step(test.Slot * Rows, test.Rank, (sbyte)tree.Leaf[k])))];
        for (int t = 0; t < trees.Length; t++)
        {
            for (int leaf = 0; leaf <= trees[t].Splits; leaf++)
            {
                _values[(t * MaxLeaves) + leaf] = trees[t].LeafValues[leaf];
            }
        }

        // For single rows: per group of 32 trees and per k, 32 slots, 32 ranks and 32 leaves.
        int groups = (trees.Length + Lanes - 1) / Lanes;
        _groupSplits = [.. Enumerable.Range(0, groups).Select(g => trees.Skip(g * Lanes).Take(Lanes).Max(tree => tree.Splits))];
        if (coding.Slots > MaxSingleSlots)
        {
            return;
        }

        _groups = GC.AllocateArray<byte>(_groupSplits.Sum() * 3 * Lanes, pinned: true);
        int at = 0;
        for (int g = 0; g < groups; g++)
        {
            for (int k = 0; k < _groupSplits[g]; k++, at += 3 * Lanes)
            {
                for (int lane = 0; lane < Lanes; lane++)
                {
                    int t = (g * Lanes) + lane;
                    bool present = t < trees.Length && k < trees[t].Splits;
                    _groups[at + lane] = (byte)(present ? tests[t][k].Slot : 0);
                    _groups[at + Lanes + lane] = (byte)(present ? tests[t][k].Rank : 0);
                    _groups[at + (2 * Lanes) + lane] = (byte)(present ? trees[t].Leaf[k] : 255); // no row is ever in leaf 255
                }
            }
        }
    }

    /// <summary>How rows become codes.</summary>
    public RankCoding Coding { get; }

    /// <summary>Whether single rows can run here, too.</summary>
    public bool Single => _groups is not null && Avx2.IsSupported;

    private readonly record struct Step(int Offset, sbyte Rank, sbyte Leaf);

    /// <summary>The program of an ensemble; null where a tree has too many leaves or a feature too many thresholds.</summary>
    public static SplitProgram? Create(EnsembleTree[] trees, int features)
    {
        if (trees.Length == 0 || trees.Any(tree => tree.Splits >= MaxLeaves))
        {
            return null;
        }

        RankCoding? coding = RankCoding.Create(trees, features, MaxSlots, out var tests);
        return coding is null ? null : new SplitProgram(trees, coding, tests);
    }

    /// <summary>Adds every tree's value, in tree order, to the scores of <see cref="Rows"/> rows.</summary>
    /// <param name="codes">Slot after slot, <see cref="Rows"/> bytes each.</param>
    /// <param name="scores">One per row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddBlock(sbyte* codes, double* scores)
    {
        byte* leaves = stackalloc byte[Rows];
        fixed (Step* steps = _steps)
        fixed (double* values = _values)
        {
            Step* step = steps;
            double* value = values;
            foreach (int splits in _splits)
            {
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
                    a = Vector256.ConditionalSelect(Vector256.GreaterThan(Vector256.Load(code), rank) & Vector256.Equals(a, leaf), made, a);
                    b = Vector256.ConditionalSelect(Vector256.GreaterThan(Vector256.Load(code + 32), rank) & Vector256.Equals(b, leaf), made, b);
                    c = Vector256.ConditionalSelect(Vector256.GreaterThan(Vector256.Load(code + 64), rank) & Vector256.Equals(c, leaf), made, c);
                    d = Vector256.ConditionalSelect(Vector256.GreaterThan(Vector256.Load(code + 96), rank) & Vector256.Equals(d, leaf), made, d);
                }

                a.AsByte().Store(leaves);
                b.AsByte().Store(leaves + 32);
                c.AsByte().Store(leaves + 64);
                d.AsByte().Store(leaves + 96);
                for (int i = 0; i < Rows; i += 4)
                {
                    scores[i] += value[leaves[i]];
                    scores[i + 1] += value[leaves[i + 1]];
                    scores[i + 2] += value[leaves[i + 2]];
                    scores[i + 3] += value[leaves[i + 3]];
                }

                value += MaxLeaves;
            }
        }
    }

    /// <summary>Base score plus every tree's value, in tree order, for one row; only where <see cref="Single"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double ScoreOne(ReadOnlySpan<float> row, double score)
    {
        sbyte* codes = stackalloc sbyte[MaxSingleSlots];
        byte* leaves = stackalloc byte[Lanes];
        Coding.Code(row, codes);
        int tables = (Coding.Slots + 15) / 16;
        Vector256<byte> inTable = Vector256.Create((byte)0x70);
        fixed (byte* groups = _groups)
        fixed (double* values = _values)
        {
            byte* at = groups;
            double* value = values;
            for (int g = 0; g < _groupSplits.Length; g++)
            {
                Vector256<sbyte> leaf = Vector256<sbyte>.Zero;
                Vector256<sbyte> made = leaf;
                for (int k = 0; k < _groupSplits[g]; k++, at += 3 * Lanes)
                {
                    // Look 32 codes up among tables of 16: an index outside a table gets its top bit set and so reads 0.
                    Vector256<byte> slot = Vector256.Load(at);
                    Vector256<byte> code = Vector256<byte>.Zero;
                    for (int table = 0; table < tables; table++)
                    {
                        Vector256<byte> part = Avx2.BroadcastVector128ToVector256((byte*)codes + (16 * table));
                        code |= Avx2.Shuffle(part, Avx2.AddSaturate(slot - Vector256.Create((byte)(16 * table)), inTable));
                    }

                    made += Vector256<sbyte>.One;
                    Vector256<sbyte> goes = Vector256.GreaterThan(code.AsSByte(), Vector256.Load((sbyte*)at + Lanes))
                        & Vector256.Equals(leaf, Vector256.Load((sbyte*)at + (2 * Lanes)));
                    leaf = Vector256.ConditionalSelect(goes, made, leaf);
                }

                leaf.AsByte().Store(leaves);
                int trees = Math.Min(Lanes, _splits.Length - (g * Lanes));
                for (int i = 0; i < trees; i++, value += MaxLeaves)
                {
                    score += value[leaves[i]];
                }
            }
        }

        return score;
    }
}
