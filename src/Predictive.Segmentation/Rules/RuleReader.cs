using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>What every rule that needs no prediction says of one customer as of one local time.</summary>
public sealed record CustomerRules
{
    /// <summary>RFM.</summary>
    public required RfmResult Rfm { get; init; }

    /// <summary>Name of the group of the RFM cell.</summary>
    public required string RfmGroup { get; init; }

    /// <summary>Lifecycle.</summary>
    public required LifecycleResult Lifecycle { get; init; }

    /// <summary>Value.</summary>
    public required ValueResult Value { get; init; }

    /// <summary>Loyalty.</summary>
    public required LoyaltyResult Loyalty { get; init; }

    /// <summary>low, medium or high loyalty.</summary>
    public required string LoyaltyBand { get; init; }

    /// <summary>Frequency × order value.</summary>
    public required QuadrantResult Quadrant { get; init; }

    /// <summary>Membership tier.</summary>
    public required TierResult Tier { get; init; }

    /// <summary>Points.</summary>
    public required PointsResult Points { get; init; }

    /// <summary>Reputation.</summary>
    public required ReputationResult Reputation { get; init; }

    /// <summary>Engagement, NPS, service cost.</summary>
    public required EngagementResult Engagement { get; init; }

    /// <summary>Penetration; null where the base has no categories.</summary>
    public required PenetrationResult? Penetration { get; init; }

    /// <summary>Attributes inferred from baskets.</summary>
    public required IReadOnlyList<InferredAttribute> Inferred { get; init; }

    /// <summary>Local day of the first purchase, days since 1970-01-01.</summary>
    public required int FirstDay { get; init; }

    /// <summary>Orders of which something was kept, of all time.</summary>
    public required int Orders { get; init; }

    /// <summary>Net spend of all time, whole cents.</summary>
    public required double Net { get; init; }

    /// <summary>Net spend of the last 365 days, whole cents.</summary>
    public required double Net365 { get; init; }

    /// <summary>Net spend less cost of goods, of all time, whole cents; NaN where the data has no unit costs.</summary>
    public required double Profit { get; init; }
}

/// <summary>A rule book bound to a history: names joined with codes once, then customers read one by one. Safe to use from several
/// threads.</summary>
public sealed class RuleReader
{
    private readonly RuleBook _book;
    private readonly BoundPenetration _categories;
    private readonly BoundInference _inference;
    private readonly (EventKinds, EventKinds) _incidents;
    private readonly (EventKinds, EventKinds, EventKinds) _engagement;

    /// <summary>Binds a book.</summary>
    /// <param name="book">Settings and cut-offs.</param>
    /// <param name="history">Whose customers will be read.</param>
    public RuleReader(RuleBook book, TransactionHistory history)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentNullException.ThrowIfNull(history);
        _book = book;
        _categories = Penetration.Bind(history.Columns, book.Penetration);
        _inference = Inference.Bind(history, book.Options.Inference);
        _incidents = Reputation.Bind(history.Tables, book.Options.Reputation);
        _engagement = Engagement.Bind(history.Tables, book.Options.Engagement);
    }

    /// <summary>Everything the rules say of one customer.</summary>
    /// <param name="kept">Lines before the as-of with their kept amounts; at least one purchase.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="withReasons">False leaves the reason of the lifecycle stage empty.</param>
    public CustomerRules Read(CustomerLines kept, LocalTime asOf, bool withReasons = true)
    {
        RuleOptions options = _book.Options;
        RfmResult rfm = Rfm.Compute(kept, asOf, options.Rfm, _book.Rfm);
        LoyaltyResult loyalty = Loyalty.Compute(kept, asOf, options.Loyalty, _book.Loyalty);
        double cost = kept.UnitCost.IsEmpty ? double.NaN : Margin.CostOf(kept);
        double year = PurchaseTimeline.Read(kept.Between(asOf.AddDays(-365), asOf)).Net;
        PurchaseTimeline all = PurchaseTimeline.Read(kept);
        int orders = all.OrderCount;
        double net = all.Net;
        int first = all.DayCount > 0 ? all.Days[0] : PurchaseTimeline.ReadAll(kept).Days[0];
        return new CustomerRules
        {
            Rfm = rfm,
            RfmGroup = RfmGroups.Compute(rfm.R, rfm.F, rfm.M, _book.RfmGroups).Name,
            Lifecycle = Lifecycle.Compute(kept, asOf, options.Lifecycle, _book.Lifecycle, withReasons),
            Value = Value.Compute(kept, asOf, options.Value, _book.Value, (options.Rfm, _book.Rfm)),
            Loyalty = loyalty,
            LoyaltyBand = Loyalty.BandOf(loyalty.Score, options.Loyalty),
            Quadrant = Quadrants.Compute(kept, asOf, options.Quadrants, _book.Quadrants),
            Tier = Tiers.Compute(kept, asOf, options.Tiers, _book.Tiers),
            Points = Points.Compute(kept, asOf, options.Points),
            Reputation = Reputation.Compute(kept, asOf, options.Reputation, _book.Reputation, _incidents),
            Engagement = Engagement.Compute(kept, asOf, options.Engagement, _book.Engagement, _engagement),
            Penetration = Penetration.Compute(kept, options.Penetration, _book.Penetration, _categories),
            Inferred = Inference.Compute(kept, options.Inference, _book.Inference, _inference),
            FirstDay = first,
            Orders = orders,
            Net = net,
            Net365 = year,
            Profit = Cents.Of(net - cost),
        };
    }
}
