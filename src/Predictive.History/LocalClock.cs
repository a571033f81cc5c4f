namespace Predictive.History;

/// <summary>Converts instants to the local clock of a dataset. Not thread-safe: one per thread.</summary>
/// <remarks>
/// Where the offset is the same an hour before, at and an hour after a full hour of UTC, one look-up serves all instants of that hour.
/// </remarks>
internal sealed class LocalClock(TimeZoneInfo zone)
{
    private const long MicrosPerHour = 3_600_000_000;
    private static readonly long MinMicros = (DateTime.MinValue.Ticks - DateTime.UnixEpoch.Ticks) / 10,
        MaxMicros = (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / 10;
    private readonly bool _isUtc = zone.HasSameRules(TimeZoneInfo.Utc) && zone.BaseUtcOffset == TimeSpan.Zero;
    private long _hour = long.MinValue;
    private long _offset;
    private bool _constant;

    /// <summary>The zone.</summary>
    public TimeZoneInfo Zone => zone;

    /// <summary>Local microseconds of UTC microseconds, both since 1970-01-01T00:00.</summary>
    public long ToLocal(long utc)
    {
        if (_isUtc)
        {
            return utc;
        }

        long hour = utc / MicrosPerHour;
        if (hour != _hour)
        {
            (_hour, _offset) = (hour, Offset(hour * MicrosPerHour));
            _constant = Offset((hour + 1) * MicrosPerHour) == _offset && Offset((hour - 1) * MicrosPerHour) == _offset;
        }

        return utc + (_constant ? _offset : Offset(utc));
    }

    /// <summary>Converts in place.</summary>
    public void ToLocal(Span<long> micros)
    {
        if (_isUtc)
        {
            return;
        }

        for (int i = 0; i < micros.Length; i++)
        {
            micros[i] = ToLocal(micros[i]);
        }
    }

    // Outside the years a DateTime knows there is no daylight saving to look up.
    private long Offset(long micros) =>
        zone.GetUtcOffset(
            DateTime.UnixEpoch.AddTicks(Math.Clamp(micros, MinMicros + MicrosPerHour, MaxMicros - MicrosPerHour) * 10)).Ticks / 10;
}
