using System.Globalization;
using Predictive.History;

namespace Predictive.Api.Pages.Language;

/// <summary>How numbers, money, shares and dates are written in a language. An en dash where there is nothing.</summary>
/// <param name="words">The language.</param>
public sealed class Show(Words words)
{
    private const string None = "–";

    /// <summary>A whole number with separators.</summary>
    public string Count(double? value) => Fixed(value, 0);

    /// <summary>A number with a fixed number of decimals.</summary>
    public string Fixed(double? value, int decimals) => value is { } v && double.IsFinite(v)
        ? v.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).Replace('-', '−')
        : None;

    /// <summary>An amount: two decimals below 100, else none.</summary>
    public string Money(double? value) => Fixed(value, Math.Abs(value ?? 0) < 100 && value != 0 ? 2 : 0);

    /// <summary>A share as percent.</summary>
    public string Percent(double? share, int decimals = 0) =>
        share is { } s && double.IsFinite(s) ? words.Say("format.percent", Fixed(100 * s, decimals)) : None;

    /// <summary>A number of an axis: 1.2M, 350k; in Chinese by ten thousands.</summary>
    public string Short(double value)
    {
        double large = Unit("format.largeUnit"), middle = Unit("format.middleUnit"), size = Math.Abs(value);
        (double unit, string? key) = size >= large ? (large, "format.large") : size >= 1e4 ? (middle, "format.middle") : (1, null);
        string text = (value / unit).ToString(key is null ? "0.###" : "0.##", CultureInfo.InvariantCulture);
        return key is null ? text : words.Say(key, text);
    }

    private double Unit(string key) => double.Parse(words[key], CultureInfo.InvariantCulture);

    /// <summary>A day.</summary>
    public string Date(DateTime date) => date.ToString(words["format.date"], CultureInfo.InvariantCulture);

    /// <summary>The same; null = there is none.</summary>
    public string Date(DateOnly? day) => day is { } known ? Date(known.ToDateTime(default)) : None;

    /// <summary>A local time: its day, and the time of day where that is not midnight.</summary>
    public string Time(LocalTime time)
    {
        DateTime at = time.ToDateTime();
        return Date(at) + (at.TimeOfDay == TimeSpan.Zero ? "" : at.ToString(" HH:mm", CultureInfo.InvariantCulture));
    }

    /// <summary>An instant in UTC.</summary>
    public string Instant(DateTimeOffset at) => Date(at.UtcDateTime) + at.UtcDateTime.ToString(" HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A day or a local time as outputs write it, such as <c>2011-09-01</c>; what is none stays as it is.</summary>
    public string Date(string? iso) => iso is null ? None
        : DateTime.TryParse(iso, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date) ? Date(date) : iso;

    /// <summary>A month such as <c>2011-09</c>.</summary>
    public string Month(string month) => DateTime.TryParseExact(
        month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime first)
        ? first.ToString(words["format.month"], CultureInfo.InvariantCulture)
        : month;

    /// <summary>Days, with their word.</summary>
    public string Days(double days) => words.Say(Math.Round(days) == 1 ? "format.day" : "format.days", Count(days));
}
