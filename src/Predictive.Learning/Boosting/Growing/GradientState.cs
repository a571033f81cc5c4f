using Predictive.Learning.Boosting.Memory;
using Predictive.Learning.Boosting.Inputs;
using System.Numerics.Tensors;
using Predictive.Learning.Boosting.Histograms;
using Predictive.Learning.Boosting.Losses;
using Predictive.Learning.Boosting.Threads;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>Per training row: raw score, derivatives, and the packed word the histograms add up.</summary>
internal sealed unsafe class GradientState : IDisposable
{
    private const int BlockRows = 4096;
    private readonly Loss _loss;
    private readonly WorkerTeam _team;
    private readonly NativeBuffer<float> _scores;
    private readonly NativeBuffer<float> _labels;
    private readonly NativeBuffer<float>? _weights;
    private readonly NativeBuffer<float> _gradients;
    private readonly NativeBuffer<float> _hessians;
    private readonly NativeBuffer<long> _packed;
    private readonly float _maxWeight;
    private readonly float[] _blockMax;

    public GradientState(BoostingData data, Loss loss, WorkerTeam team)
    {
        (_loss, _team, Rows) = (loss, team, data.Rows);
        _scores = new NativeBuffer<float>(Rows);
        _labels = Copy(data.Labels);
        _weights = data.Weights is null ? null : Copy(data.Weights);
        _gradients = new NativeBuffer<float>(Rows);
        _hessians = new NativeBuffer<float>(Rows);
        _packed = new NativeBuffer<long>(Rows);
        _maxWeight = data.Weights is null ? 1 : TensorPrimitives.Max(data.Weights);
        _blockMax = new float[2 * ((Rows / BlockRows) + 1)];
        Packing = PackedLayout.For(Rows, loss.ConstantHessian && data.Weights is null);
    }

    public int Rows { get; }

    public PackedLayout Packing { get; }

    /// <summary>Gradient of one level, after <see cref="Update"/>.</summary>
    public double GradientUnit { get; private set; }

    /// <summary>Hessian of one level, after <see cref="Update"/>.</summary>
    public double HessianUnit { get; private set; }

    public float* Scores => _scores.Pointer;

    public float* Labels => _labels.Pointer;

    public float* Weights => _weights is null ? null : _weights.Pointer;

    public float* Gradients => _gradients.Pointer;

    public float* Hessians => _hessians.Pointer;

    public long* Packed => _packed.Pointer;

    public void Dispose()
    {
        _scores.Dispose();
        _labels.Dispose();
        _weights?.Dispose();
        _gradients.Dispose();
        _hessians.Dispose();
        _packed.Dispose();
    }

    /// <summary>Derivatives at the present scores, quantised with fresh rounding; false where every gradient is 0.</summary>
    public bool Update(uint seed)
    {
        double maxGradient = _loss.GradientBound * _maxWeight;
        double maxHessian = _loss.HessianBound * _maxWeight;
        bool bounded = double.IsFinite(maxGradient) && double.IsFinite(maxHessian);
        if (!bounded)
        {
            ForEachBlock((block, begin, end) =>
            {
                Derive(begin, end);
                _blockMax[2 * block] = Math.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(Gradients + begin, end - begin)));
                _blockMax[(2 * block) + 1] = TensorPrimitives.Max(new ReadOnlySpan<float>(Hessians + begin, end - begin));
            });
            (maxGradient, maxHessian) = (0, 0);
            for (int i = 0; i * BlockRows < Rows; i++)
            {
                maxGradient = Math.Max(maxGradient, _blockMax[2 * i]);
                maxHessian = Math.Max(maxHessian, _blockMax[(2 * i) + 1]);
            }
        }

        if (!(maxGradient > 0))
        {
            return false;
        }

        if (!double.IsFinite(maxGradient) || !double.IsFinite(maxHessian))
        {
            throw new LearningException(
                "The loss has no finite derivatives at the current scores; lower the learning rate or rescale the labels.");
        }

        GradientUnit = maxGradient / Packing.Levels;
        HessianUnit = Packing.ConstantHessian ? 1 : Math.Max(maxHessian, 1e-30) / Packing.Levels;
        float gScale = (float)(1 / GradientUnit);
        float hScale = (float)(1 / HessianUnit);
        ForEachBlock((_, begin, end) =>
        {
            if (bounded)
            {
                Derive(begin, end);
            }

            GradientQuantiser.Pack(Gradients, Hessians, begin, end, gScale, hScale, seed, Packing, Packed);
        });
        return true;
    }

    private void Derive(int begin, int end) => _loss.Derivatives(Scores, Labels, Weights, begin, end, Gradients, Hessians);

    /// <summary>Runs over fixed blocks of rows, on all threads where there are many.</summary>
    public void ForEachBlock(Action<int, int, int> body)
    {
        int blocks = (Rows + BlockRows - 1) / BlockRows;
        int next = -1;
        if (blocks < 4)
        {
            Work(0);
        }
        else
        {
            _team.Run(Work);
        }

        void Work(int worker)
        {
            for (int block; (block = Interlocked.Increment(ref next)) < blocks;)
            {
                body(block, block * BlockRows, Math.Min(Rows, (block + 1) * BlockRows));
            }
        }
    }

    private static NativeBuffer<float> Copy(float[] values)
    {
        var buffer = new NativeBuffer<float>(values.Length);
        values.CopyTo(new Span<float>(buffer.Pointer, values.Length));
        return buffer;
    }
}
