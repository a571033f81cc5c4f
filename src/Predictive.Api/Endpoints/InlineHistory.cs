namespace Predictive.Api.Endpoints;

/// <summary>A history sent with the request.</summary>
/// <param name="CustomerId">Whose it is; default <c>inline</c>.</param>
/// <param name="AsOf">Local time to score as of; default: that of the dataset served, or midnight after the last transaction of this
/// history.</param>
/// <param name="Transactions">At least one purchase before the as-of.</param>
/// <param name="Events">What else the customer did; an empty list says that there was nothing, its absence that nobody knows.</param>
/// <param name="Attributes">What the customers table says, by column: a number, a flag or a text.</param>
public sealed record InlineHistory(
    string? CustomerId, string? AsOf, IReadOnlyList<InlineTransaction> Transactions, IReadOnlyList<InlineEvent>? Events = null,
    IReadOnlyDictionary<string, object?>? Attributes = null);

/// <summary>
/// One transaction line. A member that is null is known to be unknown, as an empty cell of a table; one that no line has is absent.
/// </summary>
/// <param name="OrderedAt">Such as <c>2011-06-03T10:15:00</c>; with an offset it is converted to the dataset's clock.</param>
/// <param name="Amount">Net amount; negative = refund.</param>
/// <param name="OrderId">Default: all purchases of one day are one order.</param>
/// <param name="ProductId">Optional.</param>
/// <param name="Category">Optional.</param>
/// <param name="Quantity">Optional.</param>
/// <param name="Channel">Optional.</param>
/// <param name="UnitCost">Optional.</param>
/// <param name="Discount">Optional.</param>
public sealed record InlineTransaction(
    string OrderedAt, double Amount, string? OrderId = null, string? ProductId = null, string? Category = null, double? Quantity = null,
    string? Channel = null, double? UnitCost = null, double? Discount = null);

/// <summary>One event.</summary>
/// <param name="OccurredAt">As for a transaction.</param>
/// <param name="Kind">Such as <c>visit</c> or <c>nps</c>.</param>
/// <param name="Value">Optional, such as the points of an answer.</param>
/// <param name="ProductId">Optional: what was looked at, searched for ...</param>
/// <param name="Category">Optional: its category.</param>
public sealed record InlineEvent(string OccurredAt, string Kind, double? Value = null, string? ProductId = null, string? Category = null);
