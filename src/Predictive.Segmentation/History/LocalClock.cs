namespace Predictive.Segmentation.History;

/// <summary>Converts instants to the local clock of a dataset. Not thread-safe: one per thread.</summary>
/// <remarks>An offset never changes within a quarter of an hour of UTC, so one look-up serves all neighbours.</remarks>
internal sealed class LocalClock(TimeZoneInfo zone)
{
    private const long Quarter = 900_000_000;
    private long _quarter = long.MinValue;
    private long _offset;

    /// <summary>The zone.</summary>
    public TimeZoneInfo Zone => zone;

    /// <summary>Local microseconds of UTC microseconds, both since 1970-01-01T00:00.</summary>
    public long ToLocal(long utc)
    {
        long quarter = (utc - (((utc % Quarter) + Quarter) % Quarter)) / Quarter;
        if (quarter != _quarter)
        {
            // Outside the years a DateTime knows there is no daylight saving to look up.
            long ticks = DateTime.UnixEpoch.Ticks + Math.Clamp(quarter, -60_000_000_000 / 900, 250_000_000_000 / 900) * Quarter * TimeSpan.TicksPerMicrosecond;
            _offset = zone.GetUtcOffset(new DateTime(ticks, DateTimeKind.Utc)).Ticks / TimeSpan.TicksPerMicrosecond;
            _quarter = quarter;
        }

        return utc + _offset;
    }
}
