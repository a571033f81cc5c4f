using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Predictive.Learning.Boosting.Prediction;

/// <summary>
/// Replaces a row's floats by one byte per slot, so that 32 split tests fit one vector: the rank of the value among the thresholds the
/// ensemble uses for its feature. A test <c>value &gt; Thresholds[i]</c> is then <c>code &gt; i</c>, exactly.
/// </summary>
/// <remarks>
/// Codes are shifted by −128, because processors compare signed bytes. A missing value takes the highest code where missing goes right
/// and the lowest where it goes left; a feature tested in both ways has two slots. A categorical split has a slot of its own, 1 = right.
/// </remarks>
internal sealed unsafe class RankCoding
{
    /// <summary>Most thresholds of one feature; one more code is needed for missing.</summary>
    public const int MaxThresholds = 254;

    private const int Padded = 256;
    private readonly List<Slot> _slots = [];
    private readonly float[] _thresholds;
    private readonly int[] _firstStep;

    private RankCoding(int features)
    {
        _thresholds = GC.AllocateUninitializedArray<float>(features * Padded, pinned: true);
        _thresholds.AsSpan().Fill(float.PositiveInfinity);
        _firstStep = new int[features];
    }

    /// <summary>Number of slots.</summary>
    public int Slots => _slots.Count;

    private readonly record struct Slot(int Feature, bool MissingLeft, CategorySet? Set);

    /// <summary>The coding of an ensemble and, per tree and split, its slot and the rank to compare with; null where it does not fit bytes.</summary>
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

        if (features > 1 << 16 || used.Any(set => set?.Count > MaxThresholds))
        {
            return null;
        }

        var coding = new RankCoding(features);
        var ranks = new Dictionary<float, int>?[features];
        for (int j = 0; j < features; j++)
        {
            if (used[j] is { } set)
            {
                float[] sorted = [.. set];
                sorted.CopyTo(coding._thresholds, j * Padded);
                coding._firstStep[j] = 1 << int.Log2(sorted.Length);
                ranks[j] = sorted.Select((threshold, i) => (threshold, i)).ToDictionary(pair => pair.threshold, pair => pair.i);
            }
        }

        var numbers = new Dictionary<Slot, int>();
        for (int t = 0; t < trees.Length; t++)
        {
            EnsembleTree tree = trees[t];
            tests[t] = new (int, sbyte)[tree.Splits];
            for (int k = 0; k < tree.Splits; k++)
            {
                var slot = new Slot(tree.Feature[k], tree.MissingLeft[k], tree.Sets[k]);
                if (!numbers.TryGetValue(slot, out int number))
                {
                    number = coding._slots.Count;
                    numbers.Add(slot, number);
                    coding._slots.Add(slot);
                }

                int rank = slot.Set is null ? ranks[slot.Feature]![tree.Threshold[k]] : 0;
                tests[t][k] = (number, (sbyte)(rank - 128));
            }
        }

        return coding._slots.Count <= maxSlots ? coding : null;
    }

    /// <summary>Codes of rows [first, first + count), slot after slot, <paramref name="stride"/> bytes apart.</summary>
    public void Code(RowSource source, int first, int count, sbyte* codes, int stride)
    {
        float* values = stackalloc float[stride];
        int held = -1;
        for (int s = 0; s < _slots.Count; s++)
        {
            Slot slot = _slots[s];
            if (slot.Feature != held)
            {
                source.CopyColumn(slot.Feature, first, count, values);
                held = slot.Feature;
            }

            if (slot.Set is null)
            {
                Rank(slot, values, count, codes + (s * stride));
                continue;
            }

            for (int i = 0; i < count; i++)
            {
                codes[(s * stride) + i] = CodeCategory(slot, values[i]);
            }
        }
    }

    /// <summary>Codes of one row.</summary>
    public void Code(ReadOnlySpan<float> row, sbyte* codes)
    {
        float* thresholds = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_thresholds));
        ReadOnlySpan<Slot> slots = CollectionsMarshal.AsSpan(_slots);
        for (int s = 0; s < slots.Length; s++)
        {
            ref readonly Slot slot = ref slots[s];
            float value = row[slot.Feature];
            codes[s] = slot.Set is null
                ? Rank(thresholds + (slot.Feature * Padded), _firstStep[slot.Feature], value, slot.MissingLeft)
                : CodeCategory(slot, value);
        }
    }

    private static sbyte CodeCategory(in Slot slot, float value) => (sbyte)((slot.Set!.GoesLeft(value) ?? slot.MissingLeft) ? -128 : -127);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static sbyte Rank(float* thresholds, int firstStep, float value, bool missingLeft)
    {
        int rank = 0;
        for (int step = firstStep; step > 0; step >>= 1)
        {
            rank += value > thresholds[rank + step - 1] ? step : 0;
        }

        return (sbyte)((float.IsNaN(value) ? (missingLeft ? 0 : 255) : rank) - 128);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rank(Slot slot, float* values, int count, sbyte* codes)
    {
        float* thresholds = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_thresholds)) + (slot.Feature * Padded);
        int first = _firstStep[slot.Feature];
        int done = 0;
        if (Avx2.IsSupported)
        {
            Vector256<int> missing = Vector256.Create(slot.MissingLeft ? 0 : 255);
            for (; done + 8 <= count; done += 8)
            {
                Vector256<float> value = Vector256.Load(values + done);
                Vector256<int> rank = Vector256<int>.Zero;
                for (int step = first; step > 0; step >>= 1)
                {
                    Vector256<float> threshold = Avx2.GatherVector256(thresholds + step - 1, rank, 4);
                    rank += Vector256.GreaterThan(value, threshold).AsInt32() & Vector256.Create(step);
                }

                rank = Vector256.ConditionalSelect(Vector256.Equals(value, value).AsInt32(), rank, missing) - Vector256.Create(128);
                Vector128<short> narrow = Vector128.Narrow(rank.GetLower(), rank.GetUpper());
                *(long*)(codes + done) = Vector128.Narrow(narrow, narrow).AsInt64().ToScalar();
            }
        }

        for (; done < count; done++)
        {
            codes[done] = Rank(thresholds, first, values[done], slot.MissingLeft);
        }
    }
}
