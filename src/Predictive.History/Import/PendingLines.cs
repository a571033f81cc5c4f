using Predictive.History.Text;

namespace Predictive.History.Import;

/// <summary>A line read and found good, waiting to hear whether it is a duplicate.</summary>
internal struct PendingLine
{
    /// <summary>Hash over every source column.</summary>
    public UInt128 Hash;

    /// <summary>Amount × 10^<see cref="Scale"/>.</summary>
    public Int128 Unscaled;

    public int Scale;

    /// <summary>The amount.</summary>
    public double Value;

    /// <summary>True where it is no row but money given back on one.</summary>
    public bool IsRefund;

    /// <summary>Line number in the file.</summary>
    public long Line;

    /// <summary>Local time.</summary>
    public long Micros;

    public double Quantity;

    public double UnitCost;

    public double Discount;

    /// <summary>Where the row stands in its chunk.</summary>
    public (int Start, int Length) Row;
}

/// <summary>A small batch of pending lines with copies of their texts.</summary>
internal sealed class PendingLines(int texts)
{
    // Enough for memory to answer, few enough to stay in the first-level cache.
    private const int Size = 48;

    private readonly PendingLine[] _lines = new PendingLine[Size];
    private readonly int[] _ends = new int[(Size * texts) + 1];
    private readonly TextKey[] _keys = new TextKey[Size * texts];
    private byte[] _bytes = new byte[4096];
    private int _textCount;

    /// <summary>Lines waiting.</summary>
    public int Count { get; private set; }

    /// <summary>True where they must be settled before the next.</summary>
    public bool IsFull => Count == Size;

    /// <summary>A waiting line.</summary>
    public ref PendingLine this[int i] => ref _lines[i];

    /// <summary>Room for one more; its texts are to be added next, all of them.</summary>
    public ref PendingLine Next() => ref _lines[Count++];

    /// <summary>Adds the next text of the line begun last, and gives its key.</summary>
    public TextKey AddText(ReadOnlySpan<byte> text)
    {
        int start = _ends[_textCount], end = start + text.Length;
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, end * 2);
        }

        text.CopyTo(_bytes.AsSpan(start));
        _ends[_textCount + 1] = end;
        return _keys[_textCount++] = TextKey.Of(text);
    }

    /// <summary>A text of a line.</summary>
    public ReadOnlySpan<byte> Text(int line, int text)
    {
        int at = (line * texts) + text;
        return _bytes.AsSpan(_ends[at], _ends[at + 1] - _ends[at]);
    }

    /// <summary>Its key.</summary>
    public ref readonly TextKey Key(int line, int text) => ref _keys[(line * texts) + text];

    /// <summary>Forgets them.</summary>
    public void Clear() => (Count, _textCount) = (0, 0);
}
