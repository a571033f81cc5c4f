using System.Globalization;
using Predictive.Api.Pages.Language;
using Predictive.History;

namespace Predictive.Api.Pages.Views;

/// <summary>
/// A finding in the viewer's language: its message in English; in another language what its kind means (<c>finding:CODE</c> among the
/// phrases), with the rows or things it counts. Its figures beside that stand in the English message alone.
/// </summary>
public static class FindingText
{
    /// <summary>The sentence.</summary>
    public static string Of(Words words, Show show, Finding finding)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(show);
        ArgumentNullException.ThrowIfNull(finding);
        string key = KeyOf(finding), own = words.Phrase(key);
        return own == key ? finding.Message : string.Format(CultureInfo.InvariantCulture, own, show.Count(finding.Count));
    }

    /// <summary>Language tag of the sentence: null where it is the page's own.</summary>
    public static string? Language(Words words, Finding finding)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(finding);
        return words == Words.English || words.Phrases.Contains(KeyOf(finding)) ? null : Words.English.Tag;
    }

    private static string KeyOf(Finding finding) => "finding:" + finding.Code;
}
