using System.Globalization;

namespace Predictive.History.Checks;

/// <summary>What a careful colleague says of the customers: who never bought, who gave everything back, whose ids look wrong.</summary>
internal static class CustomerJudgement
{
    private const string Table = "transactions";

    /// <summary>Beyond this many customers ids are not compared with each other.</summary>
    private const int MostCompared = 5_000_000;

    /// <summary>The findings.</summary>
    public static IEnumerable<Finding?> Of(TableProfile profile, CheckOptions options, Func<int, string> customerId) =>
    [
        NeverBought(profile, options, customerId),
        Returns(profile, options, customerId),
        ReturnedOrders(profile),
        LikeMissing(profile, options, customerId),
        Alike(profile, options, customerId),
    ];

    private static Finding? NeverBought(TableProfile profile, CheckOptions options, Func<int, string> customerId)
    {
        List<int> never = [.. profile.WithoutPurchase];
        return never.Count == 0 ? null : Info(
            "no-purchase-customer",
            $"{N(never.Count)} of {N(profile.Customers)} customers have lines but no purchase (refunds or zero amounts alone); models "
                + "and lists leave them out. Deliver the purchases their refunds belong to, or leave them so.",
            "customer_id",
            never.Count,
            [.. never.Take(options.Examples).Select(customerId)]);
    }

    private static Finding? Returns(TableProfile profile, CheckOptions options, Func<int, string> customerId)
    {
        if (profile.Returns.Lines == 0)
        {
            return null;
        }

        List<int> back = [.. profile.PaidBack];
        double share = -profile.Returns.Sum / profile.Bought;
        string all = back.Count == 0 ? "" : $" {N(back.Count)} customer{(back.Count == 1 ? "" : "s")} who bought had all of it paid back.";
        if (profile.GivenBack.Unmatched is > 0 and var unmatched)
        {
            all += $" {N(unmatched)} of them answer{(unmatched == 1 ? "s" : "")} to no earlier purchase of the customer: deliver the order "
                + "id or the product with a return, and the purchases from further back.";
        }

        return new Finding(
            "returns",
            share >= .5 ? FindingSeverity.Warning : FindingSeverity.Info,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{N(profile.Returns.Lines)} lines are returns or refunds, {share:P1} of what was bought.{all} "
                    + $"{(share >= .5 ? "That is more than half: check the sign of the amounts." : "They lower what was spent.")}"),
            Table,
            "amount",
            profile.Returns.Lines,
            [.. back.Take(options.Examples).Select(customerId)]);
    }

    private static Finding? ReturnedOrders(TableProfile profile) => profile.GivenBack.Orders is 0 ? null : Info(
        "returned-orders",
        $"{N(profile.GivenBack.Orders)} order{(profile.GivenBack.Orders == 1 ? " was" : "s were")} given back whole and count"
            + $"{(profile.GivenBack.Orders == 1 ? "s" : "")} for nothing in frequency, tiers, reasons and lists. Where an exchange or a "
            + "correction is booked as a return, book it within its order.",
        "amount",
        profile.GivenBack.Orders,
        []);

    private static Finding? LikeMissing(TableProfile profile, CheckOptions options, Func<int, string> customerId)
    {
        var odd = new List<(string Id, long Lines)>();
        foreach (int c in profile.Everybody)
        {
            string id = customerId(c);
            if (IdsLikeMissing.Contains(id))
            {
                odd.Add((id, profile.LinesOf(c)));
            }
        }

        return odd.Count == 0 ? null : Warning(
            "id-like-missing",
            $"{N(odd.Count)} customer id{(odd.Count == 1 ? " looks" : "s look")} like a missing value and "
                + $"{(odd.Count == 1 ? "is" : "are")} taken for {(odd.Count == 1 ? "a customer" : "customers")}. Leave them out: "
                + $"predictive import --no-customer {string.Join(',', odd.Take(options.Examples).Select(o => o.Id))}.",
            "customer_id",
            odd.Sum(o => o.Lines),
            [
                .. odd.OrderByDescending(o => o.Lines).Take(options.Examples)
                    .Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Id} ({o.Lines:N0} lines)")),
            ]);
    }

    /// <summary>Ids that upper and lower case, blanks or leading zeros alone tell apart.</summary>
    private static Finding? Alike(TableProfile profile, CheckOptions options, Func<int, string> customerId)
    {
        if (profile.Customers > MostCompared)
        {
            return null;
        }

        var seen = new Dictionary<string, string>((int)profile.Customers, StringComparer.OrdinalIgnoreCase);
        var pairs = new List<string>();
        long count = 0;
        foreach (int c in profile.Everybody)
        {
            string id = customerId(c),
                key = id.StartsWith('0') || id.Contains(' ', StringComparison.Ordinal)
                    ? string.Join(' ', id.Split(' ', StringSplitOptions.RemoveEmptyEntries)).TrimStart('0')
                    : id;
            if (!seen.TryAdd(key, id) && seen[key] != id)
            {
                count++;
                if (pairs.Count < options.Examples)
                {
                    pairs.Add($"'{seen[key]}' and '{id}'");
                }
            }
        }

        return count == 0 ? null : Warning(
            "ids-alike",
            $"{N(count)} customer id{(count == 1 ? " differs" : "s differ")} from another by upper and lower case, blanks or leading "
                + "zeros alone; they are taken for different customers. Where they are not: predictive import --fold-case makes one of "
                + "upper and lower case; blanks and zeros are to be mended in the source.",
            "customer_id",
            count,
            pairs);
    }

    private static Finding Info(
        string code, string message, string column, long count, IReadOnlyList<string> examples) =>
            new(code, FindingSeverity.Info, message, Table, column, count, examples);

    private static Finding Warning(
        string code, string message, string column, long count, IReadOnlyList<string> examples) =>
            new(code, FindingSeverity.Warning, message, Table, column, count, examples);

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
