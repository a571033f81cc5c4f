using System.Text;
using System.Text.RegularExpressions;

namespace Predictive.Api.Pages.Language;

/// <summary>
/// An English sentence with places such as {0} or {recency_days}: figures are read back from the sentences it makes and put into another
/// language's. Immutable.
/// </summary>
/// <param name="english">The sentence; each place stands in it once, for any text.</param>
/// <param name="counted">Words that follow a number, and what they are after 1; null = none.</param>
internal sealed partial class SentenceTemplate(string english, IReadOnlyList<(string Many, string One)>? counted = null)
{
    // Sentences quote what people wrote: matching is linear in their length whatever it is.
    private readonly Regex _pattern = new(PatternOf(english, counted ?? []), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>A sentence in the other language; null = the template does not make it.</summary>
    /// <param name="sentence">English.</param>
    /// <param name="translation">With the same places.</param>
    /// <param name="part">What stands in a place, in the other language; null = as it is.</param>
    public string? Translate(string sentence, string translation, Func<string, string>? part = null)
    {
        Match match = _pattern.Match(sentence);
        return !match.Success ? null : Place().Replace(translation, p =>
        {
            string text = match.Groups[GroupOf(p.Value)].Value;
            return part is null ? text : part(text);
        });
    }

    private static string PatternOf(string english, IReadOnlyList<(string Many, string One)> counted)
    {
        var pattern = new StringBuilder("^");
        int at = 0;
        foreach (Match place in Place().Matches(english))
        {
            pattern.Append(Regex.Escape(english[at..place.Index])).Append($"(?<{GroupOf(place.Value)}>.+?)");
            at = place.Index + place.Length;
            foreach ((string many, string one) in counted)
            {
                if (string.CompareOrdinal(english, at, " " + many, 0, many.Length + 1) == 0)
                {
                    pattern.Append($" (?:{Regex.Escape(many)}|{Regex.Escape(one)})");
                    at += many.Length + 1;
                    break;
                }
            }
        }

        return pattern.Append(Regex.Escape(english[at..])).Append('$').ToString();
    }

    private static string GroupOf(string place) => "g" + Plain().Replace(place, "_");

    [GeneratedRegex(@"\{[^{}]+\}")]
    private static partial Regex Place();

    [GeneratedRegex("[^A-Za-z0-9]")]
    private static partial Regex Plain();
}
