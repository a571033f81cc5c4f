namespace Predictive.Learning.Boosting.Binning;

/// <summary>Chooses the edges between bins: a bin per distinct value where they are few, weighted quantiles where they are many.</summary>
internal static class BinFinder
{
    /// <summary>Rows looked at to place the edges. More moves an edge by less than a tenth of a bin (standard error of a quantile).</summary>
    public const int SampleRows = 200_000;

    /// <summary>The sample: every row up to <see cref="SampleRows"/>, above that one seeded draw from each of as many equal strata.</summary>
    public static int[]? Sample(int rows, int seed)
    {
        if (rows <= SampleRows)
        {
            return null;
        }

        SplitMix random = SplitMix.For(seed, 1, 0);
        var sample = new int[SampleRows];
        for (int i = 0; i < SampleRows; i++)
        {
            long low = (long)rows * i / SampleRows;
            long high = (long)rows * (i + 1) / SampleRows;
            sample[i] = (int)(low + random.NextLong(high - low));
        }

        return sample;
    }

    /// <summary>Edges of a numeric feature.</summary>
    /// <param name="values">Sampled values, NaN = missing; overwritten.</param>
    /// <param name="weights">One per value, or empty for 1 each; overwritten.</param>
    /// <param name="maxBins">2–255.</param>
    public static float[] Edges(Span<float> values, Span<float> weights, int maxBins)
    {
        int count = DropMissing(values, weights);
        values = values[..count];
        if (weights.IsEmpty)
        {
            RadixSort.Sort(values);
        }
        else
        {
            weights = weights[..count];
            values.Sort(weights);
        }

        var distinct = new List<float>();
        var mass = new List<double>();
        for (int i = 0; i < count; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            if (distinct.Count > 0 && values[i] == distinct[^1])
            {
                mass[^1] += w;
            }
            else
            {
                distinct.Add(values[i]);
                mass.Add(w);
            }
        }

        return distinct.Count <= maxBins ? Between(distinct, Enumerable.Range(0, Math.Max(distinct.Count - 1, 0))) : Quantiles(distinct, mass, maxBins);
    }

    /// <summary>The most frequent codes, ascending, at most 254.</summary>
    public static int[] Codes(ReadOnlySpan<float> values, ReadOnlySpan<float> weights)
    {
        var mass = new Dictionary<int, double>();
        for (int i = 0; i < values.Length; i++)
        {
            if (CategoryCodes.IsCode(values[i]))
            {
                int code = (int)values[i];
                mass[code] = mass.GetValueOrDefault(code) + (weights.IsEmpty ? 1 : weights[i]);
            }
        }

        return [.. mass.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(254).Select(pair => pair.Key).Order()];
    }

    // Greedy: a value heavier than the mean remaining bin gets a bin of its own, the rest share what is left evenly.
    private static float[] Quantiles(List<float> distinct, List<double> mass, int maxBins)
    {
        double rest = mass.Sum();
        int binsLeft = maxBins;
        double mean = rest / binsLeft;
        var heavy = new bool[mass.Count];
        for (int i = 0; i < mass.Count; i++)
        {
            if (mass[i] >= mean)
            {
                heavy[i] = true;
                rest -= mass[i];
                binsLeft--;
            }
        }

        mean = binsLeft > 0 ? rest / binsLeft : double.PositiveInfinity;
        var lastOfBin = new List<int>();
        double filled = 0;
        for (int i = 0; i < distinct.Count - 1 && lastOfBin.Count < maxBins - 1; i++)
        {
            filled += mass[i];
            if (!heavy[i])
            {
                rest -= mass[i];
            }

            if (heavy[i] || filled >= mean || (heavy[i + 1] && filled >= Math.Max(1e-12, mean / 2)))
            {
                if (!heavy[i] && --binsLeft > 0)
                {
                    mean = rest / binsLeft;
                }

                lastOfBin.Add(i);
                filled = 0;
            }
        }

        return Between(distinct, lastOfBin);
    }

    // The middle between a bin's last value and the next bin's first: low <= middle < high, also for infinities.
    private static float[] Between(List<float> distinct, IEnumerable<int> lastOfBin)
    {
        return [.. lastOfBin.Select(i =>
        {
            float low = distinct[i];
            float high = distinct[i + 1];
            float middle = (float)(((double)low / 2) + ((double)high / 2));
            return middle >= low && middle < high ? middle : low;
        })];
    }

    private static int DropMissing(Span<float> values, Span<float> weights)
    {
        int count = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsNaN(values[i]) && (weights.IsEmpty || weights[i] > 0))
            {
                values[count] = values[i];
                if (!weights.IsEmpty)
                {
                    weights[count] = weights[i];
                }

                count++;
            }
        }

        return count;
    }
}
