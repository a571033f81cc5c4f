namespace Predictive.Segmentation.History.Loading;

/// <summary>Turns UTC microseconds into local ones of a time zone. One per thread: it remembers the last hour's offset.</summary>
internal sealed class LocalClock(TimeZoneInfo zone)
{
    private const long MicrosPerHour = 3_600_000_000;
    private static readonly long MinMicros = (DateTime.MinValue.Ticks - DateTime.UnixEpoch.Ticks) / 10, MaxMicros = (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / 10;
    private readonly bool _isUtc = zone.HasSameRules(TimeZoneInfo.Utc) && zone.BaseUtcOffset == TimeSpan.Zero;
    private long _hour = long.MinValue;
    private long _offset;
    private bool _constant;

    /// <summary>Converts in place.</summary>
    public void ToLocal(Span<long> micros)
    {
        if (_isUtc)
        {
            return;
        }

        for (int i = 0; i < micros.Length; i++)
        {
            long utc = micros[i], hour = utc / MicrosPerHour;
            if (hour != _hour)
            {
                (_hour, _offset) = (hour, Offset(hour * MicrosPerHour));
                _constant = Offset((hour + 1) * MicrosPerHour) == _offset && Offset((hour - 1) * MicrosPerHour) == _offset;
            }

            micros[i] = utc + (_constant ? _offset : Offset(utc));
        }
    }

    private long Offset(long micros) =>
        zone.GetUtcOffset(DateTime.UnixEpoch.AddTicks(Math.Clamp(micros, MinMicros + MicrosPerHour, MaxMicros - MicrosPerHour) * 10)).Ticks / 10;
}
