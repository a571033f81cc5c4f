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

    // The features whose values each sentence quotes: one that is missing would read "unknown".
    private static readonly int[][] s_quoted = [.. FeatureCatalogue.All.Select(f => f.Quoted().Select(FeatureCatalogue.IndexOf).ToArray())];

    // What a family is best told by, whichever member carries the weight.
    private static readonly int[] s_headline = [.. s_families.Select(f => f switch
    {
        "silence" => FeatureCatalogue.IndexOf("recency_days"),
        "tenure" => FeatureCatalogue.IndexOf("tenure_days"),
        _ => -1,
    })];

    /// <summary>The strongest reasons.</summary>
    /// <param name="row">The customer's features, in the profile's order.</param>
    /// <param name="contributions">One per feature the model reads, then the base value.</param>
    /// <param name="profile">The base's numbers.</param>
    /// <param name="most">At most so many.</param>
    public static IReadOnlyList<ScoreReason> Write(ReadOnlySpan<float> row, ReadOnlySpan<double> contributions, BaseProfile profile, int most)
    {
        // A kind of events, or an attribute, is a family of its own.
        int[] familyOf = contributions.Length - 1 <= s_familyOf.Length ? s_familyOf : WithTables(profile);
        int families = familyOf.Max() + 1;
        Span<double> effect = stackalloc double[families];
        effect.Clear();
        for (int j = 0; j < contributions.Length - 1; j++)
        {
            effect[familyOf[j]] += contributions[j];
        }

        var reasons = new List<ScoreReason>(most);
        Span<bool> used = stackalloc bool[families];
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
            int speaker = best < s_headline.Length && s_headline[best] >= 0 ? s_headline[best] : Strongest(row, contributions, familyOf, best, effect[best]);
            float value = row[speaker];
            reasons.Add(new ScoreReason(
                profile.FeatureNames[speaker], float.IsNaN(value) ? null : value, effect[best], profile.Features[speaker].Text(row, profile)));
        }

        return reasons;
    }

    private static int[] WithTables(BaseProfile profile)
    {
        var families = new Dictionary<(FeatureGroup, string?), int>();
        var familyOf = new int[profile.Features.Count];
        s_familyOf.CopyTo(familyOf, 0);
        for (int j = s_familyOf.Length; j < familyOf.Length; j++)
        {
            FeatureDefinition feature = profile.Features[j];
            if (!families.TryGetValue((feature.Group, feature.Subject), out familyOf[j]))
            {
                families.Add((feature.Group, feature.Subject), familyOf[j] = s_families.Length + families.Count);
            }
        }

        return familyOf;
    }

    private static int Strongest(ReadOnlySpan<float> row, ReadOnlySpan<double> contributions, int[] familyOf, int family, double effect)
    {
        int best = -1;
        for (int j = 0; j < contributions.Length - 1; j++)
        {
            // A sentence about a missing value says nothing, unless the family has nothing else; a decayed count is no plain number.
            bool plain = j >= FeatureCatalogue.Names.Count || !FeatureCatalogue.Names[j].StartsWith("decay_", StringComparison.Ordinal);
            if (familyOf[j] == family && plain && (best < 0 || Weight(row, j, contributions[j], effect) > Weight(row, best, contributions[best], effect)))
            {
                best = j;
            }
        }

        return best;

        static double Weight(ReadOnlySpan<float> row, int feature, double contribution, double effect)
        {
            foreach (int quoted in feature < s_quoted.Length ? s_quoted[feature] : [])
            {
                if (float.IsNaN(row[quoted]))
                {
                    return double.NegativeInfinity;
                }
            }

            return float.IsNaN(row[feature]) ? double.NegativeInfinity : contribution * Math.Sign(effect);
        }
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
