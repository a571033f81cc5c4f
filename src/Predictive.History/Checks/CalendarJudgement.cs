using System.Globalization;

namespace Predictive.History.Checks;

/// <summary>What a careful colleague says of the calendar: a day that holds too much, months that hold nothing.</summary>
internal static class CalendarJudgement
{
    private const string Table = "transactions";

    /// <summary>A day with this many times the lines of a usual one, and this share of all, is no day's business.</summary>
    private const int FullDayRatio = 20;
    private const double FullDayShare = .05;
    private const int FewestDays = 30;

    /// <summary>The findings.</summary>
    /// <param name="profile">What the table holds.</param>
    /// <param name="options">The limits.</param>
    /// <param name="first">The first day of the history proper.</param>
    /// <param name="last">The last day that is not after today.</param>
    public static IEnumerable<Finding?> Of(TableProfile profile, CheckOptions options, int first, int last) =>
        [FullDays(profile, options), SilentMonths(profile, options, first, last)];

    private static Finding? FullDays(TableProfile profile, CheckOptions options)
    {
        if (profile.LinesByDay.Count < FewestDays)
        {
            return null;
        }

        long median = profile.LinesByDay.Values.Order().ElementAt(profile.LinesByDay.Count / 2);
        var full = profile.LinesByDay.Where(d => d.Value >= median * FullDayRatio && d.Value >= profile.Lines * FullDayShare)
            .OrderByDescending(d => d.Value).ThenBy(d => d.Key).ToList();
        return full.Count == 0 ? null : new Finding(
            "full-day",
            FindingSeverity.Warning,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{full.Count:N0} day{(full.Count == 1 ? " holds" : "s hold")} {FullDayRatio} times a usual day's lines ({median:N0}) or "
                    + $"more. A migration or a default date does that: give those lines their own dates, or leave them out."),
            Table,
            "ordered_at",
            full.Sum(d => d.Value),
            [
                .. full.Take(options.Examples)
                    .Select(d => string.Create(CultureInfo.InvariantCulture, $"{Date(d.Key):yyyy-MM-dd} ({d.Value:N0} lines)")),
            ]);
    }

    private static Finding? SilentMonths(TableProfile profile, CheckOptions options, int first, int last)
    {
        if (last <= first || last - first > 36_525)
        {
            return null;
        }

        HashSet<int> busy = [.. profile.LinesByDay.Keys.Select(Month)];
        List<int> silent = [.. Enumerable.Range(Month(first), Month(last) - Month(first) + 1).Where(m => !busy.Contains(m))];

        // Where more than a third of the months are empty that is the business (yearly gifts), not a gap.
        int months = Month(last) - Month(first) + 1;
        return silent.Count == 0 || silent.Count * 3 > months ? null : new Finding(
            "silent-months",
            FindingSeverity.Warning,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{silent.Count:N0} of {months:N0} months hold no transaction. A delivery is missing, or the shop was closed; deliver "
                    + $"the gap, or choose an as-of and horizon that do not cross it."),
            Table,
            "ordered_at",
            silent.Count,
            [.. silent.Take(options.Examples).Select(m => $"{m / 12:0000}-{(m % 12) + 1:00}")]);
    }

    private static int Month(int day) => Date(day) is var date ? (date.Year * 12) + date.Month - 1 : 0;

    private static DateOnly Date(int day) => DateOnly.FromDayNumber(Math.Clamp(day + 719_162, 0, DateOnly.MaxValue.DayNumber));
}
