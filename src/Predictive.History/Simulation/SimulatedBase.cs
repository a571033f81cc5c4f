using Predictive.History;

namespace Predictive.History.Simulation;

/// <summary>One simulated customer: what only the simulator knows, and the attributes of the customers table.</summary>
/// <param name="CustomerId">Such as <c>C000017</c>.</param>
/// <param name="FirstDay">Local day (since 1970-01-01) of the first purchase; before the span for existing customers.</param>
/// <param name="DropoutDay">Fractional local day from which the customer buys no more; positive infinity = never.</param>
/// <param name="RatePerDay">Orders per day while active, before season, promotions and ageing.</param>
/// <param name="Regularity">Shape of the gaps: 1 = exponential.</param>
/// <param name="AgeingDays">Time constant of the gradual slow-down towards the dropout; 0 = stops at once.</param>
/// <param name="LineValue">Median line value.</param>
/// <param name="Wholesaler">Buys in bulk.</param>
/// <param name="PromotionMinded">Reacts fully to promotions.</param>
/// <param name="RefundShare">Chance that an order is refunded in part.</param>
/// <param name="Taste">Favourite category.</param>
/// <param name="Region">Attribute.</param>
/// <param name="AgeBand">Attribute; null = unknown.</param>
/// <param name="AcquiredBy">Attribute: acquisition channel.</param>
public sealed record SimulatedCustomer(
    string CustomerId,
    int FirstDay,
    double DropoutDay,
    double RatePerDay,
    double Regularity,
    double AgeingDays,
    double LineValue,
    bool Wholesaler,
    bool PromotionMinded,
    double RefundShare,
    string Taste,
    string Region,
    string? AgeBand,
    string AcquiredBy);

/// <summary>A simulated base: the history as the product would load it, and the truth beside it.</summary>
/// <param name="Options">What made it.</param>
/// <param name="History">The transactions, grouped by customer.</param>
/// <param name="OrderNames">Order id by order code of <see cref="TransactionColumns.Order"/>.</param>
/// <param name="Customers">The truth per customer, in the history's customer order.</param>
public sealed record SimulatedBase(
    SimulationOptions Options, TransactionHistory History, string[] OrderNames, SimulatedCustomer[] Customers);
