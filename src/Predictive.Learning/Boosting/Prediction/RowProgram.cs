using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Predictive.Learning.Boosting.Prediction;

/// <summary>
/// <see cref="SplitProgram"/> turned around for one row: a lane is a tree, and step k runs split k of 32 trees (AVX2) or 64 (AVX-512) at
/// once. The row's codes fit a few registers, so that "the code this split tests" is a byte permutation.
/// </summary>
/// <remarks>
/// <code>
/// per pass of two groups of trees, per k:    group 0                      group 1
///     AVX-512:                  slot[64] rank[64] leaf[64]   slot[64] rank[64] leaf[64]
///     AVX2, per table of 16:    index[32] ... rank[32] leaf[32]   (the same)     an index of 128 = not in this table, reads 0
/// </code>
/// Two groups per pass, because a group's steps wait for each other. A tree that has no split k waits for leaf 255, where no row ever is.
/// </remarks>
internal sealed unsafe class RowProgram
{
    private const int MaxSlots = 128;
    private const int TableSlots = 16;
    private const int Groups = 2; // per pass
    private readonly RankCoding _coding;
    private readonly TreeValues _values;
    private readonly int[] _passSplits;
    private readonly byte[] _program;
    private readonly int _lanes;
    private readonly int _tables;

    private RowProgram(EnsembleTree[] trees, TreeValues values, RankCoding coding, (int Slot, sbyte Rank)[][] tests, int lanes)
    {
        (_coding, _values, _lanes) = (coding, values, lanes);
        _tables = lanes == Vector512<byte>.Count ? 1 : 2 * ((coding.Slots + (2 * TableSlots) - 1) / (2 * TableSlots)); // AVX2: in pairs
        int perPass = Groups * lanes;
        int passes = (trees.Length + perPass - 1) / perPass;
        _passSplits = [.. Enumerable.Range(0, passes).Select(p => trees.Skip(p * perPass).Take(perPass).Max(tree => tree.Splits))];
        int parts = _tables + 2;
        _program = GC.AllocateArray<byte>(Math.Max(1, _passSplits.Sum() * Groups * parts * lanes), pinned: true);
        int at = 0;
        for (int pass = 0; pass < passes; pass++)
        {
            for (int k = 0; k < _passSplits[pass]; k++)
            {
                for (int group = 0; group < Groups; group++, at += parts * lanes)
                {
                    for (int lane = 0; lane < lanes; lane++)
                    {
                        int t = (pass * perPass) + (group * lanes) + lane;
                        bool present = t < trees.Length && k < trees[t].Splits;
                        int slot = present ? tests[t][k].Slot : 0;
                        for (int table = 0; table < _tables; table++)
                        {
                            int index = slot - (table * TableSlots);
                            _program[at + (table * lanes) + lane] =
                                (byte)(_tables == 1 ? slot : index is >= 0 and < TableSlots ? index : 128);
                        }

                        _program[at + (_tables * lanes) + lane] = (byte)(present ? tests[t][k].Rank : 0);
                        _program[at + ((_tables + 1) * lanes) + lane] = (byte)(present ? trees[t].Leaf[k] : 255);
                    }
                }
            }
        }
    }

    /// <summary>Trees per vector: 64, 32, or 0 where the processor lacks the byte permutations used here.</summary>
    public static int BestLanes => !Avx2.IsSupported ? 0 : Avx512Vbmi.IsSupported && Vector512.IsHardwareAccelerated ? 64 : 32;

    /// <summary>Null where the lanes are 0 or the codes do not fit the tables.</summary>
    public static RowProgram? Create(
        EnsembleTree[] trees, TreeValues values, RankCoding coding, (int Slot, sbyte Rank)[][] tests, int lanes)
        => lanes == 0 || coding.Slots > MaxSlots ? null : new RowProgram(trees, values, coding, tests, lanes);

    /// <summary>The score plus every tree's value, in the order of <see cref="TreeValues"/>.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Score(ReadOnlySpan<float> row, double score)
    {
        sbyte* codes = stackalloc sbyte[MaxSlots];
        byte* leaves = stackalloc byte[Groups * Vector512<byte>.Count];
        _coding.Code(row, codes);
        byte* program = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_program));
        double* value = _values.Pointer;
        nint stride = _values.Stride;
        int blocksLeft = _values.Blocks;
        foreach (int splits in _passSplits)
        {
            program = _lanes == Vector512<byte>.Count ? Pass512(program, splits, codes, _coding.Slots > 64, leaves)
                : _tables == 2 ? Pass256(program, splits, codes, leaves) : Pass256(program, splits, codes, _tables, leaves);
            int blocks = Math.Min(blocksLeft, Groups * _lanes / TreeValues.Block);
            blocksLeft -= blocks;
            for (int block = 0; block < blocks; block++, value += TreeValues.Block * stride)
            {
                score += TreeValues.Sum(value, stride, leaves + (block * TreeValues.Block), 1);
            }
        }

        return score;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Pass512(byte* step, int splits, sbyte* codes, bool twoTables, byte* leaves)
    {
        const int Lanes = 64;
        Vector512<sbyte> a = Vector512<sbyte>.Zero;
        Vector512<sbyte> b = a;
        Vector512<sbyte> next = a;
        Vector512<sbyte> low = Vector512.Load(codes);
        Vector512<sbyte> high = Vector512.Load(codes + Lanes);
        for (int k = 0; k < splits; k++, step += Groups * 3 * Lanes)
        {
            next += Vector512<sbyte>.One;
            Vector512<sbyte> slotA = Vector512.Load((sbyte*)step);
            Vector512<sbyte> slotB = Vector512.Load((sbyte*)step + (3 * Lanes));
            Vector512<sbyte> codeA = twoTables ? Avx512Vbmi.PermuteVar64x8x2(low, slotA, high) : Avx512Vbmi.PermuteVar64x8(low, slotA);
            Vector512<sbyte> codeB = twoTables ? Avx512Vbmi.PermuteVar64x8x2(low, slotB, high) : Avx512Vbmi.PermuteVar64x8(low, slotB);
            a = Vector512.ConditionalSelect(
                Vector512.GreaterThan(codeA, Vector512.Load((sbyte*)step + Lanes))
                    & Vector512.Equals(a, Vector512.Load((sbyte*)step + (2 * Lanes))), next, a);
            b = Vector512.ConditionalSelect(
                Vector512.GreaterThan(codeB, Vector512.Load((sbyte*)step + (4 * Lanes)))
                    & Vector512.Equals(b, Vector512.Load((sbyte*)step + (5 * Lanes))), next, b);
        }

        a.AsByte().Store(leaves);
        b.AsByte().Store(leaves + Lanes);
        return step;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Pass256(byte* step, int splits, sbyte* codes, byte* leaves)
    {
        const int Lanes = 32;
        Vector256<sbyte> a = Vector256<sbyte>.Zero;
        Vector256<sbyte> b = a;
        Vector256<sbyte> next = a;
        Vector256<sbyte> low = Avx2.BroadcastVector128ToVector256(codes);
        Vector256<sbyte> high = Avx2.BroadcastVector128ToVector256(codes + TableSlots);
        for (int k = 0; k < splits; k++, step += Groups * 4 * Lanes)
        {
            next += Vector256<sbyte>.One;
            sbyte* s = (sbyte*)step;
            Vector256<sbyte> codeA = Avx2.Shuffle(low, Vector256.Load(s)) | Avx2.Shuffle(high, Vector256.Load(s + Lanes));
            Vector256<sbyte> codeB =
                Avx2.Shuffle(low, Vector256.Load(s + (4 * Lanes))) | Avx2.Shuffle(high, Vector256.Load(s + (5 * Lanes)));
            a = Vector256.Max(
                a,
                Vector256.GreaterThan(codeA, Vector256.Load(s + (2 * Lanes))) & Vector256.Equals(a, Vector256.Load(s + (3 * Lanes)))
                    & next);
            b = Vector256.Max(
                b,
                Vector256.GreaterThan(codeB, Vector256.Load(s + (6 * Lanes))) & Vector256.Equals(b, Vector256.Load(s + (7 * Lanes)))
                    & next);
        }

        a.AsByte().Store(leaves);
        b.AsByte().Store(leaves + Lanes);
        return step;
    }

    // More than two tables of codes: looked up in pairs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Pass256(byte* step, int splits, sbyte* codes, int tables, byte* leaves)
    {
        const int Lanes = 32;
        Vector256<sbyte> a = Vector256<sbyte>.Zero;
        Vector256<sbyte> b = a;
        Vector256<sbyte> next = a;
        int size = (tables + 2) * Lanes;
        for (int k = 0; k < splits; k++, step += Groups * size)
        {
            next += Vector256<sbyte>.One;
            sbyte* s = (sbyte*)step;
            Vector256<sbyte> codeA = Vector256<sbyte>.Zero;
            Vector256<sbyte> codeB = Vector256<sbyte>.Zero;
            for (int table = 0; table < tables; table += 2, s += 2 * Lanes)
            {
                Vector256<sbyte> low = Avx2.BroadcastVector128ToVector256(codes + (table * TableSlots));
                Vector256<sbyte> high = Avx2.BroadcastVector128ToVector256(codes + ((table + 1) * TableSlots));
                codeA |= Avx2.Shuffle(low, Vector256.Load(s)) | Avx2.Shuffle(high, Vector256.Load(s + Lanes));
                codeB |= Avx2.Shuffle(low, Vector256.Load(s + size)) | Avx2.Shuffle(high, Vector256.Load(s + size + Lanes));
            }

            a = Vector256.Max(a, Vector256.GreaterThan(codeA, Vector256.Load(s)) & Vector256.Equals(a, Vector256.Load(s + Lanes)) & next);
            b = Vector256.Max(
                b, Vector256.GreaterThan(codeB, Vector256.Load(s + size)) & Vector256.Equals(b, Vector256.Load(s + size + Lanes)) & next);
        }

        a.AsByte().Store(leaves);
        b.AsByte().Store(leaves + Lanes);
        return step;
    }
}
