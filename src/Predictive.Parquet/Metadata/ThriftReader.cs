using System.Text;

namespace Predictive.Parquet.Metadata;

/// <summary>Wire types of Thrift's compact protocol.</summary>
internal enum ThriftType
{
    Stop = 0,
    True = 1,
    False = 2,
    Byte = 3,
    Int16 = 4,
    Int32 = 5,
    Int64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
    Uuid = 13,
}

/// <summary>
/// Reads Thrift's compact protocol from a span. Every length is checked against the bytes left, so that a damaged length cannot make anyone allocate.
/// </summary>
/// <remarks><code>
/// int outer = r.Enter();
/// while (r.Next(out int id, out ThriftType type)) { switch (id) { case 1: x = r.Int32(type); break; default: r.Skip(type); break; } }
/// r.Leave(outer);
/// </code></remarks>
internal ref struct ThriftReader(ReadOnlySpan<byte> data)
{
    private const int MaxDepth = 64;
    private readonly ReadOnlySpan<byte> _data = data;
    private int _lastField;
    private int _depth;

    /// <summary>Bytes consumed.</summary>
    public int Position { get; private set; }

    /// <summary>Starts a struct; give the result to <see cref="Leave"/>.</summary>
    public int Enter()
    {
        if (++_depth > MaxDepth)
        {
            Corrupt.Throw($"metadata nests deeper than {MaxDepth}");
        }

        int outer = _lastField;
        _lastField = 0;
        return outer;
    }

    /// <summary>Ends a struct.</summary>
    public void Leave(int outer)
    {
        _depth--;
        _lastField = outer;
    }

    /// <summary>The next field of the struct; false at its end.</summary>
    public bool Next(out int id, out ThriftType type)
    {
        int header = ReadByte();
        type = (ThriftType)(header & 15);
        id = 0;
        if (type == ThriftType.Stop)
        {
            return false;
        }

        int delta = header >> 4;
        id = _lastField = delta != 0 ? _lastField + delta : (short)ZigZag();
        return true;
    }

    public bool Bool(ThriftType type) => type switch
    {
        ThriftType.True => true,
        ThriftType.False => false,
        _ => Unexpected<bool>(type, "a boolean"),
    };

    public int Int32(ThriftType type)
    {
        long value = Int64(type);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : Corrupt.Throw<int>($"metadata holds {value} where 32 bits belong");
    }

    public long Int64(ThriftType type) => type switch
    {
        ThriftType.Byte => (sbyte)ReadByte(),
        ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64 => ZigZag(),
        _ => Unexpected<long>(type, "an integer"),
    };

    public ReadOnlySpan<byte> Binary(ThriftType type)
    {
        if (type != ThriftType.Binary)
        {
            Unexpected<int>(type, "bytes");
        }

        ulong length = VarInt();
        if (length > (ulong)(_data.Length - Position))
        {
            Corrupt.Throw($"metadata names {length} bytes where {_data.Length - Position} are left");
        }

        ReadOnlySpan<byte> bytes = _data.Slice(Position, (int)length);
        Position += (int)length;
        return bytes;
    }

    public string Text(ThriftType type) => Encoding.UTF8.GetString(Binary(type));

    /// <summary>Starts a list: its length and its elements' type. Each element takes at least one byte, so the length is bounded by the bytes left.</summary>
    public int List(ThriftType type, out ThriftType element)
    {
        if (type is not (ThriftType.List or ThriftType.Set))
        {
            Unexpected<int>(type, "a list");
        }

        int header = ReadByte();
        element = (ThriftType)(header & 15);
        ulong count = (ulong)(header >> 4);
        if (count == 15)
        {
            count = VarInt();
        }

        if (count > (ulong)(_data.Length - Position))
        {
            Corrupt.Throw($"metadata names a list of {count} where {_data.Length - Position} bytes are left");
        }

        return (int)count;
    }

    /// <summary>A boolean inside a list: one byte, not part of the header.</summary>
    public bool ListBool() => ReadByte() == 1;

    /// <summary>Checks that a field is a struct.</summary>
    public static void ExpectStruct(ThriftType type)
    {
        if (type != ThriftType.Struct)
        {
            Unexpected<int>(type, "a struct");
        }
    }

    /// <summary>Passes over a field of any type.</summary>
    public void Skip(ThriftType type)
    {
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                ReadByte();
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                VarInt();
                break;
            case ThriftType.Double:
                Advance(8);
                break;
            case ThriftType.Uuid:
                Advance(16);
                break;
            case ThriftType.Binary:
                Binary(type);
                break;
            case ThriftType.List or ThriftType.Set:
                int count = List(type, out ThriftType element);
                for (int i = 0; i < count; i++)
                {
                    SkipElement(element);
                }

                break;
            case ThriftType.Map:
                SkipMap();
                break;
            case ThriftType.Struct:
                int outer = Enter();
                while (Next(out _, out ThriftType field))
                {
                    Skip(field);
                }

                Leave(outer);
                break;
            default:
                Corrupt.Throw($"metadata holds a field of the unknown type {(int)type}");
                break;
        }
    }

    private void SkipElement(ThriftType element)
    {
        if (element is ThriftType.True or ThriftType.False)
        {
            ReadByte();
        }
        else
        {
            if (++_depth > MaxDepth)
            {
                Corrupt.Throw($"metadata nests deeper than {MaxDepth}");
            }

            Skip(element);
            _depth--;
        }
    }

    private void SkipMap()
    {
        ulong count = VarInt();
        if (count == 0)
        {
            return;
        }

        if (count > (ulong)(_data.Length - Position))
        {
            Corrupt.Throw($"metadata names a map of {count} where {_data.Length - Position} bytes are left");
        }

        int types = ReadByte();
        for (ulong i = 0; i < count; i++)
        {
            SkipElement((ThriftType)(types >> 4));
            SkipElement((ThriftType)(types & 15));
        }
    }

    private byte ReadByte() => Position < _data.Length ? _data[Position++] : Corrupt.Throw<byte>("metadata ends in the middle");

    private void Advance(int count)
    {
        if (count > _data.Length - Position)
        {
            Corrupt.Throw("metadata ends in the middle");
        }

        Position += count;
    }

    private ulong VarInt()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = ReadByte();
            value |= (ulong)(b & 127) << shift;
            if (b < 128)
            {
                return value;
            }
        }

        return Corrupt.Throw<ulong>("metadata holds an integer of more than 64 bits");
    }

    private long ZigZag()
    {
        ulong value = VarInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private static T Unexpected<T>(ThriftType type, string expected) => Corrupt.Throw<T>($"metadata holds a field of type {type} where {expected} belongs");
}
