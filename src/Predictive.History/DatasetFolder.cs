namespace Predictive.History;

/// <summary>Where the tables of a dataset lie, and what its dataset.json says. Reading it opens no table.</summary>
public sealed record DatasetFolder
{
    /// <summary>Name of the description file.</summary>
    public const string DescriptionFile = "dataset.json";

    /// <summary>Name of the table that says who belongs to which account.</summary>
    public const string AccountMapTable = "account-map";

    /// <summary>Every table a dataset may have: NAME.parquet, or a folder NAME.</summary>
    internal static readonly string[] TableNames =
        ["transactions", "customers", "events", "contacts", "products", "id-map", AccountMapTable];

    /// <summary>The canonical columns of the transactions table.</summary>
    public static IReadOnlyList<string> TransactionColumnNames { get; } =
    [
        "customer_id", "order_id", "ordered_at", "amount", "product_id", "category", "quantity", "unit_cost", "discount", "channel",
        "source",
    ];

    /// <summary>The folder; for a single Parquet file, the folder it lies in.</summary>
    public required string Root { get; init; }

    /// <summary>The transactions: a Parquet file, or a folder of them (hive-partitioned or not).</summary>
    public required string Transactions { get; init; }

    /// <summary>The customers table, file or folder; null where absent.</summary>
    public string? Customers { get; init; }

    /// <summary>The events table, file or folder; null where absent.</summary>
    public string? Events { get; init; }

    /// <summary>The contacts table, file or folder; null where absent.</summary>
    public string? Contacts { get; init; }

    /// <summary>Whether some table may know people who have no transaction.</summary>
    public bool KnowsPeople => this is not { Customers: null, Events: null, Contacts: null };

    /// <summary>The products table, file or folder; null where absent.</summary>
    public string? Products { get; init; }

    /// <summary>The ID map (source, source_id, customer_id); null where absent. See History/Sources.</summary>
    public string? IdMap { get; init; }

    /// <summary>Who belongs to which account (account_id, customer_id, parent_account_id); null where absent.</summary>
    public string? AccountMap { get; init; }

    /// <summary>What dataset.json says; defaults where there is none.</summary>
    public required DatasetDescription Description { get; init; }

    /// <summary>
    /// Finds the tables of a dataset folder (<c>transactions.parquet</c> or <c>transactions/</c>, the same for <c>customers</c>,
    /// <c>events</c>, <c>contacts</c> and <c>products</c>, <c>id-map.parquet</c>, <c>account-map.parquet</c>) or takes a single Parquet
    /// file as its transactions; a dataset.json in the same folder applies.
    /// </summary>
    /// <exception cref="DatasetException">Nothing is there, or dataset.json cannot be understood.</exception>
    public static DatasetFolder Open(string pathOrFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrFolder);
        if (File.Exists(pathOrFolder))
        {
            string parent = Path.GetDirectoryName(Path.GetFullPath(pathOrFolder))!;
            return new DatasetFolder { Root = parent, Transactions = pathOrFolder, Description = ReadDescription(parent) };
        }

        if (!Directory.Exists(pathOrFolder))
        {
            throw DatasetFaults.MissingPath(pathOrFolder).Refuse();
        }

        return new DatasetFolder
        {
            Root = pathOrFolder,
            Transactions = Table(pathOrFolder, "transactions") ?? throw DatasetFaults.MissingTable(pathOrFolder, "transactions").Refuse(),
            Customers = Table(pathOrFolder, "customers"),
            Events = Table(pathOrFolder, "events"),
            Contacts = Table(pathOrFolder, "contacts"),
            Products = Table(pathOrFolder, "products"),
            IdMap = Table(pathOrFolder, "id-map"),
            AccountMap = Table(pathOrFolder, AccountMapTable),
            Description = ReadDescription(pathOrFolder),
        };
    }

    /// <summary>Reads dataset.json of a folder; the defaults where there is none.</summary>
    /// <exception cref="DatasetException">It is not the JSON expected, maps one name twice, or names an unknown column or time
    /// zone.</exception>
    public static DatasetDescription ReadDescription(string folder)
    {
        string file = Path.Combine(folder, DescriptionFile);
        return File.Exists(file) ? DescriptionJson.ReadFile(file) : new DatasetDescription();
    }

    /// <summary>
    /// What holds for a dataset, of whose lines none need be here: those of a warehouse may not have been copied yet.
    /// </summary>
    /// <param name="pathOrFolder">As for <see cref="Open"/>.</param>
    /// <exception cref="DatasetException">There is neither a folder nor a file, or as for <see cref="ReadDescription"/>.</exception>
    public static DatasetDescription DescriptionOf(string pathOrFolder) =>
        Directory.Exists(pathOrFolder) ? ReadDescription(pathOrFolder) : Open(pathOrFolder).Description;

    /// <summary>The text of a dataset.json; equal descriptions give equal bytes.</summary>
    public static byte[] WriteDescription(DatasetDescription description) => DescriptionJson.Write(description);

    private static string? Table(string folder, string name)
    {
        string file = Path.Combine(folder, name + ".parquet"), directory = Path.Combine(folder, name);
        return File.Exists(file) ? file : Directory.Exists(directory) ? directory : null;
    }
}
