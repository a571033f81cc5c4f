using System.Runtime.CompilerServices;
using System.Text;
using nietras.SeparatedValues;

namespace Predictive.History.Import;

/// <summary>
/// The product's <c>CsvRows</c> with Sep inside: same members, rows and fields found by <see cref="SepReader"/>, quotes as Sep takes them.
/// </summary>
/// <remarks>
/// Sep reads UTF-16. Each byte is widened to one char and narrowed back (Latin-1, both ways vectorised), so that whatever stands behind the
/// lexer sees the bytes of the file in any encoding: the cheapest way there is from bytes to Sep and back. Rows lie in a ring of their own,
/// where the lines that wait find them.
/// </remarks>
internal sealed class CsvRows(byte delimiter, byte lineEnd) : IDisposable
{
    public const int Padding = 64;
    private const int RingBytes = 1 << 20;

    private SepReader? _reader;
    private byte[] _ring = new byte[RingBytes];
    private int[] _ends = new int[64];
    private byte[] _scratch = new byte[256];
    private int _used;

    public byte[] Buffer => _ring;

    public byte LineEnd => lineEnd;

    public int RowStart { get; private set; }

    public int RowEnd { get; private set; }

    public int FieldCount { get; private set; }

    public bool AnyQuoted { get; private set; }

    /// <summary>Sep does not say so: a quote that never closes takes the rest of the file into its row.</summary>
    public bool Unclosed => false;

    // Only counts lines of the sample; Sep tells a row's line itself.
    public int InnerLines => 0;

    /// <summary>Line number where the row starts.</summary>
    public long Line { get; private set; }

    public bool AnyZero => true;

    public ReadOnlySpan<byte> Row => _ring.AsSpan(RowStart, RowEnd - RowStart);

    /// <summary>Called before another ring takes the place of this one.</summary>
    public Action? RingFull { get; set; }

    public void Load(byte[] buffer, int start, int end) => Open(new WideningReader(new MemoryStream(buffer, start, end - start).Read));

    public void Open(TextReader text)
    {
        _reader?.Dispose();
        _reader = Sep.New((char)delimiter).Reader(o => o with { HasHeader = false, DisableColCountCheck = true, DisableFastFloat = true })
            .From(text);
    }

    public bool Read(bool last)
    {
        if (!_reader!.MoveNext())
        {
            return false;
        }

        SepReader.Row row = _reader.Current;
        ReadOnlySpan<char> text = row.Span;
        if (_used + text.Length > _ring.Length)
        {
            RingFull?.Invoke();
            _used = 0;
            _ring = new byte[Math.Max(RingBytes, text.Length * 2)];
        }

        RowStart = _used;
        Encoding.Latin1.GetBytes(text, _ring.AsSpan(_used));
        RowEnd = _used += text.Length;
        Line = row.LineNumberFrom;
        FieldCount = row.ColCount;
        if (FieldCount > _ends.Length)
        {
            _ends = new int[FieldCount * 2];
        }

        int end = RowStart - 1;
        for (int i = 0; i < FieldCount; i++)
        {
            end += row[i].Span.Length + 1;
            _ends[i] = end;
        }

        AnyQuoted = Row.Contains((byte)'"');
        return true;
    }

    public ReadOnlySpan<byte> Field(int index)
    {
        var raw = RawField(index);
        return raw.IsEmpty || raw[0] != (byte)'"' ? raw : Unquote(raw);
    }

    public ReadOnlySpan<byte> RawField(int index)
    {
        int start = index == 0 ? RowStart : _ends[index - 1] + 1;
        return _ring.AsSpan(start, _ends[index] - start);
    }

    public void Dispose() => _reader?.Dispose();

    private ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> raw)
    {
        if (_scratch.Length < raw.Length)
        {
            _scratch = new byte[raw.Length * 2];
        }

        int n = 0;
        bool inside = true;
        for (int i = 1; i < raw.Length; i++)
        {
            if (inside && raw[i] == (byte)'"')
            {
                if (i + 1 < raw.Length && raw[i + 1] == (byte)'"')
                {
                    i++;
                }
                else
                {
                    inside = false;
                    continue;
                }
            }

            _scratch[n++] = raw[i];
        }

        return _scratch.AsSpan(0, n);
    }
}

/// <summary>Bytes as chars, one for one.</summary>
internal sealed class WideningReader(WideningReader.Source source) : TextReader
{
    private readonly byte[] _bytes = new byte[64 << 10];

    public delegate int Source(Span<byte> target);

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        int n = source(_bytes.AsSpan(0, Math.Min(buffer.Length, _bytes.Length)));
        Encoding.Latin1.GetChars(_bytes.AsSpan(0, n), buffer);
        return n;
    }
}
