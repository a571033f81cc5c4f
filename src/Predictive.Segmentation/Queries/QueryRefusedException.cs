namespace Predictive.Segmentation.Queries;

/// <summary>A question that is not answered: what was found, what is known, and the nearest names.</summary>
public sealed class QueryRefusedException : Exception
{
    /// <summary>With why, and names that are near to what was not known.</summary>
    /// <param name="message">For the person who asked.</param>
    /// <param name="nearest">Names that may have been meant, nearest first.</param>
    public QueryRefusedException(string message, IReadOnlyList<string>? nearest = null)
        : base(message) => Nearest = nearest ?? [];

    /// <summary>Names that may have been meant, nearest first; empty = none is near, or no name was the matter.</summary>
    public IReadOnlyList<string> Nearest { get; }

    /// <summary>A name that nothing has.</summary>
    /// <param name="what">metric, dimension ...</param>
    /// <param name="found">As it was given.</param>
    /// <param name="known">Names there are, with what else they are called.</param>
    public static QueryRefusedException Unknown(string what, string found, IEnumerable<(string Name, IEnumerable<string> Called)> known)
    {
        IReadOnlyList<string> near = NearNames.Of(found, known);
        return new QueryRefusedException(
            $"There is no {what} '{Short(found)}'; nearest: {string.Join(", ", near)}. See them all: predictive metrics list.", near);
    }

    /// <summary>Text of a caller as it may stand in a message: no control characters, not endless.</summary>
    public static string Short(string text) =>
        new([.. (text.Length > 60 ? text[..60] + "…" : text).Select(c => char.IsControl(c) ? '?' : c)]);
}
