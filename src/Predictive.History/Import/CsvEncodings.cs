using System.Buffers;
using System.Text;

namespace Predictive.History.Import;

/// <summary>Encodings a CSV file may come in.</summary>
internal enum CsvEncoding
{
    Utf8,
    Latin1,
    Utf16LittleEndian,
    Utf16BigEndian,

    /// <summary>Another one, asked for by name.</summary>
    Named,
}

/// <summary>Tells the encoding of a file from its beginning, and reads text in it.</summary>
internal static class CsvEncodings
{
    // What Windows writes where Latin-1 has control characters (0x80 to 0x9F); the five unassigned ones stay as they are.
    private const string Windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F\u0090"
        + "\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

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

        // One bad byte does not make a UTF-8 file a Latin-1 file: where letters beyond ASCII are mostly UTF-8, all are taken as that.
        (long sequences, long stray) = Sequences(head);
        return (stray == 0 || sequences >= stray ? CsvEncoding.Utf8 : CsvEncoding.Latin1, 0);
    }

    /// <summary>UTF-8 sequences of several bytes, and bytes that belong to none; a sequence cut by the end is neither.</summary>
    public static (long Sequences, long Stray) Sequences(ReadOnlySpan<byte> bytes)
    {
        long sequences = 0, stray = 0;
        while (true)
        {
            int at = bytes.IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (at < 0)
            {
                return (sequences, stray);
            }

            bytes = bytes[at..];
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out _, out int used);
            if (status == OperationStatus.NeedMoreData)
            {
                return (sequences, stray);
            }

            sequences += status == OperationStatus.Done ? 1 : 0;
            stray += status == OperationStatus.Done ? 0 : 1;
            bytes = bytes[used..];
        }
    }

    /// <summary>
    /// Whether text that is no UTF-8 looks like one of the double-byte encodings of East Asia: its high bytes come in pairs, where those of
    /// Western languages stand alone.
    /// </summary>
    public static bool LooksDoubleByte(ReadOnlySpan<byte> head)
    {
        long paired = 0, all = 0;
        while (head.IndexOfAnyExceptInRange((byte)0, (byte)0x7F) is var at and >= 0)
        {
            head = head[at..];
            int run = head.IndexOfAnyInRange((byte)0, (byte)0x7F);
            run = run < 0 ? head.Length : run;
            all += run;
            paired += run % 2 == 0 ? run : 0;
            head = head[run..];
        }

        return all >= 8 && paired * 4 >= all * 3;
    }

    /// <summary>The encoding a user names.</summary>
    /// <exception cref="DatasetException">There is none of that name.</exception>
    public static (CsvEncoding Encoding, Encoding? Other) Named(string name)
    {
        switch (name.ToLowerInvariant().Replace("_", "-", StringComparison.Ordinal))
        {
            case "utf-8" or "utf8" or "us-ascii" or "ascii":
                return (CsvEncoding.Utf8, null);
            case "latin-1" or "latin1" or "iso-8859-1" or "windows-1252" or "cp1252" or "ansi":
                return (CsvEncoding.Latin1, null);
            case "utf-16" or "utf-16le":
                return (CsvEncoding.Utf16LittleEndian, null);
            case "utf-16be":
                return (CsvEncoding.Utf16BigEndian, null);
        }

        string known = name.ToLowerInvariant() is "gbk" or "cp936" ? "gb18030" : name;
        return CodePagesEncodingProvider.Instance.GetEncoding(known) is { } other
            ? (CsvEncoding.Named, other)
            : throw DatasetFaults.Blocking(
                "unknown-encoding",
                $"'{name}' is no encoding known here; expected utf-8, utf-16le, utf-16be, windows-1252, or a name such as gb18030, "
                    + "shift_jis or iso-8859-15.").Refuse();
    }

    /// <summary>The name reported.</summary>
    public static string NameOf(CsvEncoding encoding) => encoding switch
    {
        CsvEncoding.Utf8 => "utf-8",
        CsvEncoding.Latin1 => "latin-1",
        CsvEncoding.Utf16LittleEndian => "utf-16le",
        CsvEncoding.Utf16BigEndian => "utf-16be",
        _ => "named",
    };

    /// <summary>Text of a chunk's bytes: UTF-8, bytes that are none marked as U+FFFD; or Latin-1 as Windows writes it.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, CsvEncoding encoding) => encoding != CsvEncoding.Latin1
        ? Encoding.UTF8.GetString(bytes)
        : string.Create(bytes.Length, bytes, static (text, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                text[i] = source[i] is >= 0x80 and < 0xA0 ? Windows1252[source[i] - 0x80] : (char)source[i];
            }
        });
}

/// <summary>
/// Turns content in another encoding into UTF-8, piece by piece; a character split between two pieces waits for its other half.
/// </summary>
internal sealed class CsvTranscoder(Encoding encoding, byte[] head)
{
    private readonly Decoder _decoder = encoding.GetDecoder();
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
    private readonly byte[] _raw = new byte[128 << 10];
    private readonly char[] _chars = new char[(128 << 10) + 2];
    private byte[]? _head = head;
    private int _headUsed;
    private bool _ended;

    /// <summary>Fills as much of the target as whole pieces allow; 0 only at the end.</summary>
    public int Read(CsvSource source, Span<byte> target)
    {
        int written = 0;

        // A piece of n raw bytes becomes at most 3 n bytes of UTF-8: one character of a single-byte encoding may take three.
        while (!_ended && target.Length - written >= (_raw.Length * 3) + 8)
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
