using System.Globalization;
using Predictive.Segmentation.Features;

namespace Predictive.Training.Portraits;

/// <summary>Names groups from what sets them apart.</summary>
internal static class PortraitNaming
{
    // Standard deviations from the base's mean at which a trait is worth a word.
    private const double Distinct = 0.5;

    /// <summary>
    /// The words of a feature, above and below the base, and what it says: {0} the group's median, {1} the base's. How to add one: a line
    /// here.
    /// </summary>
    private static readonly Dictionary<string, (string High, string Low, string Says)> s_words = new(StringComparer.Ordinal)
    {
        ["recency_days"] = ("long silent", "bought lately", "last order {0} days ago (typical customer: {1})"),
        ["tenure_days"] = ("long-standing", "new", "first order {0} days ago (typical customer: {1})"),
        ["orders"] = ("frequent buyers", "few orders", "{0} orders so far (typical customer: {1})"),
        ["cadence_days"] = ("slow rhythm", "quick rhythm", "{0} days between orders (typical customer: {1})"),
        ["order_value_mean"] = ("large orders", "small orders", "an order is worth {0} (typical customer: {1})"),
        ["lines_per_order"] = ("full baskets", "single items", "{0} lines in an order (typical customer: {1})"),
        ["categories"] = ("broad taste", "narrow taste", "bought from {0} categories (typical customer: {1})"),
        ["refund_share"] = ("many refunds", "hardly any refunds", "{0} of the money spent was given back (typical customer: {1})"),
        [SpendTrend] = ("spending more", "spending less", "lately about {0} than in as long a time before (typical customer: {1})"),
    };

    private const string SpendTrend = "spend_trend";

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
        if (pair.Says is not null)
        {
            string said = string.Format(CultureInfo.InvariantCulture, pair.Says, Say(definition, median), Say(definition, baseMedian));
            return (word, $"{word}: {said}");
        }

        string label = definition.Description.TrimEnd('.');
        label = label[..1].ToLowerInvariant() + label[1..].Split(':', ';')[0];
        return (word, $"{word}: {label} {definition.Format(median)} (typical customer: {definition.Format(baseMedian)})");
    }

    // The trend is the logarithm of a ratio: nobody reads that.
    private static string Say(FeatureDefinition definition, float value)
    {
        if (definition.Name != SpendTrend)
        {
            return definition.Format(value);
        }

        double percent = Math.Round(100 * (Math.Exp(value) - 1));
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(percent):N0} % {(percent < 0 ? "less" : "more")}");
    }
}
