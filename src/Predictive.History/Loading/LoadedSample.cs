namespace Predictive.History.Loading;

/// <summary>What a use of a history takes beside the history itself, for <see cref="DatasetLoader.LoadSample"/>.</summary>
/// <param name="Purpose">In a message: <c>training</c>.</param>
/// <param name="FixedBytes">Whatever the size of the base, the runtime included.</param>
/// <param name="BytesPerCustomer">For each customer.</param>
/// <param name="FewestCustomers">With fewer than these, an error is better than a sample.</param>
/// <param name="Seed">Of the draw.</param>
public sealed record SampleBudget(string Purpose, long FixedBytes, long BytesPerCustomer, int FewestCustomers, int Seed);

/// <summary>A history of all customers, or of as many as fit.</summary>
/// <param name="History">Whole customers.</param>
/// <param name="BaseCustomers">Customers of the base.</param>
/// <param name="BaseLines">Lines of the base.</param>
/// <param name="NeededBytes">What the whole base would have taken.</param>
/// <param name="LastMicros">Local time of the last line of the base, in the sample or not.</param>
public sealed record LoadedSample(TransactionHistory History, int BaseCustomers, long BaseLines, long NeededBytes, long LastMicros)
{
    /// <summary>Whether it is the whole base.</summary>
    public bool IsWhole => History.CustomerCount == BaseCustomers;
}
