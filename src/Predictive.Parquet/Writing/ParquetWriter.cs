using System.Text;
using Predictive.Parquet.Compression;
using Predictive.Parquet.Metadata;
using Predictive.Parquet.Writing;

namespace Predictive.Parquet;

/// <summary>
/// Writes one Parquet file of flat columns, one row group per call.
/// </summary>
/// <remarks>
/// To a path: written to a temporary name beside it, and only <see cref="Complete"/> flushes it to disk and renames it; disposing without completing
/// removes it and leaves an older file as it was. Columns of a row group are encoded on several threads; the bytes do not depend on how many.
/// Memory: one encoded row group. Not thread-safe.
/// <code>
/// using var writer = ParquetWriter.Create("x.parquet", [ParquetField.String("customer_id"), ParquetField.Double("amount", nullable: true)]);
/// writer.WriteRowGroup(ids, ColumnValues.FromNaN(amounts));
/// writer.Complete();
/// </code>
/// </remarks>
public sealed class ParquetWriter : IDisposable
{
    private const string WrittenBy = "Predictive.Parquet version 0.1.0";
    private readonly Stream _stream;
    private readonly string? _path;
    private readonly string? _temporary;
    private readonly ParquetWriterOptions _options;
    private readonly ChunkEncoder[] _encoders;
    private readonly List<(EncodedChunk[] Chunks, int Rows)> _groups = [];
    private long _position;
    private bool _completed;
    private bool _disposed;

    private ParquetWriter(Stream stream, string? path, string? temporary, IReadOnlyList<ParquetField> fields, ParquetWriterOptions options)
    {
        (_stream, _path, _temporary, Fields, _options) = (stream, path, temporary, fields, options);
        _encoders = [.. fields.Select(f => MakeEncoder(f, options))];
        Append("PAR1"u8);
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<ParquetField> Fields { get; }

    /// <summary>Rows written so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>Starts a file. The folder must exist.</summary>
    /// <exception cref="ArgumentException">No field, two of one name, or options that cannot be.</exception>
    public static ParquetWriter Create(string path, IReadOnlyList<ParquetField> fields, ParquetWriterOptions? options = null)
    {
        options ??= ParquetWriterOptions.Default;
        Validate(fields, options);
        string full = Path.GetFullPath(path);
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Environment.ProcessId}.tmp");
        var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 1 << 16 });
        return new ParquetWriter(stream, full, temporary, [.. fields], options);
    }

    /// <summary>Starts a file on a writable stream (it need not seek); the stream is flushed by <see cref="Complete"/>, never disposed.</summary>
    /// <exception cref="ArgumentException">No field, two of one name, or options that cannot be.</exception>
    public static ParquetWriter Create(Stream stream, IReadOnlyList<ParquetField> fields, ParquetWriterOptions? options = null)
    {
        options ??= ParquetWriterOptions.Default;
        Validate(fields, options);
        return new ParquetWriter(stream, null, null, [.. fields], options);
    }

    /// <summary>Writes a row group: as many columns as fields, in their order, all of one length. Half a million to a million rows is a good size; no rows write nothing.</summary>
    /// <exception cref="ArgumentException">Wrong number, type or length of columns, or a null in a column that is not nullable; nothing is written then.</exception>
    public void WriteRowGroup(params ReadOnlySpan<ColumnValues> columns)
    {
        ObjectDisposedException.ThrowIf(_disposed || _completed, this);
        if (columns.Length != Fields.Count)
        {
            throw new ArgumentException($"{columns.Length} columns for {Fields.Count} fields ({string.Join(", ", Fields.Select(f => f.Name))}).", nameof(columns));
        }

        int rows = columns[0].Count;
        for (int i = 1; i < columns.Length; i++)
        {
            if (columns[i].Count != rows)
            {
                throw new ArgumentException($"Column {Fields[i].Name} has {columns[i].Count} rows, column {Fields[0].Name} has {rows}.", nameof(columns));
            }
        }

        if (rows == 0)
        {
            return;
        }

        ColumnValues[] all = columns.ToArray();
        var chunks = new EncodedChunk[all.Length];
        try
        {
            Encode(all, chunks);
            foreach (EncodedChunk chunk in chunks)
            {
                chunk.FileOffset = _position;
                Append(chunk.Bytes.Span);
            }
        }
        finally
        {
            foreach (EncodedChunk? chunk in chunks)
            {
                chunk?.Dispose();
            }
        }

        _groups.Add((chunks, rows));
        RowCount += rows;
    }

    /// <summary>Writes the footer; to a path: flushes to disk and renames. Call once, last.</summary>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_disposed || _completed, this);
        if (_options.WritePageIndex)
        {
            WritePageIndex();
        }

        using var footer = new ByteBuffer();
        FooterWriter.Write(new ThriftWriter(footer), Fields, _groups, RowCount, WrittenBy, _options);
        footer.AppendValues<int>([footer.Length]);
        footer.Append("PAR1"u8);
        Append(footer.Span);
        _stream.Flush();
        _completed = true;
        if (_path is not null)
        {
            ((FileStream)_stream).Flush(flushToDisk: true);
            _stream.Dispose();
            File.Move(_temporary!, _path, overwrite: true);
        }
    }

    /// <summary>Releases everything; without <see cref="Complete"/> the file does not come into being.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (ChunkEncoder encoder in _encoders)
        {
            encoder.Dispose();
        }

        if (_path is not null)
        {
            _stream.Dispose();
            if (!_completed)
            {
                File.Delete(_temporary!);
            }
        }
    }

    private static void Validate(IReadOnlyList<ParquetField> fields, ParquetWriterOptions options)
    {
        if (fields.Count == 0)
        {
            throw new ArgumentException("A Parquet file needs at least one column.", nameof(fields));
        }

        if (fields.GroupBy(f => f.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Two columns are named {twice.Key}.", nameof(fields));
        }

        if (!PageCompressor.Supports(options.Codec))
        {
            throw new ArgumentException($"{options.Codec} cannot be written; take Snappy, Gzip, Brotli or Uncompressed.", nameof(options));
        }

        if (options.RowsPerPage < 1 || options.MaxDictionaryBytes < 0 || options.MaxThreads < 1)
        {
            throw new ArgumentException($"RowsPerPage ({options.RowsPerPage}) and MaxThreads ({options.MaxThreads}) must be at least 1, MaxDictionaryBytes ({options.MaxDictionaryBytes}) at least 0.", nameof(options));
        }
    }

    private static ChunkEncoder MakeEncoder(ParquetField field, ParquetWriterOptions options) => field.PhysicalType switch
    {
        PhysicalType.Boolean => new BooleanEncoder(field, options),
        PhysicalType.Int32 => new NumberEncoder<int>(field, options),
        PhysicalType.Int64 => new NumberEncoder<long>(field, options),
        PhysicalType.Float => new NumberEncoder<float>(field, options),
        PhysicalType.Double => new NumberEncoder<double>(field, options),
        _ => new BytesEncoder(field, options),
    };

    private void Encode(ColumnValues[] columns, EncodedChunk[] chunks)
    {
        if (_options.MaxThreads == 1 || columns.Length == 1)
        {
            for (int i = 0; i < columns.Length; i++)
            {
                chunks[i] = _encoders[i].Encode(columns[i]);
            }

            return;
        }

        try
        {
            Parallel.For(0, columns.Length, new ParallelOptions { MaxDegreeOfParallelism = _options.MaxThreads }, i => chunks[i] = _encoders[i].Encode(columns[i]));
        }
        catch (AggregateException e) when (e.InnerExceptions[0] is ArgumentException first)
        {
            throw new ArgumentException(first.Message, first);
        }
    }

    private void WritePageIndex()
    {
        using var buffer = new ByteBuffer();
        var w = new ThriftWriter(buffer);
        foreach (EncodedChunk chunk in _groups.SelectMany(g => g.Chunks))
        {
            buffer.Clear();
            if (chunk.TryWriteColumnIndex(w))
            {
                (chunk.ColumnIndexOffset, chunk.ColumnIndexLength) = (_position, buffer.Length);
                Append(buffer.Span);
            }
        }

        foreach (EncodedChunk chunk in _groups.SelectMany(g => g.Chunks))
        {
            buffer.Clear();
            chunk.WriteOffsetIndex(w);
            (chunk.OffsetIndexOffset, chunk.OffsetIndexLength) = (_position, buffer.Length);
            Append(buffer.Span);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _position += bytes.Length;
    }
}
