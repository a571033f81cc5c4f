using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Linear;

/// <summary>
/// One pass over the rows: loss, gradient and Gram matrix Zᵀ·diag(weight · curvature)·Z of the standardised features (and a column of ones,
/// last).
/// </summary>
/// <remarks>
/// Rows go through in chunks small enough for the cache: a chunk is standardised into doubles, column after column,
/// <code>
///   z: | feature 0: 256 rows | feature 1: 256 rows | ... | ones | padding to a multiple of 4 columns |
/// </code>
/// and its Gram matrix is taken in tiles of 4 × 2 columns. A fixed number of blocks of chunks keeps sums of their own, added in block
/// order, so the result does not depend on the thread count.
/// </remarks>
internal sealed class LinearPass
{
    private const int Chunk = 256;
    private readonly FeatureMatrix _features;
    private readonly float[] _labels;
    private readonly float[]? _weights;
    private readonly LinearLoss _loss;
    private readonly int _blocks;
    private readonly int _padded;
    private readonly ParallelOptions _parallel;

    public LinearPass(FeatureMatrix features, float[] labels, float[]? weights, LinearLoss loss, int threads)
    {
        (_features, _labels, _weights, _loss) = (features, labels, weights, loss);
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads };
        Means = new double[features.Columns];
        Scales = new double[features.Columns];
        Parallel.For(0, features.Columns, _parallel, j => (Means[j], Scales[j]) = Moments(features.Column(j), weights));
        Feature = [.. Enumerable.Range(0, features.Columns).Where(j => Scales[j] > 0)];
        _padded = (Dimension + 3) / 4 * 4;

        // Enough blocks to keep the cores busy, few enough that their matrices stay within some 64 MB.
        int most = (int)Math.Clamp(8_000_000L / ((long)_padded * _padded), 1, 16);
        _blocks = Math.Clamp((features.Rows + (4 * Chunk) - 1) / (4 * Chunk), 1, most);
    }

    /// <summary>Weighted mean of each feature, missing values left out.</summary>
    public double[] Means { get; }

    /// <summary>Weighted standard deviation of each feature; 0 = constant or never there.</summary>
    public double[] Scales { get; }

    /// <summary>The features that vary, by column number.</summary>
    public int[] Feature { get; }

    /// <summary>Coefficients: one per feature that varies, then the intercept.</summary>
    public int Dimension => Feature.Length + 1;

    /// <summary>Sum of weight · loss; fills gradient and (symmetric) Gram matrix where given.</summary>
    public double Evaluate(double[] beta, double[]? gradient, double[,]? hessian)
    {
        var partial = new Partial[_blocks];
        Parallel.For(0, _blocks, _parallel, b =>
        {
            int chunks = (_features.Rows + Chunk - 1) / Chunk;
            partial[b] = new Partial(_padded, hessian is not null);
            var buffers = new Buffers(_padded);
            for (int c = (int)((long)chunks * b / _blocks), end = (int)((long)chunks * (b + 1) / _blocks); c < end; c++)
            {
                RunChunk(c * Chunk, Math.Min(Chunk, _features.Rows - (c * Chunk)), beta, buffers, partial[b], gradient is not null);
            }
        });

        double loss = 0;
        if (gradient is not null)
        {
            Array.Clear(gradient);
        }

        if (hessian is not null)
        {
            Array.Clear(hessian);
        }

        foreach (Partial part in partial)
        {
            loss += part.Loss;
            for (int k = 0; gradient is not null && k < Dimension; k++)
            {
                gradient[k] += part.Gradient[k];
            }

            for (int k = 0; hessian is not null && k < Dimension; k++)
            {
                for (int m = 0; m <= k; m++)
                {
                    hessian[k, m] += part.Gram[(k * _padded) + m];
                }
            }
        }

        for (int k = 0; hessian is not null && k < Dimension; k++)
        {
            for (int m = 0; m < k; m++)
            {
                hessian[m, k] = hessian[k, m];
            }
        }

        return loss;
    }

    private void RunChunk(int start, int rows, double[] beta, Buffers buffers, Partial partial, bool derivatives)
    {
        Span<double> score = buffers.Score;
        score.Fill(beta[^1]);
        for (int k = 0; k < Feature.Length; k++)
        {
            int j = Feature[k];
            Span<double> z = buffers.Z.AsSpan(k * Chunk, Chunk);
            Standardise(_features.Column(j).Slice(start, rows), Means[j], 1 / Scales[j], z);
            z[rows..].Clear();
            for (int i = 0; i < Chunk; i++)
            {
                score[i] += beta[k] * z[i];
            }
        }

        Span<double> ones = buffers.Z.AsSpan(Feature.Length * Chunk, Chunk);
        ones[..rows].Fill(1);
        ones[rows..].Clear();
        Span<double> slopes = buffers.Slope, curvatures = buffers.Curvature;
        slopes.Clear();
        curvatures.Clear();
        for (int i = 0; i < rows; i++)
        {
            double w = _weights is null ? 1 : _weights[start + i];
            partial.Loss += w * _loss.At(score[i], _labels[start + i], out double slope, out double curvature);
            slopes[i] = w * slope;
            curvatures[i] = w * curvature;
        }

        if (!derivatives)
        {
            return;
        }

        for (int k = 0; k < Dimension; k++)
        {
            partial.Gradient[k] += TensorPrimitives.Dot<double>(buffers.Z.AsSpan(k * Chunk, Chunk), slopes);
        }

        if (partial.Gram.Length > 0)
        {
            for (int k = 0; k < Dimension; k++)
            {
                TensorPrimitives.Multiply<double>(
                    buffers.Z.AsSpan(k * Chunk, Chunk), curvatures, buffers.Weighted.AsSpan(k * Chunk, Chunk));
            }

            AddGram(buffers.Weighted, buffers.Z, partial.Gram, _padded);
        }
    }

    private static void Standardise(ReadOnlySpan<float> values, double mean, double inverse, Span<double> z)
    {
        for (int i = 0; i < values.Length; i++)
        {
            z[i] = float.IsFinite(values[i]) ? (values[i] - mean) * inverse : 0;
        }
    }

    /// <summary>Adds the lower triangle of left · rightᵀ, by tiles of 4 × 2 columns: 8 sums in registers for 6 loads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AddGram(double[] left, double[] right, double[] gram, int columns)
    {
        fixed (double* l = left, r = right, g = gram)
        {
            for (int k = 0; k < columns; k += 4)
            {
                double* l0 = l + (k * Chunk), l1 = l0 + Chunk, l2 = l1 + Chunk, l3 = l2 + Chunk;
                for (int m = 0; m < k + 4; m += 2)
                {
                    double* r0 = r + (m * Chunk), r1 = r0 + Chunk;
                    Vector256<double> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default,
                        s30 = default, s31 = default;
                    for (int i = 0; i < Chunk; i += 4)
                    {
                        Vector256<double> a = Vector256.Load(r0 + i), b = Vector256.Load(r1 + i), x = Vector256.Load(l0 + i);
                        s00 += x * a;
                        s01 += x * b;
                        x = Vector256.Load(l1 + i);
                        s10 += x * a;
                        s11 += x * b;
                        x = Vector256.Load(l2 + i);
                        s20 += x * a;
                        s21 += x * b;
                        x = Vector256.Load(l3 + i);
                        s30 += x * a;
                        s31 += x * b;
                    }

                    double* target = g + (k * columns) + m;
                    target[0] += Vector256.Sum(s00);
                    target[1] += Vector256.Sum(s01);
                    target[columns] += Vector256.Sum(s10);
                    target[columns + 1] += Vector256.Sum(s11);
                    target[2 * columns] += Vector256.Sum(s20);
                    target[(2 * columns) + 1] += Vector256.Sum(s21);
                    target[3 * columns] += Vector256.Sum(s30);
                    target[(3 * columns) + 1] += Vector256.Sum(s31);
                }
            }
        }
    }

    private static (double Mean, double Scale) Moments(ReadOnlySpan<float> column, float[]? weights)
    {
        double sum = 0, total = 0;
        for (int i = 0; i < column.Length; i++)
        {
            if (float.IsFinite(column[i]))
            {
                double w = weights is null ? 1 : weights[i];
                sum += w * column[i];
                total += w;
            }
        }

        if (total <= 0)
        {
            return (0, 0);
        }

        double mean = sum / total, squares = 0;
        for (int i = 0; i < column.Length; i++)
        {
            if (float.IsFinite(column[i]))
            {
                double deviation = column[i] - mean;
                squares += (weights is null ? 1 : weights[i]) * deviation * deviation;
            }
        }

        double scale = Math.Sqrt(squares / total);

        // A constant column's mean may be off by rounding; what is left then is no variation.
        return (mean, scale > 1e-9 * Math.Abs(mean) ? scale : 0);
    }

    private sealed class Partial(int columns, bool gram)
    {
        public double Loss { get; set; }

        public double[] Gradient { get; } = new double[columns];

        public double[] Gram { get; } = gram ? new double[columns * columns] : [];
    }

    private sealed class Buffers(int columns)
    {
        public double[] Z { get; } = new double[columns * Chunk];

        public double[] Weighted { get; } = new double[columns * Chunk];

        public double[] Score { get; } = new double[Chunk];

        public double[] Slope { get; } = new double[Chunk];

        public double[] Curvature { get; } = new double[Chunk];
    }
}
