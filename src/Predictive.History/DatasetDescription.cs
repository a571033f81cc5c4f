namespace Predictive.History;

/// <summary>
/// What <c>dataset.json</c> says beside the files of a dataset: which source column is which canonical one, currency and time zone.
/// </summary>
public sealed record DatasetDescription
{
    /// <summary>
    /// Canonical column → source column, for the columns whose names differ. Default: none; the files use the canonical names.
    /// </summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();

    /// <summary>ISO 4217 code for display. Default: none.</summary>
    public string? Currency { get; init; }

    /// <summary>
    /// IANA name of the clock that days are counted by. Default UTC. Timestamps without an offset are taken as on this clock.
    /// </summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>
    /// The same for the customers table: <c>customer_id</c>, <c>account_id</c>, <c>parent_account_id</c>. Default: its name in the
    /// transactions, or the canonical one.
    /// </summary>
    public IReadOnlyDictionary<string, string> CustomerColumns { get; init; } = new Dictionary<string, string>();

    /// <summary>The same for the events table: <c>customer_id</c>, <c>occurred_at</c>, <c>kind</c>, <c>value</c>.</summary>
    public IReadOnlyDictionary<string, string> EventColumns { get; init; } = new Dictionary<string, string>();

    /// <summary>Who a customer is. Default <see cref="CustomerLevel.Person"/>.</summary>
    public CustomerLevel Level { get; init; }

    /// <summary>
    /// Columns of the customers table whose numbers add up over the people of an account, such as visits booked. Default none: an account
    /// has the mean of its people's numbers, and of their texts the one that most of them have.
    /// </summary>
    public IReadOnlyList<string> AccountSums { get; init; } = [];

    /// <summary>
    /// Columns of the customers table that are features. Default null: every number, and every text with at most
    /// <see cref="CustomerTables.MostCategories"/> values. They have no time of their own, so leave out what was only known later.
    /// </summary>
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>What columns of the customers table are called where they are shown, and asked for. Default: by the columns' own
    /// names.</summary>
    public IReadOnlyDictionary<string, AttributeNames> Names { get; init; } = new Dictionary<string, AttributeNames>();

    /// <summary>
    /// Where the transactions lie if not in the folder, such as <c>clickhouse://host:8123/db?table=t</c>; the folder then holds a copy that
    /// <see cref="Warehouse.Copies.WarehouseFolder"/> keeps up. Default: none.
    /// </summary>
    public string? Source { get; init; }
}

/// <summary>What one column of the customers table is called.</summary>
public sealed record AttributeNames
{
    /// <summary>In English. Default: the column's name with spaces for underscores.</summary>
    public string? English { get; init; }

    /// <summary>In 简体中文. Default: the column's name.</summary>
    public string? Chinese { get; init; }

    internal string EnglishOf(string column) => English ?? column.Replace('_', ' ');

    /// <summary>Other names by which a question may mean it, in either language. Default none.</summary>
    public IReadOnlyList<string> Also { get; init; } = [];
}
