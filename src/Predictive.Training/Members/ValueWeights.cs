using Predictive.Learning.Metrics;

namespace Predictive.Training.Members;

/// <summary>
/// Weights of the value members, non-negative and summing to one, by Gini over validation windows, drawn back to the defaults by how
/// unsure that evidence is.
/// </summary>
internal static class ValueWeights
{
    /// <summary>Weight that one step of the search moves from a member to another.</summary>
    private const double Step = 0.1;

    /// <summary>Most steps: all of the defaults can move.</summary>
    private const int MostSteps = 10;

    /// <summary>
    /// Gini by which windows of one base differ in what they favour: gains of .0005 to .0017 inside came to nothing on the windows after
    /// (the folder's README).
    /// </summary>
    private const double Drift = 0.002;

    /// <summary>One validation window.</summary>
    /// <param name="Values">One array per member: what it expects of each customer.</param>
    /// <param name="Net">Net spend that came.</param>
    public sealed record Window(double[][] Values, double[] Net);

    /// <summary>
    /// The weights that windows favour: from the defaults on, the step that gains most mean Gini, until none gains. What one step takes is
    /// at most what the member has.
    /// </summary>
    /// <param name="windows">At least one.</param>
    /// <param name="standard">The defaults; sum to 1.</param>
    /// <returns>They, and the mean Gini that they gain on the defaults.</returns>
    public static (double[] Weights, double Gain) Best(IReadOnlyList<Window> windows, double[] standard)
    {
        Judge[] judges = [.. windows.Select(w => new Judge(w))];
        double[] best = standard;
        double start = Gini(best), gini = start;
        for (int step = 0; step < MostSteps; step++)
        {
            double[]? better = null;
            for (int from = 0; from < best.Length; from++)
            {
                for (int to = 0; to < best.Length; to++)
                {
                    double moved = Math.Min(Step, best[from]);
                    if (from == to || moved <= 0)
                    {
                        continue;
                    }

                    double[] candidate = [.. best];
                    candidate[from] = moved < Step ? 0 : Math.Round(best[from] - moved, 6);
                    candidate[to] = Math.Round(best[to] + moved, 6);
                    double reached = Gini(candidate);
                    if (reached > gini + 1e-9)
                    {
                        (gini, better) = (reached, candidate);
                    }
                }
            }

            if (better is null)
            {
                break;
            }

            best = better;
        }

        return (best, gini - start);

        double Gini(double[] weights) => judges.Average(j => j.Gini(weights));
    }

    /// <summary>
    /// Drawn back by a positive-part James–Stein factor: of the way from the defaults to the best, 1 − (k·error² + drift²) / gain², k = the
    /// weights that were free to move, at least 0. Where nothing is to be gained the best of k free weights still seems to gain about √k
    /// errors; and what a gain differs by from one window of a base to the next no bootstrap of one window's customers can see.
    /// </summary>
    /// <param name="standard">The defaults; returned as they are where nothing of the way is gone.</param>
    /// <param name="best">By <see cref="Best"/>.</param>
    /// <param name="gain">Mean Gini of the best less that of the defaults.</param>
    /// <param name="error">Its standard error.</param>
    public static double[] Shrink(double[] standard, double[] best, double gain, double error)
    {
        int free = standard.Length - 1;
        double noise = (free * error * error) + (Drift * Drift), share = gain > 0 ? Math.Max(0, 1 - (noise / (gain * gain))) : 0;
        return share == 0 ? standard : [.. standard.Select((w, m) => w + (share * (best[m] - w)))];
    }

    /// <summary>A window whose outcomes are ranked once.</summary>
    private sealed class Judge
    {
        private readonly Window _window;
        private readonly double[] _ones, _own, _ranks;

        public Judge(Window window)
        {
            _window = window;
            int rows = window.Net.Length;
            (_ones, _own, _ranks) = (new double[rows], new double[rows], new double[rows]);
            Array.Fill(_ones, 1);
            new WeightedRanks([.. window.Net.Select(v => Math.Max(0, v))]).MidRanks(_ones, _own);
        }

        public double Gini(double[] weights)
        {
            new WeightedRanks(BlendWeights.Apply(_window.Values, weights)).MidRanks(_ones, _ranks);
            return WeightedRanks.NormalisedGini(_ranks, _own, _ones, _window.Net);
        }
    }
}
