using System.Buffers;
using System.Text;

namespace Predictive.Parquet.Metadata;

/// <summary>Writes Thrift's compact protocol. Fields of a struct must come in ascending order of their numbers.</summary>
internal sealed class ThriftWriter(IBufferWriter<byte> output)
{
    private readonly Stack<int> _outer = new();
    private int _lastField;

    /// <summary>Starts the outermost struct, or a struct that is an element of a list.</summary>
    public void BeginStruct()
    {
        _outer.Push(_lastField);
        _lastField = 0;
    }

    /// <summary>Starts a struct that is a field.</summary>
    public void BeginStruct(int id)
    {
        Header(id, ThriftType.Struct);
        BeginStruct();
    }

    public void EndStruct()
    {
        Byte(0);
        _lastField = _outer.Pop();
    }

    /// <summary>A struct without fields: a member of a union.</summary>
    public void EmptyStruct(int id)
    {
        BeginStruct(id);
        EndStruct();
    }

    public void Bool(int id, bool value) => Header(id, value ? ThriftType.True : ThriftType.False);

    public void Byte(int id, int value)
    {
        Header(id, ThriftType.Byte);
        Byte(value);
    }

    public void Int16(int id, int value)
    {
        Header(id, ThriftType.Int16);
        ZigZag(value);
    }

    public void Int32(int id, int value)
    {
        Header(id, ThriftType.Int32);
        ZigZag(value);
    }

    public void Int64(int id, long value)
    {
        Header(id, ThriftType.Int64);
        ZigZag(value);
    }

    public void Binary(int id, ReadOnlySpan<byte> value)
    {
        Header(id, ThriftType.Binary);
        Binary(value);
    }

    public void Text(int id, string value) => Binary(id, Encoding.UTF8.GetBytes(value));

    /// <summary>Starts a list; its elements follow with the methods below.</summary>
    public void BeginList(int id, ThriftType element, int count)
    {
        Header(id, ThriftType.List);
        if (count < 15)
        {
            Byte((count << 4) | (int)element);
        }
        else
        {
            Byte(0xF0 | (int)element);
            VarInt((ulong)count);
        }
    }

    public void ElementInt(long value) => ZigZag(value);

    public void ElementBool(bool value) => Byte(value ? 1 : 2);

    public void ElementBinary(ReadOnlySpan<byte> value) => Binary(value);

    private void Header(int id, ThriftType type)
    {
        int delta = id - _lastField;
        if (delta is > 0 and < 16)
        {
            Byte((delta << 4) | (int)type);
        }
        else
        {
            Byte((int)type);
            ZigZag(id);
        }

        _lastField = id;
    }

    private void Binary(ReadOnlySpan<byte> value)
    {
        VarInt((ulong)value.Length);
        output.Write(value);
    }

    private void Byte(int value)
    {
        output.GetSpan(1)[0] = (byte)value;
        output.Advance(1);
    }

    private void ZigZag(long value) => VarInt((ulong)((value << 1) ^ (value >> 63)));

    private void VarInt(ulong value)
    {
        Span<byte> span = output.GetSpan(10);
        int n = 0;
        for (; value >= 128; value >>= 7)
        {
            span[n++] = (byte)(value | 128);
        }

        span[n++] = (byte)value;
        output.Advance(n);
    }
}
