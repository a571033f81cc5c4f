using System.Runtime.InteropServices;
using Predictive.History.Loading;
using Predictive.History.Text;

namespace Predictive.History.Ingest;

/// <summary>What events change in one customer's history: contents that take effect, and contents that do no longer.</summary>
/// <param name="Added">Events that the base does not hold.</param>
/// <param name="Removed">Events that the base holds and that were corrected since.</param>
public sealed record OverlayChange(IReadOnlyList<IngestedEvent> Added, IReadOnlyList<IngestedEvent> Removed);

/// <summary>
/// One customer's history as loading the base and the events together would give it: scored, it gives the same bits.
/// </summary>
public static class CustomerOverlay
{
    /// <summary>Makes the history of one customer.</summary>
    /// <param name="history">The base; loaded with <see cref="LoadOptions.KeepOrderHashes"/>.</param>
    /// <param name="prospects">Who stands in the tables without a transaction; null = there are no tables.</param>
    /// <param name="customerId">Whose.</param>
    /// <param name="change">What the events change.</param>
    /// <returns>A history of this one customer, without lines where only the tables know them; null where nothing is known.</returns>
    public static TransactionHistory? Of(
        TransactionHistory history, TransactionHistory? prospects, string customerId, OverlayChange change)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(change);
        int customer = history.IndexOf(customerId);
        TransactionColumns columns = history.Columns;
        List<Line> lines = customer < 0 ? [] : Lines(columns, customer);
        foreach (IngestedEvent gone in change.Removed.Where(e => e.Table == IngestTable.Transactions))
        {
            Remove(lines, Of(gone, columns));
        }

        lines.AddRange(change.Added.Where(e => e.Table == IngestTable.Transactions).Select(e => Of(e, columns)));
        CustomerTables? tables = Tables(history, prospects, customer, customerId, change);
        return lines.Count == 0 && !SaysSomething(tables)
            ? null
            : new TransactionHistory(Columns(columns, customerId, lines), history.Description, tables);
    }

    private static bool SaysSomething(CustomerTables? tables) =>
        tables?.Events?.OccurredAt.Length > 0 || tables?.Contacts?.OccurredAt.Length > 0
        || tables?.Attributes.Any(a => !float.IsNaN(a.Values[0])) == true;

    private static List<Line> Lines(TransactionColumns c, int customer)
    {
        var lines = new List<Line>();
        for (int i = c.Offsets[customer]; i < c.Offsets[customer + 1]; i++)
        {
            lines.Add(new Line(
                c.OrderedAt[i], c.Amount[i], OrderHash(c, i), Name(c.Product, c.Products, i), Name(c.Category, c.Categories, i),
                Name(c.Channel, c.Channels, i), Value(c.Quantity, i), Value(c.UnitCost, i), Value(c.Discount, i)));
        }

        return lines;
    }

    private static ulong OrderHash(TransactionColumns c, int line) =>
        c.OrderHashes is { } hashes ? hashes[line]
        : c.Order is null || c.Order[line] < 0 ? 0
        : c.Orders is { } names ? NameHash.Of(names[c.Order[line]])
        : throw new ArgumentException("The order ids were not kept; load the base with KeepOrderHashes.");

    // As the loader would read it from a file: blank text is missing text, numbers other than amounts are single precision.
    private static Line Of(IngestedEvent e, TransactionColumns c) => new(
        e.At, e.Amount ?? 1, c.Order is null ? 0 : NameHash.Of(e.OrderId), Text(c.Product, e.ProductId), CategoryOf(e, c),
        Text(c.Channel, e.Channel), Number(c.Quantity, e.Quantity), Number(c.UnitCost, e.UnitCost), Number(c.Discount, e.Discount));

    // A joined category is the product's: the table has no column that could hold the event's own.
    private static string? CategoryOf(IngestedEvent e, TransactionColumns c) => c.ProductCategories is { } joined
        ? e.ProductId is { } product ? joined.GetValueOrDefault(product) : null
        : Text(c.Category, e.Category);

    private static string? Text(int[]? column, string? text) => column is null || string.IsNullOrWhiteSpace(text) ? null : text;

    private static float Number(float[]? column, double? value) => column is null || value is null ? float.NaN : (float)value.Value;

    private static string? Name(int[]? codes, string[]? names, int line) => codes is null || codes[line] < 0 ? null : names![codes[line]];

    private static float Value(float[]? column, int line) => column is null ? float.NaN : column[line];

    private static void Remove(List<Line> lines, Line gone)
    {
        int at = lines.FindIndex(l => l.Equals(gone));
        if (at < 0)
        {
            throw new InvalidOperationException("An event that the files are said to hold is not among the customer's lines.");
        }

        lines.RemoveAt(at);
    }

    private static TransactionColumns Columns(TransactionColumns of, string customerId, List<Line> lines)
    {
        int[] offsets = [0, lines.Count];
        var (product, products) = Codes(of.Product, lines, l => l.Product);
        var (category, categories) = Codes(of.Category, lines, l => l.Category);
        var (channel, channels) = Codes(of.Channel, lines, l => l.Channel);
        ulong[]? hashes = of.Order is null ? null : Array.ConvertAll([.. lines], (Line l) => l.Order);
        var order = new LineOrder
        {
            OrderedAt = Array.ConvertAll([.. lines], (Line l) => l.At),
            Amount = Array.ConvertAll([.. lines], (Line l) => l.Amount),
            Product = product,
            Category = category,
            Channel = channel,
            Quantity = Numbers(of.Quantity, lines, l => l.Quantity),
            UnitCost = Numbers(of.UnitCost, lines, l => l.UnitCost),
            Discount = Numbers(of.Discount, lines, l => l.Discount),
            OrderHashes = hashes,
        };
        HistoryOrdering.Sort(order, offsets, threads: 1);
        return new TransactionColumns
        {
            CustomerIds = [customerId],
            Offsets = offsets,
            OrderedAt = order.OrderedAt,
            Amount = order.Amount,
            Order = hashes is null ? null : HistoryOrdering.Densify(hashes, offsets, 1),
            OrderHashes = hashes,
            Product = product,
            Products = products,
            Category = category,
            Categories = categories,
            ProductNames = of.ProductNames,
            ProductCategories = of.ProductCategories,
            Channel = channel,
            Channels = channels,
            Quantity = order.Quantity,
            UnitCost = order.UnitCost,
            Discount = order.Discount,
        };
    }

    private static (int[]? Codes, string[]? Names) Codes(int[]? column, List<Line> lines, Func<Line, string?> of)
    {
        if (column is null)
        {
            return (null, null);
        }

        string[] names = [.. lines.Select(of).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return ([.. lines.Select(l => of(l) is { } name ? Array.BinarySearch(names, name, StringComparer.Ordinal) : -1)], names);
    }

    private static float[]? Numbers(float[]? column, List<Line> lines, Func<Line, float> of) =>
        column is null ? null : [.. lines.Select(of)];

    private static CustomerTables? Tables(
        TransactionHistory history, TransactionHistory? prospects, int customer, string customerId, OverlayChange change)
    {
        if (history.Tables is not { } tables)
        {
            return null;
        }

        int prospect = customer < 0 && prospects is not null ? prospects.IndexOf(customerId) : -1;
        CustomerTables own = customer >= 0 ? tables.Take([customer])
            : prospect >= 0 ? prospects!.Tables!.Take([prospect])
            : tables with
            {
                Attributes = [.. tables.Attributes.Select(a => a with { Values = [float.NaN] })],
                Events = tables.Events is null
                    ? null
                    : tables.Events with { Offsets = [0, 0], OccurredAt = [], Kind = [], Value = [], Detail = None(tables.Events) },
                Contacts = tables.Contacts is null
                    ? null
                    : tables.Contacts with { Offsets = [0, 0], OccurredAt = [], Kind = [], Value = [], Detail = None(tables.Contacts) },
            };
        return own.Events is null ? own : own with { Events = Events(own.Events, change) };
    }

    private static int[]? None(EventColumns of) => of.Detail is null ? null : [];

    private static EventColumns Events(EventColumns of, OverlayChange change)
    {
        List<(long At, string Kind, double Value, int Detail)> all =
        [
            .. Enumerable.Range(0, of.OccurredAt.Length)
                .Select(i => (of.OccurredAt[i], of.Kinds[of.Kind[i]], of.Value[i], of.Detail?[i] ?? -1)),
        ];
        foreach (IngestedEvent gone in change.Removed.Where(e => e.Table == IngestTable.Events))
        {
            int at = all.FindIndex(e => (e.At, e.Kind, e.Value).Equals((gone.At, gone.Kind!, gone.Value ?? double.NaN)));
            if (at < 0)
            {
                throw new InvalidOperationException("An event that the files are said to hold is not among the customer's events.");
            }

            all.RemoveAt(at);
        }

        all.AddRange(change.Added.Where(e => e.Table == IngestTable.Events).Select(e => (e.At, e.Kind!, e.Value ?? double.NaN, -1)));
        string[] kinds = [.. of.Kinds.Concat(all.Select(e => e.Kind)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        // In the order that loading a table gives them.
        CollectionsMarshal.AsSpan(all).Sort((a, b) =>
            a.At != b.At ? a.At.CompareTo(b.At)
            : a.Kind != b.Kind ? string.CompareOrdinal(a.Kind, b.Kind)
            : a.Value.CompareTo(b.Value) is not 0 and var byValue ? byValue
            : string.CompareOrdinal(a.Detail < 0 ? "" : of.Details[a.Detail], b.Detail < 0 ? "" : of.Details[b.Detail]));
        return new EventColumns
        {
            Offsets = [0, all.Count],
            OccurredAt = [.. all.Select(e => e.At)],
            Kind = [.. all.Select(e => Array.BinarySearch(kinds, e.Kind, StringComparer.Ordinal))],
            Value = [.. all.Select(e => e.Value)],
            Kinds = kinds,
            Detail = of.Detail is null ? null : [.. all.Select(e => e.Detail)],
            Details = of.Details, Things = of.Things,
        };
    }

    /// <summary>One line as it is compared: numbers by their bits' meaning, NaN equal to NaN.</summary>
    private readonly record struct Line(
        long At, double Amount, ulong Order, string? Product, string? Category, string? Channel, float Quantity, float UnitCost,
        float Discount);
}
