using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Reading;

/// <summary>All levels and values of one column chunk, for the assembly of records.</summary>
internal sealed class LeafColumn
{
    private const int Batch = 4096;
    private const int MaxEntries = 1 << 27;
    private byte[] _definitions = new byte[Batch];
    private byte[] _repetitions = new byte[Batch];
    private object?[] _values = new object?[Batch];
    private int _count;

    public LeafColumn(ParquetColumn column) => Column = column;

    public ParquetColumn Column { get; }

    /// <summary>The entry to be used next.</summary>
    public int Position { get; private set; }

    public bool IsAtEnd => Position == _count;

    /// <summary>Levels of the current entry.</summary>
    public int Definition => Position < _count ? _definitions[Position] : Corrupt.Throw<int>("the column ends before its rows do");

    /// <inheritdoc cref="Definition"/>
    public int Repetition => _repetitions[Position];

    /// <summary>Takes the current entry's value (null where there is none) and moves on.</summary>
    public object? Take()
    {
        _ = Definition;
        return _values[Position++];
    }

    /// <summary>Reads the whole chunk. The arrays grow with what comes, never with what a header claims.</summary>
    public void Load(PageCursor cursor, int maxPageBytes)
    {
        using ValueStream<object> stream = ObjectStreams.Make(Column, maxPageBytes);
        bool hasDictionary = false;
        while (cursor.MoveNext())
        {
            if (!hasDictionary && cursor.Dictionary is { } dictionary)
            {
                stream.SetDictionary(dictionary.Data, dictionary.Length, dictionary.Count);
                hasDictionary = true;
            }

            stream.SetPage(cursor.Encoding, cursor.Values, cursor.ValuesStart, cursor.ValuesEnd, cursor.EntryCount);
            for (int left = cursor.EntryCount; left > 0;)
            {
                int n = Math.Min(left, Batch);
                LoadBatch(cursor, stream, n);
                left -= n;
            }
        }
    }

    private void LoadBatch(PageCursor cursor, ValueStream<object> stream, int n)
    {
        if (_count > MaxEntries - n)
        {
            Corrupt.Throw($"more than {MaxEntries} values to assemble in one row group");
        }

        if (_values.Length < _count + n)
        {
            Array.Resize(ref _definitions, 2 * _values.Length);
            Array.Resize(ref _repetitions, 2 * _values.Length);
            Array.Resize(ref _values, 2 * _values.Length);
        }

        int max = Column.MaxDefinitionLevel;
        Span<byte> definitions = _definitions.AsSpan(_count, n);
        cursor.Repetitions.ReadLevels(_repetitions.AsSpan(_count, n), Column.MaxRepetitionLevel);
        cursor.Definitions.ReadLevels(definitions, max);
        int present = definitions.Count((byte)max);
        Span<object?> values = _values.AsSpan(_count, n);
        stream.Read(values[..present]!);
        for (int row = n - 1, value = present - 1; row > value; row--)
        {
            values[row] = definitions[row] == max ? values[value--] : null;
        }

        _count += n;
    }
}
