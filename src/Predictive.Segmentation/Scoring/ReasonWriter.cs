using System.Globalization;
using System.Runtime.CompilerServices;
using Predictive.History;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Scoring;

/// <summary>
/// Turns the exact contributions to a churn probability into a few sentences about different things.
/// </summary>
/// <remarks>
/// Many features tell the same fact (days of silence, silence over cadence, chance to be active ...), and a learner spreads the effect over
/// them at will. Contributions of one family therefore are added up before they are ranked: sums of Shapley values are exact for the
/// family as much as each is for its feature. Of who ordered once, silence, tenure, rhythm, frequency and trend are one fact. A family
/// speaks through its headline feature, or else through the member that does most in the family's direction; one whose every sentence
/// gives the customer the typical customer's number ("61 days; typical: 61") speaks last. A sentence that would point the other way than it
/// works ("no order for 9 days, where 74 are usual" as a risk) is not said at all: what the model made of such a number shows in the
/// probability, and no reader would believe it as a reason.
/// </remarks>
internal static class ReasonWriter
{
    private const int AlwaysHeadline = 2; // the first families: their members say the same thing, one of them best
    private static readonly string[] s_families = ["silence", "tenure", "rhythm", "frequency", "money", "basket", "trend"];
    private static readonly int[] s_ofOneOrder =
    [.. new[] { "silence", "tenure", "rhythm", "frequency", "trend" }.Select(f => Array.IndexOf(s_families, f))];
    private static readonly Families s_catalogue = new(
        [.. FeatureCatalogue.All.Select(f => Array.IndexOf(s_families, FamilyOf(f)))],
        Indices(FeatureCatalogue.All, FeatureCatalogue.IndexOf, (feature, once) => feature.Compared(once)));

    // The families of a profile's tables: made once, not for every row.
    private static readonly ConditionalWeakTable<BaseProfile, Families> s_ofProfile = [];

    // The features whose values each sentence quotes: one that is missing would read "unknown". First for who came back, then for who
    // bought once.
    private static readonly int[][][] s_quoted =
        Indices(FeatureCatalogue.All, FeatureCatalogue.IndexOf, (feature, once) => feature.Quoted(once));

    // What a family is told by, whichever member carries the weight; of the others, where no member that is known has a sentence.
    private static readonly int[] s_headline = [.. s_families.Select(f => FeatureCatalogue.IndexOf(f switch
    {
        "silence" => "recency_days",
        "tenure" => "tenure_days",
        "rhythm" or "frequency" => "purchase_days",
        "money" => "net_total",
        "basket" => "lines_per_order",
        _ => "purchase_days_trend",
    }))];

    /// <summary>What the text of a reason that lowers the risk begins with.</summary>
    public const string InFavour = "in their favour: ";

    /// <summary>
    /// The strongest reasons. Where the risk is not low, those that raise it come first, strongest first; whatever lowers it says so
    /// (<see cref="InFavour"/>). Where it is low, the strongest come first, whichever way they pull.
    /// </summary>
    /// <param name="row">The customer's features, in the profile's order.</param>
    /// <param name="contributions">One per feature the model reads, then the base value.</param>
    /// <param name="profile">The base's numbers.</param>
    /// <param name="most">At most so many.</param>
    /// <param name="mediumFrom">Probability from which the risk is not low.</param>
    /// <param name="pointing">
    /// False = sentences that point the other way than they work, too: for who adds effects up. Default true.
    /// </param>
    public static IReadOnlyList<ScoreReason> Write(
        ReadOnlySpan<float> row, ReadOnlySpan<double> contributions, BaseProfile profile, int most, double mediumFrom, bool pointing = true)
    {
        double logOdds = 0;
        foreach (double contribution in contributions)
        {
            logOdds += contribution;
        }

        bool risky = logOdds >= Math.Log(mediumFrom / (1 - mediumFrom));
        Families all = contributions.Length - 1 <= s_catalogue.Returning.Length ? s_catalogue : s_ofProfile.GetValue(profile, WithTables);
        int[] familyOf = row[FeatureCatalogue.OneTime] == 1 ? all.Once : all.Returning;
        int families = all.Count;
        Span<double> effect = stackalloc double[families];
        effect.Clear();
        for (int j = 0; j < contributions.Length - 1; j++)
        {
            effect[familyOf[j]] += contributions[j];
        }

        var reasons = new List<ScoreReason>(most);
        // 0 = has a sentence that tells the customer from a typical one, as far as is known; 1 = has none, and comes last; 2 = spoke.
        Span<byte> turn = stackalloc byte[families];
        turn.Clear();
        for (byte round = 0; reasons.Count < most && round < 2;)
        {
            int best = -1;
            for (int f = 0; f < effect.Length; f++)
            {
                if (turn[f] == round && effect[f] != 0 && (best < 0 || Before(effect[f], effect[best], risky)))
                {
                    best = f;
                }
            }

            if (best < 0)
            {
                round++;
                continue;
            }

            int speaker = Speaker(row, contributions, familyOf, best, effect[best], round == 0 ? all : null, profile, pointing);
            turn[best] = (byte)(speaker < 0 ? round + 1 : 2);
            if (speaker < 0)
            {
                continue;
            }

            reasons.Add(Said(row, speaker, effect[best], profile));
        }

        if (reasons.Count == 0)
        {
            // Nothing can be said that points the way it works: then the strongest, as it is.
            int strongest = 0;
            for (int f = 1; f < effect.Length; f++)
            {
                strongest = Math.Abs(effect[f]) > Math.Abs(effect[strongest]) ? f : strongest;
            }

            int speaker = strongest < s_headline.Length ? s_headline[strongest] : Array.IndexOf(familyOf, strongest);
            if (effect[strongest] != 0 && speaker >= 0)
            {
                reasons.Add(Said(row, speaker, effect[strongest], profile));
            }
        }

        return reasons;
    }

    private static ScoreReason Said(ReadOnlySpan<float> row, int speaker, double effect, BaseProfile profile)
    {
        string text = profile.Features[speaker].Text(row, profile);
        return new ScoreReason(
            profile.FeatureNames[speaker], float.IsNaN(row[speaker]) ? null : row[speaker], effect, effect < 0 ? InFavour + text : text);
    }

    /// <summary>
    /// The one reason of who gave back every order: nothing else that was bought is a fact about them. Its effect is that of all features.
    /// </summary>
    /// <param name="contributions">One per feature the model reads, then the base value.</param>
    /// <param name="returned">Orders given back.</param>
    /// <param name="lastDay">Local day of the last of them.</param>
    public static IReadOnlyList<ScoreReason> OfNothingKept(ReadOnlySpan<double> contributions, int returned, int lastDay)
    {
        double effect = 0;
        foreach (double contribution in contributions[..^1])
        {
            effect += contribution;
        }

        string last = new LocalTime(lastDay * LocalTime.MicrosPerDay).ToString();
        string text = returned == 1
            ? $"gave back the only order, of {last}, whole"
            : string.Create(CultureInfo.InvariantCulture, $"gave back all {returned:N0} orders, the last of {last}, whole");
        return [new ScoreReason("orders", 0, effect, effect < 0 ? InFavour + text : text)];
    }

    private static bool Before(double one, double other, bool raisingFirst) =>
        raisingFirst && one > 0 != other > 0 ? one > 0 : Math.Abs(one) > Math.Abs(other);

    /// <summary>The family of each feature, and how many families there are.</summary>
    /// <param name="Returning">Of who came back.</param>
    /// <param name="Compared">
    /// Whose typical values the sentence of a feature sets beside the customer's: for who came back, then for who bought once.
    /// </param>
    private sealed record Families(int[] Returning, int[][][] Compared)
    {
        /// <summary>Of who ordered once.</summary>
        public int[] Once { get; } = [.. Returning.Select(f => s_ofOneOrder.Contains(f) ? 0 : f)];

        public int Count { get; } = Returning.Max() + 1;
    }

    // A kind of events, or an attribute, is a family of its own.
    private static Families WithTables(BaseProfile profile)
    {
        var families = new Dictionary<(FeatureGroup, string?), int>();
        var familyOf = new int[profile.Features.Count];
        s_catalogue.Returning.CopyTo(familyOf, 0);
        for (int j = s_catalogue.Returning.Length; j < familyOf.Length; j++)
        {
            FeatureDefinition feature = profile.Features[j];
            if (!families.TryGetValue((feature.Group, feature.Subject), out familyOf[j]))
            {
                families.Add((feature.Group, feature.Subject), familyOf[j] = s_families.Length + families.Count);
            }
        }

        return new Families(familyOf, Indices(profile.Features, profile.IndexOf, (feature, once) => feature.Compared(once)));
    }

    // The feature that speaks for a family. With families to tell by, only one whose sentence tells the customer from a typical one; -1
    // = there is none.
    private static int Speaker(
        ReadOnlySpan<float> row, ReadOnlySpan<double> contributions, int[] familyOf, int family, double effect, Families? telling,
        BaseProfile profile, bool pointing)
    {
        int headline = family < s_headline.Length && (!pointing || ReasonDirection.Points(row, s_headline[family], effect, profile))
            && (telling is null || Tells(row, s_headline[family], telling, profile))
            ? s_headline[family]
            : -1;
        if (family < AlwaysHeadline && headline >= 0)
        {
            return headline;
        }

        int best = -1;
        double most = double.NegativeInfinity;
        for (int j = 0; j < contributions.Length - 1; j++)
        {
            if (familyOf[j] == family && profile.Features[j].Speaks)
            {
                double weight = Weight(row, j, contributions[j], effect);
                if ((best < 0 || weight > most) && (!pointing || ReasonDirection.Points(row, j, effect, profile))
                    && (telling is null || Tells(row, j, telling, profile)))
                {
                    (best, most) = (j, weight);
                }
            }
        }

        // A sentence about a missing value says nothing; a kind of events or an attribute has no other.
        return best < 0 || (family < s_families.Length && double.IsNegativeInfinity(most)) ? headline : best;

        static double Weight(ReadOnlySpan<float> row, int feature, double contribution, double effect)
        {
            foreach (int quoted in feature < FeatureCatalogue.Names.Count
                ? s_quoted[row[FeatureCatalogue.OneTime] == 1 ? 1 : 0][feature]
                : [])
            {
                if (float.IsNaN(row[quoted]))
                {
                    return double.NegativeInfinity;
                }
            }

            return float.IsNaN(row[feature]) ? double.NegativeInfinity : contribution * Math.Sign(effect);
        }
    }

    /// <summary>Whether the sentence of a feature tells the customer from a typical one.</summary>
    private static bool Tells(ReadOnlySpan<float> row, int feature, Families all, BaseProfile profile)
    {
        int[] compared = all.Compared[row[FeatureCatalogue.OneTime] == 1 ? 1 : 0][feature];
        foreach (int other in compared)
        {
            if (other >= profile.Medians.Length || profile.Features[other].Differ(row[other], profile.Medians[other]))
            {
                return true;
            }
        }

        return compared.Length == 0;
    }

    // By whether the customer bought once, and by feature.
    private static int[][][] Indices(
        IReadOnlyList<FeatureDefinition> features, Func<string, int> indexOf, Func<FeatureDefinition, bool, IEnumerable<string>> names) =>
    [
        .. new[] { false, true }.Select(once => features.Select(f => names(f, once).Select(indexOf).ToArray()).ToArray()),
    ];

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
