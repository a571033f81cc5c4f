using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Queries;

/// <summary>A query about the base, or groups of its customers, as of a time.</summary>
internal static class AsOfQuery
{
    public static QueryAnswer Run(
        QueryBase of, MetricQuery query, BaseMetric metric, Dimension[] by, BoundConditions conditions, List<string> notes)
    {
        if (query.From is not null || query.To is not null)
        {
            throw new QueryRefusedException(
                $"{metric.Name} is as of a time ({of.AsOf}), not of a period; leave from and to out. --as-of names another time, compare "
                    + "one to hold it against.");
        }

        if (by.Any(d => d.Kind != DimensionKind.Customer) || conditions.Lines.Count > 0 || conditions.Times.Count > 0)
        {
            throw new QueryRefusedException(
                $"{metric.Name} is of customers as of a time; ask by, and filter on, what is of the customer, such as tier, rfm_segment or "
                    + "acquisition_channel.", ["tier", "rfm_segment", "acquisition_channel"]);
        }

        // Where no prediction is read, nobody is scored.
        SegmentTable table = of.TableFor(metric.Reads);
        if (metric.Name == "prospects" && (by.Length > 0 || conditions.AreOfCustomers))
        {
            throw new QueryRefusedException("prospects have no purchase, and so no segment; ask for them without dimensions and filters.");
        }

        BoundDimension[] bound = [.. by.Select(of.Bind)];
        int[] rows = [.. Enumerable.Range(0, table.Count).Where(i => conditions.Customers is not { } mask || mask[table.Customers[i]])];
        QueryRow total = RowOf([], rows);
        if (total.Value is null && metric.Value(table.AsBase()) is null)
        {
            throw new QueryRefusedException(of.Model is null
                ? $"{metric.Name} needs a trained model, or columns that the data have not; this base is read with rules alone."
                : $"{metric.Name} needs columns that the data have not.");
        }

        QueryRow[] groups = by.Length == 0
            ? []
            :
            [
                .. rows.GroupBy(i => KeyOf(table.Customers[i])).OrderBy(g => g.Key)
                    .Select(g => RowOf(NamesOf(g.Key), [.. g])).OrderByDescending(r => r.Value ?? double.NegativeInfinity),
            ];
        if (groups.Length > MetricQuery.MostGroups)
        {
            throw GroupSums.TooMany(MetricQuery.MostGroups);
        }

        notes.Add(of.HorizonDays is { } days && metric.Name is "expected_churners" or "expected_spend" or "value_at_stake"
            or "mean_churn_probability" or "high_risk_customers"
            ? $"Predicted by {of.Model} for the {days} days after {of.AsOf}."
            : $"As of {of.AsOf}; orders that were given back whole do not count.");
        var answer = new QueryAnswer
        {
            Metric = metric.Id,
            Name = metric.Words.English,
            Chinese = metric.Words.Chinese,
            Unit = metric.Unit,
            Currency = metric.Unit == "money" ? of.History.Description.Currency : null,
            Query = string.Join(" ", new[]
            {
                metric.Name, by.Length > 0 ? "by " + string.Join(", ", by.Select(d => d.Name)) : "", $"as of {of.AsOf}",
                conditions.Canonical.Count > 0 ? "where " + string.Join("; ", conditions.Canonical) : "",
            }.Where(t => t.Length > 0)),
            Formula = metric.Formula,
            AsOf = of.AsOf.ToString(),
            DataThrough = of.LastDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Model = of.Model,
            By = [.. by.Select(d => d.Name)],
            Total = total,
            Rows = [.. groups.Take(query.Limit)],
            Groups = groups.Length,
            Notes = notes,
        };
        return query.Compare is { } compare ? Against(answer, of, query, metric, EarlierOf(of, compare)) : answer;

        long KeyOf(int customer) => bound.Aggregate(0L, (key, d) => (key * d.Names.Length) + d.Code(customer));

        string[] NamesOf(long key)
        {
            var names = new string[bound.Length];
            for (int d = bound.Length - 1; d >= 0; d--)
            {
                names[d] = bound[d].Names[key % bound[d].Names.Length];
                key /= bound[d].Names.Length;
            }

            return names;
        }

        QueryRow RowOf(string[] names, int[] members)
        {
            var columns = new BaseColumns(
                members.Length, table.History.Tables?.Prospects?.Count,
                m => table.Has(m) && table.Columns.First(c => c.Metric.Name == m).Numbers is { } all
                    ? Array.ConvertAll(members, i => all[i])
                    : null,
                m => table.Has(m) && table.Columns.First(c => c.Metric.Name == m).Texts is { } all
                    ? Array.ConvertAll(members, i => all[i])
                    : null);
            double? value = metric.Value(columns);
            (double? low, double? high) = Sure(metric, columns, value);
            return new QueryRow(names, Rounded(value), Rounded(low), Rounded(high), null, null, null, members.Length, null);
        }

        double? Rounded(double? value) => value is { } v ? QueryRunner.Round(v, metric.Unit) : null;
    }

    /// <summary>The earlier time a comparison names: a day, the end of a month, quarter or year, a month or a year before.</summary>
    private static LocalTime EarlierOf(QueryBase of, string compare)
    {
        var today = DateOnly.FromDateTime(of.AsOf.ToDateTime());
        LocalTime? named = compare.ToLowerInvariant() switch
        {
            "previous" => LocalTime.StartOf(today.AddMonths(-1)),
            "year-ago" => LocalTime.StartOf(today.AddYears(-1)),
            _ when Period.TryParse(compare, out Period period) => period.Days == 1 ? period.Start : period.End,
            _ => null,
        };
        return named is { } time && time < of.AsOf && LocalTime.StartOf(of.FirstDay) < time
            ? time
            : throw new QueryRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"compare is '{QueryRefusedException.Short(compare)}'; expected a day from {of.FirstDay.AddDays(1):yyyy-MM-dd} and before "
                    + $"{of.AsOf}, a month, quarter or year that ended by then, previous (a month before) or year-ago."));
    }

    // Who was in which group is looked up at both times: a customer that moved is in one group before and in another after.
    private static QueryAnswer Against(QueryAnswer answer, QueryBase of, MetricQuery query, BaseMetric metric, LocalTime earlier)
    {
        if (of.At is not { } at)
        {
            throw new QueryRefusedException($"{metric.Name} cannot be held against an earlier time here; ask for it as of that time.");
        }

        if (metric.Name == "prospects")
        {
            throw new QueryRefusedException("Who is a prospect today is known, who was one then is not; leave compare out.");
        }

        QueryAnswer then = QueryRunner.Run(at(earlier), query with { Compare = null, Limit = MetricQuery.MostRows });
        Dictionary<string, double?> before = then.Rows.ToDictionary(
            r => string.Join('\u001f', r.Of), r => r.Value, StringComparer.Ordinal);
        double Rounded(double value) => QueryRunner.Round(value, metric.Unit);
        return answer with
        {
            Against = earlier.ToString(),
            Query = $"{answer.Query} compared with {earlier}",
            Total = answer.Total.Against(then.Total.Value, Rounded),
            Rows = [.. answer.Rows.Select(r => r.Against(before.GetValueOrDefault(string.Join('\u001f', r.Of)), Rounded))],
        };
    }

    // Of a sum of chances, how far who leaves by chance alone moves it; of a share, Wilson's interval. Nothing is said of the rest.
    private static (double? Low, double? High) Sure(BaseMetric metric, BaseColumns columns, double? value)
    {
        if (value is not { } v || columns.Customers == 0)
        {
            return (null, null);
        }

        if (metric.Name is "expected_churners" or "mean_churn_probability" && columns.Numbers("churn_probability") is { } chances)
        {
            double error = Noise.Z * Math.Sqrt(chances.Sum(p => p * (1 - p)));
            error = metric.Name == "expected_churners" ? error : error / columns.Customers;
            return (Math.Max(0, v - error), v + error);
        }

        return metric.Name is "repeat_share" or "active_90d_share" ? Noise.Wilson(v * columns.Customers, columns.Customers) : (null, null);
    }
}
