using Apache.Arrow;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace Predictive.History.Parquet;

/// <summary>
/// Writes a flat Parquet file row group by row group through Apache Arrow's writer: Zstandard, statistics, page checksums, dictionaries.
/// Equal values give equal bytes, whatever the number of threads.
/// </summary>
/// <remarks>
/// Columns of a row group are encoded and compressed on all cores. Codes go in as Arrow's dictionaries, so that no text is hashed a second
/// time. Faults of the disk are an <see cref="IOException"/>.
/// </remarks>
internal sealed class ParquetWriter : IDisposable
{
    /// <summary>Bytes of distinct values, four for the length of a text each, above which a column goes on without a dictionary.</summary>
    public const int DictionaryLimit = 1 << 20;

    private readonly ParquetField[] _fields;
    private readonly Stream _stream;
    private readonly IReadOnlyDictionary<string, string>? _notes;
    private readonly FileStream? _own;
    private readonly string? _path;
    private readonly string? _temporary;
    private FileWriter? _writer;
    private Schema _schema = null!;
    private bool _complete;

    private ParquetWriter(
        Stream stream, IReadOnlyList<ParquetField> fields, FileStream? own, string? path, IReadOnlyDictionary<string, string>? notes = null)
        => (_fields, _stream, _own, _path, _temporary, _notes) = ([.. fields], stream, own, path, own?.Name, notes);

    /// <summary>Writes into a stream, which stays open; the caller flushes it.</summary>
    /// <param name="stream">Writable.</param>
    /// <param name="fields">At least one; names differ.</param>
    /// <param name="notes">Kept in the footer, by name; null = none.</param>
    public static ParquetWriter Create(
        Stream stream, IReadOnlyList<ParquetField> fields, IReadOnlyDictionary<string, string>? notes = null) =>
        new(stream, fields, null, null, notes);

    /// <summary>Writes a file under a temporary name; <see cref="Complete"/> gives it its own.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="fields">At least one; names differ.</param>
    /// <param name="notes">Kept in the footer, by name; null = none.</param>
    public static ParquetWriter Create(
        string path, IReadOnlyList<ParquetField> fields, IReadOnlyDictionary<string, string>? notes = null)
    {
        var file = new FileStream(AtomicFile.TemporaryNameFor(path), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        return new ParquetWriter(file, fields, file, path, notes);
    }

    /// <summary>Writes a row group.</summary>
    /// <param name="columns">One per field, of its type, all of one length; of none, nothing is written.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void WriteRowGroup(params ColumnValues[] columns)
    {
        if (columns.Length != _fields.Length || columns.Any(c => c.Count != columns[0].Count))
        {
            throw new ArgumentException(
                $"Expected {_fields.Length} columns of one length; found lengths {string.Join(", ", columns.Select(c => c.Count))}.",
                nameof(columns));
        }

        if (columns[0].Count == 0)
        {
            return;
        }

        FileWriter writer = Open(columns);
        using var arrays = new ArrowColumns();
        using var batch = new RecordBatch(
            _schema, _fields.Select((f, i) => arrays.Of(f, _schema.GetFieldByIndex(i).DataType, columns[i])), columns[0].Count);
        Native(() =>
        {
            writer.NewBufferedRowGroup();
            writer.WriteBufferedRecordBatch(batch);
        });
    }

    /// <summary>Writes the footer; a file is flushed to disk and appears under its name.</summary>
    /// <param name="before">Done when a file is whole, before it appears; null = nothing.</param>
    public void Complete(Action? before = null)
    {
        FileWriter writer = Open(null);
        Native(writer.Close);
        if (_own is not null)
        {
            _own.Flush(flushToDisk: true);
            _own.Dispose();
            before?.Invoke();
            AtomicFile.Rename(_temporary!, _path!);
        }

        _complete = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _writer?.Dispose();
        }
        catch (Exception) when (!_complete)
        {
            // Closing writes a footer, which a full disk or a closed stream refuses; what made the file incomplete has been told.
        }

        if (_own is not null && !_complete)
        {
            try
            {
                _own.Dispose();
            }
            catch (IOException)
            {
                // What the buffer still held, a full disk refuses as well.
            }
            finally
            {
                File.Delete(_temporary!);
            }
        }
    }

    /// <summary>The writer; what kind of column each field becomes is decided by the first row group.</summary>
    private FileWriter Open(ColumnValues[]? first)
    {
        if (_writer is not null)
        {
            return _writer;
        }

        _schema = new Schema(_fields.Select((f, i) => ArrowColumns.FieldOf(f, first?[i])), _notes);
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Zstd).EnablePageChecksum().EnableStatistics();
        builder.DictionaryPagesizeLimit(DictionaryLimit).MaxRowGroupLength(int.MaxValue);
        foreach (ParquetField field in _fields.Where((f, i) => !ArrowColumns.HasDictionary(f, first?[i])))
        {
            builder.DisableDictionary(field.Name);
        }

        using WriterProperties properties = builder.Build();
        using ArrowWriterPropertiesBuilder arrowBuilder = new ArrowWriterPropertiesBuilder().UseThreads(true);
        if (_notes is not null)
        {
            // Only with Arrow's own schema do the schema's notes come into the footer.
            arrowBuilder.StoreSchema();
        }

        using ArrowWriterProperties arrow = arrowBuilder.Build();
        Native(() => _writer = new FileWriter(_stream, _schema, properties, arrow, leaveOpen: true));
        return _writer!;
    }

    private static void Native(Action call)
    {
        try
        {
            call();
        }
        catch (ParquetException e)
        {
            throw new IOException(
                $"A Parquet file could not be written: {ParquetFault.Reason(e.Message)} Nothing was kept of it. Where the disk is full, "
                    + "free space or write elsewhere.",
                e);
        }
    }
}
