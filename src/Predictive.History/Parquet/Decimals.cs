using System.Globalization;
using System.Numerics;

namespace Predictive.History.Parquet;

/// <summary>Decimals as Parquet stores them: a whole number and the power of ten it is divided by.</summary>
internal static class Decimals
{
    /// <summary>Digits of the longest decimal that is read.</summary>
    public const int MostDigits = 76;

    /// <summary>Bytes of the longest decimal that is read.</summary>
    public const int MostBytes = 32;

    private static readonly double[] Powers = [.. Enumerable.Range(0, 23).Select(e => double.Parse("1e" + e,
        CultureInfo.InvariantCulture))];

    /// <summary>The unscaled number in its stored bytes: big-endian, two's complement.</summary>
    public static BigInteger Unscaled(ReadOnlySpan<byte> stored) => new(stored, isUnsigned: false, isBigEndian: true);

    /// <summary>unscaled / 10^scale, the nearest double: both sides of the division are exact up to 2⁵³ and 10²², else the digits are
    /// read.</summary>
    public static double ToDouble(long unscaled, int scale) =>
        scale == 0 ? unscaled
        : scale < Powers.Length && unscaled is <= 1L << 53 and >= -(1L << 53) ? unscaled / Powers[scale]
        : ToDouble((BigInteger)unscaled, scale);

    /// <inheritdoc cref="ToDouble(long, int)"/>
    public static double ToDouble(BigInteger unscaled, int scale) =>
        scale < Powers.Length && BigInteger.Abs(unscaled) <= 1L << 53
            ? (double)unscaled / Powers[scale]
            : double.Parse($"{unscaled.ToString(CultureInfo.InvariantCulture)}e-{scale.ToString(CultureInfo.InvariantCulture)}",
                CultureInfo.InvariantCulture);

    /// <summary>The number without its fraction, where it has none.</summary>
    public static bool TryWhole(BigInteger unscaled, int scale, out BigInteger whole)
    {
        whole = BigInteger.DivRem(unscaled, BigInteger.Pow(10, scale), out BigInteger rest);
        return rest.IsZero;
    }

    /// <summary>The number in digits, for messages.</summary>
    public static string Text(BigInteger unscaled, int scale)
    {
        string digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        return (unscaled.Sign < 0 ? "-" : "") + (scale == 0 ? digits : digits[..^scale] + "." + digits[^scale..]);
    }
}
