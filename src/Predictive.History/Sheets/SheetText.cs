using System.Globalization;

namespace Predictive.History.Sheets;

/// <summary>
/// Text that a spreadsheet would run when it opens a file, told and defused. Customer ids, product names and the like come from elsewhere:
/// one that reads <c>=HYPERLINK(...)</c> or <c>@SUM(...)</c> must reach whoever opens the list as text.
/// </summary>
/// <remarks>
/// The rule follows OWASP, <see href="https://owasp.org/www-community/attacks/CSV_Injection">CSV Injection</see>. Blanks, quotes and
/// invisible characters at the start are looked through, since programs drop them; then text is live that begins with
/// <list type="bullet">
/// <item><c>=</c> or <c>@</c>, in their full-width and small forms too;</item>
/// <item><c>+</c> or <c>-</c> (these forms too), unless the whole is a number (<c>-5.25</c>, <c>+49 170 12345</c>) or a sign alone;</item>
/// <item>a tab, a carriage return or a line feed.</item>
/// </list>
/// Defused, it has one <see cref="Guard"/> before it. Text that has guards before live text gets one more, so that taking one away always
/// gives the original: <see cref="Restore"/>.
/// </remarks>
public static class SheetText
{
    /// <summary>The apostrophe that spreadsheets take as "this is text".</summary>
    public const char Guard = '\'';

    /// <summary>True where a spreadsheet might run the text.</summary>
    public static bool IsLive(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\t' or '\r' or '\n':
                case '=' or '\uFF1D' or '\uFE66':
                case '@' or '\uFF20' or '\uFE6B':
                    return true;
                case '+' or '-':
                    return !IsNumber(text[(i + 1)..]);
                case '\uFF0B' or '\uFE62' or '\uFF0D' or '\uFE63':
                    return true;
                case char c when !IsLookedThrough(c):
                    return false;
            }
        }

        return false;
    }

    /// <summary>The text as a cell may hold it: with a <see cref="Guard"/> before it where it is live, else as it is.</summary>
    public static string Defuse(string text) => IsLive(text) ? Guard + text : text;

    /// <summary>What <see cref="Defuse"/> was given.</summary>
    public static string Restore(string cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return cell.Length > 0 && cell[0] == Guard && IsLive(cell.AsSpan(1)) ? cell[1..] : cell;
    }

    private static bool IsLookedThrough(char c) => c is Guard or '"' or '`' or '\u2018' or '\u2019' or '\u201C' or '\u201D'
        || char.IsWhiteSpace(c) || char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format;

    /// <summary>What follows a sign: nothing, or digits with points, commas, blanks, a percent sign and an exponent.</summary>
    private static bool IsNumber(ReadOnlySpan<char> text)
    {
        bool digits = false, exponent = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsAsciiDigit(c))
            {
                digits = true;
            }
            else if (c is 'e' or 'E' && digits && !exponent)
            {
                int next = i + 1 < text.Length && text[i + 1] is '+' or '-' ? i + 2 : i + 1;
                if (next >= text.Length || !char.IsAsciiDigit(text[next]))
                {
                    return false;
                }

                exponent = true;
                i = next;
            }
            else if (c is not ('.' or ',' or ' ' or '\u00A0' or '\u202F' or '%'))
            {
                return false;
            }
        }

        return digits || text.Trim().IsEmpty;
    }
}
