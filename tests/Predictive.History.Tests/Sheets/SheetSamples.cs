namespace Predictive.History.Tests.Sheets;

/// <summary>
/// Random text of the kind that breaks writers: signs that formulas begin with, quotes, delimiters, line ends, controls, surrogate pairs.
/// </summary>
internal static class SheetSamples
{
    private static readonly string[] s_pieces =
    [
        "=", "+", "-", "@", "'", "\"", ",", ";", "\t", "\n", "\r", "\r\n", " ", "\u00A0", "\u200B", "\uFF1D", "\uFF0B", "a", "A1", "7",
        "1.5", "e", "|cmd", "é", "€", "\U0001F600", "&", "<", ">",
        "]]>", "\u0001", "\0", "_", "x0041", "_x0041_", "NULL", "(", ")", "%",
    ];

    public static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => s_pieces[random.Next(s_pieces.Length)]));
}
