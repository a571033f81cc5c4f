using Predictive.History.Text;

namespace Predictive.History.Loading;

/// <summary>
/// The order of a customer's lines: by time, and at equal times by what they say, never by where they stood. A copy of the data in other
/// files or in another order gives the same history, bit for bit.
/// </summary>
/// <remarks>
/// At equal times: product, category, amount, quantity, channel, unit cost, discount, order. What an application may not know (channel,
/// costs) comes late and the order, of which only a hash may be left, last: histories with and without them then add up their amounts in
/// the same order. Lines equal in all are interchangeable.
/// </remarks>
internal sealed class LineOrder
{
    private ulong[]? _hashByCode;

    /// <summary>Local microseconds by line.</summary>
    public required long[] OrderedAt { get; init; }

    /// <summary>Amounts by line.</summary>
    public required double[] Amount { get; init; }

    /// <summary>Codes by line; codes ascend with the text. The same for the next two.</summary>
    public int[]? Product { get; init; }

    /// <summary>See <see cref="Product"/>.</summary>
    public int[]? Category { get; init; }

    /// <summary>See <see cref="Product"/>.</summary>
    public int[]? Channel { get; init; }

    /// <summary>Units by line.</summary>
    public float[]? Quantity { get; init; }

    /// <summary>Cost by line.</summary>
    public float[]? UnitCost { get; init; }

    /// <summary>Discount by line.</summary>
    public float[]? Discount { get; init; }

    /// <summary>Hash of the order id by line, 0 = none; null = see <see cref="Order"/>.</summary>
    public ulong[]? OrderHashes { get; init; }

    /// <summary>Order code by line, −1 = none.</summary>
    public int[]? Order { get; init; }

    /// <summary>Ids by <see cref="Order"/> code; null = not known, and orders do not count.</summary>
    public string[]? OrderNames { get; init; }

    /// <summary>The order over the columns of a history.</summary>
    public static LineOrder Of(TransactionColumns columns) => new()
    {
        OrderedAt = columns.OrderedAt,
        Amount = columns.Amount,
        Product = columns.Product,
        Category = columns.Category,
        Channel = columns.Channel,
        Quantity = columns.Quantity,
        UnitCost = columns.UnitCost,
        Discount = columns.Discount,
        Order = columns.Order,
        OrderNames = columns.Orders,
    };

    /// <summary>Every column that moves with a line.</summary>
    public IEnumerable<Array> Columns =>
        new Array?[] { OrderedAt, Amount, Product, Category, Channel, Quantity, UnitCost, Discount, OrderHashes, Order }.OfType<Array>();

    /// <summary>Compares two lines of one customer.</summary>
    public int Compare(int a, int b) => OrderedAt[a] != OrderedAt[b] ? OrderedAt[a].CompareTo(OrderedAt[b]) : Content(a, b);

    /// <summary>Compares what two lines at one time say.</summary>
    public int Content(int a, int b)
    {
        int compared = Compare(Product, a, b);
        compared = compared == 0 ? Compare(Category, a, b) : compared;
        compared = compared == 0 ? Amount[a].CompareTo(Amount[b]) : compared;
        compared = compared == 0 ? Compare(Quantity, a, b) : compared;
        compared = compared == 0 ? Compare(Channel, a, b) : compared;
        compared = compared == 0 ? Compare(UnitCost, a, b) : compared;
        compared = compared == 0 ? Compare(Discount, a, b) : compared;
        return compared == 0 ? OrderKey(a).CompareTo(OrderKey(b)) : compared;
    }

    private static int Compare<T>(T[]? column, int a, int b)
        where T : IComparable<T> => column is null ? 0 : column[a].CompareTo(column[b]);

    private ulong OrderKey(int line)
    {
        if (OrderHashes is not null)
        {
            return OrderHashes[line];
        }

        return Order is null || OrderNames is null || Order[line] < 0
            ? 0
            : (_hashByCode ??= [.. OrderNames.Select(NameHash.Of)])[Order[line]];
    }
}
