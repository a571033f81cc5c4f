using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Boosting.Prediction;

/// <summary>
/// Replaces a row's floats by one byte per slot, so that 32 or 64 split tests fit one vector: the rank of the value among the thresholds
/// the ensemble uses for its feature. A test <c>value &gt; Thresholds[i]</c> is then <c>code &gt; i</c>, exactly.
/// </summary>
/// <remarks>
/// Codes are shifted by −128, because processors compare signed bytes. A missing value takes the highest code where missing goes right
/// and the lowest where it goes left; a feature tested in both ways has two slots. A categorical split has a slot of its own, 1 = right.
/// <para>
/// The rank is found without a branch: how many of 16 pivots (the last threshold of each block of 16) lie below the value names the block,
/// and how many of the block's thresholds do completes it. Two compares of 16 floats instead of eight dependent steps of a binary search.
/// </para>
/// </remarks>
internal sealed unsafe class RankCoding
{
    /// <summary>Most thresholds of one feature; one more code is needed for missing.</summary>
    public const int MaxThresholds = 254;

    private const int Block = 16;
    private const int Table = Block + (Block * Block); // pivots, then thresholds, padded with +∞, which no value exceeds
    private readonly List<Ranked> _ranked = [];
    private readonly List<Category> _categories = [];
    private float[] _thresholds = [];

    /// <summary>Number of slots.</summary>
    public int Slots { get; private set; }

    // A slot number of −1 = no test of the feature treats missing values so.
    private readonly record struct Ranked(int Feature, int MissingLeftSlot, int MissingRightSlot);

    private readonly record struct Category(int Feature, bool MissingLeft, CategorySet Set, int Slot);

    /// <summary>
    /// The coding of an ensemble and, per tree and split, its slot and the rank to compare with; null where it does not fit bytes.
    /// </summary>
    public static RankCoding? Create(EnsembleTree[] trees, int features, int maxSlots, out (int Slot, sbyte Rank)[][] tests)
    {
        tests = new (int, sbyte)[trees.Length][];
        var used = new SortedSet<float>?[features];
        foreach (EnsembleTree tree in trees)
        {
            for (int k = 0; k < tree.Splits; k++)
            {
                if (tree.Sets[k] is null)
                {
                    (used[tree.Feature[k]] ??= []).Add(tree.Threshold[k]);
                }
            }
        }

        if (used.Any(set => set?.Count > MaxThresholds))
        {
            return null;
        }

        var coding = new RankCoding();
        var numbers = new Dictionary<(int Feature, bool MissingLeft, CategorySet? Set), int>();
        for (int t = 0; t < trees.Length; t++)
        {
            EnsembleTree tree = trees[t];
            tests[t] = new (int, sbyte)[tree.Splits];
            for (int k = 0; k < tree.Splits; k++)
            {
                var slot = (tree.Feature[k], tree.MissingLeft[k], tree.Sets[k]);
                if (!numbers.TryGetValue(slot, out int number))
                {
                    number = numbers.Count;
                    numbers.Add(slot, number);
                    if (tree.Sets[k] is { } set)
                    {
                        coding._categories.Add(new Category(tree.Feature[k], tree.MissingLeft[k], set, number));
                    }
                }

                tests[t][k] = (number, 0);
            }
        }

        coding.Slots = numbers.Count;
        if (coding.Slots > maxSlots)
        {
            return null;
        }

        coding.Fill(used, numbers);
        FillRanks(trees, used, tests);
        return coding;
    }

    /// <summary>Codes of rows [first, first + count), slot after slot, <paramref name="stride"/> bytes apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Code(RowSource source, int first, int count, sbyte* codes, int stride)
    {
        float* values = stackalloc float[stride];
        sbyte* ranks = stackalloc sbyte[stride];
        float* table = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_thresholds));
        foreach (Ranked ranked in _ranked)
        {
            source.CopyColumn(ranked.Feature, first, count, values);
            int missing = 0;
            for (int i = 0; i < count; i++)
            {
                ranks[i] = (sbyte)(Rank(table, values[i]) - 128);
                missing |= float.IsNaN(values[i]) ? 1 : 0;
            }

            table += Table;
            Store(ranked.MissingLeftSlot, -128, missing != 0);
            Store(ranked.MissingRightSlot, 127, missing != 0);
        }

        int held = -1;
        foreach (Category category in _categories)
        {
            if (category.Feature != held)
            {
                source.CopyColumn(category.Feature, first, count, values);
                held = category.Feature;
            }

            for (int i = 0; i < count; i++)
            {
                codes[(category.Slot * stride) + i] = Code(category, values[i]);
            }
        }

        void Store(int slot, sbyte missingCode, bool missing)
        {
            if (slot < 0)
            {
                return;
            }

            sbyte* target = codes + (slot * stride);
            new ReadOnlySpan<sbyte>(ranks, count).CopyTo(new Span<sbyte>(target, count));
            for (int i = 0; missing && i < count; i++)
            {
                target[i] = float.IsNaN(values[i]) ? missingCode : target[i];
            }
        }
    }

    /// <summary>Codes of one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Code(ReadOnlySpan<float> row, sbyte* codes)
    {
        float* table = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_thresholds));
        foreach (ref readonly Ranked ranked in CollectionsMarshal.AsSpan(_ranked))
        {
            float value = row[ranked.Feature];
            int rank = Rank(table, value);
            table += Table;
            if (ranked.MissingRightSlot >= 0)
            {
                codes[ranked.MissingRightSlot] = (sbyte)((float.IsNaN(value) ? 255 : rank) - 128);
            }

            if (ranked.MissingLeftSlot >= 0)
            {
                codes[ranked.MissingLeftSlot] = (sbyte)(rank - 128); // no compare with NaN is true: its rank is 0
            }
        }

        foreach (ref readonly Category category in CollectionsMarshal.AsSpan(_categories))
        {
            codes[category.Slot] = Code(category, row[category.Feature]);
        }
    }

    private static sbyte Code(in Category category, float value) =>
        (sbyte)((category.Set.GoesLeft(value) ?? category.MissingLeft) ? -128 : -127);

    // How many thresholds of a table lie below the value.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Rank(float* table, float value)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> v = Vector512.Create(value);
            int at = Block * BitOperations.PopCount(Vector512.GreaterThan(v, Vector512.Load(table)).ExtractMostSignificantBits());
            return at + BitOperations.PopCount(Vector512.GreaterThan(v, Vector512.Load(table + Block + at)).ExtractMostSignificantBits());
        }

        Vector256<float> half = Vector256.Create(value);
        int block = Block * Below(half, table);
        return block + Below(half, table + Block + block);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Below(Vector256<float> value, float* sixteen)
    {
        uint low = Vector256.GreaterThan(value, Vector256.Load(sixteen)).ExtractMostSignificantBits();
        uint high = Vector256.GreaterThan(value, Vector256.Load(sixteen + 8)).ExtractMostSignificantBits();
        return BitOperations.PopCount(low | (high << 8));
    }

    private void Fill(SortedSet<float>?[] used, Dictionary<(int Feature, bool MissingLeft, CategorySet? Set), int> numbers)
    {
        int[] features = [.. Enumerable.Range(0, used.Length).Where(j => used[j] is not null)];
        _thresholds = GC.AllocateUninitializedArray<float>(features.Length * Table, pinned: true);
        _thresholds.AsSpan().Fill(float.PositiveInfinity);
        for (int i = 0; i < features.Length; i++)
        {
            int j = features[i];
            Span<float> table = _thresholds.AsSpan(i * Table, Table);
            used[j]!.ToArray().CopyTo(table[Block..]);
            for (int b = 0; b < Block; b++)
            {
                table[b] = table[Block + (Block * b) + Block - 1];
            }

            int Slot(bool missingLeft) => numbers.TryGetValue((j, missingLeft, null), out int number) ? number : -1;
            _ranked.Add(new Ranked(j, Slot(true), Slot(false)));
        }
    }

    private static void FillRanks(EnsembleTree[] trees, SortedSet<float>?[] used, (int Slot, sbyte Rank)[][] tests)
    {
        float[][] sorted = [.. used.Select(set => set?.ToArray() ?? [])];
        for (int t = 0; t < trees.Length; t++)
        {
            for (int k = 0; k < trees[t].Splits; k++)
            {
                int rank = trees[t].Sets[k] is null ? Array.BinarySearch(sorted[trees[t].Feature[k]], trees[t].Threshold[k]) : 0;
                tests[t][k].Rank = (sbyte)(rank - 128);
            }
        }
    }
}
