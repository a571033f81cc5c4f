using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Predictive.Api.Pages.Language;
using Predictive.History;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Views;

/// <summary>
/// The sentence of a reason in the viewer's language. The rules write English from a template per feature; where the language has a
/// sentence for that template (<c>reason:TEMPLATE</c> among its phrases), the figures are read back from the English one and put into it.
/// </summary>
public static partial class ReasonText
{
    private const string InFavour = "in their favour: ", OfCustomer = "customer_";

    private static readonly ConcurrentDictionary<string, SentenceTemplate> s_templates = new(StringComparer.Ordinal);

    /// <summary>The sentence without the mark of what lowers the risk.</summary>
    /// <param name="words">The language.</param>
    /// <param name="reason">As the rules wrote it.</param>
    /// <param name="shop">What dataset.json calls the columns of the customers table; null = nothing.</param>
    public static string Of(Words words, ScoreReason reason, IReadOnlyDictionary<string, AttributeNames>? shop = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(reason);
        string english = English(reason);
        if (OfShop(words, reason, shop) is var (own, length) && own is not null)
        {
            return $"{own}{words["format.colon"]}{english[length..]}";
        }

        return words == Words.English ? english : Translated(words, reason.Feature, english) ?? english;
    }

    /// <summary>Language tag of the sentence: null where it is the page's own.</summary>
    /// <param name="words">As for <see cref="Of"/>.</param>
    /// <param name="reason">As for <see cref="Of"/>.</param>
    /// <param name="shop">As for <see cref="Of"/>.</param>
    public static string? Language(Words words, ScoreReason reason, IReadOnlyDictionary<string, AttributeNames>? shop = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(reason);
        return words == Words.English || OfShop(words, reason, shop).Name is not null
            || Translated(words, reason.Feature, English(reason)) is not null ? null : "en";
    }

    /// <summary>What the column of the customers table that a reason speaks of is called; null = it speaks of none.</summary>
    /// <param name="words">The language.</param>
    /// <param name="reason">As for <see cref="Of"/>.</param>
    /// <param name="shop">As for <see cref="Of"/>.</param>
    public static string? Attribute(Words words, ScoreReason reason, IReadOnlyDictionary<string, AttributeNames>? shop)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return OfShop(words, reason, shop).Name
            ?? (reason.Feature.StartsWith(OfCustomer, StringComparison.Ordinal) ? English(reason).Split(": ")[0] : null);
    }

    // By what the sentence begins with, the column's name: that of the feature is made of it, and two can make one.
    private static (string? Name, int Length) OfShop(
        Words words, ScoreReason reason, IReadOnlyDictionary<string, AttributeNames>? shop)
    {
        if (shop is null || !reason.Feature.StartsWith(OfCustomer, StringComparison.Ordinal))
        {
            return default;
        }

        string english = English(reason);
        foreach (var (column, called) in shop)
        {
            string begins = column.Replace('_', ' ') + ": ";
            if (english.StartsWith(begins, StringComparison.Ordinal))
            {
                return (words == Words.English ? called.English : called.Chinese, begins.Length);
            }
        }

        return default;
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
