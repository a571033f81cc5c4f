using System.Globalization;
using Predictive.Acting.Contacts;
using Predictive.Acting.Standing;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store;

namespace Predictive.Worker;

/// <summary>
/// When the day's round of the standing campaigns is due, on the dataset's clock, and the round. One that failed is tried again after a
/// while.
/// </summary>
internal sealed class StandingDay
{
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(10);

    private DateOnly _done;
    private DateTimeOffset _tried = DateTimeOffset.MinValue;

    /// <summary>Whether nothing is to be done before the next day, or the next try: settings need not be read.</summary>
    public bool IsSettled(DateTimeOffset now, TimeZoneInfo zone) => now - _tried < s_again || _done == DayOf(now, zone);

    /// <summary>Whether it is due; a try is noted.</summary>
    public bool IsDue(StandingSettings settings, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (settings.Campaigns.Count == 0 || IsSettled(now, zone)
            || TimeZoneInfo.ConvertTime(now, zone).Hour < settings.RoundFrom)
        {
            return false;
        }

        _tried = now;
        return true;
    }

    /// <summary>Says that it ended.</summary>
    public void Done(DateTimeOffset now, TimeZoneInfo zone) => _done = DayOf(now, zone);

    /// <summary>Whether data are new enough to act on: birthday wishes of the week before last are worse than none.</summary>
    public static bool IsFresh(StandingSettings settings, LocalTime asOf, DateTimeOffset now, TimeZoneInfo zone) =>
        LocalTime.From(TimeZoneInfo.ConvertTime(now, zone).DateTime) <= asOf.AddDays(settings.FreshDays + 1);

    /// <summary>Does the round where the data are new enough, and tells what came of it.</summary>
    public static void Run(
        StoreDatabase store, string data, StandingSettings settings, ScoreTable scores, RuleOptions rules, string actor, DateTimeOffset now,
        Action<string> tell, CancellationToken cancellation)
    {
        if (settings.Campaigns.Count == 0)
        {
            return;
        }

        if (!IsFresh(settings, scores.AsOf, now, ZoneOf(scores.History.Description)))
        {
            tell(string.Create(
                CultureInfo.InvariantCulture,
                $"standing campaigns: the data go to {scores.AsOf}: nothing is sent until there are newer ones (freshDays)"));
            return;
        }

        foreach (StandingOutcome o in new StandingRun(store).Run(
            settings, scores, rules, ContactSettings.For(data), actor, cancellation))
        {
            tell(o.Words);
        }
    }

    /// <summary>The clock of a dataset.</summary>
    public static TimeZoneInfo ZoneOf(DatasetDescription description) => TimeZoneInfo.FindSystemTimeZoneById(description.TimeZone);

    private static DateOnly DayOf(DateTimeOffset now, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
}
