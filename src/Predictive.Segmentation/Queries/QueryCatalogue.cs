using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Portfolio;

namespace Predictive.Segmentation.Queries;

/// <summary>What can be asked for: the metrics of a period and those of the base as of a time, by all their names.</summary>
public static class QueryCatalogue
{
    private static readonly BaseMetric[] s_ofPredictions =
    [
        new("value_at_stake", "money", "Net spend that is lost if those leave who are expected to.",
            "Σ churn_probability × spend if the customer stays (clv_expected / (1 − churn_probability))",
            c => Pairs(c, AtRisk.ExpectedLoss)),
        new("mean_churn_probability", "share", "Mean chance of no purchase within the horizon.", "mean churn_probability",
            c => c.Numbers("churn_probability") is { Length: > 0 } p ? p.Average() : null),
        new("high_risk_customers", "customers", "Customers of the high risk band.",
            "customers with churn_band = high (churnBands.highFrom)",
            c => c.Texts("churn_band") is { } bands ? bands.Count(b => b == "high") : null),
    ];

    /// <summary>Metrics of a period.</summary>
    public static IReadOnlyList<PeriodMetric> OfPeriods => PeriodMetrics.All;

    /// <summary>Metrics of the base, or of a group of customers, as of a time.</summary>
    public static IReadOnlyList<BaseMetric> AsOfTimes { get; } = [.. BaseMetrics.All, .. s_ofPredictions];

    /// <summary>Both.</summary>
    public static IReadOnlyList<MetricDefinition> Queryable { get; } = [.. OfPeriods, .. AsOfTimes];

    /// <summary>Every definition there is: of a period, of the base, of a customer.</summary>
    public static IReadOnlyList<MetricDefinition> All { get; } = [.. Queryable, .. CustomerMetrics.All];

    /// <summary>The metric of a name, or of one of its other names in either language, whatever the case.</summary>
    /// <exception cref="QueryRefusedException">There is none; the nearest are named.</exception>
    public static MetricDefinition Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string plain = NearNames.Plain(name);
        return Queryable.FirstOrDefault(m => m.Name == name || m.Id == name)
            ?? Queryable.FirstOrDefault(m => CalledOf(m).Any(c => NearNames.Plain(c) == plain))
            ?? throw (CustomerMetrics.Find(name) is not null
                ? OfOne(name)
                : QueryRefusedException.Unknown("metric", name, Queryable.Select(m => (m.Name, CalledOf(m)))));
    }

    /// <summary>The definition of a name, of a customer too.</summary>
    /// <exception cref="QueryRefusedException">There is none; the nearest are named.</exception>
    public static MetricDefinition Define(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string plain = NearNames.Plain(name);
        return All.FirstOrDefault(m => m.Name == name || m.Id == name)
            ?? All.FirstOrDefault(m => CalledOf(m).Any(c => NearNames.Plain(c) == plain))
            ?? throw QueryRefusedException.Unknown("metric", name, All.Select(m => (m.Name, CalledOf(m))));
    }

    /// <summary>All a metric is called.</summary>
    public static IEnumerable<string> CalledOf(MetricDefinition metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        MetricWords words = metric.Words;
        return [metric.Name, words.English, words.Chinese, .. words.Synonyms, .. words.ChineseSynonyms];
    }

    private static QueryRefusedException OfOne(string name)
    {
        IReadOnlyList<string> near = NearNames.Of(name, Queryable.Select(m => (m.Name, CalledOf(m))));
        return new QueryRefusedException(
            $"'{name}' is a figure of one customer; of the base there are {string.Join(", ", near)}. A number can be a filter, such as "
                + $"--where \"{name} > 0\".", near);
    }

    private static double? Pairs(BaseColumns columns, Func<double, double, double> of)
    {
        double[]? churn = columns.Numbers("churn_probability"), spend = columns.Numbers("clv_expected");
        return churn is null || spend is null ? null : churn.Select((p, i) => of(p, spend[i])).Sum();
    }
}
