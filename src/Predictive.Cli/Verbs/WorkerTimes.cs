using Cronos;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Verbs;

/// <summary>When a worker trains, as settings say; what cannot be followed is refused before any work is done.</summary>
/// <param name="Schedule">At these times; null = at no set time.</param>
/// <param name="Zone">Whose clock that is.</param>
/// <param name="OnNewData">On new files that stood still for so long; null = not.</param>
/// <param name="OnDrift">The same, only where the data has drifted; null = not.</param>
internal sealed record WorkerTimes(CronExpression? Schedule, TimeZoneInfo Zone, TimeSpan? OnNewData, TimeSpan? OnDrift)
{
    /// <summary>Of settings.</summary>
    /// <param name="values">They.</param>
    /// <param name="clock">A schedule must fire after its present.</param>
    /// <exception cref="RefusedInputException">A schedule that never fires, or two answers to new data.</exception>
    public static WorkerTimes Of(SettingValues values, TimeProvider clock)
    {
        var times = new WorkerTimes(
            values.Find(Settings.Schedule), values.Get(Settings.Zone), values.FindValue(Settings.OnNewData),
            values.FindValue(Settings.OnDrift));
        if (times.Schedule is { } schedule && schedule.GetNextOccurrence(clock.GetUtcNow(), times.Zone) is null)
        {
            throw new RefusedInputException(
                $"{values.SourceOf(Settings.Schedule)}: '{schedule}' never fires; expected a time that comes, such as '0 3 * * *'.");
        }

        return times.OnNewData is not null && times.OnDrift is not null
            ? throw new RefusedInputException(
                $"{values.SourceOf(Settings.OnNewData)} trains on whatever is new, {values.SourceOf(Settings.OnDrift)} only where it has "
                    + "drifted; expected one of them (none takes one back).")
            : times;
    }
}
