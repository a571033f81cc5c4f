using System.Numerics;
using System.Text;

namespace Predictive.Parquet.Writing;

/// <summary>Encodes text and byte columns.</summary>
internal sealed class BytesEncoder(ParquetField field, ParquetWriterOptions options) : ChunkEncoder(field, options)
{
    private const int Sample = 1 << 16;
    private const int LongestBound = 64;
    private readonly List<byte[]> _dictionary = [];
    private readonly Dictionary<string, int> _textCodes = new(StringComparer.Ordinal);
    private object[] _present = [];
    private int _presentCount;
    private bool[] _isNull = [];
    private int[] _ranks = [];
    private int[] _byRank = [];
    private bool _isCoded;
    private string[] _sourceDictionary = [];
    private int[] _sourceCodes = [];

    protected override int DictionaryCount => _dictionary.Count;

    protected override ReadOnlySpan<bool> Prepare(ColumnValues values)
    {
        int rows = values.Count;
        if (_isNull.Length < rows)
        {
            _isNull = new bool[rows];
        }

        Span<bool> isNull = _isNull.AsSpan(0, rows);
        _isCoded = values.Dictionary is not null;
        _presentCount = 0;
        switch (values.Values)
        {
            case ReadOnlyMemory<int> codes when values.Dictionary is { } dictionary && Field.LogicalType.Kind == LogicalKind.String:
                _sourceDictionary = dictionary;
                _sourceCodes = _sourceCodes.Length < rows ? new int[rows] : _sourceCodes;
                for (int i = 0; i < rows; i++)
                {
                    int code = codes.Span[i];
                    if (code >= dictionary.Length)
                    {
                        throw new ArgumentException($"Column {Field.Name}: row {i} of the row group has code {code}, the dictionary {dictionary.Length} entries.", nameof(values));
                    }

                    isNull[i] = code < 0 || dictionary[code] is null;
                    _sourceCodes[_presentCount] = code;
                    _presentCount += isNull[i] ? 0 : 1;
                }

                break;
            case ReadOnlyMemory<string?> text when Field.LogicalType.Kind == LogicalKind.String:
                Take(text.Span, isNull);
                break;
            case ReadOnlyMemory<byte[]?> bytes:
                Take(bytes.Span, isNull);
                break;
            default:
                throw values.Mismatch(Field);
        }

        return _presentCount == rows ? default : isNull;
    }

    protected override bool TryDictionary(int present)
    {
        _dictionary.Clear();
        _textCodes.Clear();
        if (Codes.Length < present)
        {
            Codes = new int[present];
        }

        long dictionaryBytes = 0, plainBytes = 0;
        int[]? remap = _isCoded ? new int[_sourceDictionary.Length] : null;
        for (int i = 0; i < present; i++)
        {
            int code;
            if (remap is not null)
            {
                ref int mapped = ref remap[_sourceCodes[i]];
                mapped = mapped != 0 ? mapped : CodeOf(_sourceDictionary[_sourceCodes[i]]) + 1;
                code = mapped - 1;
            }
            else
            {
                // Bytes are told apart through Latin-1, which maps them one to one.
                code = CodeOf(_present[i] as string ?? Encoding.Latin1.GetString((byte[])_present[i]));
            }

            Codes[i] = code;
            plainBytes += 4 + _dictionary[code].Length;
            if (dictionaryBytes > Options.MaxDictionaryBytes || (i >= Sample && _dictionary.Count > i / 4 * 3))
            {
                return false;
            }
        }

        int CodeOf(string text)
        {
            if (!_textCodes.TryGetValue(text, out int known))
            {
                known = _dictionary.Count;
                byte[] bytes = Field.LogicalType.Kind == LogicalKind.String ? Encoding.UTF8.GetBytes(text) : Encoding.Latin1.GetBytes(text);
                _textCodes.Add(text, known);
                _dictionary.Add(bytes);
                dictionaryBytes += 4 + bytes.Length;
            }

            return known;
        }

        int width = 32 - BitOperations.LeadingZeroCount((uint)(_dictionary.Count - 1));
        if (dictionaryBytes > Options.MaxDictionaryBytes || dictionaryBytes + (long)present * width / 8 >= plainBytes)
        {
            return false;
        }

        // Ranks make a page's bounds a matter of integers.
        _byRank = [.. Enumerable.Range(0, _dictionary.Count)];
        Array.Sort(_byRank, (a, b) => _dictionary[a].AsSpan().SequenceCompareTo(_dictionary[b]));
        _ranks = new int[_dictionary.Count];
        for (int rank = 0; rank < _byRank.Length; rank++)
        {
            _ranks[_byRank[rank]] = rank;
        }

        return true;
    }

    protected override void WriteDictionary(ByteBuffer into)
    {
        foreach (byte[] value in _dictionary)
        {
            into.AppendValues<int>([value.Length]);
            into.Append(value);
        }
    }

    protected override void WritePlain(int from, int count, ByteBuffer into)
    {
        for (int i = from; i < from + count; i++)
        {
            if (!_isCoded && _present[i] is byte[] bytes)
            {
                into.AppendValues<int>([bytes.Length]);
                into.Append(bytes);
                continue;
            }

            string text = Text(i);
            Span<byte> room = into.GetSpan(4 + Encoding.UTF8.GetMaxByteCount(text.Length));
            int length = Encoding.UTF8.GetBytes(text, room[4..]);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(room, length);
            into.Advance(4 + length);
        }
    }

    protected override double AverageBytes(int present)
    {
        long total = 0;
        for (int i = 0; i < present; i++)
        {
            total += 4 + (!_isCoded && _present[i] is byte[] bytes ? bytes.Length : Text(i).Length);
        }

        return Math.Max(1, (double)total / Math.Max(1, present));
    }

    protected override (byte[]? Min, byte[]? Max) Bounds(int from, int count, bool dictionary)
    {
        if (dictionary)
        {
            int low = int.MaxValue, high = -1;
            for (int i = from; i < from + count; i++)
            {
                int rank = _ranks[Codes[i]];
                low = Math.Min(low, rank);
                high = Math.Max(high, rank);
            }

            return (_dictionary[_byRank[low]], _dictionary[_byRank[high]]);
        }

        byte[] min = Bytes(from), max = min;
        for (int i = from + 1; i < from + count; i++)
        {
            byte[] value = Bytes(i);
            min = value.AsSpan().SequenceCompareTo(min) < 0 ? value : min;
            max = value.AsSpan().SequenceCompareTo(max) > 0 ? value : max;
        }

        return (min, max);
    }

    protected override int Compare(byte[] left, byte[] right) => left.AsSpan().SequenceCompareTo(right);

    // A prefix is a lower bound. An upper bound needs its last byte raised; only ASCII is, so that text stays text.
    protected override (byte[] Bound, bool Exact) Shorten(byte[] bound, bool isMax)
    {
        if (bound.Length <= LongestBound)
        {
            return (bound, true);
        }

        int length = LongestBound;
        while (length > 0 && (bound[length] & 0xC0) == 0x80)
        {
            length--;
        }

        if (!isMax)
        {
            return (bound[..length], false);
        }

        while (length > 0 && bound[length - 1] >= 0x7F)
        {
            length--;
        }

        if (length == 0)
        {
            return (bound, true);
        }

        byte[] raised = bound[..length];
        raised[^1]++;
        return (raised, false);
    }

    private void Take<TValue>(ReadOnlySpan<TValue?> values, Span<bool> isNull)
        where TValue : class
    {
        if (_present.Length < values.Length)
        {
            _present = new object[values.Length];
        }

        for (int i = 0; i < values.Length; i++)
        {
            isNull[i] = values[i] is null;
            if (values[i] is { } value)
            {
                _present[_presentCount++] = value;
            }
        }
    }

    private string Text(int i) => _isCoded ? _sourceDictionary[_sourceCodes[i]] : (string)_present[i];

    private byte[] Bytes(int i) => !_isCoded && _present[i] is byte[] bytes ? bytes : Encoding.UTF8.GetBytes(Text(i));
}
