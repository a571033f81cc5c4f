using Predictive.Parquet.Compression;
using Predictive.Parquet.Encodings;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Writing;

/// <summary>
/// Encodes one column of one row group: levels, dictionary or plain values, pages, statistics. Kept by the writer for one column, so that its buffers
/// are reused from group to group; subclasses know the type.
/// </summary>
/// <remarks>Whether a dictionary pays is decided once for the whole chunk, before its first page, since all rows are at hand.</remarks>
internal abstract class ChunkEncoder(ParquetField field, ParquetWriterOptions options) : IDisposable
{
    private const int PageBytes = 1 << 20;
    private readonly ByteBuffer _page = new();
    private readonly ByteBuffer _compressed = new();
    private readonly PageCompressor _compressor = new(options.Codec);
    private int[] _levels = [];

    protected ParquetField Field { get; } = field;

    protected ParquetWriterOptions Options { get; } = options;

    /// <summary>Codes of the values that are there, once <see cref="TryDictionary"/> succeeded.</summary>
    protected int[] Codes { get; set; } = [];

    /// <summary>Encodes the rows; the caller disposes the result.</summary>
    public EncodedChunk Encode(ColumnValues values)
    {
        var chunk = new EncodedChunk { Rows = values.Count };
        ReadOnlySpan<bool> isNull = Prepare(values);
        int present = values.Count - isNull.Count(true);
        chunk.Nulls = values.Count - present;
        if (chunk.Nulls > 0 && !Field.IsNullable)
        {
            throw new ArgumentException($"Column {Field.Name} is not nullable, but row {isNull.IndexOf(true)} of the row group is null.", nameof(values));
        }

        bool dictionary = Options.UseDictionary && present > 0 && TryDictionary(present);
        if (dictionary)
        {
            _page.Clear();
            WriteDictionary(_page);
            WritePage(chunk, PageType.Dictionary, DictionaryCount, PageEncoding.Plain);
            chunk.DictionaryBytes = chunk.Bytes.Length;
            chunk.DistinctCount = DictionaryCount;
        }

        int rowsPerPage = dictionary ? Options.RowsPerPage : Math.Max(1, (int)Math.Min(Options.RowsPerPage, PageBytes / AverageBytes(present)));
        for (int row = 0, value = 0; row < values.Count; row += rowsPerPage)
        {
            int rows = Math.Min(rowsPerPage, values.Count - row);
            int nulls = isNull.IsEmpty ? 0 : isNull.Slice(row, rows).Count(true);
            WriteData(chunk, row, rows, nulls, isNull, value, dictionary);
            value += rows - nulls;
        }

        chunk.CompressedBytes = chunk.Bytes.Length;
        Summarise(chunk);
        return chunk;
    }

    public virtual void Dispose()
    {
        _page.Dispose();
        _compressed.Dispose();
    }

    /// <summary>Takes the values in, those that are there without gaps; returns the null mask (empty = no null).</summary>
    protected abstract ReadOnlySpan<bool> Prepare(ColumnValues values);

    /// <summary>Makes <see cref="Codes"/> for the values that are there; false where a dictionary does not pay.</summary>
    protected abstract bool TryDictionary(int present);

    protected abstract int DictionaryCount { get; }

    protected abstract void WriteDictionary(ByteBuffer into);

    protected abstract void WritePlain(int from, int count, ByteBuffer into);

    /// <summary>Bytes a plain value takes on average, at least 1/8.</summary>
    protected abstract double AverageBytes(int present);

    /// <summary>Bounds of a stretch of values as stored; null where there is none (all NaN).</summary>
    protected abstract (byte[]? Min, byte[]? Max) Bounds(int from, int count, bool dictionary);

    /// <summary>Order of two stored bounds.</summary>
    protected abstract int Compare(byte[] left, byte[] right);

    /// <summary>A bound short enough for statistics; false in Exact where it was shortened.</summary>
    protected virtual (byte[] Bound, bool Exact) Shorten(byte[] bound, bool isMax) => (bound, true);

    private void WriteData(EncodedChunk chunk, int row, int rows, int nulls, ReadOnlySpan<bool> isNull, int value, bool dictionary)
    {
        _page.Clear();
        if (Field.IsNullable)
        {
            _page.AppendValues<int>([0]);
            WriteLevels(rows, nulls, isNull.IsEmpty ? default : isNull.Slice(row, rows));
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(_page.Array, _page.Length - 4);
        }

        int count = rows - nulls;
        if (dictionary)
        {
            int width = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Max(0, DictionaryCount - 1));
            _page.AppendValues<byte>([(byte)width]);
            RleWriter.Write(Codes.AsSpan(value, count), width, _page);
        }
        else
        {
            WritePlain(value, count, _page);
        }

        (byte[]? min, byte[]? max) = count > 0 ? Bounds(value, count, dictionary) : (null, null);
        int offset = chunk.Bytes.Length;
        WritePage(chunk, PageType.Data, rows, dictionary ? PageEncoding.RleDictionary : PageEncoding.Plain);
        chunk.Pages.Add(new EncodedPage(offset, chunk.Bytes.Length - offset, row, rows, nulls, min, max));
    }

    private void WriteLevels(int rows, int nulls, ReadOnlySpan<bool> isNull)
    {
        if (nulls == 0)
        {
            _page.AppendVarInt((uint)rows << 1);
            _page.AppendValues<byte>([1]);
            return;
        }

        if (_levels.Length < rows)
        {
            _levels = new int[rows];
        }

        for (int i = 0; i < rows; i++)
        {
            _levels[i] = isNull[i] ? 0 : 1;
        }

        RleWriter.Write(_levels.AsSpan(0, rows), 1, _page);
    }

    private void WritePage(EncodedChunk chunk, PageType type, int count, PageEncoding encoding)
    {
        _compressed.Clear();
        _compressor.Compress(_page.Span, _compressed);
        int before = chunk.Bytes.Length;
        var w = new ThriftWriter(chunk.Bytes);
        w.BeginStruct();
        w.Int32(1, (int)type);
        w.Int32(2, _page.Length);
        w.Int32(3, _compressed.Length);
        if (Options.WriteChecksums)
        {
            w.Int32(4, (int)Crc32.Compute(_compressed.Span));
        }

        w.BeginStruct(type == PageType.Dictionary ? 7 : 5);
        w.Int32(1, count);
        w.Int32(2, (int)encoding);
        if (type == PageType.Data)
        {
            w.Int32(3, (int)PageEncoding.Rle);
            w.Int32(4, (int)PageEncoding.Rle);
        }

        w.EndStruct();
        w.EndStruct();
        chunk.UncompressedBytes += chunk.Bytes.Length - before + _page.Length;
        chunk.Bytes.Append(_compressed.Span);
    }

    private void Summarise(EncodedChunk chunk)
    {
        bool ascending = true, descending = true;
        EncodedPage? last = null;
        byte[]? min = null, max = null;
        foreach (EncodedPage page in chunk.Pages)
        {
            if (page.Min is null || page.Max is null)
            {
                continue;
            }

            min = min is null || Compare(page.Min, min) < 0 ? page.Min : min;
            max = max is null || Compare(page.Max, max) > 0 ? page.Max : max;
            if (last is not null)
            {
                ascending &= Compare(last.Min!, page.Min) <= 0 && Compare(last.Max!, page.Max) <= 0;
                descending &= Compare(last.Min!, page.Min) >= 0 && Compare(last.Max!, page.Max) >= 0;
            }

            last = page;
        }

        chunk.BoundaryOrder = ascending ? 1 : descending ? 2 : 0;
        if (min is not null && max is not null)
        {
            (chunk.Min, chunk.IsMinExact) = Shorten(min, isMax: false);
            (chunk.Max, chunk.IsMaxExact) = Shorten(max, isMax: true);
        }

        for (int i = 0; i < chunk.Pages.Count; i++)
        {
            EncodedPage page = chunk.Pages[i];
            if (page.Min is not null && page.Max is not null)
            {
                chunk.Pages[i] = page with { Min = Shorten(page.Min, false).Bound, Max = Shorten(page.Max, true).Bound };
            }
        }
    }
}
