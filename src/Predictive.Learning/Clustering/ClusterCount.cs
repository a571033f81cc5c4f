namespace Predictive.Learning.Clustering;

/// <summary>One number of clusters tried.</summary>
/// <param name="Clusters">k.</param>
/// <param name="Silhouette">Mean silhouette of a seeded sample.</param>
/// <param name="Stability">Mean adjusted Rand index between clusterings of seeded half samples, judged on all rows: 1 = always the same groups.</param>
/// <param name="Inertia">Sum of squared distances.</param>
/// <param name="SmallestShare">Share of the rows in the smallest cluster.</param>
public sealed record ClusterCountTrial(int Clusters, double Silhouette, double Stability, double Inertia, double SmallestShare);

/// <summary>The choice of k, with what it was chosen among.</summary>
/// <param name="Clusters">The choice.</param>
/// <param name="Trials">Every k tried, ascending.</param>
/// <param name="Reason">In words.</param>
public sealed record ClusterCountChoice(int Clusters, IReadOnlyList<ClusterCountTrial> Trials, string Reason);

/// <summary>Chooses k by silhouette among the stable candidates.</summary>
public static class ClusterCount
{
    private const int SilhouetteRows = 2000;
    private const int TrialRows = 20_000;
    private const int Halves = 4;

    /// <summary>Tries every k from <paramref name="least"/> to <paramref name="most"/> on a seeded sample of at most 20,000 rows.</summary>
    /// <param name="data">Rows × features.</param>
    /// <param name="least">Smallest k, ≥ 2.</param>
    /// <param name="most">Largest k.</param>
    /// <param name="options">Starts, iterations and seed; its k is ignored.</param>
    /// <param name="leastStability">Stability below which a k is passed over while another is above. Default .6.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static ClusterCountChoice Choose(
        FeatureMatrix data, int least, int most, ClustererOptions options, double leastStability = .6, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        var random = new Random(options.Seed);
        FeatureMatrix sample = Sample(data, TrialRows, random);
        most = Math.Min(most, sample.Rows / 2);
        if (least < 2 || most < least)
        {
            throw new LearningException($"The number of clusters is to be chosen from {least} to {most} for {data.Rows} rows; expected at least 2, and two rows per cluster.");
        }

        FeatureMatrix judged = Sample(sample, SilhouetteRows, random);
        var trials = new List<ClusterCountTrial>();
        for (int k = least; k <= most; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            KMeansModel model = KMeans.Fit(sample, options with { Clusters = k }, 0, null, cancellation);
            int[] all = new int[sample.Rows], some = new int[judged.Rows];
            model.Assign(sample, all);
            model.Assign(judged, some);
            var halves = new List<int[]>();
            for (int h = 0; h < Halves; h++)
            {
                KMeansModel half = KMeans.Fit(Sample(sample, sample.Rows / 2, random), options with { Clusters = k, Seed = options.Seed + h + 1 }, 0, null, cancellation);
                var groups = new int[sample.Rows];
                half.Assign(sample, groups);
                halves.Add(groups);
            }

            double stability = 0;
            for (int a = 0; a < Halves; a++)
            {
                for (int b = a + 1; b < Halves; b++)
                {
                    stability += ClusterQuality.AdjustedRand(halves[a], halves[b]) / (Halves * (Halves - 1) / 2);
                }
            }

            double smallest = all.GroupBy(g => g).Min(g => g.Count()) / (double)all.Length;
            trials.Add(new ClusterCountTrial(k, ClusterQuality.Silhouette(judged, some), stability, model.Inertia, smallest));
        }

        ClusterCountTrial[] stable = [.. trials.Where(t => t.Stability >= leastStability)];
        ClusterCountTrial[] pool = stable.Length > 0 ? stable : [.. trials];
        ClusterCountTrial best = pool.OrderByDescending(t => double.IsNaN(t.Silhouette) ? double.NegativeInfinity : t.Silhouette).ThenBy(t => t.Clusters).First();
        string among = stable.Length > 0 ? $"the {stable.Length} of {trials.Count} candidates with stability of at least {leastStability:0.00}" : $"all candidates (none reached a stability of {leastStability:0.00})";
        return new ClusterCountChoice(best.Clusters, trials, FormattableString.Invariant($"k = {best.Clusters}: the highest silhouette ({best.Silhouette:0.000}) among {among}"));
    }

    private static FeatureMatrix Sample(FeatureMatrix data, int rows, Random random)
    {
        if (data.Rows <= rows)
        {
            return data;
        }

        int[] order = [.. Enumerable.Range(0, data.Rows)];
        for (int i = 0; i < rows; i++)
        {
            int other = random.Next(i, order.Length);
            (order[i], order[other]) = (order[other], order[i]);
        }

        Array.Sort(order, 0, rows);
        return data.TakeRows(order.AsSpan(0, rows));
    }
}
