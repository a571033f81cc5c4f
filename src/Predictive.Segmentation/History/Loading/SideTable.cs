using System.Globalization;
using Predictive.Parquet;
using Predictive.Segmentation.History.Checks;
using Predictive.Segmentation.History.Sources;

namespace Predictive.Segmentation.History.Loading;

/// <summary>The customers or the events table of a dataset, open, its columns found and checked. The loader and the check read it the same way.</summary>
internal sealed class SideTable : IDisposable
{
    /// <summary>What <see cref="ReadCustomers"/> gives a row without a customer id.</summary>
    public const int NoCustomer = -1;

    /// <summary>What <see cref="ReadCustomers"/> gives a row of somebody without a transaction.</summary>
    public const int Unknown = -2;

    private readonly ParquetDataset _dataset;
    private readonly IReadOnlyDictionary<string, string> _columns;
    private readonly IdMap? _map;
    private readonly string _sourceColumn;

    private SideTable(string name, ParquetDataset dataset, IReadOnlyDictionary<string, string> columns, DatasetDescription description, IdMap? map)
    {
        (Name, _dataset, _map, _columns) = (name, dataset, map, columns);
        _sourceColumn = description.Columns.GetValueOrDefault("source", "source");
        string inTransactions = description.Columns.GetValueOrDefault("customer_id", "customer_id");
        CustomerColumn = columns.GetValueOrDefault("customer_id")
            ?? (dataset.Schema.Find("customer_id") is null && dataset.Schema.Find(inTransactions) is not null ? inTransactions : "customer_id");
        Require(CustomerColumn, "customer_id", c => ColumnTypes.IsText(c) || ColumnTypes.IsInteger(c), "text or whole numbers");
    }

    /// <summary>File or folder name, for messages.</summary>
    public string Name { get; }

    /// <summary>Column of the customer ids: what dataset.json calls it for this table, <c>customer_id</c>, or its name in the transactions.</summary>
    public string CustomerColumn { get; }

    /// <summary>The row groups.</summary>
    public IReadOnlyList<ParquetDatasetPart> Parts => _dataset.Parts;

    /// <summary>Rows in all.</summary>
    public long Rows => _dataset.RowCount;

    /// <summary>Columns beside the customer id and the source, in file order.</summary>
    public IEnumerable<ParquetColumn> Others => _dataset.Schema.Columns.Where(c => c.Path != CustomerColumn && c.Path != _sourceColumn);

    /// <summary>Name in the file of a canonical column, by dataset.json.</summary>
    public string SourceOf(string canonical) => _columns.GetValueOrDefault(canonical, canonical);

    /// <summary>A column, or null.</summary>
    public ParquetColumn? Find(string column) => _dataset.Schema.Find(column);

    /// <summary>Whether the folders of the table carry a value of that name.</summary>
    public bool IsPartition(string column) => _dataset.PartitionColumns.Contains(column);

    /// <summary>Opens a table.</summary>
    /// <param name="path">File or folder.</param>
    /// <param name="columns">What dataset.json calls its columns.</param>
    /// <param name="description">For the names used in the transactions.</param>
    /// <param name="map">Who is who; null = the ids are customer ids.</param>
    /// <exception cref="DatasetException">It cannot be read, or has no customer ids.</exception>
    public static SideTable Open(string path, IReadOnlyDictionary<string, string> columns, DatasetDescription description, IdMap? map)
    {
        ParquetDataset? dataset = null;
        try
        {
            dataset = ParquetDataset.Open(path);
            return new SideTable(Path.GetFileName(path), dataset, columns, description, map);
        }
        catch (Exception e)
        {
            dataset?.Dispose();
            throw Refused(e, path) ?? e;
        }
    }

    /// <summary>What a user is told of a fault while reading a table; null where it is not about the data.</summary>
    public static DatasetException? Refused(Exception fault, string table) => TransactionSource.Translate(fault, table);

    /// <summary>A column that must be there and of a type.</summary>
    /// <exception cref="DatasetException">It is not.</exception>
    public ParquetColumn Require(string column, string meaning, Func<ParquetColumn, bool> accepts, string expected)
    {
        ParquetColumn found = Find(column)
            ?? throw DatasetFaults.MissingColumn(Name, column, meaning, [.. _dataset.Schema.Columns.Select(c => c.Path), .. _dataset.PartitionColumns]).Refuse();
        return found.IsFlat && accepts(found)
            ? found
            : throw DatasetFaults.WrongType(Name, column, meaning, found.IsFlat ? ColumnTypes.NameOf(found) : "a list", expected).Refuse();
    }

    /// <summary>The customers of a row group.</summary>
    /// <param name="part">The row group.</param>
    /// <param name="indexOf">Index of a customer by id; negative = nobody with a transaction.</param>
    /// <returns>One index per row, or <see cref="NoCustomer"/> or <see cref="Unknown"/>.</returns>
    public int[] ReadCustomers(ParquetDatasetPart part, Func<string, int> indexOf)
    {
        int Index(string id) => string.IsNullOrWhiteSpace(id) ? NoCustomer : indexOf(id) is >= 0 and int index ? index : Unknown;
        var customers = new int[checked((int)part.RowGroup.RowCount)];
        if (_map is not null)
        {
            using var mapped = new MappedIds(_map, Index, part, CustomerColumn, _sourceColumn);
            Expect(mapped.Read(customers), customers.Length, CustomerColumn);
            return customers;
        }

        ReadTexts(part, CustomerColumn, customers, Index, NoCustomer);
        return customers;
    }

    /// <summary>Codes of a column of text or whole numbers, one look-up per distinct value.</summary>
    /// <param name="part">The row group.</param>
    /// <param name="column">Path of the column.</param>
    /// <param name="codes">One per row.</param>
    /// <param name="codeOf">Code of a value that a row has.</param>
    /// <param name="missing">Code of null.</param>
    public static void ReadTexts(ParquetDatasetPart part, string column, int[] codes, Func<string, int> codeOf, int missing)
    {
        using ColumnReader reader = part.OpenColumn(column);
        Expect(reader.ReadCodes(codes), codes.Length, column);
        bool whole = ColumnTypes.IsInteger(reader.Column);
        var known = new Dictionary<int, int>();
        foreach (ref int code in codes.AsSpan())
        {
            if (code < 0)
            {
                code = missing;
                continue;
            }

            if (!known.TryGetValue(code, out int found))
            {
                string text = whole ? reader.Int64Dictionary[code].ToString(CultureInfo.InvariantCulture) : reader.StringDictionary[code];
                known.Add(code, found = codeOf(text));
            }

            code = found;
        }
    }

    /// <summary>Numbers of a column; NaN = none.</summary>
    public static double[] ReadNumbers(ParquetDatasetPart part, string column)
    {
        var values = new double[checked((int)part.RowGroup.RowCount)];
        using ColumnReader reader = part.OpenColumn(column);
        Expect(reader.ReadDouble(values), values.Length, column);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => _dataset.Dispose();

    internal static void Expect(int read, int expected, string column)
    {
        if (read != expected)
        {
            throw new IOException($"Column {column} ended {expected - read} rows early.");
        }
    }
}

/// <summary>What the types of a Parquet column can stand for in the tables of a dataset.</summary>
internal static class ColumnTypes
{
    public static bool IsText(ParquetColumn c) =>
        c.PhysicalType == PhysicalType.ByteArray && c.LogicalType.Kind is LogicalKind.None or LogicalKind.String or LogicalKind.Enum;

    public static bool IsInteger(ParquetColumn c) =>
        c.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64
        && (c.LogicalType.Kind is LogicalKind.None or LogicalKind.Integer || (c.LogicalType.Kind == LogicalKind.Decimal && c.LogicalType.Scale == 0));

    public static bool IsTime(ParquetColumn c) => c.PhysicalType == PhysicalType.Int96 || c.LogicalType.Kind is LogicalKind.Timestamp or LogicalKind.Date;

    public static bool IsNumber(ParquetColumn c) =>
        c.LogicalType.Kind is LogicalKind.Decimal or LogicalKind.Float16
        || (c.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.Float or PhysicalType.Double
            && c.LogicalType.Kind is LogicalKind.None or LogicalKind.Integer);

    public static bool IsFlag(ParquetColumn c) => c.PhysicalType == PhysicalType.Boolean;

    public static string NameOf(ParquetColumn column) =>
        column.LogicalType.Kind == LogicalKind.None ? column.PhysicalType.ToString().ToLowerInvariant() : column.LogicalType.Kind.ToString().ToLowerInvariant();
}
