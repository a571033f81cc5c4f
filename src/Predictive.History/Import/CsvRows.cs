using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Predictive.History.Import;

/// <summary>
/// Finds rows and fields in a buffer of CSV bytes: RFC 4180 quoting (delimiters, doubled quotes and line breaks inside quotes), LF or CRLF
/// or CR line ends. A quote that does not open a field is plain text, so a stray inch sign costs nothing.
/// </summary>
/// <remarks>
/// 64 bytes at a time are compared against delimiter, line end and quote; the bits of the resulting mask are then visited, so bytes inside
/// a field cost a fraction of an instruction each. The buffer must have <see cref="Padding"/> readable bytes behind its end.
/// </remarks>
internal sealed class CsvRows(byte delimiter, byte lineEnd)
{
    /// <summary>Bytes that must be readable behind the end of a buffer.</summary>
    public const int Padding = 64;

    /// <summary>A row longer than this with a quote still open is taken as a stray quote, not as text.</summary>
    public const int LongestQuotedRow = 16 << 20;

    private int[] _ends = new int[64];
    private bool[] _quoted = new bool[64];
    private byte[] _buffer = [];
    private int _end;
    private int _block;
    private ulong _mask;
    private byte[] _scratch = new byte[256];

    /// <summary>The buffer being read.</summary>
    public byte[] Buffer => _buffer;

    /// <summary>Where the current row starts; after a failed <see cref="Read"/>, where the incomplete one does.</summary>
    public int RowStart { get; private set; }

    /// <summary>Where the current row ends, its line end not included.</summary>
    public int RowEnd { get; private set; }

    /// <summary>Where the next row starts.</summary>
    public int Next { get; private set; }

    /// <summary>Number of fields of the current row.</summary>
    public int FieldCount { get; private set; }

    /// <summary>Line ends inside the quotes of the current row.</summary>
    public int InnerLines { get; private set; }

    /// <summary>True where some field of the current row is quoted.</summary>
    public bool AnyQuoted { get; private set; }

    /// <summary>True where the current row opens a quote that never closes; the row then ends at its first line end.</summary>
    public bool Unclosed { get; private set; }

    /// <summary>True where a zero byte stands somewhere in the buffer, and a row has to be looked over for it.</summary>
    public bool AnyZero { get; private set; }

    /// <summary>Raw bytes of the current row.</summary>
    public ReadOnlySpan<byte> Row => _buffer.AsSpan(RowStart, RowEnd - RowStart);

    /// <summary>Starts on the bytes [start, end) of a buffer.</summary>
    public void Load(byte[] buffer, int start, int end)
    {
        _buffer = buffer;
        _end = end;
        Next = start;
        AnyZero = buffer.AsSpan(start, end - start).Contains((byte)0);
        Seek(start);
    }

    /// <summary>Reads one row.</summary>
    /// <param name="last">True where nothing follows this buffer: then a row without a line end counts, and an open quote is a
    /// fault.</param>
    /// <returns>False where no complete row is left.</returns>
    public bool Read(bool last)
    {
        RowStart = Next;
        FieldCount = 0;
        InnerLines = 0;
        AnyQuoted = false;
        Unclosed = false;
        _quoted[0] = false;
        if (RowStart >= _end)
        {
            return false;
        }

        int fieldStart = RowStart;
        ref byte bytes = ref MemoryMarshal.GetArrayDataReference(_buffer);
        while (true)
        {
            while (_mask == 0)
            {
                _block += 64;
                if (_block >= _end)
                {
                    if (!last)
                    {
                        return false;
                    }

                    Close(_end, _end);
                    return true;
                }

                _mask = MaskOf(_block);
            }

            int p = _block + BitOperations.TrailingZeroCount(_mask);
            _mask &= _mask - 1;
            byte b = Unsafe.Add(ref bytes, p);
            if (b == delimiter)
            {
                EndField(p);
                fieldStart = p + 1;
            }
            else if (b == lineEnd)
            {
                Close(p, p + 1);
                return true;
            }
            else if (p == fieldStart)
            {
                if (ClosingQuote(last) < 0)
                {
                    if (!last && _end - RowStart < LongestQuotedRow)
                    {
                        return false;
                    }

                    return TakeUnclosed();
                }

                if (FieldCount + 1 >= _ends.Length)
                {
                    Grow();
                }

                _quoted[FieldCount] = true;
                AnyQuoted = true;
            }
        }
    }

    /// <summary>The bytes of a field of the current row, quotes removed; valid until the next call.</summary>
    public ReadOnlySpan<byte> Field(int index)
    {
        int start = index == 0 ? RowStart : _ends[index - 1] + 1;
        var raw = _buffer.AsSpan(start, _ends[index] - start);
        return !_quoted[index] ? raw : Unquote(raw);
    }

    /// <summary>Raw bytes of a field, quotes and all.</summary>
    public ReadOnlySpan<byte> RawField(int index)
    {
        int start = index == 0 ? RowStart : _ends[index - 1] + 1;
        return _buffer.AsSpan(start, _ends[index] - start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EndField(int end)
    {
        int n = FieldCount;
        if (n + 1 >= _ends.Length)
        {
            Grow();
        }

        _ends[n] = end;
        FieldCount = n + 1;
        _quoted[n + 1] = false;
    }

    private void Grow()
    {
        Array.Resize(ref _ends, _ends.Length * 2);
        Array.Resize(ref _quoted, _ends.Length);
    }

    private void Close(int end, int next)
    {
        RowEnd = end > RowStart && lineEnd == (byte)'\n' && _buffer[end - 1] == (byte)'\r' ? end - 1 : end;
        EndField(RowEnd);
        Next = next;
    }

    /// <summary>Where the open quote closes, the mask then standing behind it; −1 where the buffer does not hold that.</summary>
    private int ClosingQuote(bool last)
    {
        ref byte bytes = ref MemoryMarshal.GetArrayDataReference(_buffer);
        while (true)
        {
            while (_mask == 0)
            {
                _block += 64;
                if (_block >= _end)
                {
                    return -1;
                }

                _mask = MaskOf(_block);
            }

            int p = _block + BitOperations.TrailingZeroCount(_mask);
            _mask &= _mask - 1;
            byte b = Unsafe.Add(ref bytes, p);
            if (b == (byte)'"')
            {
                if (p + 1 >= _end)
                {
                    return last ? p : -1;
                }

                if (Unsafe.Add(ref bytes, p + 1) != (byte)'"')
                {
                    return p;
                }

                if (p + 1 == _block + 64) // the second of two, which is passed over, stands in the next block
                {
                    _block += 64;
                    _mask = MaskOf(_block);
                }

                _mask &= _mask - 1;
            }
            else if (b == lineEnd)
            {
                InnerLines++;
            }
        }
    }

    /// <summary>The quote never closes: the damage is held to one line.</summary>
    private bool TakeUnclosed()
    {
        int at = _buffer.AsSpan(RowStart, _end - RowStart).IndexOf(lineEnd);
        int end = at < 0 ? _end : RowStart + at;
        InnerLines = 0;
        FieldCount = 0;
        _quoted[0] = false; // a first field may have been closed before the one that never is
        Unclosed = true;
        Close(end, at < 0 ? _end : end + 1);
        Seek(Next);
        return true;
    }

    private ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> raw)
    {
        var inner = raw[1..];
        int quote = inner.IndexOf((byte)'"');
        if (quote == inner.Length - 1)
        {
            return inner[..quote];
        }

        // Doubled quotes, or text behind the closing quote: copied piece by piece.
        if (_scratch.Length < inner.Length)
        {
            _scratch = new byte[inner.Length * 2];
        }

        int n = 0;
        bool inside = true;
        for (int i = 0; i < inner.Length; i++)
        {
            if (inside && inner[i] == (byte)'"')
            {
                if (i + 1 < inner.Length && inner[i + 1] == (byte)'"')
                {
                    i++;
                }
                else
                {
                    inside = false;
                    continue;
                }
            }

            _scratch[n++] = inner[i];
        }

        return _scratch.AsSpan(0, n);
    }

    private void Seek(int position)
    {
        _block = position & ~63;
        _mask = _block < _end ? MaskOf(_block) & (ulong.MaxValue << (position & 63)) : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong MaskOf(int block)
    {
        ref byte at = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), block);
        var low = Vector256.LoadUnsafe(ref at);
        var high = Vector256.LoadUnsafe(ref at, 32);
        var d = Vector256.Create(delimiter);
        var n = Vector256.Create(lineEnd);
        var q = Vector256.Create((byte)'"');
        ulong mask = (Vector256.Equals(low, d) | Vector256.Equals(low, n) | Vector256.Equals(low, q)).ExtractMostSignificantBits()
            | ((ulong)(Vector256.Equals(high, d) | Vector256.Equals(high, n)
                | Vector256.Equals(high, q)).ExtractMostSignificantBits() << 32);
        int valid = _end - block;
        return valid >= 64 ? mask : mask & ((1UL << valid) - 1);
    }
}
