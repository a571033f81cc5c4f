using System.Globalization;
using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Narrative;

/// <summary>Which period a report tells of, and what it is held against.</summary>
public static class NarrativePeriods
{
    /// <summary>What is compared where nothing is said.</summary>
    public const string Standard = "last-month";

    /// <summary>Reads a comparison.</summary>
    /// <param name="of">The base.</param>
    /// <param name="compare"><c>last-month</c>: the last month that is over, against the one before; <c>last-quarter</c> likewise; a month,
    /// quarter or year: that one against the one before; a day: the days since it against as many before.</param>
    /// <exception cref="QueryRefusedException">It cannot be read, or the data do not hold it.</exception>
    public static (Period Period, Period Against) Of(QueryBase of, string compare)
    {
        ArgumentNullException.ThrowIfNull(of);
        ArgumentNullException.ThrowIfNull(compare);
        var asOf = DateOnly.FromDateTime(of.AsOf.ToDateTime());
        Period period = compare switch
        {
            "last-month" => Period.Month(asOf.Year, asOf.Month).Before(),
            "last-quarter" => Period.Quarter(asOf.Year, ((asOf.Month - 1) / 3) + 1).Before(),
            _ when DateOnly.TryParseExact(compare, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly since)
                && since <= of.LastDay => new Period(since, of.LastDay),
            _ when Period.TryParse(compare, out Period named) && compare.Length != 10 => named,
            _ => throw new QueryRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"compare is '{QueryRefusedException.Short(compare)}'; expected last-month, last-quarter, a day up to "
                    + $"{of.LastDay:yyyy-MM-dd}, or a month, quarter or year such as 2011-06, 2011-Q2, 2011.")),
        };
        Period against = period.Before();
        if (period.From > of.LastDay || against.To < of.FirstDay)
        {
            throw new QueryRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"The report would hold {period} against {against}; the data go from {of.FirstDay:yyyy-MM-dd} to {of.LastDay:yyyy-MM-dd}. "
                    + $"Choose another period with --compare."));
        }

        return (period, against);
    }
}
