namespace Predictive.Store.Contacts;

/// <summary>A contact with a customer that was made.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="Channel">By which way, such as <c>call</c>.</param>
/// <param name="Day">When.</param>
/// <param name="Campaign">The campaign it was made for; null = none.</param>
/// <param name="Outcome">What came of it, such as <c>reached</c> or <c>not reached</c>.</param>
/// <param name="Key">By which it is known: the same twice is one; null = customer, channel, day and campaign.</param>
public sealed record Contact(string CustomerId, string Channel, DateOnly Day, string? Campaign, string Outcome, string? Key = null)
{
    internal string UniqueKey => Key ?? string.Join('|', CustomerId, Channel, Days.Of(Day), Campaign);
}

/// <summary>A customer who is not to be contacted.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="Channel">By which way; <see cref="ContactBook.EveryChannel"/> = by none.</param>
/// <param name="IsOptOut">True = the customer's own wish, which nothing overrides; else the house's, which may end.</param>
/// <param name="Until">Last day; null = for ever.</param>
/// <param name="Note">Why, or where it was said.</param>
public sealed record Suppression(string CustomerId, string Channel, bool IsOptOut, DateOnly? Until, string Note);
