namespace Predictive.Learning.Boosting.Binning;

/// <summary>
/// How one feature's values become bins. Numeric: bin = number of edges below the value, so <c>value &lt;= Edges[b]</c> ⇔ bin ≤ b.
/// Categorical: bin = position of the code in <see cref="Codes"/>. Missing values have the bin after the last.
/// </summary>
internal sealed class FeatureBins
{
    private FeatureBins(float[] edges, int[]? codes, int valueBins) => (Edges, Codes, ValueBins) = (edges, codes, valueBins);

    /// <summary>Ascending thresholds, at most 254, of a numeric feature.</summary>
    public float[] Edges { get; }

    /// <summary>Ascending category codes, at most 254; null for a numeric feature.</summary>
    public int[]? Codes { get; }

    /// <summary>Bins of present values, 1–255.</summary>
    public int ValueBins { get; }

    /// <summary>Whether some training row is missing (or a rare category), so that the histogram has a bin for it.</summary>
    public bool HasMissing { get; set; }

    /// <summary>The bin of a missing value.</summary>
    public int MissingBin => ValueBins;

    /// <summary>Bins a histogram of this feature has.</summary>
    public int HistogramBins => ValueBins + (HasMissing ? 1 : 0);

    public static FeatureBins Numeric(float[] edges) => new(edges, null, edges.Length + 1);

    public static FeatureBins Categorical(int[] codes) => new([], codes, Math.Max(codes.Length, 1));

    /// <summary>The bin of a value.</summary>
    public int BinOf(float value)
    {
        if (Codes is not null)
        {
            int position = CategoryCodes.Find(Codes, value);
            return position < 0 ? MissingBin : position;
        }

        if (float.IsNaN(value))
        {
            return MissingBin;
        }

        int low = 0;
        int high = Edges.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (value > Edges[middle])
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

/// <summary>Category codes held as floats.</summary>
internal static class CategoryCodes
{
    /// <summary>Largest code: every whole number up to here is exact in a 32-bit float.</summary>
    public const int MaxCode = (1 << 24) - 1;

    /// <summary>Position of the value in the ascending codes; −1 where it is missing, no code or not among them.</summary>
    public static int Find(ReadOnlySpan<int> codes, float value)
    {
        if (!IsCode(value))
        {
            return -1;
        }

        int position = codes.BinarySearch((int)value);
        return position < 0 ? -1 : position;
    }

    /// <summary>Whether the value is a whole number from 0 to <see cref="MaxCode"/>.</summary>
    public static bool IsCode(float value) => value >= 0 && value <= MaxCode && value == MathF.Floor(value);
}
