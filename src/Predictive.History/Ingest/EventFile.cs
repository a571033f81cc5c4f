using System.Globalization;
using ParquetSharp;
using Predictive.History.Import;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Ingest;

/// <summary>An event as it is folded.</summary>
/// <param name="EventId">The sender's name for it.</param>
/// <param name="Sequence">Of the revision whose content this is.</param>
/// <param name="Content">Its content.</param>
public sealed record EventToFold(string EventId, long Sequence, IngestedEvent Content);

/// <summary>
/// Writes events into a dataset as one more Parquet file of its tables, whole or not at all: temporary name, flush, rename.
/// </summary>
/// <remarks>
/// Two columns more than the dataset's own: <c>event_id</c> and <c>event_sequence</c>. They tell two equal lines that were sent as two
/// events from one line that was delivered twice.
/// </remarks>
public static class EventFile
{
    private const string IdColumn = "event_id";

    /// <summary>Writes the file of a range of events, in place of the one that was there.</summary>
    /// <param name="folder">The dataset folder.</param>
    /// <param name="table">Which table.</param>
    /// <param name="target">What the dataset has a place for.</param>
    /// <param name="stream">Key of the stream the events came from.</param>
    /// <param name="first">Sequence of the first event it is for.</param>
    /// <param name="last">Of the last.</param>
    /// <param name="through">Of the last revision that was looked at.</param>
    /// <param name="events">In order of their first revision; at least one.</param>
    /// <exception cref="DatasetException">The dataset has no place for them.</exception>
    /// <exception cref="IOException">The disk is full, or fails; the dataset is what it was.</exception>
    public static void Write(
        string folder, IngestTable table, IngestTarget target, string stream, long first, long last, long through,
        IReadOnlyList<EventToFold> events)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(events);
        if (target.Refusal is { } refusal)
        {
            throw new DatasetException("takes-no-events", $"'{folder}' takes no events: {refusal}.");
        }

        bool transactions = table == IngestTable.Transactions;
        string name = transactions ? "transactions" : "events";
        string into = transactions ? Path.Combine(folder, name, target.Partition) : Path.Combine(folder, name);
        Directory.CreateDirectory(into);
        string path = Path.Combine(into, FoldedEvents.NameOf(stream, first));
        (ParquetField Field, ColumnValues Values)[] columns = transactions
            ? Transactions(DatasetFolder.ReadDescription(folder), target, events)
            : Events(folder, target, events);
        using (var writer = ParquetWriter.Create(
            path, [.. columns.Select(c => c.Field)], notes: FoldedEvents.Notes(stream, first, last, through)))
        {
            writer.WriteRowGroup([.. columns.Select(c => c.Values)]);
            writer.Complete();
        }

        // A table of one file becomes a folder of files: until that rename the one file is the table, and the new one is not in it.
        if (transactions)
        {
            Delivery.To(folder).Join();
        }
        else if (File.Exists(Path.Combine(folder, "events.parquet")))
        {
            File.Move(Path.Combine(folder, "events.parquet"), Path.Combine(into, "first.parquet"), overwrite: true);
        }

        AtomicFile.FlushFolder(into);
        AtomicFile.FlushFolder(Path.Combine(folder, name));
        AtomicFile.FlushFolder(folder);
    }

    /// <summary>Reads which events a file holds: the sequence of the revision, by event id.</summary>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public static IReadOnlyDictionary<string, long> Read(FoldedFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return ParquetFault.Guard(file.Path, null, () =>
        {
            var found = new Dictionary<string, long>(StringComparer.Ordinal);
            using var reader = new ParquetFileReader(file.Path);
            SchemaDescriptor schema = reader.FileMetaData.Schema;
            int id = Column(schema, IdColumn), sequence = Column(schema, Redelivery.SequenceColumn);
            for (int g = 0; g < reader.FileMetaData.NumRowGroups; g++)
            {
                using RowGroupReader group = reader.RowGroup(g);
                int rows = checked((int)group.MetaData.NumRows);
                using ColumnReader ids = group.Column(id), sequences = group.Column(sequence);
                string[] names = ids.LogicalReader<string>().ReadAll(rows);
                long[] numbers = sequences.LogicalReader<long>().ReadAll(rows);
                for (int i = 0; i < rows; i++)
                {
                    found.Add(names[i], numbers[i]);
                }
            }

            return found;
        });

        static int Column(SchemaDescriptor schema, string name) => Enumerable.Range(0, schema.NumColumns)
            .First(i => schema.Column(i).Name == name);
    }

    /// <summary>
    /// Removes what a fold that was killed left under a temporary name. Only whoever folds alone may: no other fold is under way.
    /// </summary>
    /// <param name="folder">The dataset folder.</param>
    public static void RemoveLeftovers(string folder)
    {
        foreach (string table in (ReadOnlySpan<string>)[Path.Combine(folder, "transactions"), Path.Combine(folder, "events")])
        {
            string[] left = Directory.Exists(table)
                ? Directory.GetFiles(table, $".{FoldedEvents.Prefix}*.tmp", SearchOption.AllDirectories)
                : [];
            Array.ForEach(left, File.Delete);
        }
    }

    private static (ParquetField, ColumnValues)[] Transactions(
        DatasetDescription description, IngestTarget target, IReadOnlyList<EventToFold> events)
    {
        string Name(string canonical) => description.Columns.GetValueOrDefault(canonical, canonical);
        var columns = new List<(ParquetField, ColumnValues)> { Customers(Name("customer_id"), target.CustomersAreNumbers, events) };
        AddText(HistoryColumns.Order, "order_id", e => e.OrderId);
        columns.Add((ParquetField.Timestamp(Name("ordered_at"), isAdjustedToUtc: false), Times(events)));
        if (target.HasAmount)
        {
            columns.Add((ParquetField.Double(Name("amount")), events.Select(e => e.Content.Amount!.Value).ToArray()));
        }

        AddText(HistoryColumns.Product, "product_id", e => e.ProductId);
        AddText(HistoryColumns.Category, "category", e => e.Category);
        AddText(HistoryColumns.Channel, "channel", e => e.Channel);
        AddNumber(HistoryColumns.Quantity, "quantity", e => e.Quantity);
        AddNumber(HistoryColumns.UnitCost, "unit_cost", e => e.UnitCost);
        AddNumber(HistoryColumns.Discount, "discount", e => e.Discount);
        columns.AddRange(Marks(events));
        return [.. columns];

        void AddText(HistoryColumns column, string canonical, Func<IngestedEvent, string?> of)
        {
            if (target.Columns.HasFlag(column))
            {
                columns.Add((ParquetField.String(Name(canonical), nullable: true), events.Select(e => of(e.Content)).ToArray()));
            }
        }

        void AddNumber(HistoryColumns column, string canonical, Func<IngestedEvent, double?> of)
        {
            if (target.Columns.HasFlag(column))
            {
                columns.Add((
                    ParquetField.Double(Name(canonical), nullable: true),
                    ColumnValues.FromNaN(events.Select(e => of(e.Content) ?? double.NaN).ToArray())));
            }
        }
    }

    private static (ParquetField, ColumnValues)[] Events(string folder, IngestTarget target, IReadOnlyList<EventToFold> events)
    {
        DatasetFolder dataset = DatasetFolder.Open(folder);
        using SideTable side = SideTable.Open(dataset.Events!, dataset.Description.EventColumns, dataset.Description, null);
        var columns = new List<(ParquetField, ColumnValues)>
        {
            Customers(side.CustomerColumn, target.EventCustomersAreNumbers, events),
            (ParquetField.Timestamp(side.SourceOf("occurred_at"), isAdjustedToUtc: false), Times(events)),
            (ParquetField.String(side.SourceOf("kind")), events.Select(e => e.Content.Kind).ToArray()),
        };
        if (target.HasValues)
        {
            columns.Add((
                ParquetField.Double(side.SourceOf("value"), nullable: true),
                ColumnValues.FromNaN(events.Select(e => e.Content.Value ?? double.NaN).ToArray())));
        }

        columns.AddRange(Marks(events));
        return [.. columns];
    }

    private static (ParquetField, ColumnValues) Customers(string name, bool areNumbers, IReadOnlyList<EventToFold> events) => areNumbers
        ? (ParquetField.Int64(name), events.Select(e => long.Parse(e.Content.CustomerId, CultureInfo.InvariantCulture)).ToArray())
        : (ParquetField.String(name), events.Select(e => (string?)e.Content.CustomerId).ToArray());

    private static ColumnValues Times(IReadOnlyList<EventToFold> events) => events.Select(e => e.Content.At).ToArray();

    private static IEnumerable<(ParquetField, ColumnValues)> Marks(IReadOnlyList<EventToFold> events) =>
    [
        (ParquetField.String(IdColumn), events.Select(e => (string?)e.EventId).ToArray()),
        (ParquetField.Int64(Redelivery.SequenceColumn), events.Select(e => e.Sequence).ToArray()),
    ];
}
