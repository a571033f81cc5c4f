namespace Predictive.History.Loading;

/// <summary>Optional columns of the transactions table.</summary>
[Flags]
public enum HistoryColumns
{
    /// <summary>Only customer, time and amount.</summary>
    None = 0,

    /// <summary><c>order_id</c>.</summary>
    Order = 1,

    /// <summary><c>product_id</c>.</summary>
    Product = 2,

    /// <summary><c>category</c>.</summary>
    Category = 4,

    /// <summary><c>channel</c>.</summary>
    Channel = 8,

    /// <summary><c>quantity</c>.</summary>
    Quantity = 16,

    /// <summary><c>unit_cost</c>.</summary>
    UnitCost = 32,

    /// <summary><c>discount</c>.</summary>
    Discount = 64,

    /// <summary>Whatever a feature of the catalogue reads.</summary>
    Features = Order | Product | Category | Quantity,

    /// <summary>Whatever a feature, a rule or an answer reads; discounts are not among them.</summary>
    Answers = Features | Channel | UnitCost,

    /// <summary>Every column the source has.</summary>
    All = Order | Product | Category | Channel | Quantity | UnitCost | Discount,
}

/// <summary>How to load a dataset.</summary>
public sealed record LoadOptions
{
    /// <summary>Optional columns to load where the source has them; the others cost nothing. Default: all.</summary>
    public HistoryColumns Columns { get; init; } = HistoryColumns.All;

    /// <summary>Overrides dataset.json (mapping, currency, time zone). Default: dataset.json, or canonical names and UTC.</summary>
    public DatasetDescription? Description { get; init; }

    /// <summary>Who a customer is. Default null: as <see cref="Description"/>, else dataset.json, says.</summary>
    public CustomerLevel? Level { get; init; }

    /// <summary>
    /// Memory this process may use, bytes; null = all that is needed. <see cref="DatasetLoader.LoadInParts"/> then reads a range of
    /// customers at a time, through temporary files; <see cref="DatasetLoader.LoadSample"/> draws customers;
    /// <see cref="DatasetLoader.Load"/> refuses a history that does not fit.
    /// </summary>
    public long? MemoryBytes { get; init; }

    /// <summary>
    /// What is made of each customer of a part and held beside its lines, bytes: <see cref="DatasetLoader.LoadInParts"/> makes its parts
    /// so much smaller. Default 0.
    /// </summary>
    public long BytesPerCustomer { get; init; }

    /// <summary>
    /// Keep the text of order ids, so that <see cref="HistoryAppend"/> can tell an order that goes on in a later delivery. Default false:
    /// order codes then are small numbers per customer and the ids are dropped, which saves memory.
    /// </summary>
    public bool KeepOrderIds { get; init; }

    /// <summary>
    /// Keep a hash of each line's order id (8 bytes a line), so that a line that comes later can be told to be of an order that is there
    /// (<see cref="TransactionColumns.OrderHashes"/>). Default false.
    /// </summary>
    public bool KeepOrderHashes { get; init; }

    /// <summary>Folder for temporary files. Default: the system's.</summary>
    public string TemporaryFolder { get; init; } = Path.GetTempPath();

    /// <summary>Only these customers' lines; the others' are as if they were not there. Default null: everybody's.</summary>
    public HistorySlice? Slice { get; init; }

    /// <summary>Join the customers and events tables where the dataset has them. Default true.</summary>
    public bool Tables { get; init; } = true;

    /// <summary>Threads; 0 = one per core. The result does not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>How far a load is.</summary>
/// <param name="Rows">Rows read so far.</param>
/// <param name="Total">Rows in all, known from the files' footers.</param>
public readonly record struct LoadProgress(long Rows, long Total);
