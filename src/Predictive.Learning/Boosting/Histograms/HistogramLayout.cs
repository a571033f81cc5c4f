using Predictive.Learning.Boosting.Binning;

namespace Predictive.Learning.Boosting.Histograms;

/// <summary>
/// Where each feature's bins lie in a node's histogram: three arrays of 32-bit sums (gradients, hessians, counts), one after the other,
/// each feature's part padded to eight bins for vector instructions.
/// </summary>
internal sealed class HistogramLayout
{
    public HistogramLayout(FeatureBins[] features)
    {
        Offsets = new int[features.Length];
        Bins = new int[features.Length];
        for (int j = 0; j < features.Length; j++)
        {
            Offsets[j] = Size;
            Bins[j] = features[j].HistogramBins;
            Size += (Bins[j] + 7) & ~7;
        }
    }

    /// <summary>First bin of each feature.</summary>
    public int[] Offsets { get; }

    /// <summary>Bins of each feature.</summary>
    public int[] Bins { get; }

    /// <summary>Bins of all features, padding included: gradients start at 0, hessians at Size, counts at 2 · Size.</summary>
    public int Size { get; }
}
