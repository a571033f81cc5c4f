using System.Buffers.Binary;
using Predictive.Parquet.Metadata;
using Predictive.Parquet.Reading;
using Predictive.Parquet.Schema;

namespace Predictive.Parquet;

/// <summary>
/// Reads one Parquet file. Opening reads the footer only; columns are decoded on demand, one row group at a time.
/// </summary>
/// <remarks>
/// <code>
/// PAR1 | row group 0: column chunk, column chunk, ... | row group 1: ... | footer (Thrift) | footer length (4) | PAR1
/// </code>
/// Thread-safe once open: any number of <see cref="ColumnReader"/>s may be opened and read at the same time, each by one thread.
/// Memory of a column reader: its dictionary, one compressed page (read ahead to 1 MiB) and one decompressed page.
/// </remarks>
public sealed class ParquetReader : IDisposable
{
    private const int TailBytes = 8;
    private readonly ByteSource _source;
    private readonly ParquetReaderOptions _options;
    private readonly long _footerStart;

    private ParquetReader(ByteSource source, ParquetReaderOptions options)
    {
        _source = source;
        _options = options;
        (byte[] footer, _footerStart) = ReadFooter();
        try
        {
            FileMetadata file = FooterParser.Parse(footer);
            if (file.IsEncrypted)
            {
                Corrupt.Throw("the file's columns are encrypted, which this library does not read");
            }

            Schema = SchemaBuilder.Build(file.Schema);
            CreatedBy = file.CreatedBy;
            KeyValueMetadata = file.KeyValues;
            RowGroups = MakeRowGroups(file);

            // The footer's own total is left alone: some writers leave it 0, and each column is checked against its row group.
            RowCount = RowGroups.Sum(g => g.RowCount);
        }
        catch (InvalidDataException e)
        {
            throw new ParquetFormatException(source.Name, null, _footerStart, e.Message, e);
        }
    }

    /// <summary>Path or name of the source.</summary>
    public string Name => _source.Name;

    /// <summary>The schema.</summary>
    public ParquetSchema Schema { get; }

    /// <summary>Rows in the file.</summary>
    public long RowCount { get; }

    /// <summary>Row groups in file order.</summary>
    public IReadOnlyList<RowGroup> RowGroups { get; }

    /// <summary>Application metadata; the last value of a repeated key. Empty where there is none.</summary>
    public IReadOnlyDictionary<string, string?> KeyValueMetadata { get; }

    /// <summary>The program that wrote the file, or null.</summary>
    public string? CreatedBy { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="ParquetFormatException">Not a Parquet file, damaged, or of a kind that is refused (encrypted).</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static ParquetReader Open(string path, ParquetReaderOptions? options = null) => Open(new FileSource(path), options);

    /// <summary>Reads from a seekable stream, which must stay open and unused by others until the reader is disposed; it is not disposed.</summary>
    /// <param name="stream">A readable, seekable stream.</param>
    /// <param name="name">Name used in error messages.</param>
    /// <param name="options">Null for the defaults.</param>
    public static ParquetReader Open(Stream stream, string name, ParquetReaderOptions? options = null) => Open(new StreamSource(stream, name), options);

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

        return new ColumnReader(OpenPages(chunk, column), group.RowCount, IsAllDictionary(chunk), _options.MaxPageBytes);
    }

    /// <summary>
    /// All rows of a top-level field of a row group, nested to any depth, as objects; the whole field is in memory. Meant for looking at data and for
    /// checks; flat columns are read far faster with <see cref="OpenColumn"/>.
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

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

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

    private static ParquetReader Open(ByteSource source, ParquetReaderOptions? options)
    {
        try
        {
            return new ParquetReader(source, options ?? ParquetReaderOptions.Default);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static bool IsAllDictionary(ChunkMetadata chunk)
    {
        const int Dictionary = (1 << (int)PageEncoding.PlainDictionary) | (1 << (int)PageEncoding.RleDictionary);
        const int Levels = (1 << (int)PageEncoding.Rle) | (1 << (int)PageEncoding.BitPacked);
        return chunk.DataPageEncodings != 0
            ? (chunk.DataPageEncodings & ~Dictionary) == 0
            : (chunk.Encodings & Dictionary) != 0 && (chunk.Encodings & ~(Dictionary | Levels)) == 0;
    }

    private (byte[] Footer, long Start) ReadFooter()
    {
        long length = _source.Length;
        if (length < 12)
        {
            throw new ParquetFormatException(Name, null, -1, $"{length} bytes are too few for a Parquet file (at least 12)");
        }

        Span<byte> tail = stackalloc byte[TailBytes];
        _source.Read(length - TailBytes, tail);
        if (tail[4..].SequenceEqual("PARE"u8))
        {
            throw new ParquetFormatException(Name, null, length - 4, "the file's footer is encrypted, which this library does not read");
        }

        if (!tail[4..].SequenceEqual("PAR1"u8))
        {
            Span<byte> head = stackalloc byte[4];
            _source.Read(0, head);
            throw new ParquetFormatException(Name, null, length - 4, head.SequenceEqual("PAR1"u8)
                ? "the file starts as a Parquet file but does not end as one (PAR1 expected): it has been cut or is still being written"
                : "not a Parquet file (PAR1 expected at its start and end)");
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (size == 0 || size > length - 12 || size > _options.MaxFooterBytes)
        {
            throw new ParquetFormatException(Name, null, length - TailBytes, $"a footer of {size} bytes in a file of {length} (at most {Math.Min(length - 12, _options.MaxFooterBytes)} expected)");
        }

        var footer = new byte[size];
        _source.Read(length - TailBytes - size, footer);
        return (footer, length - TailBytes - size);
    }

    private List<RowGroup> MakeRowGroups(FileMetadata file)
    {
        var groups = new List<RowGroup>(file.RowGroups.Count);
        long firstRow = 0;
        foreach (RowGroupMetadata group in file.RowGroups)
        {
            if (group.Chunks.Count != Schema.Columns.Count)
            {
                Corrupt.Throw($"row group {groups.Count} has {group.Chunks.Count} columns, the schema {Schema.Columns.Count}");
            }

            if (group.RowCount < 0 || group.RowCount > long.MaxValue - firstRow)
            {
                Corrupt.Throw($"row group {groups.Count} claims {group.RowCount} rows");
            }

            var chunks = new ColumnChunk[group.Chunks.Count];
            for (int i = 0; i < chunks.Length; i++)
            {
                chunks[i] = MakeChunk(group.Chunks[i], Schema.Columns[i], groups.Count);
            }

            groups.Add(new RowGroup(groups.Count, group.RowCount, firstRow, group.ByteSize, chunks));
            firstRow += group.RowCount;
        }

        return groups;
    }

    private static ColumnChunk MakeChunk(ChunkMetadata chunk, ParquetColumn column, int group)
    {
        if (chunk.IsEncrypted)
        {
            Corrupt.Throw($"column {column.Path} is encrypted, which this library does not read");
        }

        if (!chunk.HasMetadata || chunk.FilePath is not null)
        {
            Corrupt.Throw($"column {column.Path} of row group {group} is kept in {chunk.FilePath ?? "another place"}; only files that hold their own columns are read");
        }

        if (chunk.Type != column.PhysicalType || chunk.ValueCount < 0)
        {
            Corrupt.Throw($"column {column.Path} of row group {group} holds {chunk.ValueCount} values of {chunk.Type}, the schema says {column.PhysicalType}");
        }

        return new ColumnChunk(chunk, StatisticsDecoder.Decode(column, chunk.Statistics));
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
