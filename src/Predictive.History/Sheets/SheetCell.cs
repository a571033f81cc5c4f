using System.Globalization;

namespace Predictive.History.Sheets;

/// <summary>
/// What a cell holds, for both formats: text (defused, unless the table is raw), a number, a local time, or nothing. A number that is none
/// (NaN) is an empty cell.
/// </summary>
internal static class SheetCell
{
    // Before March 1900 Excel counts a 29 February that never was.
    private static readonly LocalTime s_firstExcelDay = LocalTime.StartOf(new DateOnly(1900, 3, 1));

    /// <summary>As CSV has it: numbers as the shortest text that reads back to the same value, local times as ISO 8601.</summary>
    public static string Csv(object? value, bool raw) => value switch
    {
        null or double.NaN => "",
        string text => raw ? text : SheetText.Defuse(text),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>As Excel has it: numbers and dates as such, and text stays text: <c>00001</c> is a customer, not the number one.</summary>
    public static object? Excel(object? value, bool raw) => value switch
    {
        null or double.NaN => null,
        string text => raw ? text : SheetText.Defuse(text),
        double number when double.IsInfinity(number) => Csv(number, raw),
        LocalTime time when time >= s_firstExcelDay => time.ToDateTime(),
        LocalTime time => time.ToString(),
        _ => value,
    };
}
