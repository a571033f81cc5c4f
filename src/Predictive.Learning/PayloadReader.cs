using System.Buffers.Binary;
using System.Text;

namespace Predictive.Learning;

/// <summary>
/// Reads what <see cref="PayloadWriter"/> wrote. Every count is checked against the bytes that are left before anything is allocated;
/// every fault is one <see cref="LearningException"/> that names the payload and the offset.
/// </summary>
/// <param name="bytes">The payload.</param>
/// <param name="name">Its name in messages.</param>
public ref struct PayloadReader(ReadOnlySpan<byte> bytes, string name = "The model payload")
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly string _name = name;
    private int _offset;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Left => _bytes.Length - _offset;

    /// <summary>One byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>Four bytes.</summary>
    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    /// <summary>A count of things of at least <paramref name="size"/> bytes each that must still follow.</summary>
    public int Count(int size)
    {
        int count = Int();
        return count >= 0 && (long)count * size <= Left
            ? count
            : throw Damaged($"a count of {count} does not fit the {Left} bytes that are left");
    }

    /// <summary>A number, which may be infinite where infinity stands for "no bound".</summary>
    public double Bound()
    {
        double value = BinaryPrimitives.ReadDoubleLittleEndian(Take(8));
        return double.IsNaN(value) ? throw Damaged("what is not a number stands where a number is expected") : value;
    }

    /// <summary>A finite number.</summary>
    public double Double()
    {
        double value = BinaryPrimitives.ReadDoubleLittleEndian(Take(8));
        return double.IsFinite(value) ? value : throw Damaged($"{value} stands where a finite number is expected");
    }

    /// <summary>That many finite numbers.</summary>
    public double[] Doubles(int count)
    {
        Fits(count, 8);
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = Double();
        }

        return values;
    }

    /// <summary>A count, then finite numbers.</summary>
    public double[] DoubleList() => Doubles(Count(8));

    /// <summary>A count that must be <paramref name="expected"/>, then finite numbers.</summary>
    public double[] DoubleList(int expected)
    {
        double[] values = DoubleList();
        return values.Length == expected
            ? values
            : throw Damaged($"a list of {values.Length} numbers stands where {expected} are expected");
    }

    /// <summary>That many finite numbers.</summary>
    public float[] Floats(int count)
    {
        Fits(count, 4);
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

    /// <summary>A length, then UTF-8.</summary>
    public string Text() => Encoding.UTF8.GetString(Take(Count(1)));

    /// <summary>A count, then texts that differ from each other.</summary>
    public string[] Names()
    {
        var names = new string[Count(4)];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = Text();
        }

        return names.Distinct(StringComparer.Ordinal).Count() == names.Length ? names : throw Damaged("a feature name stands twice");
    }

    /// <summary>A length, then bytes.</summary>
    public ReadOnlySpan<byte> Bytes() => Take(Count(1));

    /// <summary>What the payload must begin with.</summary>
    public void Magic(ReadOnlySpan<byte> magic)
    {
        if (Left < magic.Length || !Take(magic.Length).SequenceEqual(magic))
        {
            throw new LearningException(
                $"{_name} does not begin with '{Encoding.ASCII.GetString(magic)}'; it is damaged, or another kind of file.");
        }
    }

    /// <summary>The number of the format, which must be the one this program reads.</summary>
    public void Format(int expected)
    {
        if (Int() is var found && found != expected)
        {
            throw new LearningException(
                $"{_name} has format {found}; this program reads format {expected}. Train again, or use the program that wrote it.");
        }
    }

    /// <summary>Goes on only where a part of the payload makes sense.</summary>
    public readonly void Require(bool sound, string otherwise)
    {
        if (!sound)
        {
            throw Damaged(otherwise);
        }
    }

    /// <summary>Nothing may follow.</summary>
    public readonly void End()
    {
        if (Left > 0)
        {
            throw Damaged($"{Left} bytes follow the end");
        }
    }

    /// <summary>The one fault of a payload, with what was found.</summary>
    public readonly LearningException Damaged(string found) => new($"{_name} is damaged at byte {_offset} of {_bytes.Length}: {found}.");

    private readonly void Fits(int count, int size)
    {
        if (count < 0 || (long)count * size > Left)
        {
            throw Damaged($"{count} numbers do not fit the {Left} bytes that are left");
        }
    }

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
