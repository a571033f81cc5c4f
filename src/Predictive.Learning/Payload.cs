using System.Buffers.Binary;
using System.Text;

namespace Predictive.Learning;

/// <summary>Writes the little-endian fields of a payload.</summary>
internal sealed class PayloadWriter
{
    private readonly MemoryStream _bytes = new();

    public void Write(byte value) => _bytes.WriteByte(value);

    public void Write(int value)
    {
        Span<byte> field = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(field, value);
        _bytes.Write(field);
    }

    public void Write(double value)
    {
        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(field, value);
        _bytes.Write(field);
    }

    public void Write(float value) => Write(BitConverter.SingleToInt32Bits(value));

    public void Write(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            Write(value);
        }
    }

    public void Write(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            Write(value);
        }
    }

    public void Write(IReadOnlyList<string> names)
    {
        Write(names.Count);
        foreach (string name in names)
        {
            byte[] text = Encoding.UTF8.GetBytes(name);
            Write(text.Length);
            _bytes.Write(text);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Write(bytes.Length);
        _bytes.Write(bytes);
    }

    public void CopyTo(Stream stream) => _bytes.WriteTo(stream);
}

/// <summary>
/// Reads what <see cref="PayloadWriter"/> wrote. Every count is checked against the bytes that are left before anything is allocated;
/// every fault is one <see cref="LearningException"/> that names the offset.
/// </summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _offset;

    public readonly int Left => _bytes.Length - _offset;

    public byte Byte() => Take(1)[0];

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    /// <summary>A count of things of at least <paramref name="size"/> bytes each that must still follow.</summary>
    public int Count(int size)
    {
        int count = Int();
        return count >= 0 && (long)count * size <= Left ? count : throw Damaged($"a count of {count} does not fit the {Left} bytes that are left");
    }

    /// <summary>A finite number.</summary>
    public double Double()
    {
        double value = BinaryPrimitives.ReadDoubleLittleEndian(Take(8));
        return double.IsFinite(value) ? value : throw Damaged($"{value} stands where a finite number is expected");
    }

    public double[] Doubles(int count)
    {
        if ((long)count * 8 > Left)
        {
            throw Damaged($"{count} numbers do not fit the {Left} bytes that are left");
        }

        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = Double();
        }

        return values;
    }

    public float[] Floats(int count)
    {
        if ((long)count * 4 > Left)
        {
            throw Damaged($"{count} numbers do not fit the {Left} bytes that are left");
        }

        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = BitConverter.Int32BitsToSingle(Int());
            if (!float.IsFinite(values[i]))
            {
                throw Damaged($"{values[i]} stands where a finite number is expected");
            }
        }

        return values;
    }

    public string[] Names()
    {
        var names = new string[Count(4)];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = Encoding.UTF8.GetString(Take(Count(1)));
        }

        return names.Distinct(StringComparer.Ordinal).Count() == names.Length ? names : throw Damaged("a feature name stands twice");
    }

    public ReadOnlySpan<byte> Bytes() => Take(Count(1));

    public readonly void End()
    {
        if (Left > 0)
        {
            throw Damaged($"{Left} bytes follow the end");
        }
    }

    public readonly LearningException Damaged(string found) => new($"The model payload is damaged at byte {_offset}: {found}.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > Left)
        {
            throw Damaged($"it ends {count - Left} bytes early");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(_offset, count);
        _offset += count;
        return taken;
    }
}
