using System.Collections.Concurrent;
using ParquetSharp;

namespace Predictive.History.Parquet;

/// <summary>One file of a table: what its footer says, and native readers for whoever reads a part of it.</summary>
internal sealed class TableFile : IDisposable
{
    // Column chunks up to this size are read whole, larger ones page by page, so that memory does not depend on the size of a row group.
    // Page by page a page header is believed: Arrow allocates and clears what it states before it finds the file shorter, 2 GB at the
    // worst. Whole, a page is a slice of its chunk.
    private const long LargestWholeChunk = 8 << 20;
    private const int MostIdle = 64;
    private static int _idleReaders;
    private bool _pageByPage;
    private readonly ConcurrentBag<ParquetFileReader> _idle = [];
    private readonly Dictionary<string, StoredColumn> _byName = new(StringComparer.Ordinal);

    private TableFile(string path, string relativePath, IReadOnlyDictionary<string, string?> partition) =>
        (Path, RelativePath, Partition) = (path, relativePath, partition);

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>Path below the table's folder, with <c>/</c>.</summary>
    public string RelativePath { get; }

    /// <summary>Partition column → its text for every row; null = missing.</summary>
    public IReadOnlyDictionary<string, string?> Partition { get; }

    /// <summary>Leaf columns in file order.</summary>
    public IReadOnlyList<StoredColumn> Columns { get; private set; } = [];

    /// <summary>Rows of each row group.</summary>
    public IReadOnlyList<int> RowGroupRows { get; private set; } = [];

    /// <summary>Rows in all.</summary>
    public long RowCount => RowGroupRows.Sum(r => (long)r);

    /// <summary>What the file was before lines were erased from it; null = none were.</summary>
    public FileBefore? Before { get; private set; }

    /// <summary>A column by its path, or null. Where a file names two alike, the first.</summary>
    public StoredColumn? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Reads a footer.</summary>
    /// <exception cref="DatasetException">It is damaged.</exception>
    public static TableFile Open(string path, string relativePath, IReadOnlyDictionary<string, string?> partition)
    {
        var file = new TableFile(path, relativePath, partition);
        ParquetFileReader reader = file.Rent();
        try
        {
            ParquetFault.Guard(path, null, () => file.ReadFooter(reader.FileMetaData, reader));
        }
        catch
        {
            reader.Dispose();
            throw;
        }

        if (file._pageByPage)
        {
            reader.Dispose(); // it reads whole chunks
        }
        else
        {
            file.Return(reader);
        }

        return file;
    }

    /// <summary>A native reader of one's own; give it back by <see cref="Return"/>. One reader serves one thread at a time.</summary>
    /// <exception cref="DatasetException">The file cannot be opened.</exception>
    public ParquetFileReader Rent()
    {
        if (_idle.TryTake(out ParquetFileReader? reader))
        {
            Interlocked.Decrement(ref _idleReaders);
            return reader;
        }

        return ParquetFault.Guard(Path, null, () =>
        {
            using ReaderProperties properties = ReaderProperties.GetDefaultReaderProperties();
            properties.EnablePageChecksumVerification();
            if (_pageByPage)
            {
                properties.EnableBufferedStream();
                properties.BufferSize = 1 << 18;
            }

            return new ParquetFileReader(Path, properties);
        });
    }

    /// <summary>Keeps the reader for whoever comes next, unless many are kept already: a folder may hold more files than a process may
    /// open.</summary>
    public void Return(ParquetFileReader reader)
    {
        if (Interlocked.Increment(ref _idleReaders) <= MostIdle)
        {
            _idle.Add(reader);
            return;
        }

        Interlocked.Decrement(ref _idleReaders);
        reader.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out ParquetFileReader? reader))
        {
            Interlocked.Decrement(ref _idleReaders);
            reader.Dispose();
        }
    }

    private bool ReadFooter(FileMetaData footer, ParquetFileReader reader)
    {
        Columns = [.. Enumerable.Range(0, footer.Schema.NumColumns).Select(i => StoredColumn.Of(footer.Schema.Column(i), i))];
        foreach (StoredColumn column in Columns)
        {
            _byName.TryAdd(column.Name, column);
        }

        Before = FileBefore.In(footer.KeyValueMetadata);
        long length = new FileInfo(Path).Length;
        RowGroupRows = [.. Enumerable.Range(0, footer.NumRowGroups).Select(g => RowsOf(reader, g, length))];

        // Some writers leave the sum at 0.
        return footer.NumRows == RowCount || footer.NumRows == 0
            ? true
            : throw ParquetFault.Of($"the footer states {footer.NumRows} rows, its row groups {RowCount}.", Path, null);
    }

    // What the footer states of a row group, as far as it can be true.
    private int RowsOf(ParquetFileReader reader, int group, long fileLength)
    {
        using RowGroupReader rows = reader.RowGroup(group);
        long count = rows.MetaData.NumRows;
        if (count is < 0 or > int.MaxValue)
        {
            throw ParquetFault.Of($"row group {group} states {count} rows; expected 0 to {int.MaxValue}.", Path, null);
        }

        foreach (StoredColumn column in Columns)
        {
            using ColumnChunkMetaData chunk = rows.MetaData.GetColumnChunkMetaData(column.Index);
            if (chunk.NumValues != count && column.TypeName != "a list")
            {
                throw ParquetFault.Of($"row group {group} states {count} rows and {chunk.NumValues} values.", Path, column.Name);
            }

            long size = chunk.TotalCompressedSize;
            if (size < 0 || size > fileLength)
            {
                throw ParquetFault.Of($"row group {group} states {size} bytes of a file of {fileLength}.", Path, column.Name);
            }

            _pageByPage |= size > LargestWholeChunk;
        }

        return (int)count;
    }
}

/// <summary>One row group of one file of a table.</summary>
/// <param name="File">The file.</param>
/// <param name="RowGroup">Index of the row group in the file.</param>
/// <param name="Rows">Rows of it.</param>
/// <param name="FirstRow">Row number in the file of its first row, from 0.</param>
internal sealed record TablePart(TableFile File, int RowGroup, int Rows, long FirstRow)
{
    /// <summary>Opens the row group; one thread reads it. Its columns are read in step, batch by batch.</summary>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public PartReader Open() => new(this);

    /// <summary>Reads the row group from its first row to its last, batch by batch.</summary>
    /// <param name="batch">Rows of a batch at the most.</param>
    /// <param name="open">Opens the columns.</param>
    /// <param name="next">Reads the next rows of each: first row (in the row group) and how many.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public void Read(int batch, Action<PartReader> open, Action<int, int> next, CancellationToken cancellation = default)
    {
        using PartReader rows = Open();
        open(rows);
        for (int first = 0; first < Rows; first += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            next(first, Math.Min(batch, Rows - first));
        }
    }

    /// <summary>Where a row stands, for a person: file and row number from 1.</summary>
    public string Where(int row) => $"{File.RelativePath} row {FirstRow + row + 1}";

    /// <summary>Least and greatest stored value of a column of whole numbers or times, where the file states them.</summary>
    public (long Min, long Max)? Range(TableColumn column)
    {
        if (column.Stored[File] is not { } stored)
        {
            return null;
        }

        ParquetFileReader reader = File.Rent();
        (long, long)? range;
        try
        {
            range = ParquetFault.Guard(File.Path, column.Name, () => Range(reader, stored));
        }
        finally
        {
            File.Return(reader);
        }

        return range is var (min, max) && min <= max && !(stored.IsUnsigned && min < 0) ? (min, max) : null;
    }

    private (long Min, long Max)? Range(ParquetFileReader reader, StoredColumn stored)
    {
        using RowGroupReader group = reader.RowGroup(RowGroup);
        using ColumnChunkMetaData chunk = group.MetaData.GetColumnChunkMetaData(stored.Index);
        using Statistics? statistics = chunk.Statistics;
        return statistics switch
        {
            Statistics<int> { HasMinMax: true } s => (s.Min, s.Max),
            Statistics<long> { HasMinMax: true } s => (s.Min, s.Max),
            _ => null,
        };
    }
}

/// <summary>An open row group. Not thread-safe.</summary>
internal sealed class PartReader : IDisposable
{
    private readonly ParquetFileReader _reader;
    private readonly RowGroupReader _group;
    private readonly List<ColumnBatches> _columns = [];

    /// <exception cref="DatasetException">The file is damaged.</exception>
    public PartReader(TablePart part)
    {
        Part = part;
        _reader = part.File.Rent();
        try
        {
            _group = ParquetFault.Guard(part.File.Path, null, () => _reader.RowGroup(part.RowGroup));
        }
        catch
        {
            part.File.Return(_reader);
            throw;
        }
    }

    /// <summary>Which row group.</summary>
    public TablePart Part { get; }

    /// <summary>Starts reading a column from the first row; it is closed with this reader.</summary>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public ColumnBatches Column(TableColumn column)
    {
        StoredColumn? stored = column.Stored[Part.File];
        ColumnReader? reader = stored is null ? null : ParquetFault.Guard(Part.File.Path, column.Name, () => _group.Column(stored.Index));
        var batches = new ColumnBatches(Part.File.Path, column.Name, stored, reader);
        _columns.Add(batches);
        return batches;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _columns.ForEach(c => c.Dispose());
        _group.Dispose();
        Part.File.Return(_reader);
    }
}
