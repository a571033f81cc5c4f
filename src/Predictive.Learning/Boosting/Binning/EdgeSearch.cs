using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Predictive.Learning.Boosting.Binning;

/// <summary>
/// Bins of many values at once: a branch-free binary search over 256 edges (padded with +∞), eight values side by side where the
/// processor has AVX2.
/// </summary>
internal sealed unsafe class EdgeSearch
{
    private const int Padded = 256;
    private readonly FeatureBins[] _features;
    private readonly float[] _edges;
    private readonly int[] _firstStep;

    public EdgeSearch(FeatureBins[] features)
    {
        _features = features;
        _edges = GC.AllocateUninitializedArray<float>(features.Length * Padded, pinned: true);
        _edges.AsSpan().Fill(float.PositiveInfinity);
        _firstStep = new int[features.Length];
        for (int j = 0; j < features.Length; j++)
        {
            features[j].Edges.CopyTo(_edges.AsSpan(j * Padded));
            int step = 1;
            while (step * 2 <= features[j].Edges.Length)
            {
                step *= 2;
            }

            _firstStep[j] = features[j].Edges.Length == 0 ? 0 : step;
        }
    }

    /// <summary>Writes the bin of each value; true where one was missing.</summary>
    public bool Find(int feature, float* values, int count, byte* bins)
    {
        FeatureBins kind = _features[feature];
        bool missing = false;
        if (kind.Codes is not null)
        {
            for (int i = 0; i < count; i++)
            {
                bins[i] = (byte)kind.BinOf(values[i]);
                missing |= bins[i] == kind.MissingBin;
            }

            return missing;
        }

        float* edges = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_edges)) + (feature * Padded);
        int first = _firstStep[feature];
        int done = 0;
        if (Avx2.IsSupported)
        {
            for (; done + 8 <= count; done += 8)
            {
                Vector256<float> value = Vector256.Load(values + done);
                Vector256<int> position = Vector256<int>.Zero;
                for (int step = first; step > 0; step >>= 1)
                {
                    Vector256<float> edge = Avx2.GatherVector256(edges + step - 1, position, 4);
                    position += Vector256.GreaterThan(value, edge).AsInt32() & Vector256.Create(step);
                }

                Vector256<int> isMissing = ~Vector256.Equals(value, value).AsInt32();
                missing |= isMissing != Vector256<int>.Zero;
                position = Vector256.ConditionalSelect(isMissing, Vector256.Create(kind.MissingBin), position);
                Vector128<short> narrow = Vector128.Narrow(position.GetLower(), position.GetUpper());
                *(long*)(bins + done) = Vector128.Narrow(narrow.AsUInt16(), narrow.AsUInt16()).AsInt64().ToScalar();
            }
        }

        for (; done < count; done++)
        {
            float value = values[done];
            int position = 0;
            for (int step = first; step > 0; step >>= 1)
            {
                position += value > edges[position + step - 1] ? step : 0;
            }

            bool isMissing = float.IsNaN(value);
            missing |= isMissing;
            bins[done] = (byte)(isMissing ? kind.MissingBin : position);
        }

        return missing;
    }
}
