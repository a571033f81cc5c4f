using Predictive.Acting.Standing;
using Predictive.History;

namespace Predictive.Worker;

/// <summary>When the day's round of the standing campaigns is due. One that failed is tried again after a while.</summary>
internal sealed class StandingDay
{
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(10);

    private DateOnly _done;
    private DateTimeOffset _tried = DateTimeOffset.MinValue;

    /// <summary>Whether it is; a try is noted.</summary>
    public bool IsDue(StandingSettings settings, DateTimeOffset now, TimeZoneInfo zone)
    {
        DateTime local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        if (settings.Campaigns.Count == 0 || local.Hour < settings.RoundFrom || _done == DateOnly.FromDateTime(local)
            || now - _tried < s_again)
        {
            return false;
        }

        _tried = now;
        return true;
    }

    /// <summary>Says that it ended.</summary>
    public void Done(DateTimeOffset now, TimeZoneInfo zone) => _done = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);

    /// <summary>Whether data are new enough to act on: birthday wishes of the week before last are worse than none.</summary>
    public static bool IsFresh(StandingSettings settings, LocalTime asOf, DateTimeOffset now, TimeZoneInfo zone) =>
        LocalTime.From(TimeZoneInfo.ConvertTime(now, zone).DateTime) <= asOf.AddDays(settings.FreshDays + 1);
}
