using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Predictive.Api.Pages.Language;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Views;

/// <summary>
/// The sentence of a reason in the viewer's language. The rules write English from a template per feature; where the language has a
/// sentence for that template (<c>reason:TEMPLATE</c> among its phrases), the figures are read back from the English one and put into it.
/// </summary>
public static partial class ReasonText
{
    private const string InFavour = "in their favour: ";

    private static readonly ConcurrentDictionary<string, SentenceTemplate> s_templates = new(StringComparer.Ordinal);

    /// <summary>The sentence without the mark of what lowers the risk.</summary>
    public static string Of(Words words, ScoreReason reason)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(reason);
        string english = English(reason);
        return words == Words.English ? english : Translated(words, reason.Feature, english) ?? english;
    }

    /// <summary>Language tag of the sentence: null where it is the page's own.</summary>
    public static string? Language(Words words, ScoreReason reason)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(reason);
        return words == Words.English || Translated(words, reason.Feature, English(reason)) is not null ? null : "en";
    }

    private static string English(ScoreReason reason) =>
        reason.Text.StartsWith(InFavour, StringComparison.Ordinal) ? reason.Text[InFavour.Length..] : reason.Text;

    private static string? Translated(Words words, string feature, string english)
    {
        if (feature == ScoreReason.GivenFeature && Given().Match(english) is { Success: true } given)
        {
            return words.Say("reason.given", given.Groups[1].Value, given.Groups[2].Value);
        }

        // In other languages less than nothing is a number with a sign.
        english = GaveBack().Replace(english, "spent -$1").Replace(" days, but spent ", " days, ", StringComparison.Ordinal);
        FeatureDefinition? definition = FeatureCatalogue.All.FirstOrDefault(f => f.Name == feature);
        foreach (string template in new[] { definition?.OnceTemplate, definition?.Template }.OfType<string>())
        {
            string own = words.Phrase("reason:" + template);
            if (own != "reason:" + template
                && s_templates.GetOrAdd(template, t => new SentenceTemplate(t, FeatureDefinition.Counted)).Translate(english, own)
                    is { } translated)
            {
                return translated;
            }
        }

        return null;
    }

    [GeneratedRegex("^risk and spend were given by '(.*)', a model from outside, as of ([^;]*); it gives no reasons$")]
    private static partial Regex Given();

    [GeneratedRegex(@"^gave back ([\d.,]+) more than they spent")]
    private static partial Regex GaveBack();
}
