using Apache.Arrow;
using Apache.Arrow.Ipc;
using Microsoft.ML;
using Microsoft.ML.Data;
using ParquetSharp.Arrow;
using Predictive.History;

namespace Predictive.MLNet.Data;

/// <summary>
/// Parquet files as ML.NET reads tables: streamed row group by row group, on as many cursors as are asked for, never held as a whole.
/// Folders named <c>key=value</c> add a text column each. A missing number is NaN, a missing text empty, a missing time 0001-01-01.
/// </summary>
internal sealed class ParquetView : IDataView
{
    private readonly Part[] _parts;
    private readonly Source[] _sources;

    /// <exception cref="DatasetException">There is no Parquet file, one is damaged, or their columns differ.</exception>
    public ParquetView(string pathOrFolder)
    {
        string[] files = File.Exists(pathOrFolder)
            ? [pathOrFolder]
            : Directory.Exists(pathOrFolder)
                ? [.. Directory.EnumerateFiles(pathOrFolder, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
                : [];
        if (files.Length == 0)
        {
            throw new DatasetException(
                "no-parquet", $"{pathOrFolder}: there is no Parquet file; expected one, or a folder that holds some.", pathOrFolder);
        }

        var parts = new List<Part>();
        Field[]? first = null;
        int[] leaves = [];
        string[] keys = [];
        long rows = 0;
        foreach (string file in files)
        {
            (string Key, string Value)[] folders = Folders(pathOrFolder, file);
            using FileReader reader = Open(file);
            Field[] fields = [.. reader.Schema.FieldsList];
            // What a reader is asked for is a leaf's number: a nested column before it holds several.
            int[] places = [.. fields.Select((_, i) => reader.SchemaManifest.SchemaField(i).ColumnIndex)];
            if (first is null)
            {
                (first, leaves, keys) = (fields, places, [.. folders.Select(f => f.Key)]);
            }
            else if (!places.SequenceEqual(leaves) || !fields.Select(Told).SequenceEqual(first.Select(Told))
                || !folders.Select(f => f.Key).SequenceEqual(keys))
            {
                throw new DatasetException(
                    "columns-differ",
                    $"{file}: its columns are {string.Join(", ", fields.Select(Told))}; expected those of {files[0]}: "
                        + $"{string.Join(", ", first.Select(Told))}. Load them apart, or write them alike.", file);
            }

            for (int g = 0; g < reader.NumRowGroups; g++)
            {
                using ParquetSharp.RowGroupReader group = reader.ParquetReader.RowGroup(g);
                parts.Add(new Part(file, g, rows, [.. folders.Select(f => f.Value)]));
                rows += group.MetaData.NumRows;
            }
        }

        (_parts, Rows) = ([.. parts], rows);
        _sources =
        [
            .. first!.Select((f, i) => new Source(f.Name, f, leaves[i])).Where(s => ParquetColumn.Of(s.Field!) is not null),
            .. keys.Select((k, i) => new Source(k, null, i)),
        ];
        var schema = new DataViewSchema.Builder();
        foreach (Source source in _sources)
        {
            schema.AddColumn(source.Name, source.Field is { } field ? ParquetColumn.Of(field)!.Type : TextDataViewType.Instance);
        }

        Schema = schema.ToSchema();
    }

    private long Rows { get; }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => Rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, columnsNeeded, 0, 1);

    // Each cursor takes every n-th row group; who joins them puts the batches, one per row group, in order again.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        int cursors = Math.Clamp(n, 1, Math.Max(1, _parts.Length));
        return [.. Enumerable.Range(0, cursors).Select(k => (DataViewRowCursor)new Cursor(this, columnsNeeded, k, cursors))];
    }

    private static string Told(Field field) => $"{field.Name} {field.DataType.Name}";

    private static (string Key, string Value)[] Folders(string root, string file) =>
    [
        .. (Path.GetDirectoryName(Path.GetRelativePath(root, file)) ?? "").Split(Path.DirectorySeparatorChar)
            .Select(f => f.Split('=', 2)).Where(p => p.Length == 2 && p[0].Length > 0)
            .Select(p => (p[0], Uri.UnescapeDataString(p[1]))),
    ];

    private static FileReader Open(string file)
    {
        try
        {
            return new FileReader(file);
        }
        catch (ParquetSharp.ParquetException e)
        {
            throw new DatasetException("damaged-parquet", $"{file}: it cannot be read as Parquet ({e.Message.Split('\n')[0]}).", file);
        }
    }

    /// <summary>A row group: where it is, and the number of its first row.</summary>
    private sealed record Part(string File, int Group, long First, string[] Folders);

    /// <summary>
    /// Where a column comes from: a field of the files, with the number of its leaf, or (without one) a folder's name, with its place in
    /// the path.
    /// </summary>
    private sealed record Source(string Name, Field? Field, int Index);

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly ParquetView _view;
        private readonly int _step;
        private readonly int[] _active;
        private readonly ParquetColumn?[] _columns;
        private FileReader? _file;
        private IArrowArrayStream? _stream;
        private RecordBatch? _batch;
        private int _part, _row = -1;
        private long _inPart, _position = -1;

        public Cursor(ParquetView view, IEnumerable<DataViewSchema.Column> needed, int first, int step)
        {
            (_view, _part, _step) = (view, first - step, step);
            _active = [.. needed.Select(c => c.Index).Distinct().Order()];
            _columns = new ParquetColumn?[view._sources.Length];
            foreach (int c in _active)
            {
                _columns[c] = view._sources[c].Field is { } field ? ParquetColumn.Of(field) : new Folder(this, view._sources[c].Index);
            }
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Position => _position;

        public override long Batch => Math.Max(_part, 0);

        public override bool IsColumnActive(DataViewSchema.Column column) => _columns[column.Index] is not null;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            (_columns[column.Index] ?? throw new InvalidOperationException($"The column '{column.Name}' was not asked for."))
                .Getter(() => _row) as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"The column '{column.Name}' is {column.Type}, not {typeof(TValue).Name}.");

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new DataViewRowId((ulong)(_view._parts[_part].First + _inPart), 0);

        public override bool MoveNext()
        {
            while (true)
            {
                if (_batch is not null && _row + 1 < _batch.Length)
                {
                    _row++;
                    _position++;
                    _inPart++;
                    return true;
                }

                _batch?.Dispose();
                _batch = _stream?.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult();
                _row = -1;
                if (_batch is not null)
                {
                    int at = 0;
                    foreach (int c in _active.Where(c => _view._sources[c].Field is not null))
                    {
                        _columns[c]!.Set(_batch.Column(at++));
                    }
                }
                else if (!NextPart())
                {
                    return false;
                }
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _batch?.Dispose();
                _stream?.Dispose();
                _file?.Dispose();
            }

            base.Dispose(disposing);
        }

        private bool NextPart()
        {
            _stream?.Dispose();
            _stream = null;
            if (_part + _step >= _view._parts.Length)
            {
                _file?.Dispose();
                _file = null;
                return false;
            }

            string? before = _part < 0 ? null : _view._parts[_part].File;
            _part += _step;
            Part part = _view._parts[_part];
            if (_file is null || before != part.File)
            {
                _file?.Dispose();
                _file = Open(part.File);
            }

            int[] fields = [.. _active.Select(c => _view._sources[c]).Where(s => s.Field is not null).Select(s => s.Index)];
            // Of no column at all the rows are still counted: the first one is read.
            _stream = _file.GetRecordBatchReader(rowGroups: [part.Group], columns: fields.Length == 0 ? [0] : fields);
            _inPart = -1;
            return true;
        }

        /// <summary>The folder's name of the part at hand.</summary>
        private sealed class Folder(Cursor cursor, int index) : ParquetColumn
        {
            public override DataViewType Type => TextDataViewType.Instance;

            public override void Set(IArrowArray values) => throw new InvalidOperationException("A folder's name is in no file.");

            public override Delegate Getter(Func<int> row) => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) =>
                value = cursor._view._parts[cursor._part].Folders[index].AsMemory());
        }
    }
}
