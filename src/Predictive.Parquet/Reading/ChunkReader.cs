namespace Predictive.Parquet.Reading;

/// <summary>Rows of one flat column chunk: values spread over the rows, a stand-in where there is none.</summary>
internal class ChunkReader<T>(PageCursor cursor, ValueStream<T> values, T nullValue) : IDisposable
{
    private const int LevelBatch = 4096;
    private const int WorthwhileRun = 64;
    private readonly byte[] _levels = new byte[LevelBatch];
    private bool _hasDictionary;
    private int _pageLeft;

    /// <summary>Nulls handed out so far.</summary>
    public long NullsRead { get; private set; }

    protected ValueStream<T> Values { get; } = values;

    /// <summary>Fills the span; fewer only at the chunk's end.</summary>
    public int Read(Span<T> into, Span<bool> isNull) => Read(into, isNull, new Direct(Values), nullValue);

    /// <summary>Passes over rows; they count neither as read nor as nulls.</summary>
    public void Skip(long rows)
    {
        var scratch = new T[(int)Math.Min(rows, LevelBatch)];
        long nulls = NullsRead;
        while (rows > 0)
        {
            int read = Read(scratch.AsSpan(0, (int)Math.Min(rows, scratch.Length)), default);
            if (read == 0)
            {
                Metadata.Corrupt.Throw("the pages end before the row asked for");
            }

            rows -= read;
        }

        NullsRead = nulls;
    }

    public void Dispose()
    {
        Values.Dispose();
        cursor.Dispose();
    }

    /// <summary>What fills a stretch of rows that all have a value.</summary>
    protected interface IFill<TOut>
    {
        void Fill(Span<TOut> into);
    }

    protected int Read<TOut, TFill>(Span<TOut> into, Span<bool> isNull, TFill fill, TOut standIn)
        where TFill : struct, IFill<TOut>
    {
        int max = cursor.Column.MaxDefinitionLevel;
        int done = 0;
        while (done < into.Length)
        {
            if (_pageLeft == 0 && !NextPage())
            {
                break;
            }

            int n = Math.Min(_pageLeft, into.Length - done);
            int run = max == 0 ? n : cursor.Definitions.SkipRunOf(max, n, WorthwhileRun);
            if (run > 0)
            {
                n = run;
                fill.Fill(into.Slice(done, n));
                if (!isNull.IsEmpty)
                {
                    isNull.Slice(done, n).Clear();
                }
            }
            else
            {
                n = Math.Min(n, LevelBatch);
                ReadSparse(into.Slice(done, n), isNull.IsEmpty ? default : isNull.Slice(done, n), max, fill, standIn);
            }

            _pageLeft -= n;
            done += n;
        }

        return done;
    }

    private void ReadSparse<TOut, TFill>(Span<TOut> into, Span<bool> isNull, int max, TFill fill, TOut standIn)
        where TFill : struct, IFill<TOut>
    {
        Span<byte> levels = _levels.AsSpan(0, into.Length);
        cursor.Definitions.ReadLevels(levels, max);
        int present = levels.Count((byte)max);
        fill.Fill(into[..present]);
        NullsRead += into.Length - present;
        if (!isNull.IsEmpty)
        {
            for (int i = 0; i < levels.Length; i++)
            {
                isNull[i] = levels[i] != max;
            }
        }

        // From the back, so that no value is overwritten before it has moved.
        for (int row = into.Length - 1, value = present - 1; row > value; row--)
        {
            into[row] = levels[row] == max ? into[value--] : standIn;
        }
    }

    private bool NextPage()
    {
        if (!cursor.MoveNext())
        {
            return false;
        }

        if (!_hasDictionary && cursor.Dictionary is { } dictionary)
        {
            Values.SetDictionary(dictionary.Data, dictionary.Length, dictionary.Count);
            _hasDictionary = true;
        }

        Values.SetPage(cursor.Encoding, cursor.Values, cursor.ValuesStart, cursor.ValuesEnd, cursor.EntryCount);
        _pageLeft = cursor.EntryCount;
        return true;
    }

    private readonly struct Direct(ValueStream<T> values) : IFill<T>
    {
        public void Fill(Span<T> into) => values.Read(into);
    }
}

/// <summary>Rows of one flat column chunk as codes into a dictionary that takes up values of pages without one.</summary>
internal sealed class CodeReader<T>(PageCursor cursor, ValueStream<T> values, T nullValue, IEqualityComparer<T> comparer) : ChunkReader<T>(cursor, values, nullValue)
    where T : notnull
{
    private const int Batch = 512;
    private readonly T[] _scratch = new T[Batch];
    private Dictionary<T, int>? _codes;
    private T[] _grown = [];
    private int _grownCount;

    /// <summary>Values by code.</summary>
    public ReadOnlySpan<T> Dictionary => _codes is null ? Values.Dictionary : _grown.AsSpan(0, _grownCount);

    public int ReadCodes(Span<int> codes) => Read<int, Coded>(codes, default, new Coded(this), -1);

    private void Fill(Span<int> into)
    {
        if (Values.IsIndexed)
        {
            Values.ReadIndices(into);
            return;
        }

        StartInterning();
        while (into.Length > 0)
        {
            Span<T> part = _scratch.AsSpan(0, Math.Min(into.Length, Batch));
            Values.Read(part);
            for (int i = 0; i < part.Length; i++)
            {
                into[i] = CodeOf(part[i]);
            }

            into = into[part.Length..];
        }
    }

    private void StartInterning()
    {
        if (_codes is not null)
        {
            return;
        }

        ReadOnlySpan<T> dictionary = Values.Dictionary;
        _codes = new Dictionary<T, int>(dictionary.Length, comparer);
        _grown = dictionary.ToArray();
        _grownCount = dictionary.Length;
        for (int i = 0; i < dictionary.Length; i++)
        {
            _codes.TryAdd(dictionary[i], i);
        }
    }

    private int CodeOf(T value)
    {
        ref int code = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_codes!, value, out bool exists);
        if (!exists)
        {
            if (_grownCount == _grown.Length)
            {
                Array.Resize(ref _grown, Math.Max(64, 2 * _grown.Length));
            }

            code = _grownCount;
            _grown[_grownCount++] = value;
        }

        return code;
    }

    private readonly struct Coded(CodeReader<T> reader) : IFill<int>
    {
        public void Fill(Span<int> into) => reader.Fill(into);
    }
}
