using Predictive.Learning;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Models;

/// <summary>Features as a version sees them, whatever the as-of: beside the base it was trained on; what each adds to the risk.</summary>
public static class VersionFeatures
{
    private const string Prefix = "effect_", Base = "effect_base";
    private const int Block = 1024;

    /// <summary>The view of a version, for <see cref="FeaturesFile"/>.</summary>
    /// <param name="bundle">The version.</param>
    /// <param name="withEffects">
    /// Whether columns <c>effect_...</c> follow, one per feature and <c>effect_base</c> last: exact contributions to the log-odds of churn,
    /// which sum to those of the version's probability (<see cref="ChurnModel.Explain"/>).
    /// </param>
    public static FeatureView Of(ModelBundle bundle, bool withEffects = false)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return new FeatureView(
            bundle.Profile,
            bundle.Churn.FeatureHorizonDays,
            withEffects
                ?
                [
                    .. bundle.Profile.FeatureNames.Select(n => (
                        Prefix + n, "log-odds", $"What {n} adds to the log-odds of churn; all of a row sum to those of its probability.")),
                    (Base, "log-odds", "What is left where no feature says anything: the version's base value."),
                ]
                : [],
            features => Effects(bundle.Churn, features));
    }

    private static float[][] Effects(ChurnModel churn, FeatureMatrix features)
    {
        int width = features.Columns;
        float[][] effects = [.. Enumerable.Range(0, width + 1).Select(_ => new float[features.Rows])];
        Parallel.For(0, (features.Rows + Block - 1) / Block, b =>
        {
            int first = b * Block, count = Math.Min(Block, features.Rows - first);
            var rows = new float[count * width];
            var contributions = new double[count * (width + 1)];
            for (int i = 0; i < count; i++)
            {
                features.CopyRow(first + i, rows.AsSpan(i * width, width));
            }

            churn.Explain(rows, contributions);
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j <= width; j++)
                {
                    effects[j][first + i] = (float)contributions[(i * (width + 1)) + j];
                }
            }
        });
        return effects;
    }
}
