using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Reading;

/// <summary>Values in their invariant text.</summary>
internal static class ValueText
{
    public static Func<long, string> OfInteger(ParquetColumn column)
    {
        LogicalType type = column.LogicalType;
        bool unsigned = type.Kind == LogicalKind.Integer && !type.IsSigned;
        return type.Kind switch
        {
            LogicalKind.Date => static v => OfDate(v),
            LogicalKind.Timestamp => v => OfTimestamp(v, type.Unit, type.IsAdjustedToUtc),
            LogicalKind.Time => v => OfTime(v, type.Unit),
            LogicalKind.Decimal when type.Scale > 0 => v => DecimalText.Format(v, type.Scale),
            _ when unsigned && column.PhysicalType == PhysicalType.Int32 => static v => ((uint)v).ToString(CultureInfo.InvariantCulture),
            _ when unsigned => static v => ((ulong)v).ToString(CultureInfo.InvariantCulture),
            _ => static v => v.ToString(CultureInfo.InvariantCulture),
        };
    }

    public static BytesConverter<string> OfBytes(ParquetColumn column)
    {
        int scale = column.LogicalType.Scale;
        return column.LogicalType.Kind switch
        {
            LogicalKind.String or LogicalKind.Enum or LogicalKind.Json => static b => Encoding.UTF8.GetString(b),
            LogicalKind.Decimal => b => DecimalText.Format(DecimalText.Unscaled(b), scale),
            LogicalKind.Uuid => static b => new Guid(b, bigEndian: true).ToString(),
            LogicalKind.Float16 => static b => BinaryPrimitives.ReadHalfLittleEndian(b).ToString("R", CultureInfo.InvariantCulture),
            LogicalKind.None when column.PhysicalType == PhysicalType.ByteArray => static b => IsText(b) ? Encoding.UTF8.GetString(b) : Convert.ToHexStringLower(b),
            _ => static b => Convert.ToHexStringLower(b),
        };
    }

    /// <summary><c>2011-12-09T12:50:00[.ffffff][Z]</c>; outside the years 1 to 9999 the number itself.</summary>
    public static string OfTimestamp(long value, TimeUnit unit, bool utc)
    {
        long perTick = unit switch { TimeUnit.Milliseconds => 10_000, TimeUnit.Microseconds => 10, _ => 1 };
        Int128 ticks = DateTime.UnixEpoch.Ticks + (unit == TimeUnit.Nanoseconds ? ValueStreams.FloorDivide(value, 100) : (Int128)value * perTick);
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        var time = new DateTime((long)ticks);
        string text = time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        long nanos = time.Ticks % TimeSpan.TicksPerSecond * 100 + (unit == TimeUnit.Nanoseconds ? ((value % 100) + 100) % 100 : 0);
        return text + Fraction(nanos) + (utc ? "Z" : "");
    }

    private static string OfDate(long days)
    {
        long day = days + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        return day >= 0 && day <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber((int)day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : days.ToString(CultureInfo.InvariantCulture);
    }

    private static string OfTime(long value, TimeUnit unit)
    {
        long perSecond = unit switch { TimeUnit.Milliseconds => 1000, TimeUnit.Microseconds => 1_000_000, _ => 1_000_000_000 };
        long seconds = value / perSecond;
        if (value < 0 || seconds >= 86_400)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}") + Fraction(value % perSecond * (1_000_000_000 / perSecond));
    }

    // Three, six or nine digits, as many as it takes.
    private static string Fraction(long nanos) =>
        nanos == 0 ? ""
        : nanos % 1_000_000 == 0 ? "." + (nanos / 1_000_000).ToString("000", CultureInfo.InvariantCulture)
        : nanos % 1_000 == 0 ? "." + (nanos / 1_000).ToString("000000", CultureInfo.InvariantCulture)
        : "." + nanos.ToString("000000000", CultureInfo.InvariantCulture);

    // Older writers leave text without its annotation.
    private static bool IsText(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes) && bytes.IndexOfAnyInRange((byte)0, (byte)8) < 0;
}

/// <summary>Decimals: big-endian two's complement ↔ number ↔ text.</summary>
internal static class DecimalText
{
    public static BigInteger Unscaled(ReadOnlySpan<byte> bigEndian) =>
        bigEndian.Length <= 1000 ? new BigInteger(bigEndian, isUnsigned: false, isBigEndian: true) : Corrupt.Throw<BigInteger>($"a decimal of {bigEndian.Length} bytes");

    /// <summary>10^exponent, exact up to 22, infinity above 308.</summary>
    public static double PowerOfTen(int exponent) => double.Parse("1e" + exponent.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public static double ToDouble(BigInteger unscaled, int scale) =>
        BigInteger.Abs(unscaled) <= (1L << 53) && scale <= 22
            ? (double)(long)unscaled / PowerOfTen(scale)
            : double.Parse(unscaled.ToString(CultureInfo.InvariantCulture) + "e-" + scale.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public static string Format(BigInteger unscaled, int scale)
    {
        string digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture);
        if (scale > 0)
        {
            digits = digits.PadLeft(scale + 1, '0');
            digits = digits[..^scale] + "." + digits[^scale..];
        }

        return unscaled.Sign < 0 ? "-" + digits : digits;
    }
}
