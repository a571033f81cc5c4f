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
public sealed partial class ParquetReader : IDisposable
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

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

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
}
