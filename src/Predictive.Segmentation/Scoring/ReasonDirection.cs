using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Scoring;

/// <summary>
/// Which way the sentence of a feature points to whoever reads it: "9 days of silence, where 74 are usual" reads as good news, whatever a
/// model made of it. What a sentence leads with is compared with what it sets beside it: another number of the same customer, else the
/// typical customer's.
/// </summary>
internal static class ReasonDirection
{
    private static readonly Direction[][] s_directions =
        [.. new[] { false, true }.Select(once => FeatureCatalogue.All.Select(f => Of(f, once)).ToArray())];

    /// <summary>
    /// Whether the sentence points the way the feature works: more risk (effect above 0) or less. True where it points nowhere.
    /// </summary>
    /// <param name="row">The customer's features, in catalogue order.</param>
    /// <param name="feature">Whose sentence.</param>
    /// <param name="effect">Of its family, on the log odds of leaving.</param>
    /// <param name="profile">The base's typical numbers.</param>
    public static bool Points(ReadOnlySpan<float> row, int feature, double effect, BaseProfile profile)
    {
        if (feature >= FeatureCatalogue.All.Count)
        {
            return true;
        }

        Direction direction = s_directions[row[FeatureCatalogue.OneTime] == 1 ? 1 : 0][feature];
        if (direction.Sign == 0)
        {
            return true;
        }

        float value = row[direction.Leads];
        float beside = direction.Beside switch
        {
            Direction.Fixed => direction.Number,
            < 0 => profile.Medians[~direction.Beside],
            _ => row[direction.Beside],
        };
        beside = float.IsNaN(beside) ? profile.Medians[direction.Leads] : beside;
        return float.IsNaN(value) || float.IsNaN(beside) || Math.Sign(value - beside) * direction.Sign * Math.Sign(effect) > 0;
    }

    private static Direction Of(FeatureDefinition feature, bool once)
    {
        int[] own = [.. feature.Quoted(once).Select(FeatureCatalogue.IndexOf)];
        int[] typical = [.. feature.Compared(once).Select(FeatureCatalogue.IndexOf)];
        int sign = SignOf(feature, once);
        return sign == 0 || own.Length == 0 ? default
            // Their sentences set a part beside its whole: what counts is whether it grew.
            : feature.Name is "purchase_days_trend" or "spend_trend"
                ? new Direction(sign, FeatureCatalogue.IndexOf(feature.Name), Direction.Fixed)
            // A silence that most of the earlier pauses were as long as is nothing new.
            : feature.Name == "gaps_as_long_share" ? new Direction(sign, own[0], Direction.Fixed, .5f)
            : new Direction(sign, own[0], own.Length > 1 ? own[1] : ~(typical.Length > 0 ? typical[0] : own[0]));
    }

    // 1 = more of what the sentence leads with reads as a risk, -1 = as good, 0 = as neither.
    private static int SignOf(FeatureDefinition feature, bool once) => feature.Name switch
    {
        // Of who ordered once several features tell the order's value.
        _ when once && feature.Quoted(once).FirstOrDefault()?.StartsWith("order_value_", StringComparison.Ordinal) == true => -1,
        // That they ordered only once is the fact, however long ago it was.
        _ when once && feature.Group is not (FeatureGroup.Money or FeatureGroup.Basket) => 0,
        "recency_days" or "recency_over_cadence" or "cadence_days" or "gap_mean" or "gap_last" or "cadence_trend" => 1,
        "refund_share" or "refund_lines" or "refunds_h" => 1,
        // They lead with the longest pause, beside the silence.
        "gap_max" or "recency_over_gap_max" => -1,
        "order_value_cv" or "product_variety" or "top_category_share" => 0,
        "tenure_days" or "gaps_as_long_share" or "order_value_trend" or "purchase_days_trend" or "spend_trend" => -1,
        _ when feature.Group is FeatureGroup.Frequency or FeatureGroup.Money or FeatureGroup.Basket or FeatureGroup.Lifetime => -1,
        _ => 0,
    };

    // Beside = a feature of the same customer, or ~ the feature whose typical value it is, or a fixed number.
    private readonly record struct Direction(int Sign, int Leads, int Beside, float Number = 0)
    {
        public const int Fixed = int.MinValue;
    }
}
