using System.Globalization;

namespace Predictive.History;

/// <summary>
/// The local time everything is computed as of: microseconds since 1970-01-01T00:00 on the dataset's own clock, no instant. Only facts
/// strictly before it may enter a feature.
/// </summary>
/// <remarks>
/// It is a point on the local time line of the dataset (see <see cref="DatasetDescription.TimeZone"/>), not on the UTC one: days and
/// hours of the day then are plain divisions. Timestamps with an offset are converted once, when they are read.
/// </remarks>
/// <param name="Micros">Microseconds since 1970-01-01T00:00 local.</param>
public readonly record struct LocalTime(long Micros) : IComparable<LocalTime>
{
    /// <summary>Microseconds in a day.</summary>
    public const long MicrosPerDay = 86_400_000_000;

    /// <summary>Whole local days since 1970-01-01 (floor).</summary>
    public int Day => DayOf(Micros);

    /// <summary>The local day that holds a time: whole days since 1970-01-01, rounded down, before it too.</summary>
    public static int DayOf(long micros) => (int)((micros >= 0 ? micros : micros - (MicrosPerDay - 1)) / MicrosPerDay);

    /// <summary>Microseconds since the midnight that a time's local day began with, 0 to a day, before 1970 too.</summary>
    public static long OfDay(long micros) => micros - (DayOf(micros) * MicrosPerDay);

    /// <summary>The date of a local day: whole days since 1970-01-01.</summary>
    public static DateOnly DateOf(int day) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day);

    /// <summary>Midnight at the start of a local day.</summary>
    public static LocalTime StartOf(DateOnly date) =>
        new((date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * MicrosPerDay);

    /// <summary>Midnight after the local day that holds <paramref name="micros"/>: the default as-of for a last transaction then.</summary>
    public static LocalTime MidnightAfter(long micros) => new((DayOf(micros) + 1) * MicrosPerDay);

    /// <summary>A local date-time; its kind is ignored.</summary>
    public static LocalTime From(DateTime local) => new((local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);

    /// <summary>
    /// Reads <c>2011-06-03</c> (midnight of that local day), <c>2011-06-03T10:15:00</c> (local), or either with an offset or Z
    /// (converted to <paramref name="timeZone"/>).
    /// </summary>
    /// <returns>False where the text is none of these.</returns>
    public static bool TryParse(string? text, TimeZoneInfo timeZone, out LocalTime result)
    {
        result = default;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        text = text.Trim();
        if (TryReadPlain(text, out result))
        {
            return true;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            result = StartOf(date);
            return true;
        }

        string[] local = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss"];
        if (DateTime.TryParseExact(text, local, CultureInfo.InvariantCulture, DateTimeStyles.None, out var naive))
        {
            result = From(naive);
            return true;
        }

        string[] withOffset = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        if (DateTimeOffset.TryParseExact(text, withOffset, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
        {
            result = From(TimeZoneInfo.ConvertTime(instant, timeZone).DateTime);
            return true;
        }

        return false;
    }

    // The two forms that nearly every line has, digit by digit; the exact patterns of the framework decide about all others.
    private static bool TryReadPlain(ReadOnlySpan<char> text, out LocalTime result)
    {
        result = default;
        if (text.Length is not (10 or 19) || text[4] != '-' || text[7] != '-'
            || !TryDigits(text[..4], out int year) || !TryDigits(text[5..7], out int month) || !TryDigits(text[8..10], out int day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        int hour = 0, minute = 0, second = 0;
        if (text.Length == 19
            && (text[10] != 'T' || text[13] != ':' || text[16] != ':' || !TryDigits(text[11..13], out hour)
                || !TryDigits(text[14..16], out minute) || !TryDigits(text[17..], out second) || hour > 23 || minute > 59 || second > 59))
        {
            return false;
        }

        result = From(new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified));
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, out int value)
    {
        value = 0;
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        return true;
    }

    /// <summary>This time moved by whole days.</summary>
    public LocalTime AddDays(int days) => new(Micros + (days * MicrosPerDay));

    /// <summary>Days from another time to this one, with a fraction; below 0 where the other is later.</summary>
    public double DaysSince(LocalTime other) => (Micros - other.Micros) / (double)MicrosPerDay;

    /// <inheritdoc/>
    public int CompareTo(LocalTime other) => Micros.CompareTo(other.Micros);

    /// <summary>Earlier than.</summary>
    public static bool operator <(LocalTime a, LocalTime b) => a.Micros < b.Micros;

    /// <summary>Later than.</summary>
    public static bool operator >(LocalTime a, LocalTime b) => a.Micros > b.Micros;

    /// <summary>Not later than.</summary>
    public static bool operator <=(LocalTime a, LocalTime b) => a.Micros <= b.Micros;

    /// <summary>Not earlier than.</summary>
    public static bool operator >=(LocalTime a, LocalTime b) => a.Micros >= b.Micros;

    /// <summary>As a local date-time of unspecified kind.</summary>
    public DateTime ToDateTime() =>
        DateTime.SpecifyKind(DateTime.UnixEpoch.AddTicks(Micros * TimeSpan.TicksPerMicrosecond), DateTimeKind.Unspecified);

    /// <summary><c>2011-06-03</c> at midnight, else <c>2011-06-03T10:15:00</c> (with fractions where there are any).</summary>
    public override string ToString()
    {
        var local = ToDateTime();
        string format = local.TimeOfDay == TimeSpan.Zero
            ? "yyyy-MM-dd"
            : local.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss" : "yyyy-MM-dd'T'HH:mm:ss.ffffff";
        return local.ToString(format, CultureInfo.InvariantCulture);
    }
}
