using Predictive.Learning.Boosting.Inputs;
using System.Runtime.CompilerServices;
using Predictive.Learning.Boosting.Binning;

namespace Predictive.Learning.Boosting.Splitting;

/// <summary>
/// Finds the best split of one feature from its histogram: the reduction of G·v + ½(H + λ2)·v² + λ1·|v| when one leaf value v becomes
/// two (Chen and Guestrin 2016, eq. 7). Ties go to the lower bin, then to missing right; the caller breaks them by feature.
/// </summary>
internal sealed unsafe class SplitFinder
{
    private readonly double _l1;
    private readonly double _l2;
    private readonly double _minGain;
    private readonly double _minHessian;
    private readonly int _minRows;
    private readonly double _smoothing;
    private double _gradientUnit = 1;
    private double _hessianUnit = 1;

    public SplitFinder(BoostingOptions options)
    {
        _l1 = options.L1;
        _l2 = options.L2;
        _minGain = options.MinGain;
        _minHessian = options.MinHessianPerLeaf;
        _minRows = options.MinRowsPerLeaf;
        _smoothing = options.CategorySmoothing;
    }

    /// <summary>Gradient and hessian of one level, for the tree about to grow.</summary>
    public void SetUnits(double gradientUnit, double hessianUnit) => (_gradientUnit, _hessianUnit) = (gradientUnit, hessianUnit);

    /// <summary>The leaf value that minimises the regularised loss within the bounds.</summary>
    public double LeafValue(double gradient, double hessian, double lower, double upper)
    {
        double denominator = hessian + _l2;
        return denominator <= 0 ? Math.Clamp(0, lower, upper) : Math.Clamp(-Shrunk(gradient) / denominator, lower, upper);
    }

    /// <summary>The leaf value of sums in levels.</summary>
    public double LeafValue(int gradient, int hessian, double lower, double upper)
        => LeafValue(gradient * _gradientUnit, hessian * _hessianUnit, lower, upper);

    /// <summary>Improves <paramref name="best"/> where this feature can.</summary>
    /// <param name="feature">Its number, noted in the candidate.</param>
    /// <param name="bins">Its bins.</param>
    /// <param name="gradients">Sum of gradient levels per bin; hessians and counts likewise.</param>
    /// <param name="hessians">See gradients.</param>
    /// <param name="counts">See gradients.</param>
    /// <param name="node">Sums of the node.</param>
    /// <param name="monotone">−1, 0 or +1.</param>
    /// <param name="best">Left as it is where nothing better is found.</param>
    public void Find(
        int feature, FeatureBins bins, int* gradients, int* hessians, int* counts, in NodeTotals node, int monotone,
        ref SplitCandidate best)
    {
        if (bins.Codes is not null)
        {
            FindCategorical(feature, bins, gradients, hessians, counts, node, ref best);
            return;
        }

        bool bounded = monotone != 0 || !double.IsInfinity(node.LowerBound) || !double.IsInfinity(node.UpperBound);
        bool missing = bins.HasMissing && counts[bins.MissingBin] > 0;
        Scan(feature, bins, gradients, hessians, counts, node, monotone, bounded, missing, false, ref best);
        if (missing)
        {
            Scan(feature, bins, gradients, hessians, counts, node, monotone, bounded, true, true, ref best);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scan(
        int feature, FeatureBins bins, int* gradients, int* hessians, int* counts, in NodeTotals node, int monotone, bool bounded,
        bool missing, bool missingLeft, ref SplitCandidate best)
    {
        double gUnit = _gradientUnit;
        double hUnit = _hessianUnit;
        double l1 = _l1;
        double l2 = _l2;
        int minRows = Math.Max(_minRows, 1);
        int maxLeft = node.Count - minRows;
        double totalG = node.Gradient * gUnit;
        double totalH = node.Hessian * hUnit;
        double minHessian = Math.Max(_minHessian, 1e-12);
        double parent = Score(node.Gradient, node.Hessian, node.LowerBound, node.UpperBound);
        double bestSum = best.Gain > 0 ? best.Gain + parent : parent + _minGain + (1e-10 * Math.Abs(parent));
        int g = 0;
        int h = 0;
        int c = 0;
        if (missingLeft)
        {
            int m = bins.MissingBin;
            (g, h, c) = (gradients[m], hessians[m], counts[m]);
        }

        int last = bins.ValueBins - (missing && !missingLeft ? 1 : 2); // all present values left, missing right, is a split too
        int found = -1;
        int foundG = 0;
        int foundH = 0;
        int foundC = 0;
        for (int b = 0; b <= last; b++)
        {
            int inBin = counts[b];
            g += gradients[b];
            h += hessians[b];
            c += inBin;
            if (inBin == 0 || c < minRows)
            {
                continue;
            }

            if (c > maxLeft)
            {
                break;
            }

            double leftH = h * hUnit;
            double rightH = totalH - leftH;
            if (leftH < minHessian || rightH < minHessian)
            {
                continue;
            }

            double leftG = g * gUnit;
            double rightG = totalG - leftG;
            double sum;
            if (bounded)
            {
                double left = LeafValue(leftG, leftH, node.LowerBound, node.UpperBound);
                double right = LeafValue(rightG, rightH, node.LowerBound, node.UpperBound);
                if ((right - left) * monotone < 0)
                {
                    continue;
                }

                sum = ScoreAt(leftG, leftH, left) + ScoreAt(rightG, rightH, right);
            }
            else
            {
                if (l1 > 0)
                {
                    leftG = Shrunk(leftG);
                    rightG = Shrunk(rightG);
                }

                double leftD = leftH + l2;
                double rightD = rightH + l2;
                sum = 0.5 * ((leftG * leftG * rightD) + (rightG * rightG * leftD)) / (leftD * rightD); // one division for two
            }

            if (sum > bestSum)
            {
                (bestSum, found, foundG, foundH, foundC) = (sum, b, g, h, c);
            }
        }

        if (found >= 0)
        {
            best.Gain = bestSum - parent;
            best.Feature = feature;
            best.Bin = found;
            best.LeftBins = null;
            best.LeftGradient = foundG;
            best.LeftHessian = foundH;
            best.LeftCount = foundC;
            best.MissingLeft = missing ? missingLeft : foundC > node.Count - foundC; // never seen missing: with the majority
        }
    }

    // Fisher (1958): for two groups the optimal subset is a prefix of the categories ordered by their mean, here by G / H.
    private void FindCategorical(
        int feature, FeatureBins bins, int* gradients, int* hessians, int* counts, in NodeTotals node, ref SplitCandidate best)
    {
        Span<double> keys = stackalloc double[256];
        Span<byte> order = stackalloc byte[256];
        int used = 0;
        for (int b = 0; b < bins.HistogramBins; b++)
        {
            if (counts[b] > 0)
            {
                keys[used] = gradients[b] * _gradientUnit / ((hessians[b] * _hessianUnit) + _smoothing + 1e-12);
                order[used++] = (byte)b;
            }
        }

        keys[..used].Sort(order[..used]);
        double parent = Score(node.Gradient, node.Hessian, node.LowerBound, node.UpperBound);
        double bestSum = best.Gain > 0 ? best.Gain + parent : parent + _minGain + (1e-10 * Math.Abs(parent));
        int minRows = Math.Max(_minRows, 1);
        double minHessian = Math.Max(_minHessian, 1e-12);
        int g = 0;
        int h = 0;
        int c = 0;
        int found = -1;
        for (int i = 0; i < used - 1; i++)
        {
            g += gradients[order[i]];
            h += hessians[order[i]];
            c += counts[order[i]];
            int rightH = node.Hessian - h;
            if (c < minRows || node.Count - c < minRows || h * _hessianUnit < minHessian || rightH * _hessianUnit < minHessian)
            {
                continue;
            }

            double sum = Score(g, h, node.LowerBound, node.UpperBound) + Score(node.Gradient - g, rightH, node.LowerBound, node.UpperBound);
            if (sum > bestSum)
            {
                bestSum = sum;
                found = i;
                (best.LeftGradient, best.LeftHessian, best.LeftCount) = (g, h, c);
            }
        }

        if (found < 0)
        {
            return;
        }

        var left = new ulong[4];
        bool missing = bins.HasMissing && counts[bins.MissingBin] > 0;
        best.MissingLeft = !missing && best.LeftCount > node.Count - best.LeftCount;
        for (int i = 0; i <= found; i++)
        {
            left[order[i] >> 6] |= 1UL << (order[i] & 63);
            best.MissingLeft |= missing && order[i] == bins.MissingBin;
        }

        best.Gain = bestSum - parent;
        best.Feature = feature;
        best.Bin = 0;
        best.LeftBins = left;
    }

    private double Shrunk(double gradient)
        => _l1 <= 0 ? gradient : gradient > _l1 ? gradient - _l1 : gradient < -_l1 ? gradient + _l1 : 0;

    private double Score(int gradient, int hessian, double lower, double upper)
    {
        double g = gradient * _gradientUnit;
        double h = hessian * _hessianUnit;
        return ScoreAt(g, h, LeafValue(g, h, lower, upper));
    }

    private double ScoreAt(double g, double h, double value) =>
        -((g * value) + (0.5 * (h + _l2) * value * value) + (_l1 * Math.Abs(value)));
}
