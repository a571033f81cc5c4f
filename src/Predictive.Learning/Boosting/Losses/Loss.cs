using System.Runtime.CompilerServices;

namespace Predictive.Learning.Boosting.Losses;

/// <summary>
/// What boosting minimises: derivatives for the trees, a start, a link, and a value to judge by.
/// </summary>
/// <remarks>
/// How to add a loss: 1. a struct implementing <see cref="ILossFunction"/> in a file of its own, with the formula's source;
/// 2. its member of <see cref="Objective"/>; 3. one line in <see cref="Create"/>; 4. a row in the finite-difference test.
/// </remarks>
internal abstract unsafe class Loss
{
    /// <summary>Every second derivative is 1 for rows of weight 1, so that histograms need no sum of their own for it.</summary>
    public abstract bool ConstantHessian { get; }

    /// <summary>Level of the residual quantile that replaces a leaf's Newton step; null = Newton.</summary>
    public abstract double? RenewalQuantile { get; }

    /// <summary>|first derivative| never exceeds this for rows of weight 1; infinity where unbounded.</summary>
    public abstract double GradientBound { get; }

    /// <summary>Second derivative never exceeds this for rows of weight 1; infinity where unbounded.</summary>
    public abstract double HessianBound { get; }

    /// <summary>First and second derivative of rows [begin, end) at their raw scores, times the weights where given.</summary>
    public abstract void Derivatives(float* scores, float* labels, float* weights, int begin, int end, float* gradients, float* hessians);

    /// <summary>The best constant raw score.</summary>
    public abstract double InitialScore(float[] labels, float[]? weights);

    /// <summary>Prediction of a raw score (the inverse link).</summary>
    public abstract double Prediction(double raw);

    /// <summary>Loss of one row at a raw score.</summary>
    public abstract double Value(double raw, double label);

    /// <summary>What a label must be, for the message; null where <paramref name="label"/> is fine.</summary>
    public abstract string? LabelFault(float label);

    /// <summary>The loss of an objective.</summary>
    public static Loss Create(Objective objective, double tweediePower, double quantile, double huberDelta) => objective switch
    {
        Objective.Logistic => new LogisticLoss(),
        Objective.Squared => new Loss<SquaredLoss>(default),
        Objective.Poisson => new Loss<PoissonLoss>(default),
        Objective.Gamma => new Loss<GammaLoss>(default),
        Objective.Tweedie => new Loss<TweedieLoss>(new TweedieLoss(tweediePower)),
        Objective.Quantile => new Loss<QuantileLoss>(new QuantileLoss(quantile)),
        Objective.Huber => new Loss<HuberLoss>(new HuberLoss(huberDelta)),
        _ => throw new LearningException($"Objective {objective} is not known to boosting."),
    };

    /// <summary>Mean loss of raw scores.</summary>
    public double Mean(ReadOnlySpan<double> raw, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        double sum = 0;
        double total = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            sum += w * Value(raw[i], labels[i]);
            total += w;
        }

        return sum / total;
    }
}

/// <summary>The mathematics of one loss, for a single row.</summary>
internal interface ILossFunction
{
    /// <summary>See <see cref="Loss.ConstantHessian"/>.</summary>
    bool ConstantHessian { get; }

    /// <summary>See <see cref="Loss.RenewalQuantile"/>.</summary>
    double? RenewalQuantile { get; }

    /// <summary>See <see cref="Loss.GradientBound"/>.</summary>
    double GradientBound { get; }

    /// <summary>Derivatives of the loss with respect to the raw score.</summary>
    void Derivatives(double raw, double label, out double gradient, out double hessian);

    /// <summary>The best constant raw score.</summary>
    double InitialScore(float[] labels, float[]? weights);

    /// <summary>The inverse link.</summary>
    double Prediction(double raw);

    /// <summary>The loss itself.</summary>
    double Value(double raw, double label);

    /// <summary>See <see cref="Loss.LabelFault"/>.</summary>
    string? LabelFault(float label);
}

/// <summary>Turns a loss function into loops over rows; the compiler makes one copy of the loops per struct.</summary>
internal class Loss<TFunction>(TFunction function) : Loss
    where TFunction : struct, ILossFunction
{
    /// <inheritdoc/>
    public override bool ConstantHessian => function.ConstantHessian;

    /// <inheritdoc/>
    public override double? RenewalQuantile => function.RenewalQuantile;

    /// <inheritdoc/>
    public override double GradientBound => function.GradientBound;

    /// <inheritdoc/>
    public override double HessianBound => function.ConstantHessian ? 1 : double.PositiveInfinity;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe void Derivatives(
        float* scores, float* labels, float* weights, int begin, int end, float* gradients, float* hessians)
    {
        TFunction f = function;
        for (int i = begin; i < end; i++)
        {
            f.Derivatives(scores[i], labels[i], out double gradient, out double hessian);
            double weight = weights is null ? 1 : weights[i];
            gradients[i] = (float)(gradient * weight);
            hessians[i] = (float)(hessian * weight);
        }
    }

    /// <inheritdoc/>
    public override double InitialScore(float[] labels, float[]? weights) => function.InitialScore(labels, weights);

    /// <inheritdoc/>
    public override double Prediction(double raw) => function.Prediction(raw);

    /// <inheritdoc/>
    public override double Value(double raw, double label) => function.Value(raw, label);

    /// <inheritdoc/>
    public override string? LabelFault(float label) => function.LabelFault(label);
}

/// <summary>What several losses share.</summary>
internal static class LossMath
{
    /// <summary>Raw scores of log-link losses are read within ±this, so that no exponential overflows a float.</summary>
    public const double MaxLogMean = 60;

    /// <summary>Weighted mean of the labels.</summary>
    public static double Mean(float[] labels, float[]? weights)
    {
        double sum = 0;
        double total = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            double w = weights is null ? 1 : weights[i];
            sum += w * labels[i];
            total += w;
        }

        return sum / total;
    }

    /// <summary>Logarithm of the mean label; of a tiny mean where all labels are 0.</summary>
    public static double LogMean(float[] labels, float[]? weights) => Math.Log(Math.Max(Mean(labels, weights), 1e-10));

    /// <summary>Exponential of a raw score held within <see cref="MaxLogMean"/>.</summary>
    public static double Exp(double raw) => Math.Exp(Math.Clamp(raw, -MaxLogMean, MaxLogMean));

    /// <summary>
    /// The smallest value at which the cumulated weight reaches <paramref name="level"/> of the total: minimises the weighted pinball loss.
    /// Reorders both spans.
    /// </summary>
    public static double WeightedQuantile(Span<float> values, Span<float> weights, double level)
    {
        if (values.IsEmpty)
        {
            return 0;
        }

        if (weights.IsEmpty)
        {
            values.Sort();
            return values[Math.Clamp((int)Math.Ceiling(level * values.Length) - 1, 0, values.Length - 1)];
        }

        values.Sort(weights);
        double total = 0;
        foreach (float w in weights)
        {
            total += w;
        }

        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            sum += weights[i];
            if (sum >= level * total)
            {
                return values[i];
            }
        }

        return values[^1];
    }
}
