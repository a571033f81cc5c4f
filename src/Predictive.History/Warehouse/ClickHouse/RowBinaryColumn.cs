using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>A column of a table to be written: its type there, and how a value of an Arrow array becomes bytes of RowBinary.</summary>
/// <param name="File">Where it comes from, for messages.</param>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">ClickHouse's type.</param>
/// <param name="IsNullable">Whether values may be missing.</param>
internal sealed record RowBinaryColumn(string File, string Name, string TypeName, bool IsNullable)
{
    private const long Second = 1_000_000;

    /// <summary>The column for a field of a file.</summary>
    /// <exception cref="DatasetException">No type there holds it.</exception>
    public static RowBinaryColumn Of(string file, Field field)
    {
        string type = field.DataType switch
        {
            StringType or LargeStringType or StringViewType => "String",
            DictionaryType { ValueType: StringType or LargeStringType } => "String",
            Int32Type => "Int32",
            Int64Type => "Int64",
            DoubleType => "Float64",
            BooleanType => "UInt8",
            Date32Type => "Date",

            // A local time is shown there as it is here, whatever the server's zone.
            TimestampType { Unit: TimeUnit.Microsecond } => "DateTime('UTC')",
            var other => throw new DatasetException(
                "unwritable-column",
                $"Column '{field.Name}' of '{file}' is {other.Name}, for which a table has no type here; expected text, numbers, flags, "
                    + "days or times.", file, field.Name),
        };
        return new RowBinaryColumn(file, field.Name, field.IsNullable ? $"Nullable({type})" : type, field.IsNullable);
    }

    /// <summary>Writes the value of a row.</summary>
    /// <exception cref="DatasetException">The type there does not hold it.</exception>
    public void Write(Stream to, IArrowArray array, int row)
    {
        if (IsNullable)
        {
            to.WriteByte((byte)(array.IsNull(row) ? 1 : 0));
            if (array.IsNull(row))
            {
                return;
            }
        }

        Span<byte> bytes = stackalloc byte[8];
        switch (array)
        {
            case DictionaryArray coded:
                Write(to, Text(coded.Dictionary, (int)((Int32Array)coded.Indices).GetValue(row)!.Value));
                break;
            case Int32Array ints:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, ints.GetValue(row)!.Value);
                to.Write(bytes[..4]);
                break;
            case Int64Array longs:
                BinaryPrimitives.WriteInt64LittleEndian(bytes, longs.GetValue(row)!.Value);
                to.Write(bytes);
                break;
            case DoubleArray doubles:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, doubles.GetValue(row)!.Value);
                to.Write(bytes);
                break;
            case BooleanArray flags:
                to.WriteByte((byte)(flags.GetValue(row)!.Value ? 1 : 0));
                break;
            case Date32Array days:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, Fitting<ushort>(days.GetValue(row)!.Value, "days from 1970 to 2149"));
                to.Write(bytes[..2]);
                break;
            case TimestampArray times:
                long micros = times.GetValue(row)!.Value;
                BinaryPrimitives.WriteUInt32LittleEndian(
                    bytes,
                    Fitting<uint>(micros % Second == 0 ? micros / Second : -1, "whole seconds from 1970 to 2106"));
                to.Write(bytes[..4]);
                break;
            default:
                Write(to, Text(array, row));
                break;
        }
    }

    private T Fitting<T>(long value, string expected)
        where T : struct, System.Numerics.IBinaryInteger<T>
    {
        try
        {
            return T.CreateChecked(value);
        }
        catch (OverflowException)
        {
            throw new DatasetException(
                "unwritable-value", $"'{File}': a value of '{Name}' does not fit {TypeName}; expected {expected}.", File, Name);
        }
    }

    private static ReadOnlySpan<byte> Text(IArrowArray array, int row) => array switch
    {
        StringArray text => text.GetBytes(row),
        LargeStringArray text => text.GetBytes(row),
        StringViewArray text => text.GetBytes(row),
        _ => throw new InvalidOperationException($"Unexpected {array.Data.DataType.Name}."),
    };

    private static void Write(Stream to, ReadOnlySpan<byte> text)
    {
        uint length = (uint)text.Length;
        for (; length >= 0x80; length >>= 7)
        {
            to.WriteByte((byte)(length | 0x80));
        }

        to.WriteByte((byte)length);
        to.Write(text);
    }
}
