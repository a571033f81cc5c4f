namespace Predictive.History.Loading;

/// <summary>What a use of a history takes beside the history itself, for <see cref="DatasetLoader.LoadSample"/>.</summary>
/// <param name="Purpose">In a message: <c>training</c>.</param>
/// <param name="FixedBytes">Whatever the size of the base, the runtime included.</param>
/// <param name="BytesPerCustomer">For each customer.</param>
/// <param name="FewestCustomers">With fewer than these, an error is better than a sample.</param>
/// <param name="Seed">Of the draw.</param>
public sealed record SampleBudget(string Purpose, long FixedBytes, long BytesPerCustomer, int FewestCustomers, int Seed)
{
    /// <summary>
    /// About how many customers to take, by hash (<see cref="HistorySlice.Sample"/>), whatever the memory; a base of no more is taken
    /// whole. Default null: everybody.
    /// </summary>
    public int? Customers { get; init; }
}

/// <summary>A history of all customers, or of a sample of them.</summary>
/// <param name="History">Whole customers.</param>
/// <param name="BaseCustomers">Customers of the base.</param>
/// <param name="BaseLines">Lines of the base.</param>
/// <param name="NeededBytes">What the whole base would have taken, or as many as were to be taken by hash.</param>
/// <param name="LastMicros">Local time of the last line of the base, in the sample or not.</param>
public sealed record LoadedSample(TransactionHistory History, int BaseCustomers, long BaseLines, long NeededBytes, long LastMicros)
{
    /// <summary>The first so many of <see cref="HistorySlice.Buckets"/> buckets were taken; null = not drawn by hash.</summary>
    public int? Buckets { get; init; }

    /// <summary>Customers in those buckets: more than in <see cref="History"/> where the memory did not hold them.</summary>
    public int BucketCustomers { get; init; }

    /// <summary>Whether it is the whole base.</summary>
    public bool IsWhole => History.CustomerCount == BaseCustomers;
}
