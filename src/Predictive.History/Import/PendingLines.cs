using Predictive.History.Text;

namespace Predictive.History.Import;

/// <summary>What a <see cref="PendingLine"/> is.</summary>
internal enum PendingKind : byte
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
/// <remarks>64 bytes, a line of the cache: another core reads what this one wrote, and every line of it that goes over costs.</remarks>
internal struct PendingLine
{
    /// <summary>Hash over every source column.</summary>
    public UInt128 Hash;

    /// <summary>Amount × 10^<see cref="Scale"/>.</summary>
    public Int128 Unscaled;

    /// <summary>The amount.</summary>
    public double Value;

    /// <summary>Local time.</summary>
    public long Micros;

    /// <summary>Where the row stands in its chunk.</summary>
    public int RowStart, RowLength;

    /// <summary>Lines of the file behind the batch's first.</summary>
    public int LinesOn;

    public byte Scale;

    public PendingKind Kind;

    /// <summary>Why it is left out, or what is told.</summary>
    public RowFate Fate;
}

/// <summary>A batch of pending lines with copies of their texts; all of them lie in one chunk of the file.</summary>
/// <param name="texts">Text columns.</param>
/// <param name="hasNumbers">Whether there are columns of <see cref="Number"/>.</param>
internal sealed class PendingLines(int texts, bool hasNumbers)
{
    /// <summary>Few enough to stay in the second-level cache, enough that handing them over costs nothing.</summary>
    private const int Size = 1024;

    private readonly PendingLine[] _lines = new PendingLine[Size];
    private readonly int[] _ends = new int[(Size * texts) + 1];
    private readonly TextKey[] _keys = new TextKey[Size * texts];
    private readonly double[] _numbers = new double[hasNumbers ? Size * Numbers : 0];
    private byte[] _bytes = new byte[32 << 10];
    private long _firstLine;
    private int _textCount;

    /// <summary>Quantity, unit cost and discount of a line.</summary>
    public const int Numbers = 3;

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
    /// <param name="number">Line number in the file.</param>
    public ref PendingLine Next(long number)
    {
        if (Count == 0)
        {
            _firstLine = number;
        }

        ref PendingLine line = ref _lines[Count++];
        line.LinesOn = (int)(number - _firstLine);
        return ref line;
    }

    /// <summary>Line number in the file.</summary>
    public long LineOf(int line) => _firstLine + _lines[line].LinesOn;

    /// <summary>The further numbers of the line begun last; NaN = missing.</summary>
    public void SetNumbers(double quantity, double unitCost, double discount)
    {
        if (hasNumbers)
        {
            int at = (Count - 1) * Numbers;
            (_numbers[at], _numbers[at + 1], _numbers[at + 2]) = (quantity, unitCost, discount);
        }
    }

    /// <summary>The n-th of <see cref="Numbers"/>; NaN = missing.</summary>
    public double Number(int line, int n) => _numbers[(line * Numbers) + n];

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
