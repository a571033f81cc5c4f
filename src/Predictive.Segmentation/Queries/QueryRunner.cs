using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Metrics;

namespace Predictive.Segmentation.Queries;

/// <summary>Checks a query against the catalogue and a base, runs it, and says how it was understood.</summary>
public static class QueryRunner
{
    /// <summary>The answer.</summary>
    /// <exception cref="QueryRefusedException">A name is not known, the data have not what it needs, or it is too large.</exception>
    public static QueryAnswer Run(QueryBase of, MetricQuery query, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(of);
        ArgumentNullException.ThrowIfNull(query);
        MetricDefinition metric = QueryCatalogue.Find(query.Metric);
        if (query.Limit is < 1 or > MetricQuery.MostRows)
        {
            throw new QueryRefusedException($"limit is {query.Limit}; expected 1 to {MetricQuery.MostRows}.");
        }

        Dimension[] by = [.. query.By.Select(of.Dimension).DistinctBy(d => d.Name)];
        if (by.Length > MetricQuery.MostDimensions)
        {
            throw new QueryRefusedException($"There are {by.Length} dimensions; expected at most {MetricQuery.MostDimensions}.");
        }

        var conditions = new BoundConditions(of, Condition.Parse(query.Where));
        var notes = new List<string>();
        if (NearNames.Plain(query.Metric) != NearNames.Plain(metric.Name) && query.Metric != metric.Id)
        {
            notes.Add($"'{QueryRefusedException.Short(query.Metric)}' is taken as {metric.Name}.");
        }

        if (metric is PeriodMetric period)
        {
            return new PeriodQuery(of, query, period, by, conditions, notes).Run(cancellation);
        }

        return AsOfQuery.Run(of, query, (BaseMetric)metric, by, conditions, notes);
    }

    /// <summary>The days a query asks for.</summary>
    /// <exception cref="QueryRefusedException">They cannot be read, or hold no day of the data.</exception>
    internal static Period PeriodOf(QueryBase of, MetricQuery query, List<string> notes)
    {
        DateOnly from = query.From is null ? of.FirstDay : Read("from", query.From).From;
        DateOnly to = query.To is null ? of.LastDay : Read("to", query.To).To;
        if (to < from)
        {
            throw new QueryRefusedException(FormattableString.Invariant(
                $"The period begins on {from:yyyy-MM-dd} and ends on {to:yyyy-MM-dd}, before it; the data go from {Data(of)}."));
        }

        var period = new Period(from, to);
        if (to < of.FirstDay || from > of.LastDay)
        {
            throw new QueryRefusedException($"There is no line in {period}; the data go from {Data(of)}.");
        }

        if (period.Days > 200 * 366)
        {
            throw new QueryRefusedException($"The period {period} is too long; the data go from {Data(of)}.");
        }

        if (to > of.LastDay)
        {
            notes.Add(FormattableString.Invariant($"The period is not over in the data, which end on {of.LastDay:yyyy-MM-dd}."));
        }

        if (from < of.FirstDay)
        {
            notes.Add(FormattableString.Invariant($"The period begins before the data, which begin on {of.FirstDay:yyyy-MM-dd}."));
        }

        return period;
    }

    /// <summary>The period compared with; null = none is.</summary>
    internal static Period? AgainstOf(MetricQuery query, Period period)
    {
        switch (query.Compare?.ToLowerInvariant())
        {
            case null or "":
                return null;
            case "previous":
                return period.Before();
            case "year-ago":
                return period.YearBefore();
            default:
                return Read("compare", query.Compare);
        }
    }

    /// <summary>Rounds a figure as outputs show it.</summary>
    internal static double Round(double value, string unit) => unit == "money" ? Cents.Of(value) : Math.Round(value, 6);

    private static string Data(QueryBase of) => FormattableString.Invariant($"{of.FirstDay:yyyy-MM-dd} to {of.LastDay:yyyy-MM-dd}");

    private static Period Read(string name, string text) => Period.TryParse(text, out Period period)
        ? period
        : throw new QueryRefusedException(
            $"{name} is '{QueryRefusedException.Short(text)}'; expected a date, month, quarter or year such as 2011-06-03, 2011-06, "
                + $"2011-Q2, 2011{(name == "compare" ? ", two of them with .. between, previous or year-ago" : "")}.");
}
