using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using Predictive.Parquet.Encodings;

namespace Predictive.Parquet.Reading;

/// <summary>Values of any column as boxed objects, for assembled records. Types as <see cref="ParquetReader.ReadRecords"/> documents them.</summary>
internal static class ObjectStreams
{
    public static ValueStream<object> Make(ParquetColumn c, int maxPageBytes)
    {
        LogicalType type = c.LogicalType;
        bool unsigned = type.Kind == LogicalKind.Integer && !type.IsSigned;
        bool isDecimal = type.Kind == LogicalKind.Decimal;
        return c.PhysicalType switch
        {
            PhysicalType.Boolean => new FixedStream<byte, object>(Decoders.Boolean, static (f, t) => Each(f, t, static v => v != 0)),
            PhysicalType.Int32 => new FixedStream<int, object>(Decoders.Int32, (f, t) => Each(f, t, v => isDecimal ? Decimal(v, type.Scale) : unsigned ? (long)(uint)v : (long)v)),
            PhysicalType.Int64 => new FixedStream<long, object>(Decoders.Int64, (f, t) => Each(f, t, v => isDecimal ? Decimal(v, type.Scale) : unsigned ? (object)(ulong)v : v)),
            PhysicalType.Int96 => new FixedStream<Int96, object>(Decoders.Int96, static (f, t) => Each(f, t, static v => ValueStreams.FromInt96(v))),
            PhysicalType.Float => new FixedStream<float, object>(Decoders.Float, static (f, t) => Each(f, t, static v => v)),
            PhysicalType.Double => new FixedStream<double, object>(Decoders.Double, static (f, t) => Each(f, t, static v => v)),
            _ => ValueStreams.Bytes<object>(c, maxPageBytes, type.Kind switch
            {
                LogicalKind.String or LogicalKind.Enum or LogicalKind.Json => static b => Encoding.UTF8.GetString(b),
                LogicalKind.Decimal => b => Decimal(DecimalText.Unscaled(b), type.Scale),
                LogicalKind.Uuid => static b => new Guid(b, bigEndian: true),
                LogicalKind.Float16 => static b => (float)BinaryPrimitives.ReadHalfLittleEndian(b),
                _ => static b => b.ToArray(),
            }),
        };
    }

    // A decimal where 96 bits and 28 places hold it, the same number's text otherwise.
    private static object Decimal(BigInteger unscaled, int scale)
    {
        string text = DecimalText.Format(unscaled, scale);
        return scale <= 28 && BigInteger.Abs(unscaled) <= new BigInteger(decimal.MaxValue) ? decimal.Parse(text, CultureInfo.InvariantCulture) : text;
    }

    private static void Each<TStored>(ReadOnlySpan<TStored> from, Span<object> to, Func<TStored, object> box)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = box(from[i]);
        }
    }
}
