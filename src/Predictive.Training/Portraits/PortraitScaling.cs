using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;

namespace Predictive.Training.Portraits;

/// <summary>
/// Puts features of all kinds on one scale: transformed as the catalogue says, winsorised, standardised; a missing value becomes the
/// median.
/// </summary>
internal static class PortraitScaling
{
    /// <summary>Winsor bounds, mean and deviation of each usable feature.</summary>
    /// <param name="features">The base.</param>
    /// <param name="definitions">Its columns, in order.</param>
    /// <param name="options">Which of them may count.</param>
    public static PortraitFeature[] Fit(FeatureMatrix features, IReadOnlyList<FeatureDefinition> definitions, PortraitOptions options)
    {
        var scaling = new List<PortraitFeature>();
        foreach (int at in Candidates(features, definitions, options))
        {
            FeatureDefinition definition = definitions[at];
            string name = definition.Name;
            ReadOnlySpan<float> column = features.Column(at);
            var known = new List<double>(column.Length);
            foreach (float value in column)
            {
                if (!float.IsNaN(value))
                {
                    known.Add(definition.Apply(value));
                }
            }

            if (known.Count == 0 || column.Length - known.Count > options.MostMissing * column.Length)
            {
                continue;
            }

            double[] sorted = [.. known];
            Array.Sort(sorted);
            double low = sorted[(int)(options.Winsor * (sorted.Length - 1))],
                high = sorted[(int)((1 - options.Winsor) * (sorted.Length - 1))];
            double missing = sorted[(sorted.Length - 1) / 2], sum = 0, squares = 0;
            foreach (float value in column)
            {
                double x = float.IsNaN(value) ? missing : Math.Clamp(definition.Apply(value), low, high);
                sum += x;
                squares += x * x;
            }

            double mean = sum / column.Length, variance = (squares / column.Length) - (mean * mean);
            if (variance > 1e-12 * Math.Max(1, mean * mean))
            {
                scaling.Add(new PortraitFeature(name, low, high, mean, Math.Sqrt(variance), missing));
            }
        }

        return [.. scaling];
    }

    /// <summary>Those asked for by name, then what events and attributes say in numbers of enough customers.</summary>
    private static IEnumerable<int> Candidates(
        FeatureMatrix features, IReadOnlyList<FeatureDefinition> definitions, PortraitOptions options)
    {
        foreach (string name in options.Features)
        {
            int at = FeatureDefinition.IndexOf(definitions, name);
            yield return at >= 0 ? at : throw new ArgumentException($"There is no feature '{name}'; see the catalogue.", nameof(options));
        }

        for (int at = 0; options.Tables && at < definitions.Count; at++)
        {
            FeatureDefinition d = definitions[at];
            bool counts = d.Group == FeatureGroup.Events && d.Name.EndsWith("_h", StringComparison.Ordinal);
            if (counts ? Share(features.Column(at)) >= options.LeastShare : d is { Group: FeatureGroup.Attributes, Categories: null })
            {
                yield return at;
            }
        }
    }

    private static double Share(ReadOnlySpan<float> column)
    {
        int some = 0;
        foreach (float value in column)
        {
            some += value > 0 ? 1 : 0;
        }

        return some / (double)column.Length;
    }

    /// <summary>The standardised features, in the order of the scaling.</summary>
    public static FeatureMatrix Apply(FeatureMatrix features, IReadOnlyList<FeatureDefinition> definitions, PortraitFeature[] scaling)
    {
        var columns = new float[scaling.Length][];
        Parallel.For(0, scaling.Length, j =>
        {
            int at = FeatureDefinition.IndexOf(definitions, scaling[j].Feature);
            FeatureDefinition definition = definitions[at];
            ReadOnlySpan<float> source = features.Column(at);
            var target = new float[source.Length];
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = scaling[j].Scale(definition, source[i]);
            }

            columns[j] = target;
        });
        return new FeatureMatrix([.. scaling.Select(s => s.Feature)], columns, features.Rows);
    }
}
