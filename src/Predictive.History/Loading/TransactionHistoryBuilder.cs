namespace Predictive.History.Loading;

/// <summary>
/// One transaction line as a person writes it: for inline histories (HTTP), tests and small tools. Files go through the columnar loader.
/// </summary>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="OrderedAt">When, on the dataset's local clock.</param>
/// <param name="Amount">Net amount; negative = refund.</param>
/// <param name="OrderId">Which order; null = unknown.</param>
/// <param name="ProductId">Which product; null = unknown.</param>
/// <param name="Category">Which category; null = unknown.</param>
/// <param name="Quantity">Units; null = unknown.</param>
/// <param name="Channel">Which channel; null = unknown.</param>
/// <param name="UnitCost">Cost of one unit; null = unknown.</param>
/// <param name="Discount">Discount on the line; null = unknown.</param>
public sealed record TransactionLine(
    string CustomerId,
    DateTime OrderedAt,
    double Amount,
    string? OrderId = null,
    string? ProductId = null,
    string? Category = null,
    double? Quantity = null,
    string? Channel = null,
    double? UnitCost = null,
    double? Discount = null);

/// <summary>Groups and sorts transaction lines given one by one into a <see cref="TransactionHistory"/>.</summary>
public static class TransactionHistoryBuilder
{
    /// <summary>Builds a history; lines may come in any order.</summary>
    /// <param name="lines">At least one.</param>
    /// <param name="description">Null = defaults.</param>
    /// <param name="columns">Optional columns to have even where no line has a value: known to be unknown, as in a table with an empty
    /// column.</param>
    /// <param name="tables">What the customers and events tables say of the same customers, in ordinal order of their ids; null =
    /// nothing.</param>
    public static TransactionHistory Build(
        IEnumerable<TransactionLine> lines, DatasetDescription? description = null, HistoryColumns columns = HistoryColumns.None,
        CustomerTables? tables = null)
    {
        ArgumentNullException.ThrowIfNull(lines);
        TransactionLine[] sorted = [.. lines];
        if (!Array.TrueForAll(sorted, l => l.CustomerId == sorted[0].CustomerId))
        {
            sorted = [.. sorted.OrderBy(l => l.CustomerId, StringComparer.Ordinal)];
        }

        var ids = new List<string>();
        var offsets = new List<int>();
        for (int i = 0; i < sorted.Length; i++)
        {
            if (i == 0 || !string.Equals(sorted[i].CustomerId, sorted[i - 1].CustomerId, StringComparison.Ordinal))
            {
                ids.Add(sorted[i].CustomerId);
                offsets.Add(i);
            }
        }

        offsets.Add(sorted.Length);
        var (order, orders) = Encode(sorted, l => l.OrderId, columns.HasFlag(HistoryColumns.Order));
        var (product, products) = Encode(sorted, l => l.ProductId, columns.HasFlag(HistoryColumns.Product));
        var (category, categories) = Encode(sorted, l => l.Category, columns.HasFlag(HistoryColumns.Category));
        var (channel, channels) = Encode(sorted, l => l.Channel, columns.HasFlag(HistoryColumns.Channel));
        var made = new TransactionColumns
        {
            CustomerIds = [.. ids],
            Offsets = [.. offsets],
            OrderedAt = Array.ConvertAll(sorted, l => LocalTime.From(l.OrderedAt).Micros),
            Amount = Array.ConvertAll(sorted, l => l.Amount),
            Order = order,
            Orders = orders,
            Product = product,
            Products = products,
            Category = category,
            Categories = categories,
            Channel = channel,
            Channels = channels,
            Quantity = Values(sorted, l => l.Quantity, columns.HasFlag(HistoryColumns.Quantity)),
            UnitCost = Values(sorted, l => l.UnitCost, columns.HasFlag(HistoryColumns.UnitCost)),
            Discount = Values(sorted, l => l.Discount, columns.HasFlag(HistoryColumns.Discount)),
        };
        HistoryOrdering.Sort(LineOrder.Of(made), made.Offsets, threads: 1);
        return new TransactionHistory(made, description ?? new DatasetDescription(), tables);
    }

    private static float[]? Values(TransactionLine[] lines, Converter<TransactionLine, double?> field, bool always) =>
        always || Array.Exists(lines, l => field(l) is not null) ? Array.ConvertAll(lines, l => (float)(field(l) ?? double.NaN)) : null;

    private static (int[]? Codes, string[]? Names) Encode(TransactionLine[] lines, Converter<TransactionLine, string?> field, bool always)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var codes = new int[lines.Length];
        for (int i = 0; i < lines.Length; i++)
        {
            codes[i] = -1;
            if (field(lines[i]) is { } name && !seen.TryGetValue(name, out codes[i]))
            {
                seen.Add(name, codes[i] = seen.Count);
            }
        }

        if (!always && seen.Count == 0)
        {
            return (null, null);
        }

        // Codes ascend with the name, so that they do not depend on the order the lines came in.
        var names = new string[seen.Count];
        var came = new int[seen.Count];
        foreach ((string name, int code) in seen)
        {
            (names[code], came[code]) = (name, code);
        }

        Array.Sort(names, came, StringComparer.Ordinal);
        var ranks = new int[names.Length];
        for (int rank = 0; rank < came.Length; rank++)
        {
            ranks[came[rank]] = rank;
        }

        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = codes[i] < 0 ? -1 : ranks[codes[i]];
        }

        return (codes, names);
    }
}
