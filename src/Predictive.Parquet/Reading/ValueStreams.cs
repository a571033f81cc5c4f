using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Predictive.Parquet.Encodings;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Reading;

/// <summary>Which stored types can be read as what, and how each is converted.</summary>
/// <remarks>A type that cannot be read as what was asked is the caller's mistake, not the file's: <see cref="InvalidOperationException"/>.</remarks>
internal static class ValueStreams
{
    private const long MicrosPerDay = 86_400_000_000;

    public static ValueStream<long> Int64(ParquetColumn c, int maxPageBytes)
    {
        LogicalType logical = c.LogicalType;
        if (logical is { Kind: LogicalKind.Decimal, Scale: > 0 })
        {
            throw Cannot(c, "64-bit integers", "it has decimals; read it as doubles");
        }

        bool unsigned = logical.Kind == LogicalKind.Integer && !logical.IsSigned;
        return c.PhysicalType switch
        {
            PhysicalType.Boolean => new FixedStream<byte, long>(Decoders.Boolean, static (f, t) => Widen(f, t)),
            PhysicalType.Int32 => new FixedStream<int, long>(Decoders.Int32, unsigned ? static (f, t) => WidenUnsigned(f, t) : static (f, t) => Widen(f, t)),
            PhysicalType.Int64 => new FixedStream<long, long>(Decoders.Int64, unsigned ? CheckedUnsigned : null),
            PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray when logical.Kind == LogicalKind.Decimal =>
                Bytes(c, maxPageBytes, static b => ToInt64(DecimalText.Unscaled(b))),
            _ => throw Cannot(c, "64-bit integers"),
        };
    }

    public static ValueStream<double> Double(ParquetColumn c, int maxPageBytes)
    {
        LogicalType logical = c.LogicalType;
        bool unsigned = logical.Kind == LogicalKind.Integer && !logical.IsSigned;
        int scale = logical.Kind == LogicalKind.Decimal ? logical.Scale : 0;
        double divisor = DecimalText.PowerOfTen(scale);
        return c.PhysicalType switch
        {
            PhysicalType.Boolean => new FixedStream<byte, double>(Decoders.Boolean, static (f, t) =>
            {
                for (int i = 0; i < f.Length; i++)
                {
                    t[i] = f[i];
                }
            }),
            PhysicalType.Int32 => new FixedStream<int, double>(Decoders.Int32, (f, t) =>
            {
                for (int i = 0; i < f.Length; i++)
                {
                    t[i] = (unsigned ? (uint)f[i] : f[i]) / divisor;
                }
            }),
            PhysicalType.Int64 => new FixedStream<long, double>(Decoders.Int64, (f, t) =>
            {
                for (int i = 0; i < f.Length; i++)
                {
                    t[i] = (unsigned ? (double)(ulong)f[i] : f[i]) / divisor;
                }
            }),
            PhysicalType.Float => new FixedStream<float, double>(Decoders.Float, static (f, t) =>
            {
                for (int i = 0; i < f.Length; i++)
                {
                    t[i] = f[i];
                }
            }),
            PhysicalType.Double => new FixedStream<double, double>(Decoders.Double, null),
            PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray when logical.Kind == LogicalKind.Decimal =>
                Bytes(c, maxPageBytes, b => DecimalText.ToDouble(DecimalText.Unscaled(b), scale)),
            PhysicalType.FixedLengthByteArray when logical.Kind == LogicalKind.Float16 =>
                Bytes(c, maxPageBytes, static b => (double)BinaryPrimitives.ReadHalfLittleEndian(b)),
            _ => throw Cannot(c, "doubles"),
        };
    }

    public static ValueStream<long> Timestamp(ParquetColumn c, int maxPageBytes)
    {
        _ = maxPageBytes;
        return (c.PhysicalType, c.LogicalType.Kind, c.LogicalType.Unit) switch
        {
            (PhysicalType.Int64, LogicalKind.Timestamp, TimeUnit.Microseconds) => new FixedStream<long, long>(Decoders.Int64, null),
            (PhysicalType.Int64, LogicalKind.Timestamp, TimeUnit.Milliseconds) => new FixedStream<long, long>(Decoders.Int64, static (f, t) => Scale(f, t, 1000)),
            (PhysicalType.Int64, LogicalKind.Timestamp, TimeUnit.Nanoseconds) => new FixedStream<long, long>(Decoders.Int64, static (f, t) =>
            {
                for (int i = 0; i < f.Length; i++)
                {
                    t[i] = FloorDivide(f[i], 1000);
                }
            }),
            (PhysicalType.Int32, LogicalKind.Date, _) => new FixedStream<int, long>(Decoders.Int32, static (f, t) =>
            {
                for (int i = 0; i < f.Length; i++)
                {
                    t[i] = f[i] * MicrosPerDay;
                }
            }),
            (PhysicalType.Int96, _, _) => new FixedStream<Int96, long>(Decoders.Int96, static (f, t) =>
            {
                for (int i = 0; i < f.Length; i++)
                {
                    t[i] = FromInt96(f[i]);
                }
            }),
            _ => throw Cannot(c, "timestamps"),
        };
    }

    public static ValueStream<bool> Boolean(ParquetColumn c, int maxPageBytes)
    {
        _ = maxPageBytes;
        return c.PhysicalType == PhysicalType.Boolean
            ? new FixedStream<byte, bool>(Decoders.Boolean, static (f, t) =>
            {
                for (int i = 0; i < f.Length; i++)
                {
                    t[i] = f[i] != 0;
                }
            })
            : throw Cannot(c, "booleans");
    }

    public static ValueStream<byte[]> Bytes(ParquetColumn c, int maxPageBytes) =>
        c.PhysicalType is PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray
            ? Bytes(c, maxPageBytes, static b => b.ToArray())
            : throw Cannot(c, "bytes");

    /// <summary>Any type in its invariant text.</summary>
    public static ValueStream<string> Text(ParquetColumn c, int maxPageBytes)
    {
        Func<long, string> integer = ValueText.OfInteger(c);
        return c.PhysicalType switch
        {
            PhysicalType.Boolean => new FixedStream<byte, string>(Decoders.Boolean, static (f, t) => Each(f, t, static v => v != 0 ? "true" : "false")),
            PhysicalType.Int32 => new FixedStream<int, string>(Decoders.Int32, (f, t) => Each(f, t, v => integer(v))),
            PhysicalType.Int64 => new FixedStream<long, string>(Decoders.Int64, (f, t) => Each(f, t, integer)),
            PhysicalType.Int96 => new FixedStream<Int96, string>(Decoders.Int96, static (f, t) => Each(f, t, static v => ValueText.OfTimestamp(FromInt96(v), TimeUnit.Microseconds, false))),
            PhysicalType.Float => new FixedStream<float, string>(Decoders.Float, static (f, t) => Each(f, t, static v => v.ToString("R", CultureInfo.InvariantCulture))),
            PhysicalType.Double => new FixedStream<double, string>(Decoders.Double, static (f, t) => Each(f, t, static v => v.ToString("R", CultureInfo.InvariantCulture))),
            _ => Bytes(c, maxPageBytes, ValueText.OfBytes(c)),
        };
    }

    public static ValueStream<T> Bytes<T>(ParquetColumn c, int maxPageBytes, BytesConverter<T> convert) =>
        c.PhysicalType == PhysicalType.ByteArray
            ? new BytesStream<T>(e => Decoders.Bytes(e, maxPageBytes), convert)
            : new BytesStream<T>(e => Decoders.FixedBytes(e, c.TypeLength, maxPageBytes), convert);

    /// <summary>Microseconds since 1970-01-01T00:00, rounded down. Days that 64 bits of microseconds do not hold wrap, as in Spark and DuckDB.</summary>
    public static long FromInt96(Int96 value) =>
        unchecked(((long)value.JulianDay - Int96.UnixEpochJulianDay) * MicrosPerDay + FloorDivide((long)value.Nanoseconds, 1000));

    public static long FloorDivide(long value, long divisor) => value >= 0 ? value / divisor : (value + 1) / divisor - 1;

    internal static InvalidOperationException Cannot(ParquetColumn c, string what, string? why = null) =>
        new($"Column {c} cannot be read as {what}{(why is null ? "" : $": {why}")}.");

    private static long ToInt64(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? (long)value : Corrupt.Throw<long>($"the decimal {value} does not fit in 64 bits");

    private static void Each<TStored>(ReadOnlySpan<TStored> from, Span<string> to, Func<TStored, string> text)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = text(from[i]);
        }
    }

    private static void Widen(ReadOnlySpan<byte> from, Span<long> to)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = from[i];
        }
    }

    private static void Widen(ReadOnlySpan<int> from, Span<long> to)
    {
        to = to[..from.Length];
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = from[i];
        }
    }

    private static void WidenUnsigned(ReadOnlySpan<int> from, Span<long> to)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = (uint)from[i];
        }
    }

    private static void CheckedUnsigned(ReadOnlySpan<long> from, Span<long> to)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = from[i] >= 0 ? from[i] : Corrupt.Throw<long>($"the unsigned value {(ulong)from[i]}, which 64 signed bits do not hold; read the column as text");
        }
    }

    private static void Scale(ReadOnlySpan<long> from, Span<long> to, long factor)
    {
        for (int i = 0; i < from.Length; i++)
        {
            long scaled = unchecked(from[i] * factor);
            to[i] = scaled / factor == from[i] ? scaled : Corrupt.Throw<long>($"the timestamp {from[i]} ms, outside what 64 bits of microseconds hold");
        }
    }
}
