using Predictive.Parquet;
using Predictive.Segmentation.History.Checks;
using Predictive.Segmentation.History.Sources;

namespace Predictive.Segmentation.History.Loading;

/// <summary>The transactions table of a dataset, open and checked: which file column is which canonical one, and the row groups to read.</summary>
internal sealed class TransactionSource : IDisposable
{
    private readonly ParquetDataset _dataset;

    private TransactionSource(string table, DatasetDescription description, ParquetDataset dataset)
    {
        Table = table;
        Description = description;
        _dataset = dataset;
    }

    /// <summary>Path of the table, for messages.</summary>
    public string Table { get; }

    /// <summary>Mapping, currency, time zone in force.</summary>
    public DatasetDescription Description { get; }

    /// <summary>Row groups that may hold lines asked for, in source order.</summary>
    public required IReadOnlyList<ParquetDatasetPart> Parts { get; init; }

    /// <summary>Rows of those.</summary>
    public long Rows => Parts.Sum(p => p.RowGroup.RowCount);

    /// <summary>Source column of the customer ids.</summary>
    public required ParquetColumn Customer { get; init; }

    /// <summary>Source column of the time.</summary>
    public required ParquetColumn Time { get; init; }

    /// <summary>Source column of the amount; null = each row counts 1.</summary>
    public ParquetColumn? Amount { get; init; }

    /// <summary>Optional text columns asked for and there.</summary>
    public required IReadOnlyList<TextColumn> Texts { get; init; }

    /// <summary>Optional number columns asked for and there.</summary>
    public required IReadOnlyList<(HistoryColumns Kind, ParquetColumn Column)> Numbers { get; init; }

    /// <summary>A text column: in the files, or a hive partition.</summary>
    /// <param name="Kind">Which.</param>
    /// <param name="Column">Null = the partition <paramref name="Partition"/>.</param>
    /// <param name="Partition">Name of the partition column.</param>
    public sealed record TextColumn(HistoryColumns Kind, ParquetColumn? Column, string Partition)
    {
        /// <summary>Whether the values are integers.</summary>
        public bool IsNumeric => Column is not null && ColumnTypes.IsInteger(Column);
    }

    /// <summary>Who is who where the lines come from several sources; null = the ids are customer ids.</summary>
    public IdMap? Map { get; private set; }

    /// <summary>What was delivered twice and counts once; null = nothing.</summary>
    public Redelivery? Redelivered { get; private set; }

    /// <summary>Name of the column, or hive partition, that names a line's source.</summary>
    public string SourceColumn => Source(Description, "source");

    /// <summary>Where the tables of the dataset lie.</summary>
    public required DatasetFolder Folder { get; init; }

    /// <summary>Opens the table and finds its columns.</summary>
    /// <exception cref="DatasetException">It cannot be used.</exception>
    public static TransactionSource Open(string pathOrFolder, LoadOptions options)
    {
        DatasetFolder folder = DatasetFolder.Open(pathOrFolder);
        DatasetDescription description = options.Description ?? folder.Description;
        ParquetDataset? dataset = null;
        try
        {
            var pruning = new TimePruning(options);
            dataset = ParquetDataset.Open(folder.Transactions, pruning.KeepsPartition);
            TransactionSource source = Resolve(folder, description, dataset, options, pruning);
            source.Map = folder.IdMap is null ? null : IdMap.Load(folder.IdMap);
            string? order = dataset.Schema.Find(Source(description, "order_id"))?.Path;
            source.Redelivered = Redelivery.Find(folder.Transactions, source.Parts, source.Time.Path, order, source.SourceColumn);
            return source;
        }
        catch (Exception e)
        {
            dataset?.Dispose();
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
        ParquetFormatException damaged => DatasetFaults.UnreadableFile(damaged.File, WithStop(damaged.Column is null ? damaged.Problem : $"column {damaged.Column}: {damaged.Problem}")).Refuse(damaged),
        IOException or UnauthorizedAccessException => DatasetFaults.UnreadableFile(table, WithStop(fault.Message)).Refuse(fault),
        _ => null,
    };

    /// <inheritdoc/>
    public void Dispose() => _dataset.Dispose();

    private static TransactionSource Resolve(DatasetFolder folder, DatasetDescription description, ParquetDataset dataset, LoadOptions options, TimePruning pruning)
    {
        string table = folder.Transactions;
        string[] present = [.. dataset.Schema.Columns.Select(c => c.Path), .. dataset.PartitionColumns];
        RefuseTwice(table, description, present);
        ParquetColumn? Find(string canonical) => dataset.Schema.Find(Source(description, canonical));
        ParquetColumn Required(string canonical) => Find(canonical)
            ?? throw DatasetFaults.MissingColumn(table, Source(description, canonical), canonical, present).Refuse();
        foreach (string canonical in description.Columns.Keys.Where(c => DatasetFolder.TransactionColumnNames.Contains(c)))
        {
            if (!present.Contains(Source(description, canonical)))
            {
                throw DatasetFaults.MissingColumn(table, Source(description, canonical), canonical, present).Refuse();
            }
        }

        ParquetColumn customer = Checked(table, Required("customer_id"), "customer_id", c => ColumnTypes.IsText(c) || ColumnTypes.IsInteger(c), "text or whole numbers");
        ParquetColumn time = Checked(table, Required("ordered_at"), "ordered_at", ColumnTypes.IsTime, "a timestamp or a date");
        ParquetColumn? amount = Find("amount") is { } found ? Checked(table, found, "amount", ColumnTypes.IsNumber, "a number") : null;
        var texts = new List<TextColumn>();
        var numbers = new List<(HistoryColumns, ParquetColumn)>();
        foreach (var (kind, canonical, isText) in Optional)
        {
            if (!options.Columns.HasFlag(kind) || !present.Contains(Source(description, canonical)))
            {
                continue;
            }

            ParquetColumn? column = Find(canonical);
            if (isText)
            {
                texts.Add(new TextColumn(kind, column is null ? null : Checked(table, column, canonical, c => ColumnTypes.IsText(c) || ColumnTypes.IsInteger(c), "text or whole numbers"), Source(description, canonical)));
            }
            else if (column is not null)
            {
                numbers.Add((kind, Checked(table, column, canonical, ColumnTypes.IsNumber, "a number")));
            }
        }

        var parts = dataset.Parts.Where(p => p.RowGroup.RowCount > 0 && pruning.KeepsRowGroup(p, time.Path)).ToList();
        if (dataset.RowCount == 0 && !pruning.IsBounded)
        {
            throw DatasetFaults.EmptyTable(table).Refuse();
        }

        return new TransactionSource(table, description, dataset)
        {
            Folder = folder,
            Parts = parts,
            Customer = customer,
            Time = time,
            Amount = amount,
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

    private static string Source(DatasetDescription description, string canonical) => description.Columns.GetValueOrDefault(canonical, canonical);

    /// <summary>One source column for two canonical names, a canonical name taken by mapping and by a column of that name, or a column twice in the file.</summary>
    private static void RefuseTwice(string table, DatasetDescription description, string[] present)
    {
        foreach (var group in description.Columns.GroupBy(p => p.Value, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            throw DatasetFaults.DuplicateMapping($"the mapping of '{table}'", group.Key, [.. group.Select(p => p.Key)]).Refuse();
        }

        foreach (var group in present.GroupBy(p => p, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            throw DatasetFaults.DuplicateMapping($"'{table}'", group.Key, [.. group]).Refuse();
        }

        foreach (var (canonical, source) in description.Columns)
        {
            bool taken = canonical != source && present.Contains(canonical) && !description.Columns.Values.Contains(canonical);
            if (taken && present.Contains(source))
            {
                throw DatasetFaults.DuplicateMapping($"'{table}'", canonical, [$"column '{canonical}' of the file", $"column '{source}' by dataset.json"]).Refuse();
            }
        }
    }

    private static ParquetColumn Checked(string table, ParquetColumn column, string meaning, Func<ParquetColumn, bool> accepts, string expected) =>
        column.IsFlat && accepts(column) ? column : throw DatasetFaults.WrongType(table, column.Path, meaning, column.IsFlat ? ColumnTypes.NameOf(column) : "a list", expected).Refuse();

    private static string WithStop(string text) => text.EndsWith('.') ? text : text + ".";
}
