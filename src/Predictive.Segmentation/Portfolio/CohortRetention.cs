using System.Globalization;
using Predictive.History;
using Predictive.History.Returns;
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
        int end = MonthOf(asOf.Day), first = Math.Max(MonthOf(LocalTime.DayOf(history.FirstMicros)), end - months);
        if (end <= first)
        {
            return [];
        }

        int width = end - first;
        var customers = new int[width];
        var active = new int[width, width];
        var net = new double[width, width];
        TransactionHistory marked = history.Columns.Kept is null ? ReturnMatching.Mark(history, asOf) : history;
        var seen = new int[width];
        Array.Fill(seen, -1);
        for (int c = 0; c < marked.CustomerCount; c++)
        {
            CustomerLines lines = marked.Lines(c).Before(asOf);
            int cohort = int.MinValue;
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

                    customers[cohort]++;
                }

                if (month >= width)
                {
                    break;
                }

                net[cohort, month - cohort] += kept;
                if (kept > 0 && seen[month] != c)
                {
                    seen[month] = c;
                    active[cohort, month - cohort]++;
                }
            }
        }

        return
        [
            .. Enumerable.Range(0, width).Where(k => customers[k] > 0).Select(k => new RetentionCohort(
                NameOf(first + k), customers[k], [.. Enumerable.Range(0, width - k).Select(m => active[k, m])],
                [.. Enumerable.Range(0, width - k).Select(m => Cents.Of(net[k, m]))])),
        ];
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
