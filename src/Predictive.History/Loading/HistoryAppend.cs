namespace Predictive.History.Loading;

/// <summary>
/// Adds a delivery (a day's file) to a history already in memory, reading nothing again. The result is, bit for bit, the history that
/// loading all files together gives. The customers and events tables are joined to the
/// result (<see cref="Loading.DatasetLoader.Join"/>), not to its parts: what they say of a new customer stands in neither.
/// </summary>
public static class HistoryAppend
{
    /// <summary>The history with the lines of the delivery; neither argument changes.</summary>
    /// <param name="history">What is there. Orders need their ids (<c>LoadOptions.KeepOrderIds</c>), for an order can go on in the
    /// delivery.</param>
    /// <param name="delivery">What comes in addition, with the same columns.</param>
    /// <exception cref="ArgumentException">The columns differ, order ids were not kept, or the tables are joined already.</exception>
    public static TransactionHistory Append(TransactionHistory history, TransactionHistory delivery)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(delivery);
        TransactionColumns a = history.Columns, b = delivery.Columns;
        if (history.Tables is not null || delivery.Tables is not null)
        {
            throw new ArgumentException(
                "The customers or events table is joined already; load without (LoadOptions.Tables = false), append, then join.",
                nameof(history));
        }

        if ((a.NumericIds is null) != (b.NumericIds is null))
        {
            throw new ArgumentException(
                "One history has whole-number customer ids, the other text; expected the same kind.", nameof(delivery));
        }

        var (customers, ofA, ofB) = MergeCustomers(a, b);
        int[] offsets = Offsets(a, b, ofA, ofB, customers.Length);
        var (order, orders) = Texts(a.Order, a.Orders, b.Order, b.Orders, "order_id");
        var (product, products) = Texts(a.Product, a.Products, b.Product, b.Products, "product_id");
        var (category, categories) = Texts(a.Category, a.Categories, b.Category, b.Categories, "category");
        var (channel, channels) = Texts(a.Channel, a.Channels, b.Channel, b.Channels, "channel");
        var both = new TransactionColumns // the lines of one after those of the other; not grouped yet
        {
            CustomerIds = customers,
            NumericIds = a.NumericIds is null ? null : Numbers(a.NumericIds, b.NumericIds!, ofA, ofB, customers.Length),
            Offsets = offsets,
            OrderedAt = [.. a.OrderedAt, .. b.OrderedAt],
            Amount = [.. a.Amount, .. b.Amount],
            Order = order,
            Orders = orders,
            Product = product,
            Products = products,
            Category = category,
            Categories = categories,
            ProductNames = a.ProductNames,
            ProductCategories = a.ProductCategories,
            Channel = channel,
            Channels = channels,
            Quantity = Values(a.Quantity, b.Quantity, "quantity"),
            UnitCost = Values(a.UnitCost, b.UnitCost, "unit_cost"),
            Discount = Values(a.Discount, b.Discount, "discount"),
        };
        int[] lines = Merge(a, b, ofA, ofB, offsets, LineOrder.Of(both));
        return new TransactionHistory(
            both with
            {
                OrderedAt = Take(both.OrderedAt, lines)!,
                Amount = Take(both.Amount, lines)!,
                Order = Take(order, lines),
                Product = Take(product, lines),
                Category = Take(category, lines),
                Channel = Take(channel, lines),
                Quantity = Take(both.Quantity, lines),
                UnitCost = Take(both.UnitCost, lines),
                Discount = Take(both.Discount, lines),
            },
            history.Description)
        {
            Accounts = history.Accounts,
        };
    }

    /// <summary>The ids of both, ascending, and where each customer of either is in them.</summary>
    private static (string[] Ids, int[] OfA, int[] OfB) MergeCustomers(TransactionColumns a, TransactionColumns b)
    {
        int Compare(int i, int j) => a.NumericIds is null
            ? string.CompareOrdinal(a.CustomerIds[i], b.CustomerIds[j])
            : a.NumericIds[i].CompareTo(b.NumericIds![j]);
        var ids = new List<string>(a.CustomerIds.Length + 1024);
        int[] ofA = new int[a.CustomerIds.Length], ofB = new int[b.CustomerIds.Length];
        for (int i = 0, j = 0; i < ofA.Length || j < ofB.Length;)
        {
            int order = i == ofA.Length ? 1 : j == ofB.Length ? -1 : Compare(i, j);
            int at = ids.Count;
            ids.Add(order <= 0 ? a.CustomerIds[i] : b.CustomerIds[j]);
            if (order <= 0)
            {
                ofA[i++] = at;
            }

            if (order >= 0)
            {
                ofB[j++] = at;
            }
        }

        return ([.. ids], ofA, ofB);
    }

    private static int[] Offsets(TransactionColumns a, TransactionColumns b, int[] ofA, int[] ofB, int customers)
    {
        var offsets = new int[customers + 1];
        foreach (var (columns, of) in new[] { (a, ofA), (b, ofB) })
        {
            for (int c = 0; c < of.Length; c++)
            {
                offsets[of[c] + 1] += columns.Offsets[c + 1] - columns.Offsets[c];
            }
        }

        for (int c = 0; c < customers; c++)
        {
            offsets[c + 1] = checked(offsets[c + 1] + offsets[c]);
        }

        return offsets;
    }

    /// <summary>
    /// Which line (of <paramref name="a"/> first, then of <paramref name="b"/>) stands at each place: both are in order already.
    /// </summary>
    private static int[] Merge(TransactionColumns a, TransactionColumns b, int[] ofA, int[] ofB, int[] offsets, LineOrder order)
    {
        var lines = new int[a.OrderedAt.Length + b.OrderedAt.Length];
        int inA = 0, inB = 0, firstOfB = a.OrderedAt.Length;
        for (int customer = 0, at = 0; customer + 1 < offsets.Length; customer++)
        {
            (int i, int endA) = inA < ofA.Length && ofA[inA] == customer ? (a.Offsets[inA], a.Offsets[++inA]) : (0, 0);
            (int j, int endB) = inB < ofB.Length && ofB[inB] == customer ? (b.Offsets[inB], b.Offsets[++inB]) : (0, 0);
            while (i < endA || j < endB)
            {
                lines[at++] = j == endB || (i < endA && order.Compare(i, firstOfB + j) <= 0) ? i++ : firstOfB + j++;
            }
        }

        return lines;
    }

    private static T[]? Take<T>(T[]? column, int[] lines) => column is null ? null : Array.ConvertAll(lines, line => column[line]);

    private static long[] Numbers(long[] a, long[] b, int[] ofA, int[] ofB, int customers)
    {
        var numbers = new long[customers];
        for (int c = 0; c < a.Length; c++)
        {
            numbers[ofA[c]] = a[c];
        }

        for (int c = 0; c < b.Length; c++)
        {
            numbers[ofB[c]] = b[c];
        }

        return numbers;
    }

    private static float[]? Values(float[]? a, float[]? b, string column) => SameColumns(a, b, column) ? [.. a!, .. b!] : null;

    private static (int[]? Codes, string[]? Names) Texts(int[]? a, string[]? namesA, int[]? b, string[]? namesB, string column)
    {
        if (!SameColumns(a, b, column))
        {
            return (null, null);
        }

        if (namesA is null || namesB is null)
        {
            throw new ArgumentException($"The values of '{column}' were not kept; load both histories with their order ids.");
        }

        string[] names = [.. namesA.Concat(namesB).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return ([.. Recode(a!, namesA, names), .. Recode(b!, namesB, names)], names);
    }

    private static int[] Recode(int[] codes, string[] from, string[] to)
    {
        int[] map = Array.ConvertAll(from, name => Array.BinarySearch(to, name, StringComparer.Ordinal));
        return Array.ConvertAll(codes, code => code < 0 ? -1 : map[code]);
    }

    private static bool SameColumns(Array? a, Array? b, string column) => (a is null) == (b is null)
        ? a is not null
        : throw new ArgumentException($"Only one of the two histories has the column '{column}'; expected the same columns.");
}
