using System.Globalization;
using System.Text;

namespace Predictive.History.Import;

/// <summary>A stream that can only be read, forward.</summary>
internal abstract class ForwardStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public abstract override int Read(Span<byte> buffer);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Bytes that are made piece by piece as they are read.</summary>
internal sealed class PulledStream(IEnumerable<ReadOnlyMemory<byte>> pieces) : ForwardStream
{
    private readonly IEnumerator<ReadOnlyMemory<byte>> _pieces = pieces.GetEnumerator();
    private ReadOnlyMemory<byte> _piece;
    private long _given;

    /// <summary>Bytes read so far.</summary>
    public long Given => Interlocked.Read(ref _given);

    /// <summary>True at the end.</summary>
    public bool Ended { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        while (_piece.IsEmpty)
        {
            if (Ended || !_pieces.MoveNext())
            {
                Ended = true;
                return 0;
            }

            _piece = _pieces.Current;
        }

        int n = Math.Min(buffer.Length, _piece.Length);
        _piece.Span[..n].CopyTo(buffer);
        _piece = _piece[n..];
        Interlocked.Add(ref _given, n);
        return n;
    }

    protected override void Dispose(bool disposing)
    {
        _pieces.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Files of one header, one behind the other: the header of the first stands for all.</summary>
/// <param name="parts">Their bytes.</param>
/// <param name="names">For messages.</param>
internal sealed class JoinedContent(Stream[] parts, IReadOnlyList<string> names) : ForwardStream
{
    private const int LongestHeader = 1 << 16;
    private readonly byte[] _start = new byte[LongestHeader];
    private int _part = -1;
    private int _from;
    private int _length;
    private byte[] _header = [];
    private byte _last = (byte)'\n';

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            if (_from < _length)
            {
                int n = Math.Min(buffer.Length, _length - _from);
                _start.AsSpan(_from, n).CopyTo(buffer);
                _from += n;
                _last = buffer[n - 1];
                return n;
            }

            int read = _part < 0 ? 0 : parts[_part].Read(buffer);
            if (read > 0)
            {
                _last = buffer[read - 1];
                return read;
            }

            if (_part + 1 == parts.Length)
            {
                return 0;
            }

            _part++;
            Begin();
            if (_part > 0 && _last is not ((byte)'\n' or (byte)'\r'))
            {
                // The file before ends without a line end.
                buffer[0] = _last = (byte)'\n';
                return 1;
            }
        }
    }

    /// <summary>Reads the beginning of a file; of all but the first, the header goes.</summary>
    private void Begin()
    {
        _length = parts[_part].ReadAtLeast(_start, LongestHeader, throwOnEndOfStream: false);
        _from = _start.AsSpan(0, _length).StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) && _part > 0 ? 3 : 0;
        var text = _start.AsSpan(_from, _length - _from);
        if (text.Length > 1 && text[0] is 0xFF or 0xFE)
        {
            throw DatasetFaults.NotACsvFile(
                names[_part],
                "it is UTF-16, and several files are imported together only in UTF-8 or a single-byte encoding; save it as UTF-8").Refuse();
        }

        int line = text.IndexOfAny((byte)'\n', (byte)'\r');
        line = line < 0 ? text.Length : line;
        int end = line < text.Length && text[line] == (byte)'\r' && line + 1 < text.Length && text[line + 1] == (byte)'\n'
            ? line + 2
            : Math.Min(line + 1, text.Length);
        byte[] header = Trimmed(text[..line]);
        if (_part == 0)
        {
            _header = header;
            return;
        }

        if (!header.AsSpan().SequenceEqual(_header))
        {
            string first = System.Text.Encoding.UTF8.GetString(_header), other = System.Text.Encoding.UTF8.GetString(header);
            throw DatasetFaults.Blocking(
                "uneven-headers",
                $"'{names[_part]}' begins with '{other}', '{names[0]}' with '{first}'; expected the same header in all files imported "
                    + "together. Import them apart: the second with --append.",
                names[_part]).Refuse();
        }

        _from += end;
    }

    private static byte[] Trimmed(ReadOnlySpan<byte> header) =>
        (header.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? header[3..] : header).Trim(" \t"u8).ToArray();
}

/// <summary>Writes rows as CSV: commas, line feeds, quotes where they must be.</summary>
internal sealed class CsvText
{
    private const int MostOnStack = 128;
    private byte[] _bytes = new byte[1 << 16];
    private int _length;
    private bool _rowBegun;

    /// <summary>Bytes held.</summary>
    public int Length => _length;

    /// <summary>What was written; forgets it.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        ReadOnlyMemory<byte> taken = _bytes.AsMemory(0, _length);
        _bytes = new byte[Math.Max(_bytes.Length, 1 << 16)];
        _length = 0;
        return taken;
    }

    /// <summary>Adds a field.</summary>
    public void Add(ReadOnlySpan<byte> field)
    {
        Room((field.Length * 2) + 4);
        if (_rowBegun)
        {
            _bytes[_length++] = (byte)',';
        }

        _rowBegun = true;
        if (field.IndexOfAny(s_special) < 0)
        {
            field.CopyTo(_bytes.AsSpan(_length));
            _length += field.Length;
            return;
        }

        _bytes[_length++] = (byte)'"';
        foreach (byte b in field)
        {
            _bytes[_length++] = b;
            if (b == (byte)'"')
            {
                _bytes[_length++] = b;
            }
        }

        _bytes[_length++] = (byte)'"';
    }

    /// <summary>Adds a field.</summary>
    public void Add(string field)
    {
        if (field.Length > MostOnStack)
        {
            Add(Encoding.UTF8.GetBytes(field));
            return;
        }

        Span<byte> bytes = stackalloc byte[MostOnStack * 3];
        Add(bytes[..Encoding.UTF8.GetBytes(field, bytes)]);
    }

    /// <summary>Adds a number: as the shortest text that reads back to it, with a fourth digit behind the point where it has three, so that
    /// nobody takes the point for a mark of thousands.</summary>
    public void Add(double value)
    {
        if (double.IsNaN(value))
        {
            Add(default(ReadOnlySpan<byte>));
            return;
        }

        Span<byte> text = stackalloc byte[40];
        int length;
        _ = value == Math.Floor(value) && Math.Abs(value) < 1e18
            ? ((long)value).TryFormat(text, out length, default, CultureInfo.InvariantCulture)
            : value.TryFormat(text, out length, "R", CultureInfo.InvariantCulture);
        if (text[..length].IndexOf((byte)'.') is >= 0 and var point && length - point == 4)
        {
            text[length++] = (byte)'0';
        }

        Add(text[..length]);
    }

    /// <summary>Adds a local time.</summary>
    public void AddTime(long micros)
    {
        DateTime at = new LocalTime(micros).ToDateTime();
        Span<byte> text = stackalloc byte[32];
        // The sortable format has a short way through the framework; only its T is another.
        _ = at.Ticks % TimeSpan.TicksPerSecond == 0
            ? at.TryFormat(text, out int length, "s", CultureInfo.InvariantCulture)
            : at.TryFormat(text, out length, "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        text[10] = (byte)' ';
        Add(text[..length]);
    }

    /// <summary>Ends the row.</summary>
    public void EndRow()
    {
        Room(1);
        _bytes[_length++] = (byte)'\n';
        _rowBegun = false;
    }

    private static readonly System.Buffers.SearchValues<byte> s_special = System.Buffers.SearchValues.Create(",\"\n\r"u8);

    private void Room(int more)
    {
        if (_length + more > _bytes.Length)
        {
            Array.Resize(ref _bytes, (_length + more) * 2);
        }
    }
}
