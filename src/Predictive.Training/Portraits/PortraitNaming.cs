using System.Globalization;
using Predictive.Segmentation.Features;

namespace Predictive.Training.Portraits;

/// <summary>Names groups from what sets them apart.</summary>
internal static class PortraitNaming
{
    // Standard deviations from the base's mean at which a trait is worth a word.
    private const double Distinct = 0.5;

    /// <summary>The words of a feature: above and below the base. How to add one: a line here.</summary>
    private static readonly Dictionary<string, (string High, string Low)> s_words = new(StringComparer.Ordinal)
    {
        ["recency_days"] = ("long silent", "bought lately"),
        ["tenure_days"] = ("long-standing", "new"),
        ["orders"] = ("frequent buyers", "few orders"),
        ["cadence_days"] = ("slow rhythm", "quick rhythm"),
        ["order_value_mean"] = ("large orders", "small orders"),
        ["lines_per_order"] = ("full baskets", "single items"),
        ["categories"] = ("broad taste", "narrow taste"),
        ["refund_share"] = ("many refunds", "hardly any refunds"),
        ["spend_trend"] = ("spending more", "spending less"),
    };

    /// <summary>Names and traits of every group.</summary>
    /// <param name="features">What was read, in the order of the centres.</param>
    /// <param name="centres">Standardised centres, per group.</param>
    /// <param name="medians">Median of each feature within each group, on the original scale.</param>
    /// <param name="baseMedians">The same over the base.</param>
    public static (string Name, string[] Traits)[] Name(
        IReadOnlyList<FeatureDefinition> features, float[][] centres, float[][] medians, float[] baseMedians)
    {
        var words = new (string Word, string Trait)[centres.Length][];
        for (int g = 0; g < centres.Length; g++)
        {
            float[] centre = centres[g];
            int[] order = [.. Enumerable.Range(0, features.Count).OrderByDescending(j => Math.Abs(centre[j])).ThenBy(j => j)];
            words[g] = [
                .. order.Where(j => Math.Abs(centre[j]) >= Distinct)
                    .Select(j => Describe(features[j], centre[j], medians[g][j], baseMedians[j])),
            ];
        }

        // Two words name a group; where two groups share them, one more word each until they differ.
        var names = new string[centres.Length];
        for (int count = 2; count <= features.Count; count++)
        {
            for (int g = 0; g < names.Length; g++)
            {
                names[g] = words[g].Length == 0 ? "typical" : string.Join(", ", words[g].Take(count).Select(w => w.Word));
            }

            if (names.Distinct(StringComparer.Ordinal).Count() == names.Length)
            {
                break;
            }
        }

        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int g = 0; g < names.Length; g++)
        {
            int times = seen[names[g]] = seen.GetValueOrDefault(names[g]) + 1;
            names[g] += times > 1 ? string.Create(CultureInfo.InvariantCulture, $" ({times})") : "";
        }

        return [.. names.Select((name, g) => (name, words[g].Take(4).Select(w => w.Trait).ToArray()))];
    }

    private static (string Word, string Trait) Describe(FeatureDefinition definition, float z, float median, float baseMedian)
    {
        string word = s_words.TryGetValue(definition.Name, out var pair)
            ? z > 0 ? pair.High : pair.Low
            : definition.Group == FeatureGroup.Events ? $"{(z > 0 ? "often" : "seldom")} {definition.Subject!.Replace('_', ' ')}"
            : (z > 0 ? "high " : "low ") + (definition.Subject ?? definition.Name).Replace('_', ' ');
        string label = definition.Description.TrimEnd('.');
        label = label[..1].ToLowerInvariant() + label[1..].Split(':', ';')[0];
        return (word, $"{word}: {label} {definition.Format(median)} (base {definition.Format(baseMedian)})");
    }
}
