using Predictive.History;
using Predictive.History.Returns;

namespace Predictive.Segmentation.Rules;

/// <summary>A restriction and the score below which it applies.</summary>
/// <param name="Below">Score, 0–100.</param>
/// <param name="Restriction">What is done, in plain words.</param>
public sealed record ReputationLimit(double Below, string Restriction);

/// <summary>Settings of the reputation rule.</summary>
public sealed record ReputationOptions
{
    /// <summary>Weight of an order that was given back whole. Default 1.</summary>
    public double ReturnWeight { get; init; } = 1;

    /// <summary>Weight of a cancellation. Default .5.</summary>
    public double CancellationWeight { get; init; } = .5;

    /// <summary>Weight of a dispute. Default 3.</summary>
    public double DisputeWeight { get; init; } = 3;

    /// <summary>Kinds of events that are cancellations, whatever the case.</summary>
    public IReadOnlyList<string> Cancellations { get; init; } = ["cancellation", "order_cancelled"];

    /// <summary>Kinds of events that are disputes, whatever the case.</summary>
    public IReadOnlyList<string> Disputes { get; init; } = ["dispute", "chargeback"];

    /// <summary>Orders of the base mixed into a customer's own, so that one returned order of one ruins nobody. Default 5.</summary>
    public double PriorOrders { get; init; } = 5;

    /// <summary>The restrictions: the one with the lowest limit above the score applies. Default: below 60 and below 40.</summary>
    public IReadOnlyList<ReputationLimit> Restrictions { get; init; } =
    [
        new(40, "prepayment only, returns after a check"), new(60, "no free returns"),
    ];
}

/// <summary>What is usual in the base.</summary>
/// <param name="IncidentsPerOrder">Weighted incidents (returned orders, cancellations, disputes) per order.</param>
public sealed record ReputationCutoffs(double IncidentsPerOrder);

/// <summary>Reputation of one customer.</summary>
/// <param name="Score">100 = nothing ever happened anywhere in the base; 0 = an incident per order.</param>
/// <param name="ReturnedOrders">Orders given back whole.</param>
/// <param name="Cancellations">Cancellations; 0 where the dataset has no such events.</param>
/// <param name="Disputes">Disputes; 0 where the dataset has no such events.</param>
/// <param name="Restriction">What the configuration attaches; null = none.</param>
public sealed record ReputationResult(double Score, int ReturnedOrders, int Cancellations, int Disputes, string? Restriction);

/// <summary>
/// Refunds, cancellations and disputes as a score: 100 × (1 − rate), where rate = (weighted incidents + prior × the base's rate) / (orders
/// +
/// prior), not below 0; and the restriction attached to it.
/// </summary>
public static class Reputation
{
    /// <summary>The base's rate before a local time.</summary>
    public static ReputationCutoffs Fit(TransactionHistory history, LocalTime asOf, ReputationOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        var kinds = Bind(history.Tables, options);
        (double Incidents, int Orders)[] counted = BaseScan.Select(history, Population.At(history, asOf), asOf, (_, lines) =>
        {
            var (returned, cancelled, disputed, orders) = Count(lines, asOf, kinds);
            return (Weighted(returned, cancelled, disputed, options), orders);
        });
        double incidents = counted.Sum(c => c.Incidents), all = counted.Sum(c => (double)c.Orders);
        return new ReputationCutoffs(all > 0 ? incidents / all : 0);
    }

    /// <summary>The reputation of one customer; facts at or after the as-of are ignored.</summary>
    public static ReputationResult Compute(CustomerLines lines, LocalTime asOf, ReputationOptions options, ReputationCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Compute(lines.Before(asOf), asOf, options, cutoffs, Bind(lines.Tables, options));
    }

    internal static ReputationResult Compute(
        CustomerLines before, LocalTime asOf, ReputationOptions options, ReputationCutoffs cutoffs, (EventKinds, EventKinds) kinds)
    {
        ArgumentNullException.ThrowIfNull(cutoffs);
        var (returned, cancelled, disputed, orders) = Count(before, asOf, kinds);
        double incidents = Weighted(returned, cancelled, disputed, options), weight = orders + options.PriorOrders;
        double rate = weight > 0 ? (incidents + (options.PriorOrders * cutoffs.IncidentsPerOrder)) / weight : 0;
        double score = 100 * Math.Max(0, 1 - rate);
        string? restriction = null;
        double lowest = double.PositiveInfinity;
        foreach (ReputationLimit limit in options.Restrictions)
        {
            if (score < limit.Below && limit.Below < lowest)
            {
                (restriction, lowest) = (limit.Restriction, limit.Below);
            }
        }

        return new ReputationResult(score, returned, cancelled, disputed, restriction);
    }

    internal static (EventKinds Cancellations, EventKinds Disputes) Bind(CustomerTables? tables, ReputationOptions options) =>
        (new EventKinds(tables, options.Cancellations), new EventKinds(tables, options.Disputes));

    internal static void Validate(ReputationOptions options)
    {
        var faults = new List<string>();
        if (!(options.ReturnWeight >= 0 && options.CancellationWeight >= 0 && options.DisputeWeight >= 0 && options.PriorOrders >= 0))
        {
            faults.Add("a weight or the prior is below 0; expected 0 or more each");
        }

        foreach (ReputationLimit limit in options.Restrictions)
        {
            if (!(limit.Below is > 0 and <= 100) || string.IsNullOrWhiteSpace(limit.Restriction))
            {
                faults.Add($"'{limit.Restriction}' applies below {limit.Below}; expected a score above 0 and up to 100, and words");
            }
        }

        RulesException.ThrowIfAny("the reputation rule", faults);
    }

    private static double Weighted(int returned, int cancelled, int disputed, ReputationOptions options) =>
        (options.ReturnWeight * returned) + (options.CancellationWeight * cancelled) + (options.DisputeWeight * disputed);

    private static (int Returned, int Cancelled, int Disputed, int Orders) Count(
        CustomerLines before, LocalTime asOf, (EventKinds Cancellations, EventKinds Disputes) kinds)
    {
        // Bought and kept are counted alike, by order: what was bought and not kept was given back.
        int orders = PurchaseTimeline.ReadAll(before).OrderCount, kept = PurchaseTimeline.Read(before).OrderCount;
        int cancelled = 0, disputed = 0;
        if (kinds.Cancellations.Known || kinds.Disputes.Known)
        {
            foreach (int kind in before.Events.Before(asOf).Kind)
            {
                cancelled += kinds.Cancellations.Has(kind) ? 1 : 0;
                disputed += kinds.Disputes.Has(kind) ? 1 : 0;
            }
        }

        return (orders - kept, cancelled, disputed, orders);
    }
}
