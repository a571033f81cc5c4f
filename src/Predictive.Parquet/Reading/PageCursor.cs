// Longer than 300 lines: every state of the walk (window, dictionary, levels of v1 and v2) is shared by its steps; split, they would pass it around.
using System.Numerics;
using Predictive.Parquet.Compression;
using Predictive.Parquet.Encodings;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Reading;

/// <summary>
/// Walks the pages of one column chunk: reads, verifies, decompresses, and lays open levels and values of the current data page.
/// </summary>
/// <remarks>
/// The window is the only copy of file bytes: it reads ahead within the chunk and holds at least one whole page. Uncompressed pages are decoded in place.
/// Nothing is allocated per page once the buffers have their size.
/// </remarks>
internal sealed class PageCursor : IDisposable
{
    private const int ReadAhead = 1 << 20;
    private const int FirstHeader = 16 << 10;
    private const int LargestHeader = 16 << 20;
    private readonly ByteSource _source;
    private readonly ChunkMetadata _chunk;
    private readonly ParquetReaderOptions _options;
    private readonly long _limit;
    private readonly PooledBytes _window = new();
    private readonly PooledBytes _page = new();
    private readonly PooledBytes _legacyDefinitions = new();
    private readonly PooledBytes _legacyRepetitions = new();
    private PooledBytes? _dictionary;
    private long _windowStart;
    private int _windowLength;
    private long _next;
    private long _valuesLeft;

    /// <param name="source">The file.</param>
    /// <param name="column">The column.</param>
    /// <param name="chunk">Its chunk.</param>
    /// <param name="limit">Where the footer starts: no page reaches beyond.</param>
    /// <param name="options">Reader options.</param>
    public PageCursor(ByteSource source, ParquetColumn column, ChunkMetadata chunk, long limit, ParquetReaderOptions options)
    {
        (_source, Column, _chunk, _limit, _options) = (source, column, chunk, limit, options);
        long start = chunk.DataPageOffset;
        if (chunk.DictionaryPageOffset > 0 && chunk.DictionaryPageOffset < start)
        {
            start = chunk.DictionaryPageOffset;
        }

        if (chunk.ValueCount > 0 && (start < 4 || start > limit || chunk.CompressedBytes < 0))
        {
            throw new ParquetFormatException(source.Name, column.Path, start, $"the column is said to start at byte {start} with {chunk.CompressedBytes} bytes; the data of the file end at {limit}");
        }

        _next = PageOffset = start;
        _valuesLeft = chunk.ValueCount;
    }

    public ParquetColumn Column { get; }

    /// <summary>Where the current page's header starts.</summary>
    public long PageOffset { get; private set; }

    /// <summary>Entries (values and nulls) of the current page.</summary>
    public int EntryCount { get; private set; }

    public PageEncoding Encoding { get; private set; }

    /// <summary>Levels of the current page, at their start.</summary>
    public RleReader Definitions { get; } = new();

    /// <inheritdoc cref="Definitions"/>
    public RleReader Repetitions { get; } = new();

    /// <summary>The array that holds the current page's values, with slack after <see cref="ValuesEnd"/>.</summary>
    public byte[] Values { get; private set; } = [];

    public int ValuesStart { get; private set; }

    public int ValuesEnd { get; private set; }

    /// <summary>The dictionary page, once met: its bytes from 0, its length and its entries.</summary>
    public (byte[] Data, int Length, int Count)? Dictionary { get; private set; }

    /// <summary>Advances to the next data page with entries; false after the last.</summary>
    public bool MoveNext()
    {
        while (_valuesLeft > 0)
        {
            PageOffset = _next;
            PageHeader header = ReadHeader(out int length);
            long body = _next + length;
            _next = body + header.CompressedSize;
            if (header.Type == PageType.Index)
            {
                continue;
            }

            int at = Body(header, body);
            if (header.Type == PageType.Dictionary)
            {
                ReadDictionary(header, at);
                continue;
            }

            if (header.ValueCount > _valuesLeft)
            {
                Corrupt.Throw($"a page of {header.ValueCount} values where the column has {_valuesLeft} left");
            }

            _valuesLeft -= header.ValueCount;
            if (header.ValueCount == 0)
            {
                continue;
            }

            EntryCount = header.ValueCount;
            Encoding = header.Encoding;
            if (header.Type == PageType.Data)
            {
                OpenV1(header, at);
            }
            else
            {
                OpenV2(header, at);
            }

            return true;
        }

        return false;
    }

    /// <summary>Starts with a page other than the first, found through the page index. Call before the first <see cref="MoveNext"/>; flat columns only.</summary>
    /// <param name="firstPage">Where the chunk's first data page starts: whatever lies before it is the dictionary.</param>
    /// <param name="page">The page to start with.</param>
    public void StartAt(long firstPage, PageLocation page)
    {
        while (_next < firstPage && Dictionary is null)
        {
            PageOffset = _next;
            PageHeader header = ReadHeader(out int length);
            long body = _next + length;
            _next = body + header.CompressedSize;
            if (header.Type == PageType.Dictionary)
            {
                ReadDictionary(header, Body(header, body));
            }
            else if (header.Type != PageType.Index)
            {
                Corrupt.Throw($"a data page before byte {firstPage}, where the page index says the first one is");
            }
        }

        (_next, PageOffset) = (page.Offset, page.Offset);
        _valuesLeft -= page.FirstRow;
    }

    /// <summary>Damage found by a decoder, with file, column and page.</summary>
    public ParquetFormatException Fault(Exception e) => new(_source.Name, Column.Path, PageOffset, e.Message, e);

    public void Dispose()
    {
        _window.Dispose();
        _page.Dispose();
        _legacyDefinitions.Dispose();
        _legacyRepetitions.Dispose();
        _dictionary?.Dispose();
        Dictionary = null;
        Values = [];
    }

    // Index in the window of a page's verified bytes.
    private int Body(in PageHeader header, long offset)
    {
        if (header.UncompressedSize > _options.MaxPageBytes)
        {
            Corrupt.Throw($"a page of {header.UncompressedSize} bytes where at most {_options.MaxPageBytes} are allowed (ParquetReaderOptions.MaxPageBytes)");
        }

        int at = Need(offset, header.CompressedSize);
        if (_options.VerifyChecksums && header.Crc is int crc)
        {
            uint actual = Crc32.Compute(_window.Array.AsSpan(at, header.CompressedSize));
            if (actual != (uint)crc)
            {
                Corrupt.Throw($"the page's CRC is {actual:x8} where its header says {(uint)crc:x8}: the file is damaged");
            }
        }

        return at;
    }

    private PageHeader ReadHeader(out int length)
    {
        long left = _limit - _next;
        for (int room = FirstHeader; ; room *= 8)
        {
            int take = (int)Math.Min(room, left);
            int at = Need(_next, take);
            try
            {
                return PageHeader.Parse(_window.Array.AsSpan(at, take), out length);
            }
            catch (InvalidDataException) when (take < left && room < LargestHeader)
            {
                // The header (its statistics can be long) reaches beyond what was looked at; take more.
            }
        }
    }

    private void ReadDictionary(in PageHeader header, int at)
    {
        if (Dictionary is not null)
        {
            Corrupt.Throw("a second dictionary page in one column chunk");
        }

        if (header.Encoding is not (PageEncoding.Plain or PageEncoding.PlainDictionary))
        {
            Corrupt.Throw($"a dictionary page encoded as {header.Encoding} (plain is expected)");
        }

        _dictionary = new PooledBytes();
        PageDecompressor.Decompress(_chunk.Codec, _window.Array, at, header.CompressedSize, _dictionary, header.UncompressedSize);
        Dictionary = (_dictionary.Array, header.UncompressedSize, header.ValueCount);
    }

    private void OpenV1(in PageHeader header, int at)
    {
        byte[] data;
        int start, end;
        if (_chunk.Codec == CompressionCodec.Uncompressed)
        {
            (data, start, end) = (_window.Array, at, at + header.CompressedSize);
            if (header.CompressedSize != header.UncompressedSize)
            {
                Corrupt.Throw($"an uncompressed page of {header.CompressedSize} bytes whose header claims {header.UncompressedSize}");
            }
        }
        else
        {
            PageDecompressor.Decompress(_chunk.Codec, _window.Array, at, header.CompressedSize, _page, header.UncompressedSize);
            (data, start, end) = (_page.Array, 0, header.UncompressedSize);
        }

        start = LevelsV1(Repetitions, _legacyRepetitions, data, start, end, Column.MaxRepetitionLevel, header.RepetitionEncoding, header.ValueCount);
        start = LevelsV1(Definitions, _legacyDefinitions, data, start, end, Column.MaxDefinitionLevel, header.DefinitionEncoding, header.ValueCount);
        (Values, ValuesStart, ValuesEnd) = (data, start, end);
    }

    private static int LevelsV1(RleReader levels, PooledBytes legacy, byte[] data, int start, int end, int max, PageEncoding encoding, int count)
    {
        if (max == 0)
        {
            levels.ResetToZeros();
            return start;
        }

        int width = Width(max);
        if (encoding == PageEncoding.BitPacked)
        {
            int bytes = LegacyLevels.Rewrite(data, start, end, count, width, legacy, out int run);
            levels.Reset(legacy.Array, 0, run, width);
            return start + bytes;
        }

        if (encoding != PageEncoding.Rle)
        {
            Corrupt.Throw($"levels encoded as {encoding} (RLE or bit-packed are expected)");
        }

        uint length = end - start < 4 ? uint.MaxValue : BitConverter.ToUInt32(data, start);
        if (length > (uint)Math.Max(0, end - start - 4))
        {
            Corrupt.Throw($"levels of {length} bytes where the page has {Math.Max(0, end - start - 4)} left");
        }

        levels.Reset(data, start + 4, start + 4 + (int)length, width);
        return start + 4 + (int)length;
    }

    private void OpenV2(in PageHeader header, int at)
    {
        long levels = (long)header.RepetitionBytes + header.DefinitionBytes;
        if (levels > header.CompressedSize || levels > header.UncompressedSize)
        {
            Corrupt.Throw($"levels of {levels} bytes in a page of {header.CompressedSize}");
        }

        LevelsV2(Repetitions, at, header.RepetitionBytes, Column.MaxRepetitionLevel);
        LevelsV2(Definitions, at + header.RepetitionBytes, header.DefinitionBytes, Column.MaxDefinitionLevel);
        int start = at + (int)levels, size = header.CompressedSize - (int)levels, length = header.UncompressedSize - (int)levels;
        if (!header.IsCompressed || _chunk.Codec == CompressionCodec.Uncompressed || (size == 0 && length == 0))
        {
            if (size != length)
            {
                Corrupt.Throw($"an uncompressed page of {size} bytes whose header claims {length}");
            }

            (Values, ValuesStart, ValuesEnd) = (_window.Array, start, start + size);
            return;
        }

        // Some writers leave an empty body under a claimed length of 0 or under compression: a page of nulls only.
        if (size == 0)
        {
            (Values, ValuesStart, ValuesEnd) = (_window.Array, start, start);
            return;
        }

        PageDecompressor.Decompress(_chunk.Codec, _window.Array, start, size, _page, length);
        (Values, ValuesStart, ValuesEnd) = (_page.Array, 0, length);
    }

    private void LevelsV2(RleReader levels, int start, int length, int max)
    {
        if (max == 0)
        {
            levels.ResetToZeros();
        }
        else
        {
            levels.Reset(_window.Array, start, start + length, Width(max));
        }
    }

    private static int Width(int max) => 32 - BitOperations.LeadingZeroCount((uint)max);

    // Index in the window of a stretch of the file; reads ahead to the end of the chunk, at most ReadAhead.
    private int Need(long offset, int count)
    {
        if (offset >= _windowStart && offset + count <= _windowStart + _windowLength)
        {
            return (int)(offset - _windowStart);
        }

        if (count > _limit - offset)
        {
            Corrupt.Throw($"a page of {count} bytes at byte {offset} where the data of the file end at {_limit}");
        }

        long chunkLeft = Math.Min(_limit, _chunk.DataPageOffset + _chunk.CompressedBytes) - offset;
        int read = (int)Math.Max(count, Math.Min(ReadAhead, chunkLeft));
        _windowLength = 0;
        _window.Reserve(read);
        _source.Read(offset, _window.Array.AsSpan(0, read));
        (_windowStart, _windowLength) = (offset, read);
        return 0;
    }
}
