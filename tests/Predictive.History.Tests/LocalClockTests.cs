using Predictive.History;

namespace Predictive.History.Tests;

/// <summary>
/// The cached clock says what the zone says, before 1970, around every change of the clocks and with offsets of odd minutes.
/// </summary>
public sealed class LocalClockTests
{
    [Theory]
    [InlineData("UTC", 1)]
    [InlineData("Europe/London", 2)]
    [InlineData("Asia/Kolkata", 3)]
    [InlineData("Australia/Lord_Howe", 4)]
    [InlineData("America/St_Johns", 5)]
    public void It_agrees_with_the_zone(string id, int seed)
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        var clock = new LocalClock(zone);
        var random = new Random(seed);
        long year = 365L * 86_400_000_000, at = 0;
        var instants = new long[20_000];
        for (int i = 0; i < instants.Length; i++)
        {
            // Mostly a walk in steps of minutes, sometimes a leap of years: both find the cache in the wrong place.
            at = random.Next(10) == 0 ? random.NextInt64(-40 * year, 80 * year) : at + random.NextInt64(-3_600_000_000, 5_400_000_000);
            instants[i] = at;
        }

        long[] local = [.. instants];
        new LocalClock(zone).ToLocal(local.AsSpan());
        for (int i = 0; i < instants.Length; i++)
        {
            long expected = instants[i] + (zone.GetUtcOffset(DateTime.UnixEpoch.AddTicks(instants[i] * 10)).Ticks / 10);
            Assert.True(
                expected == clock.ToLocal(instants[i]) && expected == local[i],
                $"{id}, seed {seed}, instant {instants[i]}: {clock.ToLocal(instants[i])}, expected {expected}");
        }
    }
}
