using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.Api.Endpoints;

/// <summary>A history sent with the request.</summary>
/// <param name="CustomerId">Whose it is; default <c>inline</c>.</param>
/// <param name="AsOf">Instant to score as of; default: midnight after the last transaction served, or of this history where no dataset is served.</param>
/// <param name="Transactions">At least one purchase before the as-of.</param>
public sealed record InlineHistory(string? CustomerId, string? AsOf, IReadOnlyList<InlineTransaction>? Transactions);

/// <summary>One transaction line.</summary>
/// <param name="OrderId">Default: all purchases of one day are one order.</param>
/// <param name="OrderedAt">Such as <c>2011-06-03T10:15:00</c>; with an offset it is converted to the dataset's clock.</param>
/// <param name="Amount">Net amount; negative = refund.</param>
/// <param name="ProductId">Optional.</param>
/// <param name="Category">Optional.</param>
/// <param name="Quantity">Optional.</param>
public sealed record InlineTransaction(string? OrderId, string? OrderedAt, double? Amount, string? ProductId = null, string? Category = null, double? Quantity = null);

/// <summary>Turns inline histories into the product's own, refusing what makes no sense, by position.</summary>
internal static class InlineHistories
{
    public const string DefaultCustomer = "inline";

    public static TransactionHistory Read(InlineHistory? body, DatasetDescription description, int most)
    {
        if (body?.Transactions is not { Count: > 0 } transactions)
        {
            throw RequestException.Refused("'transactions' is missing or empty; expected at least one line such as {\"orderedAt\":\"2011-06-03\",\"amount\":12.5}.");
        }

        if (transactions.Count > most)
        {
            throw RequestException.Refused(string.Create(CultureInfo.InvariantCulture, $"'transactions' has {transactions.Count:N0} lines; at most {most:N0} are taken in one history."));
        }

        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(description.TimeZone);
        string id = string.IsNullOrEmpty(body.CustomerId) ? DefaultCustomer : body.CustomerId;
        var lines = new TransactionLine[transactions.Count];
        for (int i = 0; i < lines.Length; i++)
        {
            InlineTransaction? t = transactions[i];
            if (t is null || !AsOf.TryParse(t.OrderedAt, zone, out AsOf at))
            {
                throw RequestException.Refused($"transactions[{i}].orderedAt is '{t?.OrderedAt}'; expected a date such as 2011-06-03 or 2011-06-03T10:15:00.");
            }

            if (t.Amount is not { } amount || !double.IsFinite(amount))
            {
                throw RequestException.Refused($"transactions[{i}].amount is missing; expected a number (negative = refund).");
            }

            lines[i] = new TransactionLine(id, at.ToDateTime(), amount, t.OrderId, t.ProductId, t.Category, t.Quantity);
        }

        return TransactionHistoryBuilder.Build(lines, description);
    }
}
