using System.Globalization;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>
/// How a table is laid out so that a slice of it is read by itself: ordered by <c>cityHash64(id) % 960</c> first, the bucket. A slice
/// k of N is a union of buckets where N divides 960; else of at most N/gcd(N, 960) times as many. The condition on the bucket follows from
/// that on the slice, so it changes no result: of a table with another order it is only tried in vain.
/// </summary>
internal static class ClickHouseBuckets
{
    /// <summary>More would make the ranges of a small table shorter than what an index can tell apart.</summary>
    public const int Count = HistorySlice.Buckets;

    /// <summary>Lines that the index of such a table tells apart: those at both ends of a bucket are read in vain.</summary>
    public const int Granularity = 1_024;

    /// <summary>The bucket as SQL; the same text in the order of a table and in a question: that is what the server compares.</summary>
    public static string Of(ClickHouseColumn customer) =>
        string.Create(CultureInfo.InvariantCulture, $"{Hash(customer)} % {Count}");

    /// <summary>How a table is ordered.</summary>
    public static string Order(ClickHouseColumn customer) => $"({Of(customer)}, {customer.AsId})";

    /// <summary>Whether a table is ordered so, as the server says.</summary>
    public static bool IsOrder(string? sortingKey) => sortingKey is not null
        && sortingKey.StartsWith("cityHash64(", StringComparison.Ordinal)
        && sortingKey.Contains(string.Create(CultureInfo.InvariantCulture, $") % {Count}"), StringComparison.Ordinal);

    /// <summary>Times that a table of that order is read by all slices together; 1 = each line by one of them.</summary>
    public static int TimesRead(int slices) => slices / Common(slices);

    /// <summary>The condition of a slice, with a space before; of the whole nothing.</summary>
    public static string Where(ClickHouseColumn customer, HistorySlice slice)
    {
        if (slice.IsWhole)
        {
            return "";
        }

        if (slice.Width > 1 || slice.Count == Count)
        {
            // A sample, or a bucket: the server finds its lines by the order of the table.
            return slice.Number == 0
                ? string.Create(CultureInfo.InvariantCulture, $" WHERE {Of(customer)} < {slice.Width}")
                : string.Create(CultureInfo.InvariantCulture, $" WHERE {Of(customer)} = {slice.Number}");
        }

        string own = string.Create(CultureInfo.InvariantCulture, $" WHERE {Hash(customer)} % {slice.Count} = {slice.Number}");
        int step = Common(slice.Count);
        return step == 1
            ? own
            : $"{own} AND {Of(customer)} IN ({string.Join(", ", Enumerable.Range(0, Count).Where(b => b % step == slice.Number % step))})";
    }

    private static string Hash(ClickHouseColumn customer) => $"cityHash64({customer.AsId})";

    private static int Common(int slices)
    {
        (int a, int b) = (slices, Count);
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}
