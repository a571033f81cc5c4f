using System.Buffers.Binary;
using System.Text;

namespace Predictive.Learning;

/// <summary>
/// Writes the little-endian fields of a payload. No clock: equal models give equal bytes. Not safe to use from several threads.
/// </summary>
public sealed class PayloadWriter
{
    private readonly MemoryStream _bytes = new();

    /// <summary>One byte.</summary>
    public void Write(byte value) => _bytes.WriteByte(value);

    /// <summary>Four bytes.</summary>
    public void Write(int value)
    {
        Span<byte> field = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(field, value);
        _bytes.Write(field);
    }

    /// <summary>Eight bytes.</summary>
    public void Write(double value)
    {
        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(field, value);
        _bytes.Write(field);
    }

    /// <summary>Four bytes.</summary>
    public void Write(float value) => Write(BitConverter.SingleToInt32Bits(value));

    /// <summary>That many numbers, their count known to whoever reads.</summary>
    public void Write(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            Write(value);
        }
    }

    /// <summary>That many numbers, their count known to whoever reads.</summary>
    public void Write(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            Write(value);
        }
    }

    /// <summary>A count, then the numbers.</summary>
    public void WriteList(ReadOnlySpan<double> values)
    {
        Write(values.Length);
        Write(values);
    }

    /// <summary>A length in bytes, then UTF-8.</summary>
    public void Write(string text) => Write(Encoding.UTF8.GetBytes(text).AsSpan());

    /// <summary>A count, then the texts.</summary>
    public void Write(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        Write(texts.Count);
        foreach (string text in texts)
        {
            Write(text);
        }
    }

    /// <summary>A length, then the bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Write(bytes.Length);
        _bytes.Write(bytes);
    }

    /// <summary>The bytes as they are, without a length: what a payload begins with.</summary>
    public void WriteMagic(ReadOnlySpan<byte> magic) => _bytes.Write(magic);

    /// <summary>Writes everything so far.</summary>
    public void CopyTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _bytes.WriteTo(stream);
    }
}
