using Predictive.Training.Evaluation;
using Predictive.Training.Members;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Selection;

/// <summary>Weights of the value members by validation windows, and the evidence for them.</summary>
/// <param name="Weights">What is used, in the order of <see cref="ClvMembers.Names"/>.</param>
/// <param name="Best">What the windows favour, before it is drawn back.</param>
/// <param name="Gain">Mean Gini of the best less that of the defaults, on the windows that chose it.</param>
/// <param name="Error">Standard error of the gain, by a bootstrap of customers.</param>
internal sealed record ValueWeightChoice(double[] Weights, double[] Best, double Gain, double Error)
{
    /// <summary>One validation window.</summary>
    /// <param name="At">Its customers, with what they did.</param>
    /// <param name="Churn">The churn model's probability per row.</param>
    /// <param name="Values">One array per member: what it expects of each customer.</param>
    public sealed record Window(Snapshot At, double[] Churn, double[][] Values);

    /// <summary>Chooses. Deterministic, whatever the threads.</summary>
    /// <param name="windows">None = the defaults.</param>
    /// <param name="standard">The defaults; sum to 1.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <param name="threads">0 = one per core.</param>
    public static ValueWeightChoice Of(IReadOnlyList<Window> windows, double[] standard, int seed, int threads)
    {
        if (windows.Count == 0)
        {
            return new ValueWeightChoice(standard, standard, 0, 0);
        }

        (double[] best, double gain) =
            ValueWeights.Best([.. windows.Select(w => new ValueWeights.Window(w.Values, w.At.NetSpend))], standard);
        if (gain <= 0)
        {
            return new ValueWeightChoice(standard, standard, 0, 0);
        }

        // Windows of one base share customers: the mean's error is taken to be no smaller than one window's.
        double error = windows.Average(w => NoiseBootstrap.Of(
            w.At, w.Churn, BlendWeights.Apply(w.Values, best),
            new Dictionary<string, (double[]? Churn, double[]? Value)> { ["standard"] = (null, BlendWeights.Apply(w.Values, standard)) },
            seed, threads).Gains["standard"].Gini);
        double[] drawn = ValueWeights.Shrink(standard, best, gain, error);
        return new ValueWeightChoice(ReferenceEquals(drawn, standard) ? standard : BlendWeights.WithoutSmall(drawn), best, gain, error);
    }
}
