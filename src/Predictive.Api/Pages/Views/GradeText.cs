using System.Text.RegularExpressions;
using Predictive.Api.Pages.Language;

namespace Predictive.Api.Pages.Views;

/// <summary>
/// Why a version has its grade, in the viewer's words: of each measure what it tells, whether the version is better than the best simple
/// way, and by what figures. The manifest keeps one English text of all.
/// </summary>
public static partial class GradeText
{
    /// <summary>One sentence per measure; a text that is not understood comes back whole.</summary>
    /// <param name="words">The language.</param>
    /// <param name="reason">From the manifest.</param>
    public static IReadOnlyList<string> Of(Words words, string reason)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(reason);
        MatchCollection lines = Line().Matches(reason);
        if (lines.Count == 0)
        {
            return [words.Sentence(reason)];
        }

        string rest = Line().Replace(reason, "").Trim();
        return
        [
            .. lines.Select(m => words.Say(
                "grade." + (m.Groups["same"].Success ? "same" : m.Groups["how"].Value), words["grade." + m.Groups["measure"].Value],
                words.Named("way", m.Groups["way"].Value), m.Groups["own"].Value, m.Groups["other"].Value)),
            .. rest.Length == 0 ? Array.Empty<string>() : [words.Sentence(rest)],
        ];
    }

    [GeneratedRegex(
        @"(?<measure>churn AUC|churn log loss|CLV Gini|CLV Spearman) (?<own>-?[\d.]+): [\d.]+ (?<how>better|worse) than (?<way>\w+) "
            + @"\((?<other>-?[\d.]+)\)(?: ± [\d.]+(?<same>, not told apart)?)?")]
    private static partial Regex Line();
}
