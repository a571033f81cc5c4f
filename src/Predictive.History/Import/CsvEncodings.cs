using System.Text;
using System.Text.Unicode;

namespace Predictive.History.Import;

/// <summary>Encodings a CSV file may come in.</summary>
internal enum CsvEncoding
{
    Utf8,
    Latin1,
    Utf16LittleEndian,
    Utf16BigEndian,
}

/// <summary>Tells the encoding of a file from its beginning, and reads text in it.</summary>
internal static class CsvEncodings
{
    // What Windows writes where Latin-1 has control characters (0x80 to 0x9F); the five unassigned ones stay as they are.
    private const string Windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    /// <summary>The encoding, and the length of its byte order mark.</summary>
    public static (CsvEncoding Encoding, int MarkBytes) Detect(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            return (CsvEncoding.Utf8, 3);
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
        {
            return (CsvEncoding.Utf16LittleEndian, 2);
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return (CsvEncoding.Utf16BigEndian, 2);
        }

        // Without a mark: the delimiters, digits and line ends of a CSV file have a zero byte each in UTF-16.
        var sample = head[..Math.Min(head.Length & ~1, 4096)];
        int even = 0, odd = 0;
        for (int i = 0; i < sample.Length; i += 2)
        {
            even += sample[i] == 0 ? 1 : 0;
            odd += sample[i + 1] == 0 ? 1 : 0;
        }

        if (sample.Length >= 4 && Math.Max(even, odd) * 4 > sample.Length && Math.Min(even, odd) * 20 < sample.Length)
        {
            return (odd > even ? CsvEncoding.Utf16LittleEndian : CsvEncoding.Utf16BigEndian, 0);
        }

        // A sequence may be cut at the end of the head: up to three bytes are forgiven.
        for (int cut = 0; cut <= Math.Min(3, head.Length); cut++)
        {
            if (Utf8.IsValid(head[..^cut]))
            {
                return (CsvEncoding.Utf8, 0);
            }
        }

        return (CsvEncoding.Latin1, 0);
    }

    /// <summary>The name reported.</summary>
    public static string NameOf(CsvEncoding encoding) => encoding switch
    {
        CsvEncoding.Utf8 => "utf-8",
        CsvEncoding.Latin1 => "latin-1",
        CsvEncoding.Utf16LittleEndian => "utf-16le",
        _ => "utf-16be",
    };

    /// <summary>Text of a chunk's bytes: UTF-8 where they are that, else Latin-1 as Windows writes it.</summary>
    /// <param name="bytes">As they stand in a chunk.</param>
    /// <param name="encoding">That of the file.</param>
    /// <param name="fellBack">True where a UTF-8 file holds bytes that are none.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, CsvEncoding encoding, out bool fellBack)
    {
        fellBack = false;
        if (encoding != CsvEncoding.Latin1)
        {
            if (Utf8.IsValid(bytes))
            {
                return Encoding.UTF8.GetString(bytes);
            }

            fellBack = true;
        }

        return string.Create(bytes.Length, bytes, static (text, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                text[i] = source[i] is >= 0x80 and < 0xA0 ? Windows1252[source[i] - 0x80] : (char)source[i];
            }
        });
    }
}

/// <summary>Turns UTF-16 content into UTF-8, piece by piece; a character split between two pieces waits for its other half.</summary>
internal sealed class CsvTranscoder(CsvEncoding encoding, byte[] head)
{
    private readonly Decoder _decoder = (encoding == CsvEncoding.Utf16LittleEndian ? Encoding.Unicode : Encoding.BigEndianUnicode).GetDecoder();
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
    private readonly byte[] _raw = new byte[256 << 10];
    private readonly char[] _chars = new char[(256 << 10) + 2];
    private byte[]? _head = head;
    private int _headUsed;
    private bool _ended;

    /// <summary>Fills as much of the target as whole pieces allow; 0 only at the end.</summary>
    public int Read(CsvSource source, Span<byte> target)
    {
        int written = 0;

        // A piece of n raw bytes becomes at most 1.5 n bytes of UTF-8.
        while (!_ended && target.Length - written >= (_raw.Length * 3 / 2) + 8)
        {
            int n = Piece(source);
            _ended = n == 0;
            int chars = _decoder.GetChars(_raw, 0, n, _chars, 0, flush: _ended);
            written += _encoder.GetBytes(_chars.AsSpan(0, chars), target[written..], flush: _ended);
        }

        return written;
    }

    private int Piece(CsvSource source)
    {
        if (_head is null)
        {
            return source.Fill(_raw, 0, _raw.Length);
        }

        int n = Math.Min(_raw.Length, _head.Length - _headUsed);
        _head.AsSpan(_headUsed, n).CopyTo(_raw);
        _headUsed += n;
        if (_headUsed == _head.Length)
        {
            _head = null;
        }

        return n > 0 ? n : source.Fill(_raw, 0, _raw.Length);
    }
}
