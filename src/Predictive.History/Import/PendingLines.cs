using Predictive.History.Text;

namespace Predictive.History.Import;

/// <summary>What a <see cref="PendingLine"/> is.</summary>
internal enum PendingKind
{
    /// <summary>A row found good, waiting to hear whether it is a duplicate.</summary>
    Line,

    /// <summary>Money given back on a row, as a line of its own.</summary>
    Refund,

    /// <summary>A row left out; its one text is the value at fault.</summary>
    LeftOut,

    /// <summary>Something to be told of a row that is kept.</summary>
    Remark,
}

/// <summary>A row that was read, on its way to where it is kept or left out.</summary>
internal struct PendingLine
{
    public PendingKind Kind;

    /// <summary>Why it is left out, or what is told.</summary>
    public RowFate Fate;


    /// <summary>Hash over every source column.</summary>
    public UInt128 Hash;

    /// <summary>Amount × 10^<see cref="Scale"/>.</summary>
    public Int128 Unscaled;

    public int Scale;

    /// <summary>The amount.</summary>
    public double Value;

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

/// <summary>A batch of pending lines with copies of their texts; all of them lie in one chunk of the file.</summary>
internal sealed class PendingLines(int texts)
{
    /// <summary>Few enough to stay in the second-level cache, enough that handing them over costs nothing.</summary>
    private const int Size = 1024;

    private readonly PendingLine[] _lines = new PendingLine[Size];
    private readonly int[] _ends = new int[(Size * texts) + 1];
    private readonly TextKey[] _keys = new TextKey[Size * texts];
    private byte[] _bytes = new byte[32 << 10];
    private int _textCount;

    /// <summary>Lines waiting.</summary>
    public int Count { get; private set; }

    /// <summary>True where they must be handed over before the next.</summary>
    public bool IsFull => Count == Size;

    /// <summary>The chunk the rows lie in.</summary>
    public byte[] Chunk { get; set; } = [];

    /// <summary>True where no later batch looks into the chunk.</summary>
    public bool IsLastOfChunk { get; set; }

    /// <summary>A waiting line.</summary>
    public ref PendingLine this[int i] => ref _lines[i];

    /// <summary>Room for one more; its texts are to be added next, all of them.</summary>
    public ref PendingLine Next() => ref _lines[Count++];

    /// <summary>Adds the next text of the line begun last.</summary>
    public void AddText(ReadOnlySpan<byte> text)
    {
        int start = _ends[_textCount], end = start + text.Length;
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, end * 2);
        }

        text.CopyTo(_bytes.AsSpan(start));
        _ends[_textCount + 1] = end;
        _keys[_textCount++] = TextKey.Of(text);
    }

    /// <summary>The one text of a line that is not kept; the others are empty.</summary>
    public void AddOnlyText(ReadOnlySpan<byte> text)
    {
        for (int t = 0; t < texts; t++)
        {
            AddText(t == 0 ? text : default);
        }
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
    public void Clear() => (Count, _textCount, IsLastOfChunk) = (0, 0, false);
}
