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
    public static PortraitFeature[] Fit(FeatureMatrix features, PortraitOptions options)
    {
        var scaling = new List<PortraitFeature>();
        foreach (string name in options.Features)
        {
            FeatureDefinition definition = FeatureCatalogue.Get(name);
            ReadOnlySpan<float> column = features.Column(FeatureCatalogue.IndexOf(name));
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

    /// <summary>The standardised features, in the order of the scaling.</summary>
    public static FeatureMatrix Apply(FeatureMatrix features, PortraitFeature[] scaling)
    {
        var columns = new float[scaling.Length][];
        Parallel.For(0, scaling.Length, j =>
        {
            FeatureDefinition definition = FeatureCatalogue.Get(scaling[j].Feature);
            ReadOnlySpan<float> source = features.Column(FeatureCatalogue.IndexOf(scaling[j].Feature));
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
