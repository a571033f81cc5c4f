using System.Globalization;
using Predictive.History.Loading;
using Predictive.History.Parquet;

namespace Predictive.History.Ingest;

/// <summary>
/// What a dataset has a place for: events that came one by one are folded into its files later, so whatever no column could hold is refused
/// when it comes, not lost when it is folded.
/// </summary>
public sealed record IngestTarget
{
    private static readonly (HistoryColumns Column, string Member)[] s_members =
    [
        (HistoryColumns.Order, "orderId"), (HistoryColumns.Product, "productId"), (HistoryColumns.Category, "category"),
        (HistoryColumns.Channel, "channel"), (HistoryColumns.Quantity, "quantity"), (HistoryColumns.UnitCost, "unitCost"),
        (HistoryColumns.Discount, "discount"),
    ];

    /// <summary>Why nothing can be folded in at all; null = it can.</summary>
    public string? Refusal { get; private init; }

    /// <summary>Optional columns of the transactions.</summary>
    public HistoryColumns Columns { get; private init; }

    /// <summary>Whether the transactions have amounts; else each line counts 1.</summary>
    public bool HasAmount { get; private init; }

    /// <summary>Whether customer ids are whole numbers.</summary>
    public bool CustomersAreNumbers { get; private init; }

    /// <summary>The same of the events table.</summary>
    public bool EventCustomersAreNumbers { get; private init; }

    /// <summary>Whether there is an events table.</summary>
    public bool HasEvents { get; private init; }

    /// <summary>Whether events have values.</summary>
    public bool HasValues { get; private init; }

    /// <summary>
    /// Who belongs to which account, where the customers are accounts: a line that names an account would be nobody's. Null where they are
    /// people.
    /// </summary>
    public AccountMap? Accounts { get; init; }

    /// <summary>Name of the folder below each table's that takes the files; empty = the table's own.</summary>
    internal string Partition { get; private init; } = "";

    /// <summary>Looks at the footers of a dataset's files.</summary>
    /// <exception cref="DatasetException">The dataset cannot be used.</exception>
    public static IngestTarget Of(string pathOrFolder)
    {
        if (File.Exists(pathOrFolder))
        {
            return Refused("it is a single file; expected a dataset folder, to which files can be added");
        }

        if (Warehouse.Copies.WarehouseFolder.IsOne(pathOrFolder))
        {
            return Refused("its transactions lie in a warehouse; expected them to be added there");
        }

        using TransactionSource source = TransactionSource.Open(
            pathOrFolder, new LoadOptions { Tables = false, Level = CustomerLevel.Person });
        DatasetDescription description = source.Description;
        string sourceColumn = description.Columns.GetValueOrDefault("source", "source");
        IReadOnlyList<string> partitions = [.. source.Parts[0].File.Partition.Keys];
        if (partitions.Any(p => p != sourceColumn) || partitions.Count > 1)
        {
            return Refused($"its transactions are partitioned by {string.Join(", ", partitions)}; expected no partitions, or by source");
        }

        bool hasEvents = source.Folder.Events is not null, eventNumbers = false, hasValues = false;
        if (source.Folder.Events is { } events)
        {
            using ParquetTable table = ParquetTable.Open(events);
            if (table.PartitionColumns.Count > 0)
            {
                return Refused($"its events are partitioned by {string.Join(", ", table.PartitionColumns)}; expected no partitions");
            }

            using SideTable side = SideTable.Open(events, description.EventColumns, description, null);
            eventNumbers = table.Find(side.CustomerColumn) is { IsInteger: true };
            hasValues = table.Find(side.SourceOf("value")) is not null;
        }

        HistoryColumns columns = HistoryColumns.None;
        foreach (HistoryColumns kind in source.Texts.Select(t => t.Kind).Concat(source.Numbers.Select(n => n.Kind)))
        {
            columns |= kind;
        }

        return new IngestTarget
        {
            Columns = columns, HasAmount = source.Amount is not null, CustomersAreNumbers = CustomerIds.AreNumbers(source),
            EventCustomersAreNumbers = eventNumbers, HasEvents = hasEvents, HasValues = hasValues,
            Partition = partitions.Count == 0 ? "" : $"{Uri.EscapeDataString(sourceColumn)}=events",
        };
    }

    /// <summary>Why the dataset has no place for an event; null = it has.</summary>
    public string? Fault(IngestedEvent one)
    {
        ArgumentNullException.ThrowIfNull(one);
        if (Refusal is not null)
        {
            return $"The dataset served takes no events: {Refusal}.";
        }

        if (Accounts is { } accounts && accounts.IsAccount(one.CustomerId) && !accounts.Holds(one.CustomerId))
        {
            return "customerId is an account; expected the id of the person who ordered.";
        }

        if (one.Table == IngestTable.Events && !HasEvents)
        {
            return "The dataset served has no events table; expected transactions only. Add events.parquet to it first.";
        }

        if ((one.Table == IngestTable.Events ? EventCustomersAreNumbers : CustomersAreNumbers)
            && !(long.TryParse(one.CustomerId, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                && number.ToString(CultureInfo.InvariantCulture) == one.CustomerId))
        {
            return "customerId is no whole number, and the dataset's are.";
        }

        if (one.Table == IngestTable.Events)
        {
            return one.Value is not null && !HasValues
                ? "The dataset served has no column for 'value'; leave it out, or add the column to its events." : null;
        }

        if (!HasAmount && one.Amount != 1)
        {
            return "The dataset served has no amounts, each line counts 1; expected an amount of 1.";
        }

        HistoryColumns given = Given(one);
        string[] without = [.. s_members.Where(m => given.HasFlag(m.Column) && !Columns.HasFlag(m.Column)).Select(m => $"'{m.Member}'")];
        return without.Length == 0 ? null
            : $"The dataset served has no column for {string.Join(", ", without)}; leave it out, or add the column to its transactions.";
    }

    private static HistoryColumns Given(IngestedEvent one) =>
        (one.OrderId is null ? 0 : HistoryColumns.Order) | (one.ProductId is null ? 0 : HistoryColumns.Product)
            | (one.Category is null ? 0 : HistoryColumns.Category) | (one.Channel is null ? 0 : HistoryColumns.Channel)
            | (one.Quantity is null ? 0 : HistoryColumns.Quantity) | (one.UnitCost is null ? 0 : HistoryColumns.UnitCost)
            | (one.Discount is null ? 0 : HistoryColumns.Discount);

    private static IngestTarget Refused(string why) => new() { Refusal = why };
}
