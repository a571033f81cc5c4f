using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>Everything known of one customer before the as-of.</summary>
/// <param name="CustomerId">As in the source.</param>
/// <param name="AsOf">The as-of; nothing at or after it is in here.</param>
/// <param name="Score">The score.</param>
/// <param name="Money">What was spent and returned.</param>
/// <param name="Lines">The latest transactions, newest first; at most 20.</param>
/// <param name="Attributes">What the customers table says, by column; null where it says nothing of this customer.</param>
/// <param name="Events">How many events of each kind; null where the dataset has no events table.</param>
/// <param name="LatestEvents">The latest events, newest first; at most 20.</param>
/// <param name="LatestContacts">The latest contacts, newest first; at most 20; null where the dataset has no contacts table.</param>
public sealed record CustomerView(
    string CustomerId, string AsOf, CustomerScore Score, CustomerMoney Money, IReadOnlyList<CustomerLine> Lines,
    IReadOnlyDictionary<string, object?> Attributes,
    IReadOnlyDictionary<string, int>? Events, IReadOnlyList<CustomerEvent> LatestEvents,
    IReadOnlyList<CustomerContact>? LatestContacts)
{
    private const int Latest = 20;
    private const int MostPeople = 100;

    /// <summary>
    /// Where the customers are accounts: their people, by what they spent, most first; at most 100. Null where customers are people. Events
    /// on their way into the files are not in the shares.
    /// </summary>
    public IReadOnlyList<CustomerPerson>? People { get; init; }

    /// <param name="scorer">The model.</param>
    /// <param name="history">Holds the customer.</param>
    /// <param name="customer">Index into it.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="once">Whether the history was made for this answer alone.</param>
    /// <param name="people">Whose the lines are; null where customers are people.</param>
    internal static CustomerView Of(
        CustomerScorer scorer, TransactionHistory history, int customer, LocalTime asOf, bool once, AccountPeople? people)
    {
        CustomerLines before = history.Lines(customer).Before(asOf);
        double gross = 0, refunds = 0;
        foreach (double amount in before.Amount)
        {
            gross += Math.Max(amount, 0);
            refunds += Math.Max(-amount, 0);
        }

        TransactionColumns columns = history.Columns;
        var lines = new List<CustomerLine>();
        for (int i = before.Count - 1; i >= Math.Max(0, before.Count - Latest); i--)
        {
            lines.Add(new CustomerLine(
                new LocalTime(before.OrderedAt[i]).ToString(), before.Amount[i], Name(before.Product, columns.Products, i),
                Name(before.Product, columns.Products, i) is { } product ? columns.ProductNames?.GetValueOrDefault(product) : null,
                Name(before.Category, columns.Categories, i),
                Name(before.Channel, columns.Channels, i),
                before.Quantity.IsEmpty || float.IsNaN(before.Quantity[i]) ? null : before.Quantity[i]));
        }

        PersonFacts facts = PersonFacts.Of(history, customer, asOf);
        return new CustomerView(
            history.CustomerId(customer), asOf.ToString(),
            once ? scorer.ScoreOnce(history, customer, asOf) : scorer.Score(history, customer, asOf),
            new CustomerMoney(
                before.Count, new LocalTime(before.OrderedAt[0]).ToString(), new LocalTime(before.OrderedAt[^1]).ToString(),
                Cents.Of(gross), Cents.Of(refunds), Cents.Of(gross - refunds), history.Description.Currency),
            lines, facts.Attributes, facts.Events, facts.LatestEvents, facts.LatestContacts)
        {
            People = people is null ? null : [.. people.Of(history.CustomerId(customer), asOf).Take(MostPeople).Select(CustomerPerson.Of)],
        };
    }

    private static string? Name(
        ReadOnlySpan<int> codes, string[]? names, int line) => codes.IsEmpty || codes[line] < 0 ? null : names?[codes[line]];
}

/// <summary>One of the people of an account.</summary>
/// <param name="CustomerId">Theirs.</param>
/// <param name="Orders">Orders with a purchase.</param>
/// <param name="Net">What they spent, returns subtracted.</param>
/// <param name="Share">Of what the account spent, 0 to 1; null where that is nothing or less.</param>
/// <param name="LastOrder">Time of their last purchase; null = none.</param>
public sealed record CustomerPerson(string CustomerId, int Orders, double Net, double? Share, string? LastOrder)
{
    internal static CustomerPerson Of(AccountPerson p) => new(
        p.CustomerId, p.Orders, p.Net, p.Share is { } share ? Math.Round(share, 4) : null, p.LastOrder?.ToString());
}

/// <summary>What a customer spent and returned.</summary>
/// <param name="Lines">Transaction lines.</param>
/// <param name="First">Time of the first.</param>
/// <param name="Last">Time of the last.</param>
/// <param name="Gross">Sum of the positive amounts.</param>
/// <param name="Refunds">Sum of the negative amounts, as a positive number.</param>
/// <param name="Net">Gross less refunds.</param>
/// <param name="Currency">ISO 4217; null = the dataset does not say.</param>
public sealed record CustomerMoney(int Lines, string First, string Last, double Gross, double Refunds, double Net, string? Currency);

/// <summary>One transaction line.</summary>
/// <param name="OrderedAt">On the dataset's clock.</param>
/// <param name="Amount">Negative = refund.</param>
/// <param name="ProductId">Null = unknown.</param>
/// <param name="ProductName">As the products table calls it; null = it does not, or there is none.</param>
/// <param name="Category">Null = unknown.</param>
/// <param name="Channel">Null = unknown.</param>
/// <param name="Quantity">Null = unknown.</param>
public sealed record CustomerLine(
    string OrderedAt, double Amount, string? ProductId, string? ProductName, string? Category, string? Channel, double? Quantity);

/// <summary>One event.</summary>
/// <param name="OccurredAt">On the dataset's clock.</param>
/// <param name="Kind">Such as <c>visit</c>.</param>
/// <param name="Value">Null = none.</param>
/// <param name="Detail">What its product, category, channel and session columns say; null = nothing.</param>
public sealed record CustomerEvent(string OccurredAt, string Kind, double? Value, string? Detail);

/// <summary>One contact.</summary>
/// <param name="ContactedAt">On the dataset's clock.</param>
/// <param name="Channel">Such as <c>mail</c>; <c>contact</c> where the table does not say.</param>
/// <param name="Detail">Campaign and outcome; null = unknown.</param>
public sealed record CustomerContact(string ContactedAt, string Channel, string? Detail);
