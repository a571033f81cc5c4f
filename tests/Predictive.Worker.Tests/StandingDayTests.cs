using Predictive.Acting.Standing;
using Predictive.History;

namespace Predictive.Worker.Tests;

/// <summary>The day of a round is the shop's, not the machine's.</summary>
public sealed class StandingDayTests
{
    private static readonly TimeZoneInfo s_auckland = TimeZoneInfo.FindSystemTimeZoneById("Pacific/Auckland");

    private static readonly StandingSettings s_settings = new()
    {
        RoundFrom = 6, FreshDays = 2,
        Campaigns =
        [
            new StandingCampaign(
                "wishes", new TriggerSettings(StandingTrigger.FirstPurchase), [new StandingStep("email", "hello")],
                new StandingCaps(1, 1, 1, 1)),
        ],
    };

    [Fact]
    public void A_round_is_due_once_a_day_from_its_hour_on_the_clock_of_the_dataset()
    {
        var day = new StandingDay();
        // 05:30 and 06:30 in Auckland are 17:30 and 18:30 of the day before in London.
        Assert.False(day.IsDue(s_settings, Utc(1, 17, 30), s_auckland));
        Assert.False(day.IsSettled(Utc(1, 17, 30), s_auckland));
        Assert.True(day.IsDue(s_settings, Utc(1, 18, 30), s_auckland));
        // One that failed is tried again after a while, not at once.
        Assert.False(day.IsDue(s_settings, Utc(1, 18, 31), s_auckland));
        Assert.True(day.IsDue(s_settings, Utc(1, 18, 41), s_auckland));
        day.Done(Utc(1, 18, 42), s_auckland);
        // Midnight in London is no new day there; the next morning is.
        Assert.True(day.IsSettled(Utc(2, 10, 0), s_auckland));
        Assert.False(day.IsDue(s_settings, Utc(2, 10, 0), s_auckland));
        Assert.True(day.IsDue(s_settings, Utc(2, 18, 30), s_auckland));
        Assert.False(new StandingDay().IsDue(s_settings with { Campaigns = [] }, Utc(2, 18, 30), s_auckland));
    }

    [Fact]
    public void Data_are_new_enough_for_whole_days_beside_the_present_one()
    {
        var asOf = LocalTime.StartOf(new DateOnly(2025, 7, 1));
        // The last moment that is borne is midnight of the 4th there: the 3rd is whole, at 12:00 in London.
        Assert.True(StandingDay.IsFresh(s_settings, asOf, Utc(3, 12, 0), s_auckland));
        Assert.False(StandingDay.IsFresh(s_settings, asOf, Utc(3, 12, 1), s_auckland));
    }

    private static DateTimeOffset Utc(int day, int hour, int minute) => new(2025, 7, day, hour, minute, 0, TimeSpan.Zero);
}
