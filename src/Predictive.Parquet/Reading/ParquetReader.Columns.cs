using Predictive.Parquet.Metadata;
using Predictive.Parquet.Reading;

namespace Predictive.Parquet;

/// <content>Columns, pages and records of an open file.</content>
public sealed partial class ParquetReader
{
    /// <summary>Opens a flat column of a row group for one pass. Dispose it to return its buffers.</summary>
    /// <exception cref="ParquetFormatException">The chunk's metadata is impossible, or the column's type is refused by name.</exception>
    /// <exception cref="InvalidOperationException">The column is part of a list or map.</exception>
    public ColumnReader OpenColumn(int rowGroup, ParquetColumn column)
    {
        if (!column.IsFlat)
        {
            throw new InvalidOperationException($"Column {column.Path} is part of a list or map; {nameof(ColumnReader)} reads flat columns only.");
        }

        RowGroup group = RowGroups[rowGroup];
        ChunkMetadata chunk = group.Columns[column.Index].Metadata;
        if (chunk.ValueCount != group.RowCount)
        {
            throw new ParquetFormatException(Name, column.Path, _footerStart, $"the column has {chunk.ValueCount} values in a row group of {group.RowCount} rows");
        }

        return new ColumnReader(OpenPages(chunk, column), 0, group.RowCount, IsAllDictionary(chunk), _options.MaxPageBytes);
    }

    /// <summary>Opens some rows of a flat column: with a page index only their pages are read, without one the rows before are decoded and dropped.</summary>
    /// <param name="rowGroup">Row group.</param>
    /// <param name="column">A flat column.</param>
    /// <param name="firstRow">First row, counted within the row group.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <exception cref="ParquetFormatException">As above, or the page index is impossible.</exception>
    public ColumnReader OpenColumn(int rowGroup, ParquetColumn column, long firstRow, long rowCount)
    {
        RowGroup group = RowGroups[rowGroup];
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rowCount, group.RowCount - firstRow);
        OpenColumn(rowGroup, column).Dispose();
        ChunkMetadata chunk = group.Columns[column.Index].Metadata;
        PageCursor cursor = OpenPages(chunk, column);
        long skip = firstRow;
        try
        {
            if (ReadLocations(group, chunk) is { Length: > 0 } pages)
            {
                PageLocation page = pages.Last(p => p.FirstRow <= firstRow);
                cursor.StartAt(pages[0].Offset, page);
                skip -= page.FirstRow;
            }
        }
        catch (InvalidDataException e)
        {
            cursor.Dispose();
            throw cursor.Fault(e);
        }

        return new ColumnReader(cursor, skip, rowCount, IsAllDictionary(chunk), _options.MaxPageBytes);
    }

    /// <summary>The pages of a flat column as the page index states them; null where the file has none. With <see cref="ColumnStatistics.MayOverlap{T}"/> a reader
    /// passes over pages that cannot hold what it looks for, in this column and (by row numbers) in every other.</summary>
    /// <exception cref="ParquetFormatException">The page index is impossible.</exception>
    public IReadOnlyList<PageInfo>? ReadPageIndex(int rowGroup, ParquetColumn column)
    {
        RowGroup group = RowGroups[rowGroup];
        ChunkMetadata chunk = group.Columns[column.Index].Metadata;
        try
        {
            if (!column.IsFlat || ReadLocations(group, chunk) is not { } pages)
            {
                return null;
            }

            PageBounds? bounds = chunk.ColumnIndexLength > 0 ? PageIndexParser.Bounds(ReadIndex(chunk.ColumnIndexOffset, chunk.ColumnIndexLength)) : null;
            if (bounds is not null && (bounds.IsNullPage.Length != pages.Length || bounds.Min.Length != pages.Length || bounds.Max.Length != pages.Length || (bounds.NullCounts?.Length ?? pages.Length) != pages.Length))
            {
                Corrupt.Throw($"a column index of {bounds.IsNullPage.Length} pages where the offset index has {pages.Length}");
            }

            var infos = new PageInfo[pages.Length];
            for (int i = 0; i < infos.Length; i++)
            {
                long end = i + 1 < pages.Length ? pages[i + 1].FirstRow : group.RowCount;
                infos[i] = new PageInfo(pages[i].FirstRow, end - pages[i].FirstRow, bounds is null ? null : StatisticsDecoder.Decode(column, new RawStatistics
                {
                    Min = bounds.IsNullPage[i] ? null : bounds.Min[i],
                    Max = bounds.IsNullPage[i] ? null : bounds.Max[i],
                    NullCount = bounds.NullCounts?[i],
                    IsMinExact = false,
                    IsMaxExact = false,
                }));
            }

            return infos;
        }
        catch (InvalidDataException e)
        {
            throw new ParquetFormatException(Name, column.Path, chunk.OffsetIndexOffset, e.Message, e);
        }
    }

    /// <summary>
    /// All rows of a top-level field of a row group, nested to any depth, as objects; the whole field is in memory. Meant for looking at data and for
    /// checks; flat columns are read far faster with <see cref="OpenColumn(int, ParquetColumn)"/>.
    /// </summary>
    /// <returns>Per row: null, or <see cref="bool"/>; <see cref="long"/> (integers, dates, times, timestamps in the file's unit, INT96 as microseconds);
    /// <see cref="ulong"/> (unsigned 64 bits); <see cref="float"/> (also half); <see cref="double"/>; <see cref="string"/>; <see cref="decimal"/> (its text where that cannot
    /// hold it); <see cref="Guid"/>; <c>byte[]</c>; for a struct <c>KeyValuePair&lt;string, object?&gt;[]</c>, for a list <c>object?[]</c>, for a map
    /// <c>KeyValuePair&lt;object?, object?&gt;[]</c>.</returns>
    public object?[] ReadRecords(int rowGroup, ParquetNode field)
    {
        RefuseUnread(field);
        RowGroup group = RowGroups[rowGroup];
        var leaves = new Dictionary<int, LeafColumn>();
        foreach (ParquetColumn column in LeavesOf(field))
        {
            ChunkMetadata chunk = group.Columns[column.Index].Metadata;
            if (chunk.ValueCount < group.RowCount || (column.IsFlat && chunk.ValueCount != group.RowCount))
            {
                throw new ParquetFormatException(Name, column.Path, _footerStart, $"the column has {chunk.ValueCount} values in a row group of {group.RowCount} rows");
            }

            using PageCursor cursor = OpenPages(chunk, column);
            try
            {
                leaves[column.Index] = new LeafColumn(column);
                leaves[column.Index].Load(cursor, _options.MaxPageBytes);
            }
            catch (InvalidDataException e)
            {
                throw cursor.Fault(e);
            }
        }

        try
        {
            return new RecordAssembler(field, leaves).Assemble(group.RowCount);
        }
        catch (InvalidDataException e)
        {
            throw new ParquetFormatException(Name, field.Name, -1, e.Message, e);
        }
    }

    /// <summary>All rows of a flat column as <see cref="ColumnReader.ReadInt64"/> gives them; null = 0.</summary>
    public long[] ReadInt64(string column) => ReadAll(column, static (ColumnReader c, Span<long> to) => c.ReadInt64(to));

    /// <summary>All rows of a flat column as <see cref="ColumnReader.ReadDouble"/> gives them; null = NaN.</summary>
    public double[] ReadDouble(string column) => ReadAll(column, static (ColumnReader c, Span<double> to) => c.ReadDouble(to));

    /// <summary>All rows of a flat column as <see cref="ColumnReader.ReadTimestamp"/> gives them; null = null.</summary>
    public long?[] ReadTimestamp(string column) => ReadAll(column, static (ColumnReader c, Span<long?> to) =>
    {
        var micros = new long[to.Length];
        var isNull = new bool[to.Length];
        int rows = c.ReadTimestamp(micros, isNull);
        for (int i = 0; i < rows; i++)
        {
            to[i] = isNull[i] ? null : micros[i];
        }

        return rows;
    });

    /// <summary>All rows of a flat column as text (see <see cref="ColumnReader.ReadString"/>); null = null.</summary>
    public string?[] ReadString(string column) => ReadAll(column, static (ColumnReader c, Span<string?> to) => c.ReadString(to));

    internal PageCursor OpenPages(ChunkMetadata chunk, ParquetColumn column)
    {
        RefuseUnread(Schema.Root.Children.First(f => column.Path == f.Name || column.Path.StartsWith(f.Name + ".", StringComparison.Ordinal)));
        return new PageCursor(_source, column, chunk, _footerStart, _options);
    }

    private void RefuseUnread(ParquetNode node)
    {
        if (node.LogicalType.Kind is LogicalKind.Geometry or LogicalKind.Geography or LogicalKind.Variant)
        {
            throw new ParquetFormatException(Name, node.Column?.Path ?? node.Name, -1, $"the column's type is {node.LogicalType.Kind}, which this library does not read");
        }

        foreach (ParquetNode child in node.Children)
        {
            RefuseUnread(child);
        }
    }

    private static IEnumerable<ParquetColumn> LeavesOf(ParquetNode node) => node.Column is { } column ? [column] : node.Children.SelectMany(LeavesOf);

    private static bool IsAllDictionary(ChunkMetadata chunk)
    {
        const int Dictionary = (1 << (int)PageEncoding.PlainDictionary) | (1 << (int)PageEncoding.RleDictionary);
        const int Levels = (1 << (int)PageEncoding.Rle) | (1 << (int)PageEncoding.BitPacked);
        return chunk.DataPageEncodings != 0
            ? (chunk.DataPageEncodings & ~Dictionary) == 0
            : (chunk.Encodings & Dictionary) != 0 && (chunk.Encodings & ~(Dictionary | Levels)) == 0;
    }

    // Null without an index. Checked, since the caller jumps to what it says.
    private PageLocation[]? ReadLocations(RowGroup group, ChunkMetadata chunk)
    {
        if (chunk.OffsetIndexLength <= 0)
        {
            return null;
        }

        PageLocation[] pages = PageIndexParser.Locations(ReadIndex(chunk.OffsetIndexOffset, chunk.OffsetIndexLength));
        for (int i = 0; i < pages.Length; i++)
        {
            bool follows = i == 0 ? pages[i].FirstRow == 0 : pages[i].FirstRow > pages[i - 1].FirstRow && pages[i].Offset > pages[i - 1].Offset;
            if (!follows || pages[i].FirstRow >= group.RowCount || pages[i].Offset < 4 || pages[i].Offset >= _footerStart)
            {
                Corrupt.Throw($"page {i} of the offset index is said to start at byte {pages[i].Offset} with row {pages[i].FirstRow} of {group.RowCount}");
            }
        }

        return pages;
    }

    private byte[] ReadIndex(long offset, int length)
    {
        if (offset < 4 || length > _footerStart - offset)
        {
            Corrupt.Throw($"a page index of {length} bytes at byte {offset}, beyond the data of the file, which end at {_footerStart}");
        }

        var bytes = new byte[length];
        _source.Read(offset, bytes);
        return bytes;
    }

    private delegate int BatchReader<T>(ColumnReader column, Span<T> into);

    // The footer's row count is a claim: the result grows with the rows that come.
    private T[] ReadAll<T>(string path, BatchReader<T> read)
    {
        const int Step = 1 << 16;
        ParquetColumn column = Schema[path];
        var all = new T[(int)Math.Min(RowCount, Step)];
        int count = 0;
        for (int group = 0; group < RowGroups.Count; group++)
        {
            using ColumnReader reader = OpenColumn(group, column);
            while (true)
            {
                if (count == all.Length && count < RowCount)
                {
                    Array.Resize(ref all, (int)Math.Min(RowCount, Math.Min(Array.MaxLength, Math.Max(Step, 2L * count))));
                }

                int rows = read(reader, all.AsSpan(count));
                count += rows;
                if (rows == 0 || count == all.Length && reader.RowsRead == reader.RowCount)
                {
                    break;
                }
            }

            if (reader.RowsRead != reader.RowCount)
            {
                throw new ParquetFormatException(Name, path, -1, $"{reader.RowsRead} rows where row group {group} claims {reader.RowCount}");
            }
        }

        return all;
    }
}
