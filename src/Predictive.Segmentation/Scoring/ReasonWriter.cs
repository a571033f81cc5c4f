using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Scoring;

/// <summary>
/// Turns the exact contributions to a churn probability into a few sentences about different things.
/// </summary>
/// <remarks>
/// Many features tell the same fact (days of silence, silence over cadence, chance to be active ...), and a learner spreads the effect over
/// them at will. Contributions of one family therefore are added up before they are ranked: sums of Shapley values are exact for the
/// family as much as each is for its feature. A family speaks through its headline feature, or else through the member that does most
/// in the family's direction.
/// </remarks>
internal static class ReasonWriter
{
    private static readonly string[] s_families = ["silence", "rhythm", "tenure", "frequency", "money", "basket", "trend"];
    private static readonly int[] s_familyOf = [.. FeatureCatalogue.All.Select(f => Array.IndexOf(s_families, FamilyOf(f)))];

    // What a family is best told by, whichever member carries the weight.
    private static readonly int[] s_headline = [.. s_families.Select(f => f switch
    {
        "silence" => FeatureCatalogue.IndexOf("recency_days"),
        "tenure" => FeatureCatalogue.IndexOf("tenure_days"),
        _ => -1,
    })];

    /// <summary>The strongest reasons.</summary>
    /// <param name="row">The customer's features, in catalogue order.</param>
    /// <param name="contributions">One per feature, then the base value.</param>
    /// <param name="profile">The base's numbers.</param>
    /// <param name="most">At most so many.</param>
    public static IReadOnlyList<ScoreReason> Write(ReadOnlySpan<float> row, ReadOnlySpan<double> contributions, BaseProfile profile, int most)
    {
        Span<double> effect = stackalloc double[s_families.Length];
        effect.Clear();
        for (int j = 0; j < s_familyOf.Length; j++)
        {
            effect[s_familyOf[j]] += contributions[j];
        }

        var reasons = new List<ScoreReason>(most);
        Span<bool> used = stackalloc bool[s_families.Length];
        used.Clear();
        while (reasons.Count < most)
        {
            int best = -1;
            for (int f = 0; f < effect.Length; f++)
            {
                if (!used[f] && effect[f] != 0 && (best < 0 || Math.Abs(effect[f]) > Math.Abs(effect[best])))
                {
                    best = f;
                }
            }

            if (best < 0)
            {
                break;
            }

            used[best] = true;
            int speaker = s_headline[best] >= 0 ? s_headline[best] : Strongest(row, contributions, best, effect[best]);
            float value = row[speaker];
            reasons.Add(new ScoreReason(
                FeatureCatalogue.Names[speaker], float.IsNaN(value) ? null : value, effect[best], FeatureCatalogue.All[speaker].Text(row, profile)));
        }

        return reasons;
    }

    private static int Strongest(ReadOnlySpan<float> row, ReadOnlySpan<double> contributions, int family, double effect)
    {
        int best = -1;
        for (int j = 0; j < s_familyOf.Length; j++)
        {
            // A sentence about a missing value says nothing, unless the family has nothing else; a decayed count is no plain number.
            if (s_familyOf[j] == family && !FeatureCatalogue.Names[j].StartsWith("decay_", StringComparison.Ordinal) && (best < 0 || Weight(row[j], contributions[j], effect) > Weight(row[best], contributions[best], effect)))
            {
                best = j;
            }
        }

        return best;

        static double Weight(float value, double contribution, double effect) => float.IsNaN(value) ? double.NegativeInfinity : contribution * Math.Sign(effect);
    }

    private static string FamilyOf(FeatureDefinition feature) => feature.Name switch
    {
        "tenure_days" => "tenure",
        "silence_z" or "gaps_as_long_share" => "silence",
        _ when feature.Name.StartsWith("recency_", StringComparison.Ordinal) => "silence",
        _ => feature.Group switch
        {
            FeatureGroup.Recency or FeatureGroup.Lifetime => "silence",
            FeatureGroup.Cadence => "rhythm",
            FeatureGroup.Frequency => "frequency",
            FeatureGroup.Money => "money",
            FeatureGroup.Basket => "basket",
            _ => "trend",
        },
    };
}
