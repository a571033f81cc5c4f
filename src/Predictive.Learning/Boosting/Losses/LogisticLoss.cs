using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Boosting.Losses;

/// <summary>Log loss of σ(s) against labels 0 and 1, with its derivatives eight rows at a time.</summary>
internal sealed class LogisticLoss() : Loss<LogisticFunction>(default)
{
    public override double HessianBound => 0.25;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe void Derivatives(
        float* scores, float* labels, float* weights, int begin, int end, float* gradients, float* hessians)
    {
        int i = begin;
        for (; i + 8 <= end; i += 8)
        {
            Vector256<float> p = Sigmoid(Vector256.Load(scores + i));
            Vector256<float> gradient = p - Vector256.Load(labels + i);
            Vector256<float> hessian = Vector256.Max(p * (Vector256<float>.One - p), Vector256.Create(1e-16f));
            if (weights is not null)
            {
                Vector256<float> w = Vector256.Load(weights + i);
                gradient *= w;
                hessian *= w;
            }

            gradient.Store(gradients + i);
            hessian.Store(hessians + i);
        }

        if (i < end)
        {
            // The rest through the same arithmetic, so that a row's derivatives do not depend on where a block ends.
            float* buffer = stackalloc float[40];
            int rest = end - i;
            for (int k = 0; k < rest; k++)
            {
                buffer[k] = scores[i + k];
                buffer[8 + k] = labels[i + k];
                buffer[16 + k] = weights is null ? 1 : weights[i + k];
            }

            Derivatives(buffer, buffer + 8, buffer + 16, 0, 8, buffer + 24, buffer + 32);
            for (int k = 0; k < rest; k++)
            {
                gradients[i + k] = buffer[24 + k];
                hessians[i + k] = buffer[32 + k];
            }
        }
    }

    // exp by range reduction to 2^k · e^r, |r| ≤ ln 2 / 2, and the Taylor polynomial of degree 7 (error < 2e-7); multiplications and
    // additions only, so that every processor gives the same bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sigmoid(Vector256<float> score)
    {
        Vector256<float> x = Vector256.Min(Vector256.Max(-score, Vector256.Create(-80f)), Vector256.Create(80f));
        Vector256<float> k = Vector256.Floor((x * Vector256.Create(1.44269504f)) + Vector256.Create(0.5f));
        Vector256<float> r = (x - (k * Vector256.Create(0.693359375f))) - (k * Vector256.Create(-2.12194440e-4f));
        Vector256<float> e = Vector256.Create(1.9841270e-4f);
        e = (e * r) + Vector256.Create(1.3888889e-3f);
        e = (e * r) + Vector256.Create(8.3333333e-3f);
        e = (e * r) + Vector256.Create(4.1666667e-2f);
        e = (e * r) + Vector256.Create(1.6666667e-1f);
        e = (e * r) + Vector256.Create(0.5f);
        e = (e * r) + Vector256<float>.One;
        e = (e * r) + Vector256<float>.One;
        Vector256<int> exponent = (Vector256.ConvertToInt32(k) + Vector256.Create(127)) << 23;
        return Vector256<float>.One / (Vector256<float>.One + (e * exponent.AsSingle()));
    }
}

/// <summary>Log loss of σ(s), one row at a time.</summary>
internal readonly struct LogisticFunction : ILossFunction
{
    public bool ConstantHessian => false;

    public double? RenewalQuantile => null;

    public double GradientBound => 1;

    public void Derivatives(double raw, double label, out double gradient, out double hessian)
    {
        double p = Prediction(raw);
        gradient = p - label;
        hessian = Math.Max(p * (1 - p), 1e-16);
    }

    public double InitialScore(float[] labels, float[]? weights)
    {
        double mean = Math.Clamp(LossMath.Mean(labels, weights), 1e-9, 1 - 1e-9);
        return Math.Log(mean / (1 - mean));
    }

    public double Prediction(double raw) => 1 / (1 + Math.Exp(-raw));

    // ln(1 + e^s) − y·s, written so that nothing overflows.
    public double Value(double raw, double label) => Math.Max(raw, 0) - (label * raw) + Math.Log(1 + Math.Exp(-Math.Abs(raw)));

    public string? LabelFault(float label) => label is 0 or 1 ? null : "0 or 1";
}
