using Predictive.Training.Levels;
using Predictive.Segmentation.Features;

namespace Predictive.Training.Members;

/// <summary>
/// Weights of a blend in log-odds, non-negative and summing to one (an unconstrained stack over-sharpens), by log loss over
/// validation windows, drawn to a prior where there is little to see.
/// </summary>
internal static class BlendWeights
{
    /// <summary>One validation window: the members' log-odds by row, and what happened.</summary>
    /// <param name="Members">One array per member.</param>
    /// <param name="Churned">0 or 1 per row.</param>
    public sealed record Window(double[][] Members, float[] Churned);

    /// <summary>
    /// Minimises Σ windows (log loss of the blend after its best constant shift, so that drift of the level does not choose the members) /
    /// windows + prior strength / rows × ½|w − prior|², by exponentiated gradient steps with shrinking rate: deterministic, stays on the
    /// simplex.
    /// </summary>
    /// <param name="windows">At least one.</param>
    /// <param name="prior">Sums to 1; a member of prior 0 stays out.</param>
    /// <param name="strength">Rows that the prior counts for.</param>
    public static double[] Fit(IReadOnlyList<Window> windows, double[] prior, double strength)
    {
        double rows = windows.Sum(w => (double)w.Churned.Length);
        double[] weights = [.. prior];
        var gradient = new double[prior.Length];
        for (int step = 0; step < 300; step++)
        {
            Array.Clear(gradient);
            foreach (Window window in windows)
            {
                AddGradient(window, weights, gradient, 1.0 / windows.Count);
            }

            double rate = 4.0 / Math.Sqrt(1 + step);
            double total = 0;
            for (int m = 0; m < weights.Length; m++)
            {
                double slope = gradient[m] + (strength / rows * (weights[m] - prior[m]));
                weights[m] *= Math.Exp(-rate * Math.Clamp(slope, -0.5, 0.5));
                total += weights[m];
            }

            for (int m = 0; m < weights.Length; m++)
            {
                weights[m] /= total;
            }
        }

        return WithoutSmall(weights);
    }

    /// <summary>Without members that hardly count: they cost time when scoring and say nothing.</summary>
    /// <param name="weights">Sum to 1.</param>
    /// <returns>The others' shares of what is left.</returns>
    public static double[] WithoutSmall(double[] weights)
    {
        const double Least = 0.02;
        double kept = weights.Where(w => w >= Least).Sum();
        return [.. weights.Select(w => w >= Least ? w / kept : 0)];
    }

    /// <summary>The weighted mean of the members by row: log-odds, or values.</summary>
    public static double[] Apply(double[][] members, double[] weights)
    {
        var blend = new double[members[0].Length];
        for (int m = 0; m < members.Length; m++)
        {
            if (weights[m] == 0)
            {
                continue;
            }

            for (int i = 0; i < blend.Length; i++)
            {
                blend[i] += weights[m] * members[m][i];
            }
        }

        return blend;
    }

    /// <summary>Mean over windows of the blend's log loss after its best constant shift.</summary>
    public static double Loss(IReadOnlyList<Window> windows, double[] weights) => windows.Average(window =>
    {
        double[] blend = Apply(window.Members, weights);
        double shift = Level.ShiftToMean(blend, window.Churned.Average(c => (double)c)), sum = 0;
        for (int i = 0; i < blend.Length; i++)
        {
            double f = blend[i] + shift;
            sum += Math.Max(f, 0) + Math.Log(1 + Math.Exp(-Math.Abs(f))) - (window.Churned[i] * f);
        }

        return sum / blend.Length;
    });

    private static void AddGradient(Window window, double[] weights, double[] gradient, double share)
    {
        double[] blend = Apply(window.Members, weights);
        double shift = Level.ShiftToMean(blend, window.Churned.Average(c => (double)c));
        for (int m = 0; m < weights.Length; m++)
        {
            if (weights[m] == 0)
            {
                continue;
            }

            double sum = 0;
            double[] member = window.Members[m];
            for (int i = 0; i < blend.Length; i++)
            {
                sum += ((1 / (1 + Math.Exp(-(blend[i] + shift)))) - window.Churned[i]) * member[i];
            }

            gradient[m] += share * sum / blend.Length;
        }
    }
}
