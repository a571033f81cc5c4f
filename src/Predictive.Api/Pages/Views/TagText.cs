using Predictive.Api.Pages.Language;

namespace Predictive.Api.Pages.Views;

/// <summary>Preference tags as a person reads them: <c>category:garden</c> is "garden (category)".</summary>
public static class TagText
{
    /// <summary>The text of a tag.</summary>
    /// <param name="words">The language.</param>
    /// <param name="tag">Kind and name.</param>
    /// <param name="name">What the products table calls the product; null = nothing.</param>
    public static string Of(Words words, string tag, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(tag);
        int colon = tag.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? tag : words.Say("tag." + tag[..colon], name ?? tag[(colon + 1)..]);
    }
}
