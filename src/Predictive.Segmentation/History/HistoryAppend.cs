namespace Predictive.Segmentation.History;

/// <summary>
/// Adds a delivery (a day's file) to a history already in memory, reading nothing again. The result is, bit for bit, the history that loading
/// all files together gives, provided the delivery comes after the others in source order. The customers and events tables are joined to the
/// result (<see cref="Loading.DatasetLoader.Join"/>), not to its parts: what they say of a new customer stands in neither.
/// </summary>
public static class HistoryAppend
{
    /// <summary>The history with the lines of the delivery; neither argument changes.</summary>
    /// <param name="history">What is there. Orders need their ids (<c>LoadOptions.KeepOrderIds</c>), for an order can go on in the delivery.</param>
    /// <param name="delivery">What comes in addition, with the same columns.</param>
    /// <exception cref="ArgumentException">The columns differ, order ids were not kept, or the tables are joined already.</exception>
    public static TransactionHistory Append(TransactionHistory history, TransactionHistory delivery)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(delivery);
        TransactionColumns a = history.Columns, b = delivery.Columns;
        if (history.Tables is not null || delivery.Tables is not null)
        {
            throw new ArgumentException("The customers or events table is joined already; load without (LoadOptions.Tables = false), append, then join.", nameof(history));
        }

        if ((a.NumericIds is null) != (b.NumericIds is null))
        {
            throw new ArgumentException("One history has whole-number customer ids, the other text; expected the same kind.", nameof(delivery));
        }

        var (customers, ofA, ofB) = MergeCustomers(a, b);
        int[] offsets = Offsets(a, b, ofA, ofB, customers.Length);
        int[] places = Places(a, b, ofA, ofB, offsets);
        var (order, orders) = Texts(a.Order, a.Orders, b.Order, b.Orders, places, "order_id");
        var (product, products) = Texts(a.Product, a.Products, b.Product, b.Products, places, "product_id");
        var (category, categories) = Texts(a.Category, a.Categories, b.Category, b.Categories, places, "category");
        var (channel, channels) = Texts(a.Channel, a.Channels, b.Channel, b.Channels, places, "channel");
        return new TransactionHistory(
            new TransactionColumns
            {
                CustomerIds = customers,
                NumericIds = a.NumericIds is null ? null : Numbers(a.NumericIds, b.NumericIds!, ofA, ofB, customers.Length),
                Offsets = offsets,
                OrderedAt = Spread(a.OrderedAt, b.OrderedAt, places),
                Amount = Spread(a.Amount, b.Amount, places),
                Order = order,
                Orders = orders,
                Product = product,
                Products = products,
                Category = category,
                Categories = categories,
                Channel = channel,
                Channels = channels,
                Quantity = Values(a.Quantity, b.Quantity, places, "quantity"),
                UnitCost = Values(a.UnitCost, b.UnitCost, places, "unit_cost"),
                Discount = Values(a.Discount, b.Discount, places, "discount"),
            },
            history.Description);
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

    /// <summary>Where each line goes: those of <paramref name="a"/> first, then those of <paramref name="b"/>; of equal times a's come first.</summary>
    private static int[] Places(TransactionColumns a, TransactionColumns b, int[] ofA, int[] ofB, int[] offsets)
    {
        var places = new int[a.OrderedAt.Length + b.OrderedAt.Length];
        var inB = new int[offsets.Length - 1];
        Array.Fill(inB, -1);
        for (int c = 0; c < ofB.Length; c++)
        {
            inB[ofB[c]] = c;
        }

        for (int c = 0; c < ofA.Length; c++)
        {
            int customer = ofA[c], at = offsets[customer], j = 0, endB = 0;
            if (inB[customer] >= 0)
            {
                (j, endB) = (b.Offsets[inB[customer]], b.Offsets[inB[customer] + 1]);
                inB[customer] = -1;
            }

            for (int i = a.Offsets[c]; i < a.Offsets[c + 1]; i++)
            {
                while (j < endB && b.OrderedAt[j] < a.OrderedAt[i])
                {
                    places[a.OrderedAt.Length + j++] = at++;
                }

                places[i] = at++;
            }

            while (j < endB)
            {
                places[a.OrderedAt.Length + j++] = at++;
            }
        }

        for (int customer = 0; customer < inB.Length; customer++)
        {
            for (int j = inB[customer] < 0 ? 0 : b.Offsets[inB[customer]], at = offsets[customer]; inB[customer] >= 0 && j < b.Offsets[inB[customer] + 1]; j++)
            {
                places[a.OrderedAt.Length + j] = at++;
            }
        }

        return places;
    }

    private static T[] Spread<T>(T[] a, T[] b, int[] places)
    {
        var merged = new T[places.Length];
        for (int i = 0; i < a.Length; i++)
        {
            merged[places[i]] = a[i];
        }

        for (int j = 0; j < b.Length; j++)
        {
            merged[places[a.Length + j]] = b[j];
        }

        return merged;
    }

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

    private static float[]? Values(float[]? a, float[]? b, int[] places, string column) =>
        SameColumns(a, b, column) ? Spread(a!, b!, places) : null;

    private static (int[]? Codes, string[]? Names) Texts(int[]? a, string[]? namesA, int[]? b, string[]? namesB, int[] places, string column)
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
        return (Spread(Recode(a!, namesA, names), Recode(b!, namesB, names), places), names);
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
