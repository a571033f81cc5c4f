
namespace Predictive.History;

/// <summary>
/// The transactions of a customer base: columns grouped by customer, and in time order within each.
/// </summary>
/// <remarks>
/// <code>
/// customer:      0           1     2
/// Offsets:       0           4     6        9
/// OrderedAt:     t t t t     t t   t t t        one contiguous array per column;
/// Amount:        a a a a     a a   a a a        customer c owns [Offsets[c], Offsets[c + 1])
/// </code>
/// Customers are in ascending order of their id (ordinal for text, numeric where every id was an integer column), lines in ascending
/// order of time, equal times in source order, so equal input gives equal arrays. Immutable; safe to read from several threads.
/// </remarks>
public sealed class TransactionHistory
{
    private readonly Lazy<Dictionary<string, int>> _index;

    /// <summary>Wraps arrays already grouped and sorted as the class says; nothing is copied or checked beyond lengths.</summary>
    /// <param name="columns">The transactions.</param>
    /// <param name="description">Mapping, currency, time zone.</param>
    /// <param name="tables">What the customers and events tables say of the same customers, in the same order; null = the dataset has
    /// neither.</param>
    public TransactionHistory(TransactionColumns columns, DatasetDescription description, CustomerTables? tables = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        Columns = columns;
        Description = description;
        Tables = tables;
        _index = new Lazy<Dictionary<string, int>>(BuildIndex);
        long first = long.MaxValue, last = long.MinValue;
        for (int c = 0; c < CustomerCount; c++)
        {
            if (columns.Offsets[c + 1] > columns.Offsets[c])
            {
                first = Math.Min(first, columns.OrderedAt[columns.Offsets[c]]);
                last = Math.Max(last, columns.OrderedAt[columns.Offsets[c + 1] - 1]);
            }
        }

        (FirstMicros, LastMicros) = LineCount == 0 ? (0, 0) : (first, last);
    }

    /// <summary>The arrays.</summary>
    public TransactionColumns Columns { get; }

    /// <summary>Column mapping, currency, time zone.</summary>
    public DatasetDescription Description { get; }

    /// <summary>The customers and events tables; null where the dataset has neither, or they were not loaded.</summary>
    public CustomerTables? Tables { get; }

    /// <summary>Who belongs to which account, where the customers are accounts; null where they are people.</summary>
    public AccountMap? Accounts { get; init; }

    /// <summary>Number of customers, those of every line, whatever its date.</summary>
    public int CustomerCount => Columns.Offsets.Length - 1;

    /// <summary>Number of lines.</summary>
    public int LineCount => Columns.OrderedAt.Length;

    /// <summary>Local microseconds of the first line; 0 where there is none.</summary>
    public long FirstMicros { get; }

    /// <summary>Local microseconds of the last line; 0 where there is none.</summary>
    public long LastMicros { get; }

    /// <summary>Id of a customer, as in the source.</summary>
    public string CustomerId(int customer) => Columns.CustomerIds[customer];

    /// <summary>Index of a customer, or −1.</summary>
    public int IndexOf(string customerId) => _index.Value.GetValueOrDefault(customerId, -1);

    private Dictionary<string, int> BuildIndex()
    {
        var index = new Dictionary<string, int>(CustomerCount, StringComparer.Ordinal);
        for (int i = 0; i < CustomerCount; i++)
        {
            index[Columns.CustomerIds[i]] = i;
        }

        return index;
    }

    /// <summary>All lines of a customer.</summary>
    public CustomerLines Lines(int customer) =>
        new(Columns, Columns.Offsets[customer], Columns.Offsets[customer + 1], Tables, customer);
}

/// <summary>The arrays of a <see cref="TransactionHistory"/>; optional ones are null where the source has no such column.</summary>
public sealed record TransactionColumns
{
    private string[]? _customerIds;

    /// <summary>
    /// Id per customer, ascending. Of <see cref="NumericIds"/> the text is made when first asked for: millions of strings are not nothing.
    /// </summary>
    public string[] CustomerIds
    {
        get => _customerIds ?? Interlocked.CompareExchange(ref _customerIds, Texts(), null) ?? _customerIds;
        init => _customerIds = value;
    }

    /// <summary>The same ids as numbers, ascending, where the source has them as whole numbers; else null.</summary>
    public long[]? NumericIds { get; init; }

    /// <summary>Lines that the load left out because their customer was erased (<see cref="Sources.Erasures"/>).</summary>
    public long ErasedLines { get; init; }

    /// <summary>Customers + 1 entries; see <see cref="TransactionHistory"/>.</summary>
    public required int[] Offsets { get; init; }

    /// <summary>Local microseconds since 1970-01-01T00:00 per line.</summary>
    public required long[] OrderedAt { get; init; }

    /// <summary>
    /// Net amount per line in the dataset's currency; negative = refund; 1 where the source has neither amount nor price.
    /// </summary>
    public required double[] Amount { get; init; }

    /// <summary>
    /// Amount per line without returned orders (<see cref="Returns.ReturnMatching"/>); null = not looked for. Belongs to one as-of.
    /// </summary>
    public double[]? Kept { get; init; }

    /// <summary>Order code per line: equal within a customer if and only if the order id is equal; −1 = no id.</summary>
    public int[]? Order { get; init; }

    /// <summary>Order ids by code, where they were kept; else null and codes mean nothing outside their customer.</summary>
    public string[]? Orders { get; init; }

    /// <summary>Hash of the order id per line, 0 = no id; null where they were not kept.</summary>
    public ulong[]? OrderHashes { get; init; }

    /// <summary>Index into <see cref="Products"/> per line; −1 = missing.</summary>
    public int[]? Product { get; init; }

    /// <summary>Index into <see cref="Categories"/> per line; −1 = missing.</summary>
    public int[]? Category { get; init; }

    /// <summary>Index into <see cref="Channels"/> per line; −1 = missing.</summary>
    public int[]? Channel { get; init; }

    /// <summary>Units per line; NaN = missing.</summary>
    public float[]? Quantity { get; init; }

    /// <summary>Cost of one unit per line; NaN = missing.</summary>
    public float[]? UnitCost { get; init; }

    /// <summary>Discount per line in the dataset's currency, ≥ 0; NaN = missing.</summary>
    public float[]? Discount { get; init; }

    /// <summary>Product names by code.</summary>
    public string[]? Products { get; init; }

    /// <summary>Category names by code.</summary>
    public string[]? Categories { get; init; }

    /// <summary>Channel names by code.</summary>
    public string[]? Channels { get; init; }

    /// <summary>
    /// Names of products by id, as the products table gives them: for answers, not for models. Null = the dataset has no such table.
    /// </summary>
    public IReadOnlyDictionary<string, string>? ProductNames { get; init; }

    /// <summary>
    /// Category by product id, where <see cref="Category"/> was joined from the products table; null = the lines have their own, or none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? ProductCategories { get; init; }

    private string[] Texts() => Array.ConvertAll(
        NumericIds ?? throw new InvalidOperationException("The columns name no customers; set CustomerIds or NumericIds."),
        id => id.ToString(System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>The lines of one customer, in time order: a window on the columns, nothing copied.</summary>
public readonly ref struct CustomerLines
{
    private readonly TransactionColumns _columns;
    private readonly int _start;
    private readonly int _end;
    private readonly ReadOnlySpan<double> _kept;
    private readonly bool _keptOnly;

    internal CustomerLines(TransactionColumns columns, int start, int end, CustomerTables? tables = null, int customer = 0)
    {
        _columns = columns;
        _start = start;
        _end = end;
        Tables = tables;
        Customer = customer;
        _kept = Window(columns.Kept);
    }

    private CustomerLines(CustomerLines all, int from, int to, ReadOnlySpan<double> kept, bool keptOnly)
    {
        (_columns, _start, _end, Tables, Customer) = (all._columns, all._start + from, all._start + to, all.Tables, all.Customer);
        _kept = kept;
        _keptOnly = keptOnly;
    }

    /// <summary>The other tables of the dataset; null where there are none.</summary>
    internal CustomerTables? Tables { get; }

    /// <summary>Whose lines they are: index into the tables.</summary>
    internal int Customer { get; }

    /// <summary>Number of lines.</summary>
    public int Count => _end - _start;

    /// <summary>Local microseconds per line, ascending.</summary>
    public ReadOnlySpan<long> OrderedAt => _columns.OrderedAt.AsSpan(_start, Count);

    /// <summary>Net amount per line.</summary>
    public ReadOnlySpan<double> Amount => _keptOnly ? _kept : _columns.Amount.AsSpan(_start, Count);

    /// <summary>
    /// Net amount per line without returned orders, whose lines count 0; the amount itself where returns were not looked for
    /// (<see cref="Returns.ReturnMatching"/>). What counts orders reads it; labels read <see cref="Amount"/>.
    /// </summary>
    public ReadOnlySpan<double> Kept => _kept.IsEmpty ? Amount : _kept;

    /// <summary>Order code per line; empty where the source has no order id.</summary>
    public ReadOnlySpan<int> Order => Window(_columns.Order);

    /// <summary>Product code per line; empty where the source has no products.</summary>
    public ReadOnlySpan<int> Product => Window(_columns.Product);

    /// <summary>Category code per line; empty where the source has none.</summary>
    public ReadOnlySpan<int> Category => Window(_columns.Category);

    /// <summary>Channel code per line; empty where the source has none.</summary>
    public ReadOnlySpan<int> Channel => Window(_columns.Channel);

    /// <summary>Units per line; empty where the source has none.</summary>
    public ReadOnlySpan<float> Quantity => Window(_columns.Quantity);

    /// <summary>Unit cost per line; empty where the source has none.</summary>
    public ReadOnlySpan<float> UnitCost => Window(_columns.UnitCost);

    /// <summary>Discount per line; empty where the source has none.</summary>
    public ReadOnlySpan<float> Discount => Window(_columns.Discount);

    /// <summary>All events of the customer, whatever the lines were cut to; none where the dataset has no events table.</summary>
    public CustomerEvents Events =>
        Tables?.Events is { } events ? new CustomerEvents(events, events.Offsets[Customer], events.Offsets[Customer + 1]) : default;

    /// <summary>All contacts with the customer; none where the dataset has no contacts table.</summary>
    public CustomerEvents Contacts =>
        Tables?.Contacts is { } with ? new CustomerEvents(with, with.Offsets[Customer], with.Offsets[Customer + 1]) : default;

    /// <summary>The lines strictly before a local time.</summary>
    public CustomerLines Before(LocalTime asOf) => Part(0, LowerBound(asOf.Micros));

    /// <summary>The lines in [from, to).</summary>
    public CustomerLines Between(LocalTime from, LocalTime to) => Part(LowerBound(from.Micros), LowerBound(to.Micros));

    /// <summary>The same lines with other kept amounts, one per line.</summary>
    internal CustomerLines Keeping(ReadOnlySpan<double> kept) => new(this, 0, Count, kept, false);

    /// <summary>The same lines as if returned orders had never been: the amount is the kept one.</summary>
    internal CustomerLines KeptOnly() => new(this, 0, Count, Kept, true);

    internal string? ProductName(int line) => Name(_columns.Product, _columns.Products, line);

    internal string? CategoryName(int line) => Name(_columns.Category, _columns.Categories, line);

    internal string? ChannelName(int line) => Name(_columns.Channel, _columns.Channels, line);

    private string? Name(int[]? codes, string[]? names, int line)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)line, (uint)Count);
        return codes is not null && names is not null && codes[_start + line] is >= 0 and int code ? names[code] : null;
    }

    private CustomerLines Part(int from, int to) => new(this, from, to, _kept.IsEmpty ? [] : _kept[from..to], _keptOnly);

    private int LowerBound(long micros)
    {
        ReadOnlySpan<long> times = OrderedAt;
        int low = 0, high = times.Length;
        while (low < high)
        {
            int mid = (low + high) >>> 1;
            if (times[mid] < micros)
            {
                low = mid + 1;
            }
            else
            {
                high = mid;
            }
        }

        return low;
    }

    private ReadOnlySpan<T> Window<T>(T[]? column) => column is null ? [] : column.AsSpan(_start, Count);
}
