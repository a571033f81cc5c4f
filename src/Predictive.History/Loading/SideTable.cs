using Predictive.History.Parquet;
using Predictive.History.Sources;
using Predictive.History.Text;

namespace Predictive.History.Loading;

/// <summary>
/// The customers or the events table of a dataset, open, its columns found and checked. The loader and the check read it the same way.
/// </summary>
internal sealed class SideTable : IDisposable
{
    /// <summary>A row without a customer id.</summary>
    public const int NoCustomer = -1;

    /// <summary>A row of somebody without a transaction.</summary>
    public const int Unknown = -2;

    /// <summary>Rows read at a time.</summary>
    public const int Batch = 8192;

    private readonly ParquetTable _files;
    private readonly IReadOnlyDictionary<string, string> _columns;
    private readonly IdMap? _map;
    private readonly NameColumn? _source;
    private readonly NameColumn _customer;

    private SideTable(
        string name, ParquetTable files, IReadOnlyDictionary<string, string> columns, DatasetDescription description, IdMap? map)
    {
        (Name, _files, _map, _columns) = (name, files, map, columns);
        _source = NameColumn.Find(files, description.Columns.GetValueOrDefault("source", "source"));
        string inTransactions = description.Columns.GetValueOrDefault("customer_id", "customer_id");
        string customer = columns.GetValueOrDefault("customer_id")
            ?? (NameColumn.Find(files, "customer_id") is null && NameColumn.Find(files, inTransactions) is not null
                ? inTransactions
                : "customer_id");
        _customer = RequireNames(customer, "customer_id");
    }

    /// <summary>File or folder name, for messages.</summary>
    public string Name { get; }

    /// <summary>
    /// Column of the customer ids: what dataset.json calls it for this table, <c>customer_id</c>, or its name in the transactions.
    /// </summary>
    public string CustomerColumn => _customer.Name;

    /// <summary>Rows in all.</summary>
    public long Rows => _files.RowCount;

    /// <summary>Columns beside the customer id and the source, in file order.</summary>
    public IEnumerable<TableColumn> Others =>
        _files.ColumnNames.Where(c => c != CustomerColumn && c != _source?.Name).Select(c => _files.Find(c)!);

    /// <summary>Name in the file of a canonical column, by dataset.json.</summary>
    public string SourceOf(string canonical) => _columns.GetValueOrDefault(canonical, canonical);

    /// <summary>A column, or null.</summary>
    public TableColumn? Find(string column) => _files.Find(column);

    /// <summary>Names in a column or a hive partition, or null.</summary>
    public NameColumn? FindNames(string column) => NameColumn.Find(_files, column);

    /// <summary>Opens a table.</summary>
    /// <param name="path">File or folder.</param>
    /// <param name="columns">What dataset.json calls its columns.</param>
    /// <param name="description">For the names used in the transactions.</param>
    /// <param name="map">Who is who; null = the ids are customer ids.</param>
    /// <exception cref="DatasetException">It cannot be read, or has no customer ids.</exception>
    public static SideTable Open(string path, IReadOnlyDictionary<string, string> columns, DatasetDescription description, IdMap? map)
    {
        ParquetTable? files = null;
        try
        {
            files = ParquetTable.Open(path);
            return new SideTable(Path.GetFileName(path), files, columns, description, map);
        }
        catch (Exception e)
        {
            files?.Dispose();
            throw TransactionSource.Translate(e, path) ?? e;
        }
    }

    /// <summary>A column that must be there and of a type.</summary>
    /// <exception cref="DatasetException">It is not.</exception>
    public TableColumn Require(string column, string meaning, Func<TableColumn, bool> accepts, string expected)
    {
        TableColumn found = Find(column) ?? throw Missing(column, meaning);
        return accepts(found) ? found : throw DatasetFaults.WrongType(Name, column, meaning, found.TypeName, expected).Refuse();
    }

    /// <summary>Names that must be there, in a column or a hive partition.</summary>
    /// <exception cref="DatasetException">They are not.</exception>
    public NameColumn RequireNames(string column, string meaning)
    {
        NameColumn found = NameColumn.Find(_files, column) ?? throw Missing(column, meaning);
        return found.Column is null or { IsName: true }
            ? found
            : throw DatasetFaults.WrongType(Name, column, meaning, found.Column.TypeName, "text or whole numbers").Refuse();
    }

    /// <summary>Reads the table batch by batch.</summary>
    /// <param name="open">Opens the columns of a row group.</param>
    /// <param name="next">Reads the next rows of them: row group, first row in it, how many.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="DatasetException">A file is damaged.</exception>
    public void Read(Action<PartReader> open, Action<TablePart, int, int> next, CancellationToken cancellation)
    {
        foreach (TablePart part in _files.Parts)
        {
            part.Read(Batch, open, (first, n) => next(part, first, n), cancellation);
        }
    }

    /// <summary>A reader of the customers of the rows.</summary>
    /// <param name="indexOf">Index of a customer by id; negative = nobody with a transaction.</param>
    public CustomerReader Customers(Func<string, int> indexOf) => new(this, indexOf);

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private DatasetException Missing(string column, string meaning) =>
        DatasetFaults.MissingColumn(Name, column, meaning, [.. _files.ColumnNames, .. _files.PartitionColumns]).Refuse();

    /// <summary>Customers by index, row group by row group; each distinct id is looked up once.</summary>
    internal sealed class CustomerReader
    {
        private readonly SideTable _table;
        private readonly NameCodes _names;
        private readonly MappedIds? _mapped;

        public CustomerReader(SideTable table, Func<string, int> indexOf)
        {
            _table = table;
            int Index(string id) => indexOf(id) is >= 0 and int index ? index : Unknown;
            _mapped = table._map is { } map ? new MappedIds(map, Index) : null;
            _names = new NameCodes(Index);
        }

        /// <summary>Starts a row group.</summary>
        public void Open(PartReader rows)
        {
            if (_mapped is null)
            {
                _names.Open(rows, _table._customer);
            }
            else
            {
                _mapped.Open(rows, _table._customer, _table._source);
            }
        }

        /// <summary>The customers of the next rows: an index, <see cref="NoCustomer"/> or <see cref="Unknown"/>.</summary>
        public void Read(Span<int> customers)
        {
            if (_mapped is null)
            {
                _names.Read(customers);
            }
            else
            {
                _mapped.Read(customers);
            }
        }
    }
}

/// <summary>Codes that the caller gives to names, one look-up per distinct name; −1 = missing.</summary>
/// <param name="codeOf">The code of a name.</param>
internal sealed class NameCodes(Func<string, int> codeOf)
{
    private readonly TextPool _pool = new();
    private readonly List<int> _codes = [];
    private NameBatches? _names;

    /// <summary>Starts a row group.</summary>
    public void Open(PartReader rows, NameColumn names) => _names = new NameBatches(rows, names);

    /// <summary>The codes of the next rows.</summary>
    public void Read(Span<int> codes)
    {
        _names!.ReadCodes(codes, _pool);
        while (_codes.Count < _pool.Count)
        {
            _codes.Add(codeOf(_pool.Text(_codes.Count)));
        }

        foreach (ref int code in codes)
        {
            code = code < 0 ? -1 : _codes[code];
        }
    }
}
