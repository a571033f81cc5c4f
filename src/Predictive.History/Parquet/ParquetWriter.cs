using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;
using Encoding = System.Text.Encoding;

namespace Predictive.History.Parquet;

/// <summary>
/// Writes a flat Parquet file row group by row group through Apache Arrow's writer: Zstandard, statistics, page checksums, dictionaries.
/// Equal values give equal bytes, whatever the number of threads.
/// </summary>
/// <remarks>Columns of a row group are encoded and compressed on all cores. Faults of the disk are an <see cref="IOException"/>.</remarks>
internal sealed class ParquetWriter : IDisposable
{
    /// <summary>Bytes of distinct values, four for the length of a text each, above which a column goes on without a dictionary.</summary>
    public const int DictionaryLimit = 1 << 20;

    private const int Slice = 16_384; // rows whose text is laid out at once
    private readonly ParquetField[] _fields;
    private readonly ManagedOutputStream _native;
    private readonly ParquetFileWriter _writer;
    private readonly FileStream? _own;
    private readonly string? _path;
    private readonly string? _temporary;
    private bool _complete;

    private ParquetWriter(
        Stream stream, IReadOnlyList<ParquetField> fields, FileStream? own, string? path, IReadOnlyDictionary<string, string>? notes = null)
    {
        (_fields, _own, _path, _temporary) = ([.. fields], own, path, own?.Name);
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Zstd).EnablePageChecksum().EnableStatistics();
        builder.DictionaryPagesizeLimit(DictionaryLimit);
        foreach (ParquetField field in _fields.Where(f => !f.HasDictionary))
        {
            builder.DisableDictionary(field.Name);
        }

        using WriterProperties properties = builder.Build();
        using var root = new GroupNode("schema", Repetition.Required, [.. _fields.Select(f => f.ToNode())]);
        _native = new ManagedOutputStream(stream, leaveOpen: true);
        _writer = new ParquetFileWriter(_native, root, properties, notes);
    }

    /// <summary>Writes into a stream, which stays open; the caller flushes it.</summary>
    /// <param name="stream">Writable.</param>
    /// <param name="fields">At least one; names differ.</param>
    public static ParquetWriter Create(Stream stream, IReadOnlyList<ParquetField> fields) => new(stream, fields, null, null);

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

        Native(() =>
        {
            using RowGroupWriter group = _writer.AppendBufferedRowGroup();
            ColumnWriter[] writers = [.. Enumerable.Range(0, columns.Length).Select(group.Column)];
            Parallel.For(0, columns.Length, i => Write(writers[i], _fields[i], columns[i]));
            foreach (ColumnWriter writer in writers)
            {
                writer.Dispose();
            }

            group.Close();
        });
    }

    /// <summary>Writes the footer; a file is flushed to disk and appears under its name.</summary>
    public void Complete()
    {
        Native(_writer.Close);
        _complete = true;
        if (_own is not null)
        {
            _own.Flush(flushToDisk: true);
            _own.Dispose();
            AtomicFile.Rename(_temporary!, _path!);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _writer.Dispose();
            _native.Dispose();
        }
        catch (Exception) when (!_complete)
        {
            // Closing writes a footer, which a full disk or a closed stream refuses; what made the file incomplete has been told.
        }

        if (_own is not null && !_complete)
        {
            _own.Dispose();
            File.Delete(_temporary!);
        }
    }

    private static void Native(Action call)
    {
        try
        {
            call();
        }
        catch (AggregateException e) when (e.InnerExceptions[0] is ArgumentException first)
        {
            throw new ArgumentException(first.Message, first);
        }
        catch (Exception e) when (e is ParquetException || (e as AggregateException)?.InnerExceptions[0] is ParquetException)
        {
            throw new IOException((e as AggregateException)?.InnerExceptions[0].Message ?? e.Message, e);
        }
    }

    private static void Write(ColumnWriter writer, ParquetField field, ColumnValues values)
    {
        switch ((writer, values))
        {
            case (ColumnWriter<long> w, ColumnValues.Plain<long> v):
                Plain(w, field, v);
                break;
            case (ColumnWriter<int> w, ColumnValues.Plain<int> v):
                Plain(w, field, v);
                break;
            case (ColumnWriter<double> w, ColumnValues.Plain<double> v):
                Plain(w, field, v);
                break;
            case (ColumnWriter<float> w, ColumnValues.Plain<float> v):
                Plain(w, field, v);
                break;
            case (ColumnWriter<bool> w, ColumnValues.Plain<bool> v):
                Plain(w, field, v);
                break;
            case (ColumnWriter<ByteArray> w, ColumnValues.Texts v):
                Texts(w, field, v.Values.Span);
                break;
            case (ColumnWriter<ByteArray> w, ColumnValues.Coded v):
                Coded(w, field, v);
                break;
            default:
                throw new ArgumentException($"Column {field.Name} takes {field.Physical} values, not {values.GetType().Name}.");
        }
    }

    private static void Plain<T>(ColumnWriter<T> writer, ParquetField field, ColumnValues.Plain<T> values)
        where T : unmanaged
    {
        ReadOnlySpan<T> all = values.Values.Span;
        ReadOnlySpan<bool> missing = values.IsMissing.Span;
        if (!field.IsNullable)
        {
            writer.WriteBatch(missing.Contains(true) ? throw Missing(field) : all);
            return;
        }

        var present = new T[Slice];
        var levels = new short[Slice];
        for (int from = 0; from < all.Length; from += Slice)
        {
            int rows = Math.Min(Slice, all.Length - from), count = 0;
            for (int i = 0; i < rows; i++)
            {
                bool isThere = missing.IsEmpty || !missing[from + i];
                levels[i] = isThere ? (short)1 : (short)0;
                if (isThere)
                {
                    present[count++] = all[from + i];
                }
            }

            writer.WriteBatch(rows, levels.AsSpan(0, rows), default, present.AsSpan(0, count));
        }
    }

    private static unsafe void Texts(ColumnWriter<ByteArray> writer, ParquetField field, ReadOnlySpan<string?> values)
    {
        var batch = new TextBatch(writer, field);
        byte[] bytes = [];
        for (int from = 0; from < values.Length; from += Slice)
        {
            ReadOnlySpan<string?> slice = values.Slice(from, Math.Min(Slice, values.Length - from));
            int size = 1;
            foreach (string? text in slice)
            {
                size += text is null ? 0 : Encoding.UTF8.GetByteCount(text);
            }

            bytes = bytes.Length < size ? new byte[size] : bytes;
            fixed (byte* start = bytes)
            {
                int at = 0;
                foreach (string? text in slice)
                {
                    int length = text is null ? -1 : Encoding.UTF8.GetBytes(text, bytes.AsSpan(at));
                    batch.Add(start + at, length);
                    at += Math.Max(0, length);
                }

                batch.Write();
            }
        }
    }

    private static unsafe void Coded(ColumnWriter<ByteArray> writer, ParquetField field, ColumnValues.Coded values)
    {
        var batch = new TextBatch(writer, field);
        ReadOnlySpan<int> starts = values.Starts.Span;
        byte none = 0; // a text of no bytes points somewhere, too
        fixed (byte* bytes = values.Bytes.Span)
        {
            byte* start = bytes == null ? &none : bytes;
            foreach (int code in values.Codes.Span)
            {
                batch.Add(code < 0 ? start : start + starts[code], code < 0 ? -1 : starts[code + 1] - starts[code]);
            }

            batch.Write();
        }
    }

    /// <summary>Collects pointers to text; whoever adds them keeps the text pinned until <see cref="Write"/>.</summary>
    private sealed unsafe class TextBatch(ColumnWriter<ByteArray> writer, ParquetField field)
    {
        private readonly ByteArray[] _present = new ByteArray[Slice];
        private readonly short[] _levels = new short[Slice];
        private int _rows, _count;

        /// <summary>Adds a row; length −1 = missing.</summary>
        public void Add(byte* text, int length)
        {
            _levels[_rows++] = length < 0 ? (short)0 : (short)1;
            if (length >= 0)
            {
                _present[_count++] = new ByteArray((nint)text, length);
            }

            if (_rows == Slice)
            {
                Write();
            }
        }

        public void Write()
        {
            if (field.IsNullable)
            {
                writer.WriteBatch(_rows, _levels.AsSpan(0, _rows), default, _present.AsSpan(0, _count));
            }
            else
            {
                writer.WriteBatch(_count == _rows ? _present.AsSpan(0, _count) : throw Missing(field));
            }

            (_rows, _count) = (0, 0);
        }
    }

    private static ArgumentException Missing(ParquetField field) =>
        new($"Column {field.Name} has missing values, but was made without them.");
}
