using System.Globalization;
using Predictive.History;

namespace Predictive.Segmentation.Queries;

/// <summary>Days of the dataset's clock, both ends counted.</summary>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
public readonly record struct Period(DateOnly From, DateOnly To)
{
    private const int MostDays = 400 * 366;

    /// <summary>Days in it.</summary>
    public int Days => To.DayNumber - From.DayNumber + 1;

    /// <summary>Its first moment.</summary>
    public LocalTime Start => LocalTime.StartOf(From);

    /// <summary>The moment after it.</summary>
    public LocalTime End => LocalTime.StartOf(To).AddDays(1);

    /// <summary>Whether it is made of whole months.</summary>
    public bool IsWholeMonths => From.Day == 1 && To.AddDays(1).Day == 1;

    /// <summary>Whether it is as long as another: as many whole months, else as many days.</summary>
    /// <param name="other">The other.</param>
    public bool IsLike(Period other) => IsWholeMonths && other.IsWholeMonths ? Months == other.Months : Days == other.Days;

    /// <summary>The period of equal length before it: as many months of whole months, else as many days.</summary>
    public Period Before() => IsWholeMonths
        ? new Period(From.AddMonths(-Months), From.AddDays(-1))
        : new Period(From.AddDays(-Days), From.AddDays(-1));

    /// <summary>The same days a year before; a 29 February becomes the 28th, whole months stay whole.</summary>
    public Period YearBefore() => IsWholeMonths
        ? new Period(From.AddYears(-1), To.AddDays(1).AddYears(-1).AddDays(-1))
        : new Period(From.AddYears(-1), To.AddYears(-1));

    /// <summary>A calendar month.</summary>
    public static Period Month(int year, int month) =>
        new(new DateOnly(year, month, 1), new DateOnly(year, month, 1).AddMonths(1).AddDays(-1));

    /// <summary>A calendar quarter, 1 to 4.</summary>
    public static Period Quarter(int year, int quarter)
    {
        var from = new DateOnly(year, (3 * quarter) - 2, 1);
        return new Period(from, from.AddMonths(3).AddDays(-1));
    }

    /// <summary>A calendar year.</summary>
    public static Period Year(int year) => new(new DateOnly(year, 1, 1), new DateOnly(year, 12, 31));

    /// <summary>Reads <c>2011-06-01</c>, <c>2011-06</c>, <c>2011-Q2</c>, <c>2011</c>, or two of these with <c>..</c> between.</summary>
    public static bool TryParse(string? text, out Period period)
    {
        period = default;
        string[] ends = (text ?? "").Split("..");
        if (ends.Length is < 1 or > 2 || !TryOne(ends[0].Trim(), out Period first) || !TryOne(ends[^1].Trim(), out Period last))
        {
            return false;
        }

        period = new Period(first.From, last.To);
        return period.From <= period.To && period.Days <= MostDays;
    }

    /// <summary><c>2011-06-01..2011-06-30</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{From:yyyy-MM-dd}..{To:yyyy-MM-dd}");

    private int Months => ((To.AddDays(1).Year - From.Year) * 12) + To.AddDays(1).Month - From.Month;

    private static bool TryOne(string text, out Period period)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        period = default;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", c, DateTimeStyles.None, out DateOnly day))
        {
            period = new Period(day, day);
        }
        else if (DateOnly.TryParseExact(text, "yyyy-MM", c, DateTimeStyles.None, out DateOnly month))
        {
            period = Month(month.Year, month.Month);
        }
        else if (text.Length == 7 && text[4] == '-' && text[5] is 'Q' or 'q' && text[6] is >= '1' and <= '4'
            && int.TryParse(text[..4], NumberStyles.None, c, out int ofQuarter))
        {
            period = ofQuarter is >= 1900 and < 2200 ? Quarter(ofQuarter, text[6] - '0') : default;
        }
        else if (text.Length == 4 && int.TryParse(text, NumberStyles.None, c, out int year) && year is >= 1900 and < 2200)
        {
            period = Year(year);
        }

        return period.From.Year is >= 1900 and < 2200;
    }
}
