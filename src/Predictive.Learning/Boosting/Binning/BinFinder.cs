using Predictive.Learning.Boosting.Sampling;
using System.Buffers;

namespace Predictive.Learning.Boosting.Binning;

/// <summary>Chooses the edges between bins: a bin per distinct value where they are few, weighted quantiles where they are many.</summary>
internal static class BinFinder
{
    /// <summary>
    /// Rows looked at to place the edges. More moves an edge by less than a tenth of a bin (standard error of a quantile).
    /// </summary>
    public const int SampleRows = 200_000;

    /// <summary>
    /// The sample: every row up to <see cref="SampleRows"/>, above that one seeded draw from each of as many equal strata.
    /// </summary>
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
            RadixSort.Sort(values, weights);
        }

        // lists of a sample's size per feature would be most of the peak memory
        double[] rented = ArrayPool<double>.Shared.Rent(Math.Max(count, 1));
        int distinct = 0;
        for (int i = 0; i < count; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            if (distinct > 0 && values[i] == values[distinct - 1])
            {
                rented[distinct - 1] += w;
            }
            else
            {
                values[distinct] = values[i];
                rented[distinct++] = w;
            }
        }

        values = values[..distinct];
        float[] edges = distinct <= maxBins
            ? Between(values, [.. Enumerable.Range(0, Math.Max(distinct - 1, 0))])
            : Quantiles(values, rented.AsSpan(0, distinct), maxBins);
        ArrayPool<double>.Shared.Return(rented);
        return edges;
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
    private static float[] Quantiles(ReadOnlySpan<float> distinct, ReadOnlySpan<double> mass, int maxBins)
    {
        double rest = 0;
        foreach (double m in mass)
        {
            rest += m;
        }

        double heavy = rest / maxBins;
        int binsLeft = maxBins;
        foreach (double m in mass)
        {
            if (m >= heavy)
            {
                rest -= m;
                binsLeft--;
            }
        }

        double mean = binsLeft > 0 ? rest / binsLeft : double.PositiveInfinity;
        var lastOfBin = new List<int>(maxBins);
        double filled = 0;
        for (int i = 0; i < distinct.Length - 1 && lastOfBin.Count < maxBins - 1; i++)
        {
            bool isHeavy = mass[i] >= heavy;
            filled += mass[i];
            if (!isHeavy)
            {
                rest -= mass[i];
            }

            if (isHeavy || filled >= mean || (mass[i + 1] >= heavy && filled >= Math.Max(1e-12, mean / 2)))
            {
                if (!isHeavy && --binsLeft > 0)
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
    private static float[] Between(ReadOnlySpan<float> distinct, List<int> lastOfBin)
    {
        var edges = new float[lastOfBin.Count];
        for (int b = 0; b < edges.Length; b++)
        {
            float low = distinct[lastOfBin[b]];
            float high = distinct[lastOfBin[b] + 1];
            float middle = (float)(((double)low / 2) + ((double)high / 2));
            edges[b] = middle >= low && middle < high ? middle : low;
        }

        return edges;
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
