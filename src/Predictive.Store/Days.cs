namespace Predictive.Store;

/// <summary>Days as the tables hold them: whole days since 1970-01-01.</summary>
internal static class Days
{
    private static readonly int s_epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static int Of(DateOnly date) => date.DayNumber - s_epoch;

    public static DateOnly Date(int day) => DateOnly.FromDayNumber(day + s_epoch);
}
