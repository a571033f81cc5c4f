using System.Globalization;

namespace Predictive.History.Loading;

/// <summary>
/// The as-of where none is asked for: midnight after the last transaction that is not after today. One mistyped date must not move every
/// score to its year, so lines after today are left out of the default, and counted. The one home of the rule: verbs, worker and host call
/// it.
/// </summary>
/// <param name="AsOf">The local time.</param>
/// <param name="Today">The present day on the dataset's clock.</param>
/// <param name="LinesAfterToday">Lines left out.</param>
public sealed record DefaultAsOf(LocalTime AsOf, DateOnly Today, long LinesAfterToday)
{
    /// <summary>Days between the as-of and today beyond which it is told: scores then speak of a past that nobody can act on.</summary>
    public const int OldDays = 45;

    /// <summary>Days from the as-of to midnight after today.</summary>
    public int DaysOld => LocalTime.StartOf(Today).Day + 1 - AsOf.Day;

    /// <summary>What a user is to be told of it; empty where it is as expected.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            var notes = new List<string>();
            if (LinesAfterToday > 0)
            {
                notes.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{LinesAfterToday:N0} line{(LinesAfterToday == 1 ? " lies" : "s lie")} after today ({Today:yyyy-MM-dd}) and "
                        + $"{(LinesAfterToday == 1 ? "is" : "are")} left out: as of {AsOf}, the last transaction before that. See: "
                        + $"predictive check"));
            }

            if (DaysOld > OldDays)
            {
                notes.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"the data end {DaysOld:N0} days ago: everything is as of {AsOf}; name another day with --as-of"));
            }

            return notes;
        }
    }

    /// <summary>The default of a history.</summary>
    /// <param name="history">Loaded; of a part or a sample of a base, it is that of the part.</param>
    /// <param name="now">The present, from a TimeProvider at the edge.</param>
    public static DefaultAsOf Of(TransactionHistory history, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(history);
        DateOnly today = TodayOf(history.Description, now);
        long end = LocalTime.StartOf(today).AddDays(1).Micros;
        if (history.LastMicros < end)
        {
            return new DefaultAsOf(LocalTime.MidnightAfter(history.LastMicros), today, 0);
        }

        long last = long.MinValue, after = 0;
        foreach (long at in history.Columns.OrderedAt)
        {
            after += at >= end ? 1 : 0;
            last = at < end ? Math.Max(last, at) : last;
        }

        return From(last, after, today);
    }

    /// <summary>The default of a dataset that is not loaded as a whole: reads its times and nothing else.</summary>
    /// <exception cref="DatasetException">As for <see cref="DatasetLoader.Load"/>.</exception>
    public static DefaultAsOf Of(string pathOrFolder, DateTimeOffset now)
    {
        DateOnly today = TodayOf(DatasetFolder.Open(pathOrFolder).Description, now);
        (long last, long after) = DatasetLoader.LastMicrosBefore(pathOrFolder, LocalTime.StartOf(today).AddDays(1));
        return From(last, after, today);
    }

    /// <summary>The present day on a dataset's clock.</summary>
    public static DateOnly TodayOf(DatasetDescription description, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(description);
        return DateOnly.FromDateTime(
            (TimeZoneInfo.TryFindSystemTimeZoneById(description.TimeZone, out TimeZoneInfo? zone)
                ? TimeZoneInfo.ConvertTime(now, zone)
                : now).DateTime);
    }

    // Where every line lies after today there is nothing to go by but the clock.
    private static DefaultAsOf From(long last, long after, DateOnly today) =>
        new(last == long.MinValue ? LocalTime.StartOf(today).AddDays(1) : LocalTime.MidnightAfter(last), today, after);
}
