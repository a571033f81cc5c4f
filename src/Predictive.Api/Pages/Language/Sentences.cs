using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Predictive.Api.Pages.Language;

/// <summary>
/// Sentences of another language by the English ones they stand for: a key such as "There is no line in {0}." matches the sentence with any
/// text in the place, which is then put where the translation has it. Immutable.
/// </summary>
/// <param name="byEnglish">Translations by English sentence, both with the places {0}, {1} ...</param>
internal sealed partial class Sentences(IReadOnlyDictionary<string, string> byEnglish)
{
    // Sentences quote what people wrote: matching is linear in their length whatever it is.
    private readonly (Regex English, string Translation)[] _patterns =
        [.. byEnglish.Select(s => (new Regex(Pattern(s.Key), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking), s.Value))];

    /// <summary>The sentence in this language; null = it is not known.</summary>
    /// <param name="english">The sentence.</param>
    /// <param name="part">What stands in a place, in this language.</param>
    public string? Of(string english, Func<string, string> part)
    {
        foreach (var (pattern, translation) in _patterns)
        {
            Match match = pattern.Match(english);
            if (match.Success)
            {
                return Place().Replace(translation, p => part(match.Groups["p" + p.Groups[1].Value].Value));
            }
        }

        return null;
    }

    private static string Pattern(string english)
    {
        var pattern = new StringBuilder("^");
        int at = 0;
        foreach (Match place in Place().Matches(english))
        {
            pattern.Append(Regex.Escape(english[at..place.Index]));
            pattern.Append(CultureInfo.InvariantCulture, $"(?<p{place.Groups[1].Value}>.+?)");
            at = place.Index + place.Length;
        }

        return pattern.Append(Regex.Escape(english[at..])).Append('$').ToString();
    }

    [GeneratedRegex(@"\{(\d)\}")]
    private static partial Regex Place();
}
