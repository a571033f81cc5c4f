using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Reading;

/// <summary>Stored bounds → <see cref="ColumnStatistics"/>. Bounds whose sort order is unknown or untrustworthy are left out.</summary>
internal static class StatisticsDecoder
{
    public static ColumnStatistics? Decode(ParquetColumn column, RawStatistics? raw)
    {
        if (raw is null)
        {
            return null;
        }

        // The older fields were compared as signed bytes whatever the type: right for signed numbers only.
        bool isSignedNumber = column.PhysicalType is not (PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray or PhysicalType.Int96)
            && (column.LogicalType.Kind != LogicalKind.Integer || column.LogicalType.IsSigned);
        object? min = Value(column, raw.Min ?? (isSignedNumber ? raw.DeprecatedMin : null));
        object? max = Value(column, raw.Max ?? (isSignedNumber ? raw.DeprecatedMax : null));
        // NaN has no place in a bound; zero has two signs that compare equal.
        min = min is double low ? double.IsNaN(low) ? null : low == 0 ? -0.0 : low : min;
        max = max is double high ? double.IsNaN(high) ? null : high == 0 ? 0.0 : high : max;
        return new ColumnStatistics
        {
            NullCount = raw.NullCount is >= 0 ? raw.NullCount : null,
            DistinctCount = raw.DistinctCount is >= 0 ? raw.DistinctCount : null,
            Min = min,
            Max = max,
            IsMinExact = raw.IsMinExact ?? true,
            IsMaxExact = raw.IsMaxExact ?? true,
        };
    }

    /// <summary>One bound in the column's natural type; null where its length is wrong or its order unknown.</summary>
    public static object? Value(ParquetColumn column, byte[]? bytes)
    {
        if (bytes is null)
        {
            return null;
        }

        LogicalType logical = column.LogicalType;
        bool unsigned = logical.Kind == LogicalKind.Integer && !logical.IsSigned;
        switch (column.PhysicalType, bytes.Length)
        {
            case (PhysicalType.Boolean, 1):
                return bytes[0] != 0;
            case (PhysicalType.Int32, 4):
                int number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
                return logical.Kind == LogicalKind.Decimal ? Decimal(number, logical.Scale) : unsigned ? (long)(uint)number : (long)number;
            case (PhysicalType.Int64, 8):
                long large = BinaryPrimitives.ReadInt64LittleEndian(bytes);
                return logical.Kind == LogicalKind.Decimal ? Decimal(large, logical.Scale) : unsigned && large < 0 ? null : large;
            case (PhysicalType.Float, 4):
                return (double)BinaryPrimitives.ReadSingleLittleEndian(bytes);
            case (PhysicalType.Double, 8):
                return BinaryPrimitives.ReadDoubleLittleEndian(bytes);
            case (PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray, _):
                return logical.Kind switch
                {
                    LogicalKind.String or LogicalKind.Enum or LogicalKind.Json => Encoding.UTF8.GetString(bytes),
                    LogicalKind.Decimal => bytes.Length is > 0 and <= 1000 ? Decimal(DecimalText.Unscaled(bytes), logical.Scale) : null,
                    LogicalKind.Float16 => bytes.Length == 2 ? (double)BinaryPrimitives.ReadHalfLittleEndian(bytes) : null,
                    LogicalKind.Interval or LogicalKind.Geometry or LogicalKind.Geography or LogicalKind.Variant or LogicalKind.Unknown => null,
                    _ => bytes,
                };
            default:
                return null;
        }
    }

    private static object? Decimal(BigInteger unscaled, int scale)
    {
        if (scale > 28 || BigInteger.Abs(unscaled) > new BigInteger(decimal.MaxValue))
        {
            return null;
        }

        decimal value = (decimal)BigInteger.Abs(unscaled);
        int[] bits = decimal.GetBits(value);
        return new decimal(bits[0], bits[1], bits[2], unscaled.Sign < 0, (byte)scale);
    }
}
