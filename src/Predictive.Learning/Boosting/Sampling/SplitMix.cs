namespace Predictive.Learning.Boosting.Sampling;

/// <summary>
/// The SplitMix64 generator (Steele, Lea and Flood 2014). Hand-written because model bytes must not depend on how a runtime's
/// <see cref="Random"/> happens to be implemented, and because drawing a million rows per tree must cost little.
/// </summary>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A generator of its own for each (seed, purpose, index).</summary>
    public static SplitMix For(int seed, int purpose, int index)
    {
        var mix = new SplitMix(((ulong)(uint)seed << 32) | (uint)purpose);
        return new SplitMix(mix.Next() ^ (ulong)(uint)index);
    }

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform whole number in [0, <paramref name="bound"/>); the bias of the multiplication is below 2⁻³².</summary>
    public long NextLong(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>
    /// Draws <paramref name="take"/> of <paramref name="count"/> numbers without replacement, ascending (Knuth, algorithm S).
    /// </summary>
    public void Draw(int count, int take, Span<int> drawn)
    {
        int used = 0;
        for (int i = 0; used < take; i++)
        {
            if (NextLong(count - i) < take - used)
            {
                drawn[used++] = i;
            }
        }
    }
}
