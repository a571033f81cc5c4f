using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Loading;

/// <summary>
/// The transactions table of a dataset, open and checked: which file column is which canonical one, and the row groups to read.
/// </summary>
internal sealed class TransactionSource : IDisposable
{
    private readonly ParquetTable _files;

    private TransactionSource(DatasetFolder folder, DatasetDescription description, ParquetTable files) =>
        (Folder, Description, _files) = (folder, description, files);

    /// <summary>Path of the table, for messages.</summary>
    public string Table => Folder.Transactions;

    /// <summary>Where the tables of the dataset lie.</summary>
    public DatasetFolder Folder { get; }

    /// <summary>Mapping, currency, time zone in force.</summary>
    public DatasetDescription Description { get; }

    /// <summary>Row groups that hold lines, in source order.</summary>
    public required IReadOnlyList<TablePart> Parts { get; init; }

    /// <summary>Rows of those.</summary>
    public long Rows => Parts.Sum(p => (long)p.Rows);

    /// <summary>Customer ids: a column, or a hive partition.</summary>
    public required NameColumn Customer { get; init; }

    /// <summary>Source column of the time.</summary>
    public required TableColumn Time { get; init; }

    /// <summary>Source column of the amount; null = each row counts 1.</summary>
    public TableColumn? Amount { get; init; }

    /// <summary>The column with the order ids, whether asked for or not; null = none.</summary>
    public TableColumn? OrderColumn { get; private init; }

    /// <summary>Optional text columns asked for and there; columns, or hive partitions.</summary>
    public IReadOnlyList<(HistoryColumns Kind, NameColumn Column)> Texts { get; private set; } = [];

    /// <summary>Optional number columns asked for and there.</summary>
    public IReadOnlyList<(HistoryColumns Kind, TableColumn Column)> Numbers { get; private set; } = [];

    /// <summary>Who is who where the lines come from several sources; null = the ids are customer ids.</summary>
    public IdMap? Map { get; private set; }

    /// <summary>Who belongs to which account; null = customers are people.</summary>
    public AccountMap? Accounts { get; private set; }

    /// <summary>Whose lines are left out.</summary>
    public Erasures Erasures { get; private set; } = Erasures.None;

    /// <summary>Whose lines count; null = everybody's.</summary>
    public HistorySlice? Slice { get; private set; }

    /// <summary>What was delivered twice and counts once; null = nothing.</summary>
    public Redelivery? Redelivered { get; private set; }

    /// <summary>The column, or hive partition, that names a line's source; null = none does.</summary>
    public NameColumn? SourceColumn { get; private set; }

    /// <summary>Every flat column of the files, by name.</summary>
    public IReadOnlyList<TableColumn> Columns =>
        [.. _files.ColumnNames.Order(StringComparer.Ordinal).Select(n => _files.Find(n)!).Where(c => !c.HasAny(ColumnKind.Other))];

    /// <summary>Opens the table and finds its columns.</summary>
    /// <exception cref="DatasetException">It cannot be used.</exception>
    public static TransactionSource Open(string pathOrFolder, LoadOptions options)
    {
        DatasetFolder folder = DatasetFolder.Open(pathOrFolder);
        DatasetDescription description = options.Description ?? folder.Description;
        description = description with { Level = options.Level ?? description.Level };
        ParquetTable? files = null;
        try
        {
            files = ParquetTable.Open(folder.Transactions);
            TransactionSource source = Resolve(folder, description, files, options);
            source.Erasures = Erasures.Of(pathOrFolder);
            source.Slice = options.Slice is { IsWhole: false } part ? part : null;
            source.Map = folder.IdMap is null ? null : IdMap.Load(folder.IdMap);
            source.Accounts = description.Level == CustomerLevel.Account
                ? AccountMapReader.Read(folder, description, source.Map, source.Erasures) : null;
            source.SourceColumn = NameColumn.Find(files, Source(description, "source"));
            TimeZoneInfo zone = TimeZoneInfo.TryFindSystemTimeZoneById(description.TimeZone, out TimeZoneInfo? found)
                ? found
                : throw DatasetFaults.UnknownTimeZone($"'{source.Table}'", description.TimeZone).Refuse();
            source.Redelivered = Redelivery.Find(
                source.Parts, source.Columns, source.Time, files.Find(Source(description, "order_id")), source.SourceColumn?.Name, zone);
            return source;
        }
        catch (Exception e)
        {
            files?.Dispose();
            if (e is not DatasetException && Translate(e, folder.Transactions) is { } refused)
            {
                throw refused;
            }

            throw;
        }
    }

    /// <summary>What a user is told of a fault while reading; null where it is not about the data.</summary>
    public static DatasetException? Translate(Exception fault, string table) => fault switch
    {
        DatasetException refused => refused,
        SpillException => null,
        IOException or UnauthorizedAccessException => ParquetFault.Of(fault, table, null),
        _ => null,
    };

    /// <summary>Forgets the optional columns that are not among these: they were looked at, and are not to be loaded.</summary>
    public void Keep(HistoryColumns columns)
    {
        Texts = [.. Texts.Where(t => columns.HasFlag(t.Kind))];
        Numbers = [.. Numbers.Where(n => columns.HasFlag(n.Kind))];
    }

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private static TransactionSource Resolve(
        DatasetFolder folder, DatasetDescription description, ParquetTable files, LoadOptions options)
    {
        string table = folder.Transactions;
        string[] present = [.. files.ColumnNames, .. files.PartitionColumns];
        RefuseTwice(table, description, files, present);
        foreach (string canonical in description.Columns.Keys.Where(c => DatasetFolder.TransactionColumnNames.Contains(c)))
        {
            if (!present.Contains(Source(description, canonical)))
            {
                throw DatasetFaults.MissingColumn(table, Source(description, canonical), canonical, present).Refuse();
            }
        }

        NameColumn? Name(string canonical) => NameColumn.Find(files, Source(description, canonical)) is { } found
            ? found.Column is null or { IsName: true } ? found : throw Wrong(found.Column, canonical, "text or whole numbers")
            : null;
        TableColumn? Column(string canonical, Func<TableColumn, bool> accepts, string expected)
        {
            string source = Source(description, canonical);
            if (files.Find(source) is not { } found)
            {
                return files.PartitionColumns.Contains(source)
                    ? throw DatasetFaults.WrongType(table, source, canonical, "the name of a folder", $"a column with {expected}").Refuse()
                    : null;
            }

            return accepts(found) ? found : throw Wrong(found, canonical, expected);
        }

        DatasetException Wrong(
            TableColumn column, string canonical, string expected) =>
                DatasetFaults.WrongType(table, column.Name, canonical, column.TypeName, expected).Refuse();
        T Everywhere<T>(T? found, TableColumn? column, string canonical)
            where T : class =>
            found is null ? throw DatasetFaults.MissingColumn(table, Source(description, canonical), canonical, present).Refuse()
            : column?.MissingFrom is { } without
                ? throw DatasetFaults.MissingColumn(without.RelativePath, column.Name, canonical, [.. without.Columns.Select(c => c.Name)])
                    .Refuse()
            : found;

        NameColumn customer = Everywhere(Name("customer_id"), Name("customer_id")?.Column, "customer_id");
        TableColumn time = Everywhere(
            Column("ordered_at", c => c.IsTime, "a timestamp or a date"), files.Find(Source(description, "ordered_at")), "ordered_at");
        TableColumn? amount = Column("amount", c => c.IsNumber, "a number");
        amount = amount is null ? null : Everywhere(amount, amount, "amount");
        var texts = new List<(HistoryColumns, NameColumn)>();
        var numbers = new List<(HistoryColumns, TableColumn)>();
        foreach (var (kind, canonical, isText) in Optional)
        {
            if (!options.Columns.HasFlag(kind))
            {
                continue;
            }

            if (isText && Name(canonical) is { } text)
            {
                texts.Add((kind, text));
            }
            else if (!isText && Column(canonical, c => c.IsNumber, "a number") is { } number)
            {
                numbers.Add((kind, number));
            }
        }

        if (files.RowCount == 0)
        {
            throw DatasetFaults.EmptyTable(table).Refuse();
        }

        return new TransactionSource(folder, description, files)
        {
            Parts = [.. files.Parts.Where(p => p.Rows > 0)],
            Customer = customer,
            Time = time,
            Amount = amount,
            OrderColumn = files.Find(Source(description, "order_id")),
            Texts = texts,
            Numbers = numbers,
        };
    }

    private static readonly (HistoryColumns Kind, string Canonical, bool IsText)[] Optional =
    [
        (HistoryColumns.Order, "order_id", true),
        (HistoryColumns.Product, "product_id", true),
        (HistoryColumns.Category, "category", true),
        (HistoryColumns.Channel, "channel", true),
        (HistoryColumns.Quantity, "quantity", false),
        (HistoryColumns.UnitCost, "unit_cost", false),
        (HistoryColumns.Discount, "discount", false),
    ];

    private static string Source(
        DatasetDescription description, string canonical) => description.Columns.GetValueOrDefault(canonical, canonical);

    /// <summary>
    /// One source column for two canonical names, a canonical name taken by mapping and by a column of that name, or a column twice in a
    /// file.
    /// </summary>
    private static void RefuseTwice(string table, DatasetDescription description, ParquetTable files, string[] present)
    {
        foreach (var group in description.Columns.GroupBy(p => p.Value, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            throw DatasetFaults.DuplicateMapping($"the mapping of '{table}'", group.Key, [.. group.Select(p => p.Key)]).Refuse();
        }

        foreach (TableFile file in files.Files)
        {
            foreach (var group in file.Columns.Select(c => c.Name).Concat(files.PartitionColumns).GroupBy(p => p, StringComparer.Ordinal)
                .Where(g => g.Count() > 1))
            {
                throw DatasetFaults.DuplicateMapping($"'{file.RelativePath}'", group.Key, [.. group]).Refuse();
            }
        }

        foreach (var (canonical, source) in description.Columns)
        {
            bool taken = canonical != source && present.Contains(canonical) && !description.Columns.Values.Contains(canonical);
            if (taken && present.Contains(source))
            {
                throw DatasetFaults.DuplicateMapping(
                    $"'{table}'", canonical, [$"column '{canonical}' of the file", $"column '{source}' by dataset.json"]).Refuse();
            }
        }
    }
}
