using System.Globalization;
using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>Customers by the month of their first purchase, and how many bought in each month since.</summary>
/// <param name="Month">First purchase, <c>yyyy-MM</c>.</param>
/// <param name="Customers">Customers of the cohort.</param>
/// <param name="Active">Customers who bought 0, 1, 2 ... calendar months later; month 0 is all of them.</param>
/// <param name="Net">Their net spend in each of these months.</param>
public sealed record RetentionCohort(string Month, int Customers, IReadOnlyList<int> Active, IReadOnlyList<double> Net);

/// <summary>The cohort triangle: the later a cohort began, the fewer months are known of it.</summary>
public static class CohortRetention
{
    /// <summary>The newest cohorts before a local time, oldest first; the month the as-of lies in is left out unless it is over.</summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="months">Most cohorts and months. Default 24.</param>
    public static IReadOnlyList<RetentionCohort> Compute(TransactionHistory history, LocalTime asOf, int months = 24)
    {
        ArgumentNullException.ThrowIfNull(history);
        return Rows(Count(history, asOf, months));
    }

    /// <summary>The same of a base whose parts were counted.</summary>
    internal static IReadOnlyList<RetentionCohort> Rows(SortedDictionary<int, CohortCounts> cohorts) =>
    [
        .. cohorts.Select(c => new RetentionCohort(
            NameOf(c.Key), c.Value.Customers, c.Value.Active, [.. c.Value.Net.Select(n => Cents.Of(n.Value))])),
    ];

    /// <summary>What the rows are made of, by <see cref="MonthOf"/>: those of parts of a base add up to those of the whole.</summary>
    internal static SortedDictionary<int, CohortCounts> Count(TransactionHistory history, LocalTime asOf, int months = 24)
    {
        int end = MonthOf(asOf.Day), first = Math.Max(MonthOf(LocalTime.DayOf(history.FirstMicros)), end - months);
        var cohorts = new SortedDictionary<int, CohortCounts>();
        if (end <= first)
        {
            return cohorts;
        }

        int width = end - first;
        TransactionHistory marked = history.Columns.Kept is null ? ReturnMatching.Mark(history, asOf) : history;
        var seen = new int[width];
        Array.Fill(seen, -1);
        for (int c = 0; c < marked.CustomerCount; c++)
        {
            CustomerLines lines = marked.Lines(c).Before(asOf);
            int cohort = int.MinValue;
            CohortCounts? counts = null;
            for (int i = 0; i < lines.Count; i++)
            {
                double kept = lines.Kept[i];
                if (cohort == int.MinValue && !(kept > 0))
                {
                    continue;
                }

                int month = MonthOf(LocalTime.DayOf(lines.OrderedAt[i])) - first;
                if (cohort == int.MinValue)
                {
                    cohort = month;
                    if (cohort < 0 || cohort >= width)
                    {
                        break;
                    }

                    if (!cohorts.TryGetValue(first + cohort, out counts))
                    {
                        cohorts[first + cohort] = counts = CohortCounts.Of(width - cohort);
                    }

                    counts.Customers++;
                }

                if (month >= width)
                {
                    break;
                }

                counts!.Net[month - cohort].Add(kept);
                if (kept > 0 && seen[month] != c)
                {
                    seen[month] = c;
                    counts.Active[month - cohort]++;
                }
            }
        }

        return cohorts;
    }

    /// <summary>Months since year 0 of a local day.</summary>
    internal static int MonthOf(int day)
    {
        DateOnly date = LocalTime.DateOf(day);
        return (date.Year * 12) + date.Month - 1;
    }

    internal static string NameOf(int month) =>
        string.Create(CultureInfo.InvariantCulture, $"{month / 12:0000}-{(month % 12) + 1:00}");
}

/// <summary>Customers of one cohort.</summary>
internal sealed class CohortCounts
{
    /// <summary>How many.</summary>
    public int Customers { get; set; }

    /// <summary>Who bought 0, 1, 2 ... months later.</summary>
    public required int[] Active { get; init; }

    /// <summary>Their net spend in each of these months.</summary>
    public required ExactSum[] Net { get; init; }

    public static CohortCounts Of(int months) => new()
    {
        Active = new int[months], Net = [.. Enumerable.Range(0, months).Select(_ => new ExactSum())],
    };

    public void Add(CohortCounts other)
    {
        Customers += other.Customers;
        Association.Add(Active, other.Active);
        for (int i = 0; i < Net.Length; i++)
        {
            Net[i].Add(other.Net[i]);
        }
    }
}
