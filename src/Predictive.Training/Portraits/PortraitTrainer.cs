using System.Globalization;
using Predictive.Learning;
using Predictive.Learning.Clustering;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Training.Portraits;

/// <summary>Learns the portraits of a base: k-means on transformed, winsorised, standardised features.</summary>
/// <remarks>
/// The number of groups is the one with the highest score: half mean silhouette, half stability (mean adjusted Rand index between the
/// groups of a sample and those of its random halves), less what the smallest group lacks to being usable. Every number tried is kept and
/// shown.
/// </remarks>
public static class PortraitTrainer
{
    /// <summary>Trains the portraits.</summary>
    /// <param name="features">The base at the as-of, in catalogue order.</param>
    /// <param name="engine">Trains the clusters.</param>
    /// <param name="options">Null = defaults.</param>
    /// <param name="previous">The model in service, whose groups keep their ids; null = none.</param>
    /// <param name="cancellation">Ends the training early.</param>
    /// <param name="definitions">The columns of <paramref name="features"/>, in order; null = the catalogue.</param>
    /// <exception cref="LearningException">There are fewer customers than groups, or no feature varies.</exception>
    public static PortraitModel Train(
        FeatureMatrix features, ILearningEngine engine, PortraitOptions? options = null, PortraitModel? previous = null,
        CancellationToken cancellation = default, IReadOnlyList<FeatureDefinition>? definitions = null)
    {
        definitions ??= FeatureCatalogue.All;
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(engine);
        options ??= new PortraitOptions();
        PortraitFeature[] scaling = PortraitScaling.Fit(features, definitions, options);
        if (scaling.Length == 0)
        {
            throw new LearningException(
                $"Portraits need a feature that varies over the {features.Rows:N0} customers; none of "
                    + $"{string.Join(", ", options.Features)} does.");
        }

        FeatureMatrix scaled = PortraitScaling.Apply(features, definitions, scaling);
        int distinct = DistinctRows(scaled, options.MaxClusters);
        int least = Math.Min(options.MinClusters, distinct), most = Math.Min(options.MaxClusters, distinct);
        FeatureMatrix sample = scaled.TakeRows(Draw(scaled.Rows, options.SelectionRows, options.Seed));
        int[] measured = Draw(sample.Rows, options.SilhouetteRows, options.Seed + 1);
        var trials = new List<Trial>();
        for (int k = least; k <= most; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            trials.Add(Try(sample, measured, k, engine, options, cancellation));
        }

        Trial chosen = trials.OrderByDescending(t => t.Score).ThenBy(t => t.Clusters).First();
        IClusterModel clusters =
            engine.TrainClusterer(scaled, Settings(chosen.Clusters, options.Starts, options), cancellation: cancellation);
        return Describe(features, definitions, scaled, scaling, clusters, trials, chosen, measured, sample, options, previous);
    }

    private static Trial Try(
        FeatureMatrix sample, int[] measured, int k, ILearningEngine engine, PortraitOptions options, CancellationToken cancellation)
    {
        int starts = Math.Max(1, options.Starts / 3);
        IClusterModel whole = engine.TrainClusterer(sample, Settings(k, starts, options), cancellation: cancellation);
        int[] assigned = Assign(whole, sample);
        double silhouette = Silhouettes(sample, measured, assigned).Average();
        double rand = 0;
        var jaccard = new double[k];
        for (int half = 0; half < options.Halves; half++)
        {
            FeatureMatrix part = sample.TakeRows(Draw(sample.Rows, Math.Max(k, sample.Rows / 2), options.Seed + 100 + half));
            int[] other = Assign(engine.TrainClusterer(part, Settings(k, starts, options), cancellation: cancellation), sample);
            rand += ClusterQuality.AdjustedRand(assigned, other) / options.Halves;
            double[] best = GroupQuality.BestJaccard(assigned, other, k);
            for (int g = 0; g < k; g++)
            {
                jaccard[g] += best[g] / options.Halves;
            }
        }

        double smallest = assigned.CountBy(a => a).Min(p => p.Value) / (double)sample.Rows;
        smallest = assigned.Distinct().Count() < k ? 0 : smallest;
        double lacking = Math.Max(0, 1 - (smallest / options.TinyShare));
        return new Trial(k, silhouette, rand, smallest, (0.5 * silhouette) + (0.5 * rand) - (0.25 * lacking), whole, jaccard);
    }

    private static PortraitModel Describe(
        FeatureMatrix features, IReadOnlyList<FeatureDefinition> definitions, FeatureMatrix scaled, PortraitFeature[] scaling,
        IClusterModel clusters, List<Trial> trials, Trial chosen, int[] measured, FeatureMatrix sample, PortraitOptions options,
        PortraitModel? previous)
    {
        int k = clusters.Clusters;
        int[] assigned = Assign(clusters, scaled), assignedSample = Assign(clusters, sample);
        var sizes = new int[k];
        foreach (int g in assigned)
        {
            sizes[g]++;
        }

        // Silhouettes and overlaps are known for the sample's rows; the final groups are mapped to the trial's by overlap.
        double[] silhouettes = Silhouettes(sample, measured, assignedSample);
        double[] jaccard = Carried(assignedSample, Assign(chosen.Whole, sample), chosen.Jaccard, k);
        float[][] centres = [.. Enumerable.Range(0, k).Select(g => clusters.Centre(g).ToArray())];
        int[] columns = [.. scaling.Select(s => FeatureDefinition.IndexOf(definitions, s.Feature))];
        var (medians, baseMedians) = Medians(features, columns, assigned, k);
        var names = PortraitNaming.Name([.. columns.Select(c => definitions[c])], centres, medians, baseMedians);
        var (ids, nextId) = PortraitIds.Assign(scaling, centres, sizes, previous);
        var portraits = new Portrait[k];
        for (int g = 0; g < k; g++)
        {
            double share = sizes[g] / (double)assigned.Length;
            double[] own = [.. measured.Select((row, i) => (row, i)).Where(p => assignedSample[p.row] == g).Select(p => silhouettes[p.i])];
            double silhouette = own.Length > 0 ? own.Average() : 0;
            var warnings = new List<string>();
            Warn(share < options.TinyShare, $"tiny: {sizes[g]:N0} customers, {share:P1} of the base (usable from {options.TinyShare:P0})");
            Warn(
                silhouette < options.OverlappingSilhouette,
                $"overlapping: silhouette {silhouette:0.00} (distinct from {options.OverlappingSilhouette:0.00})");
            Warn(
                jaccard[g] < options.UnstableJaccard,
                $"unstable: overlap {jaccard[g]:0.00} when half the base is left out (stable from {options.UnstableJaccard:0.00})");
            portraits[g] =
                new Portrait(ids[g], names[g].Name, names[g].Traits, sizes[g], share, centres[g], silhouette, jaccard[g], warnings);

            void Warn(bool applies, FormattableString text)
            {
                if (applies)
                {
                    warnings.Add(text.ToString(CultureInfo.InvariantCulture));
                }
            }
        }

        PortraitChoice[] choices =
        [.. trials.Select(t => new PortraitChoice(t.Clusters, t.Silhouette, t.Rand, t.Smallest, t.Score, t == chosen))];
        return new PortraitModel(clusters, new PortraitDescription(scaling, portraits, choices, nextId), definitions);
    }

    private static double[] Silhouettes(FeatureMatrix sample, int[] measured, int[] assigned) =>
        ClusterQuality.Silhouettes(sample.TakeRows(measured), [.. measured.Select(row => assigned[row])]);

    private static double[] Carried(int[] final, int[] trial, double[] trialJaccard, int k)
    {
        // The overlap a final group has with its trial counterpart bounds what the trial's stability says about it.
        double[] overlap = GroupQuality.BestJaccard(final, trial, k);
        var carried = new double[k];
        for (int g = 0; g < k; g++)
        {
            int counterpart = Enumerable.Range(0, final.Length).Where(i => final[i] == g).Select(i => trial[i]).CountBy(t => t)
                .OrderByDescending(p => p.Value).ThenBy(p => p.Key).Select(p => (int?)p.Key).FirstOrDefault() ?? -1;
            carried[g] = counterpart < 0 ? 0 : overlap[g] * trialJaccard[counterpart];
        }

        return carried;
    }

    private static (float[][] Medians, float[] Base) Medians(FeatureMatrix features, int[] columns, int[] assigned, int k)
    {
        var medians = new float[k][];
        for (int g = 0; g < k; g++)
        {
            medians[g] = new float[columns.Length];
        }

        var all = new float[columns.Length];
        for (int j = 0; j < columns.Length; j++)
        {
            var values = new List<float>[k];
            for (int g = 0; g < k; g++)
            {
                values[g] = [];
            }

            ReadOnlySpan<float> column = features.Column(columns[j]);
            for (int i = 0; i < column.Length; i++)
            {
                if (!float.IsNaN(column[i]))
                {
                    values[assigned[i]].Add(column[i]);
                }
            }

            for (int g = 0; g < k; g++)
            {
                medians[g][j] = Median(values[g]);
            }

            all[j] = Median([.. values.SelectMany(v => v)]);
        }

        return (medians, all);

        static float Median(List<float> values)
        {
            values.Sort();
            return values.Count == 0 ? float.NaN : values[(values.Count - 1) / 2];
        }
    }

    private static ClustererOptions Settings(
        int k, int starts, PortraitOptions options) => new() { Clusters = k, Starts = starts, Seed = options.Seed };

    private static int[] Assign(IClusterModel model, FeatureMatrix data)
    {
        var assigned = new int[data.Rows];
        model.Assign(data, assigned);
        return assigned;
    }

    /// <summary>A seeded draw without replacement, ascending.</summary>
    private static int[] Draw(int rows, int most, int seed)
    {
        int[] all = [.. Enumerable.Range(0, rows)];
        if (rows <= most)
        {
            return all;
        }

        var random = new Random(seed);
        for (int i = 0; i < most; i++)
        {
            int j = random.Next(i, rows);
            (all[i], all[j]) = (all[j], all[i]);
        }

        int[] drawn = all[..most];
        Array.Sort(drawn);
        return drawn;
    }

    private static int DistinctRows(FeatureMatrix data, int enough)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var row = new float[data.Columns];
        for (int i = 0; i < data.Rows && seen.Count < enough; i++)
        {
            data.CopyRow(i, row);
            seen.Add(string.Join('|', row));
        }

        return seen.Count;
    }

    private sealed record Trial(
        int Clusters, double Silhouette, double Rand, double Smallest, double Score, IClusterModel Whole, double[] Jaccard);
}
