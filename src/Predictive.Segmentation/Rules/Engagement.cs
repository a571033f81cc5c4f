using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Settings of engagement, NPS and service cost. Kinds of events are matched whatever the case.</summary>
public sealed record EngagementOptions
{
    /// <summary>Window of visits, days back from the as-of. Default 90.</summary>
    public int WindowDays { get; init; } = 90;

    /// <summary>Kinds that are visits.</summary>
    public IReadOnlyList<string> Visits { get; init; } = ["visit", "login", "session"];

    /// <summary>Kinds that are requests for service.</summary>
    public IReadOnlyList<string> Service { get; init; } = ["service_request", "ticket", "complaint"];

    /// <summary>Kinds whose value is an answer to "would you recommend us", 0 to 10.</summary>
    public IReadOnlyList<string> Nps { get; init; } = ["nps"];

    /// <summary>Cost of a request whose event has no value, in the dataset's currency. Default 0.</summary>
    public double CostPerRequest { get; init; }
}

/// <summary>What the base has events of: whether nothing means none, or no data. An inline history cannot tell.</summary>
/// <param name="Visits">There are visits.</param>
/// <param name="Service">There are requests for service.</param>
/// <param name="Nps">There are answers.</param>
public sealed record EngagementCutoffs(bool Visits, bool Service, bool Nps);

/// <summary>Engagement of one customer; what the dataset has no events for is null.</summary>
/// <param name="Visits">Visits in the window.</param>
/// <param name="DaysSinceVisit">Days since the last visit of all; null too where there was none.</param>
/// <param name="ServiceRequests">Requests so far.</param>
/// <param name="ServiceCost">What they cost: the events' values, else the cost per request; whole cents.</param>
/// <param name="Nps">The last answer, 0 to 10; null too where none was given.</param>
/// <param name="NpsGroup">promoter (9, 10), passive (7, 8) or detractor (0 to 6), as Reichheld (2003) has it.</param>
public sealed record EngagementResult(
    int? Visits, int? DaysSinceVisit, int? ServiceRequests, double? ServiceCost, double? Nps, string? NpsGroup)
{
    /// <summary>Where the dataset has no events.</summary>
    public static EngagementResult NoData { get; } = new(null, null, null, null, null, null);
}

/// <summary>Visits, requests for service and their cost, and the willingness to recommend, from events where there are any.</summary>
public static class Engagement
{
    /// <summary>What the base has events of.</summary>
    public static EngagementCutoffs Fit(TransactionHistory history, EngagementOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        var (visits, service, nps) = Bind(history.Tables, options);
        return new EngagementCutoffs(visits.Known, service.Known, nps.Known);
    }

    /// <summary>The engagement of one customer; events at or after the as-of are ignored.</summary>
    public static EngagementResult Compute(CustomerLines lines, LocalTime asOf, EngagementOptions options, EngagementCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Compute(lines, asOf, options, cutoffs, Bind(lines.Tables, options));
    }

    internal static (EventKinds Visits, EventKinds Service, EventKinds Nps) Bind(CustomerTables? tables, EngagementOptions options) =>
        (new EventKinds(tables, options.Visits), new EventKinds(tables, options.Service), new EventKinds(tables, options.Nps));

    internal static EngagementResult Compute(
        CustomerLines lines, LocalTime asOf, EngagementOptions options, EngagementCutoffs cutoffs,
        (EventKinds Visits, EventKinds Service, EventKinds Nps) kinds)
    {
        ArgumentNullException.ThrowIfNull(cutoffs);
        CustomerEvents events = lines.Events.Before(asOf);
        if (!events.IsKnown || cutoffs is { Visits: false, Service: false, Nps: false })
        {
            return EngagementResult.NoData;
        }

        long from = asOf.AddDays(-options.WindowDays).Micros;
        int visits = 0, requests = 0, lastVisit = int.MinValue;
        double cost = 0, nps = double.NaN;
        for (int i = 0; i < events.Count; i++)
        {
            int kind = events.Kind[i];
            if (kinds.Visits.Has(kind))
            {
                visits += events.OccurredAt[i] >= from ? 1 : 0;
                lastVisit = LocalTime.DayOf(events.OccurredAt[i]);
            }

            if (kinds.Service.Has(kind))
            {
                requests++;
                cost += double.IsNaN(events.Value[i]) ? options.CostPerRequest : events.Value[i];
            }

            if (kinds.Nps.Has(kind) && events.Value[i] is >= 0 and <= 10)
            {
                nps = events.Value[i];
            }
        }

        return new EngagementResult(
            cutoffs.Visits ? visits : null,
            cutoffs.Visits && lastVisit != int.MinValue ? asOf.Day - lastVisit : null,
            cutoffs.Service ? requests : null,
            cutoffs.Service ? Cents.Of(cost) : null,
            !cutoffs.Nps || double.IsNaN(nps) ? null : nps,
            !cutoffs.Nps || double.IsNaN(nps) ? null : nps >= 9 ? "promoter" : nps >= 7 ? "passive" : "detractor");
    }

    internal static void Validate(EngagementOptions options)
    {
        if (options.WindowDays < 1 || !(options.CostPerRequest >= 0))
        {
            throw new RulesException(
                "engagement", [$"window {options.WindowDays} days, cost {options.CostPerRequest}; expected at least 1 and 0 or more"]);
        }
    }
}
