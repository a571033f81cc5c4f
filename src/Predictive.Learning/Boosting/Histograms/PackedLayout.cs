namespace Predictive.Learning.Boosting.Histograms;

/// <summary>
/// How a row's gradient, hessian and count lie in one 64-bit word, so that one addition per bin accumulates all three.
/// </summary>
/// <remarks>
/// <code>
/// bit 63                        gShift                 hShift               0
///     | gradient level, signed     | hessian level        | count          |
///     |  r + b + 1 bits or more    |  r + b bits          |  r + 1 bits    |
/// </code>
/// Levels are whole numbers in [−(2^b − 1), 2^b − 1], and at most 2^r rows are added before the word is emptied into 32-bit sums, so no
/// field can run into its neighbour. Sums of integers do not depend on their order: any number of threads gives the same histogram.
/// Quantised training with little loss of accuracy is due to Shi et al., "Quantized Training of Gradient Boosting Decision Trees" (2022),
/// who need 2–5 bits; here 10 to 15 are kept, with unbiased (stochastic, seeded) rounding.
/// </remarks>
internal readonly record struct PackedLayout
{
    private PackedLayout(int levelBits, int chunkBits, bool constantHessian)
    {
        Levels = (1 << levelBits) - 1;
        ChunkRows = 1 << chunkBits;
        ConstantHessian = constantHessian;
        HessianShift = chunkBits + 1;
        HessianMask = constantHessian ? 0 : (1L << (chunkBits + levelBits)) - 1;
        CountMask = (1L << HessianShift) - 1;
        GradientShift = HessianShift + (constantHessian ? 0 : chunkBits + levelBits);
    }

    /// <summary>Largest gradient or hessian level.</summary>
    public int Levels { get; }

    /// <summary>Rows that may be added to a word before it must be emptied.</summary>
    public int ChunkRows { get; }

    /// <summary>The hessian is the count, and has no field.</summary>
    public bool ConstantHessian { get; }

    public int HessianShift { get; }

    public int GradientShift { get; }

    public long HessianMask { get; }

    public long CountMask { get; }

    /// <summary>The finest layout whose sums over all rows still fit 32 bits.</summary>
    public static PackedLayout For(int rows, bool constantHessian)
    {
        int rowBits = 32 - int.LeadingZeroCount(rows); // rows < 2^rowBits
        int exact = 31 - rowBits; // rows × levels < 2^31
        if (constantHessian)
        {
            // 2r + b + 2 <= 64
            int level = Math.Clamp(exact, 1, 15);
            return new PackedLayout(level, Math.Min(22, (62 - level) / 2), true);
        }

        // 3r + 2b + 2 <= 64: coarser levels for many rows, so that words are emptied less often.
        int bits = Math.Clamp(exact, 1, rows < 100_000 ? 14 : rows < 500_000 ? 11 : 10);
        return new PackedLayout(bits, Math.Min(16, (62 - (2 * bits)) / 3), false);
    }
}
