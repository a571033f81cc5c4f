using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using Predictive.History.Parquet;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>
/// Rows of RowBinary: values one behind the other, numbers little-endian, text behind its length (LEB128), before a value that may lack a
/// byte that says whether it does. Behind each row its 64-bit hash.
/// </summary>
/// <param name="columns">The layout.</param>
/// <param name="sink">Takes the lines.</param>
internal sealed class RowBinary(ClickHouseColumn[] columns, ILineSink sink)
{
    /// <summary>Rows read.</summary>
    public long Lines { get; private set; }

    /// <summary>The sum of their hashes.</summary>
    public ulong Fingerprint { get; private set; }

    /// <summary>Reads to the end of a body.</summary>
    /// <exception cref="WarehouseException">It broke off, or is not what was asked for.</exception>
    public async Task ReadAsync(ClickHouseBody body, CancellationToken cancellation)
    {
        bool more = true;
        while (more)
        {
            more = await body.MoreAsync(cancellation);
            if (!Rows(body))
            {
                throw await body.BrokenAsync("bytes came that are no row of the table", cancellation);
            }
        }

        if (body.Here.Length > 0)
        {
            throw await body.BrokenAsync("the answer ends in the middle of a row", cancellation);
        }
    }

    // False where what is there can be no row.
    private bool Rows(ClickHouseBody body)
    {
        ReadOnlySpan<byte> bytes = body.Here;
        int used = 0;
        while (true)
        {
            LineBatch batch = sink.Current;
            int read = Row(bytes[used..], batch);
            if (read < 0)
            {
                body.Use(used);
                return read == Short;
            }

            used += read;
            Lines++;
            if (++batch.Count == batch.Capacity)
            {
                sink.Next();
            }
        }
    }

    private const int Short = -1, Wrong = -2;

    private int Row(ReadOnlySpan<byte> bytes, LineBatch batch)
    {
        int at = 0, line = batch.Count;
        for (int c = 0; c < columns.Length; c++)
        {
            ClickHouseColumn column = columns[c];
            LineColumn to = batch.Columns[c];
            if (column.Source.IsNullable)
            {
                if (at >= bytes.Length)
                {
                    return Short;
                }

                byte lacks = bytes[at++];
                if (lacks > 1)
                {
                    return Wrong;
                }

                if (lacks == 1)
                {
                    to.SetMissing(line);
                    continue;
                }
            }

            int length = column.Bytes;
            if (column.Wire == Wire.Text)
            {
                int prefix = Length(bytes[at..], out length);
                if (prefix < 0)
                {
                    return prefix;
                }

                at += prefix;
            }

            if (bytes.Length - at < length)
            {
                return Short;
            }

            Set(column, to, line, bytes.Slice(at, length));
            at += length;
        }

        if (bytes.Length - at < sizeof(ulong))
        {
            return Short;
        }

        Fingerprint += BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
        return at + sizeof(ulong);
    }

    private static int Length(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        for (int i = 0; i < Math.Min(5, bytes.Length); i++)
        {
            length |= (bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                return length < 0 || i == 4 ? Wrong : i + 1;
            }
        }

        return bytes.Length >= 5 ? Wrong : Short;
    }

    private static void Set(ClickHouseColumn column, LineColumn to, int line, ReadOnlySpan<byte> value)
    {
        switch (column.Wire)
        {
            case Wire.Text:
                to.SetText(line, value);
                break;
            case Wire.Fixed:
                to.SetText(line, value.TrimEnd((byte)0));
                break;
            case Wire.Unsigned when column.Source.Kind == SourceKind.Text:
                Span<byte> digits = stackalloc byte[20];
                Utf8Formatter.TryFormat(Unsigned(value), digits, out int written);
                to.SetText(line, digits[..written]);
                break;
            case Wire.Unsigned when column.Source.Kind == SourceKind.Number:
                to.SetDouble(line, Unsigned(value));
                break;
            case Wire.Unsigned:
                to.SetLong(line, (long)Unsigned(value));
                break;
            case Wire.Signed:
                to.SetLong(line, Signed(value));
                break;
            case Wire.Single:
                to.SetDouble(line, BinaryPrimitives.ReadSingleLittleEndian(value));
                break;
            case Wire.Double:
                to.SetDouble(line, BinaryPrimitives.ReadDoubleLittleEndian(value));
                break;
            case Wire.Decimal:
                to.SetDouble(
                    line,
                    value.Length == 16
                        ? Decimals.ToDouble(new BigInteger(value, isUnsigned: false, isBigEndian: false), column.Scale)
                        : Decimals.ToDouble(Signed(value), column.Scale));
                break;
            case Wire.Day:
                to.SetDay(line, value.Length == 2 ? (int)Unsigned(value) : (int)Signed(value));
                break;
            case Wire.Seconds:
                to.SetLong(line, (long)Unsigned(value) * 1_000_000);
                break;
            default:
                to.SetLong(line, Micros(Signed(value), column.Scale));
                break;
        }
    }

    // Finer than a microsecond is rounded down, as in files.
    private static long Micros(long ticks, int scale)
    {
        long power = (long)BigInteger.Pow(10, Math.Abs(6 - scale));
        return scale <= 6 ? checked(ticks * power) : (long)Math.Floor((decimal)ticks / power);
    }

    private static long Signed(ReadOnlySpan<byte> value) => value.Length switch
    {
        1 => (sbyte)value[0],
        2 => BinaryPrimitives.ReadInt16LittleEndian(value),
        4 => BinaryPrimitives.ReadInt32LittleEndian(value),
        _ => BinaryPrimitives.ReadInt64LittleEndian(value),
    };

    private static ulong Unsigned(ReadOnlySpan<byte> value) => value.Length switch
    {
        1 => value[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(value),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(value),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(value),
    };
}
