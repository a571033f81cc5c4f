using System.Numerics;
using System.Runtime.InteropServices;

namespace Predictive.Training.Members;

/// <summary>Penalised least squares and logistic regression by normal equations: some hundred columns, any number of rows.</summary>
/// <remarks>The sums are made per block of rows, the blocks added in order: the same bits whatever the thread count.</remarks>
internal static class RidgeSolver
{
    private const int BlockRows = 2048;

    private const int MostSteps = 40, MostHalvings = 12;

    /// <summary>Minimises Σ wᵢ(yᵢ − b − xᵢ·β)² + Σ penaltyⱼ βⱼ². Returns b, then β.</summary>
    public static double[] Squared(float[][] columns, double[] y, double[] weights, double[] penalties)
    {
        var (gram, right) = Gram(columns, weights, y);
        return Solve(gram, right, penalties);
    }

    /// <summary>Minimises Σ wᵢ log loss + ½ Σ penaltyⱼ βⱼ² by Newton steps (iteratively reweighted least squares), shortened where they overshoot. Returns b, then β.</summary>
    public static double[] Logistic(float[][] columns, double[] y, double[] weights, double[] penalties)
    {
        int rows = y.Length;
        var solution = new double[columns.Length + 1];
        double positive = 0, total = 0;
        for (int i = 0; i < rows; i++)
        {
            positive += weights[i] * y[i];
            total += weights[i];
        }

        double rate = Math.Clamp(positive / total, 1e-4, 1 - 1e-4);
        solution[0] = Math.Log(rate / (1 - rate));
        double[] working = new double[rows], working2 = new double[rows], score = new double[rows], trial = new double[rows];
        Score(columns, solution, score);
        double loss = Loss(score, y, weights, solution, penalties);
        for (int step = 0; step < MostSteps; step++)
        {
            for (int i = 0; i < rows; i++)
            {
                double p = 1 / (1 + Math.Exp(-score[i])), v = Math.Max(p * (1 - p), 1e-6);
                working[i] = weights[i] * v;
                working2[i] = score[i] + ((y[i] - p) / v);
            }

            var (gram, right) = Gram(columns, working, working2);
            double[] next = Solve(gram, right, penalties);
            // A whole step may overshoot where most outcomes are alike, and then runs away: halve it until the loss does not rise.
            double nextLoss;
            for (int halvings = 0; ; halvings++)
            {
                Score(columns, next, trial);
                nextLoss = Loss(trial, y, weights, next, penalties);
                if (nextLoss <= loss || halvings == MostHalvings)
                {
                    break;
                }

                for (int j = 0; j < next.Length; j++)
                {
                    next[j] = (next[j] + solution[j]) / 2;
                }
            }

            double moved = 0;
            for (int j = 0; j < next.Length; j++)
            {
                moved = Math.Max(moved, Math.Abs(next[j] - solution[j]));
            }

            if (!(nextLoss <= loss))
            {
                break;
            }

            double gained = loss - nextLoss;
            (solution, loss) = (next, nextLoss);
            (score, trial) = (trial, score);
            if (moved < 1e-7 || gained <= 1e-12 * loss)
            {
                break;
            }
        }

        return solution;
    }

    private static double Loss(double[] score, double[] y, double[] weights, double[] solution, double[] penalties)
    {
        double sum = 0;
        for (int i = 0; i < score.Length; i++)
        {
            // ln(1 + e^f) − y·f, without overflow.
            double f = score[i];
            sum += weights[i] * (Math.Max(f, 0) + Math.Log(1 + Math.Exp(-Math.Abs(f))) - (y[i] * f));
        }

        for (int j = 0; j < penalties.Length; j++)
        {
            sum += penalties[j] * solution[j + 1] * solution[j + 1] / 2;
        }

        return sum;
    }

    private static void Score(float[][] columns, double[] solution, double[] score)
    {
        Parallel.For(0, (score.Length + BlockRows - 1) / BlockRows, block =>
        {
            int start = block * BlockRows, count = Math.Min(BlockRows, score.Length - start);
            Span<double> target = score.AsSpan(start, count);
            target.Fill(solution[0]);
            for (int j = 0; j < columns.Length; j++)
            {
                double c = solution[j + 1];
                ReadOnlySpan<float> column = columns[j].AsSpan(start, count);
                for (int i = 0; i < count; i++)
                {
                    target[i] += c * column[i];
                }
            }
        });
    }

    /// <summary>XᵀWX and XᵀWy with a leading column of ones.</summary>
    private static (double[,] Gram, double[] Right) Gram(float[][] columns, double[] weights, double[] y)
    {
        int width = columns.Length + 1, rows = y.Length, blocks = (rows + BlockRows - 1) / BlockRows;
        var gram = new double[width, width];
        var right = new double[width];
        // A group of blocks at a time, so that memory stays small; their sums are added in order.
        int group = Math.Max(1, 4 * Environment.ProcessorCount);
        for (int first = 0; first < blocks; first += group)
        {
            int count = Math.Min(group, blocks - first), offset = first;
            var parts = new double[count][];
            Parallel.For(0, count, k => parts[k] = Block(columns, weights, y, (offset + k) * BlockRows, width));
            foreach (double[] part in parts)
            {
                int at = 0;
                for (int a = 0; a < width; a++)
                {
                    for (int b = a; b < width; b++)
                    {
                        gram[a, b] += part[at++];
                    }

                    right[a] += part[at++];
                }
            }
        }

        return (gram, right);
    }

    private static double[] Block(float[][] columns, double[] weights, double[] y, int start, int width)
    {
        int count = Math.Min(BlockRows, y.Length - start);
        // Rows weighted by √w in single precision, dot products of columns vectorised, sums of a block in double.
        var scaled = new float[(width + 1) * count];
        for (int i = 0; i < count; i++)
        {
            float root = (float)Math.Sqrt(weights[start + i]);
            scaled[i] = root;
            scaled[(width * count) + i] = (float)(root * y[start + i]);
        }

        for (int j = 1; j < width; j++)
        {
            ReadOnlySpan<float> column = columns[j - 1].AsSpan(start, count);
            Span<float> target = scaled.AsSpan(j * count, count);
            for (int i = 0; i < count; i++)
            {
                target[i] = column[i] * scaled[i];
            }
        }

        var sums = new double[(width * (width + 1) / 2) + width];
        int at = 0;
        for (int a = 0; a < width; a++)
        {
            ReadOnlySpan<float> left = scaled.AsSpan(a * count, count);
            for (int b = a; b < width; b++)
            {
                sums[at++] = Dot(left, scaled.AsSpan(b * count, count));
            }

            sums[at++] = Dot(left, scaled.AsSpan(width * count, count));
        }

        return sums;
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        // Runs of 256 in single precision, their sums in double: exact enough, and the same everywhere the vector width is.
        for (int start = 0; start < a.Length; start += 256)
        {
            int count = Math.Min(256, a.Length - start);
            ReadOnlySpan<Vector<float>> va = MemoryMarshal.Cast<float, Vector<float>>(a.Slice(start, count)), vb = MemoryMarshal.Cast<float, Vector<float>>(b.Slice(start, count));
            Vector<float> acc = Vector<float>.Zero;
            for (int i = 0; i < va.Length; i++)
            {
                acc += va[i] * vb[i];
            }

            sum += Vector.Sum(acc);
            for (int i = start + (va.Length * Vector<float>.Count); i < start + count; i++)
            {
                sum += (double)a[i] * b[i];
            }
        }

        return sum;
    }

    /// <summary>Cholesky of the penalised upper triangle; the intercept is not penalised.</summary>
    private static double[] Solve(double[,] gram, double[] right, double[] penalties)
    {
        int n = right.Length;
        var l = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = gram[j, i] + (i == j ? (i == 0 ? 1e-9 : penalties[i - 1] + 1e-9) : 0);
                for (int k = 0; k < j; k++)
                {
                    sum -= l[i, k] * l[j, k];
                }

                l[i, j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-12)) : sum / l[j, j];
            }
        }

        var z = new double[n];
        for (int i = 0; i < n; i++)
        {
            double sum = right[i];
            for (int k = 0; k < i; k++)
            {
                sum -= l[i, k] * z[k];
            }

            z[i] = sum / l[i, i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            double sum = z[i];
            for (int k = i + 1; k < n; k++)
            {
                sum -= l[k, i] * z[k];
            }

            z[i] = sum / l[i, i];
        }

        return z;
    }
}
