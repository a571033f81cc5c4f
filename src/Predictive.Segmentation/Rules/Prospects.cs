using System.Globalization;
using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Where somebody without a purchase stands.</summary>
/// <param name="HeardOn">Local date of the first event; null where only the customers table knows the person.</param>
/// <param name="ActivatedOn">Local date of the first event that activates; null = none yet.</param>
/// <param name="LastEventOn">Local date of the last event; null = none.</param>
/// <param name="Events">Events so far.</param>
/// <param name="Reason">The same in words.</param>
public sealed record ProspectResult(DateOnly? HeardOn, DateOnly? ActivatedOn, DateOnly? LastEventOn, int Events, string Reason)
{
    /// <summary>The stage as outputs spell it: <c>activated</c> once an activating event is there, <c>acquired</c> before.</summary>
    public string Stage => ActivatedOn is null ? Prospects.Stages[0] : Prospects.Stages[1];
}

/// <summary>
/// The lifecycle before the first purchase. A prospect is acquired, and activated by one of the configured events
/// (<see cref="FunnelOptions.Activation"/>); group A of frequency × order value. Nothing is said of spend.
/// </summary>
public static class Prospects
{
    /// <summary>Group of every prospect in the frequency × order-value chart.</summary>
    public const string Group = "A";

    /// <summary>The stages, in their order.</summary>
    public static IReadOnlyList<string> Stages { get; } = ["acquired", "activated"];

    /// <summary>The stage of one person; events at or after the as-of are ignored.</summary>
    /// <param name="prospects">People without a line.</param>
    /// <param name="person">Index into it.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="options">Which events activate.</param>
    /// <returns>Null where nothing was known of the person then: no attribute, which has no time, and no event before.</returns>
    public static ProspectResult? Compute(TransactionHistory prospects, int person, LocalTime asOf, FunnelOptions options)
    {
        ArgumentNullException.ThrowIfNull(prospects);
        ArgumentNullException.ThrowIfNull(options);
        return Compute(prospects, person, asOf, new EventKinds(prospects.Tables, options.Activation));
    }

    internal static ProspectResult? Compute(TransactionHistory prospects, int person, LocalTime asOf, EventKinds activation)
    {
        CustomerEvents events = prospects.Lines(person).Events.Before(asOf);
        if (events.Count == 0)
        {
            bool isNamed = prospects.Tables is { } tables && tables.Attributes.Any(a => !float.IsNaN(a.Values[person]));
            return isNamed ? new ProspectResult(null, null, null, 0, "in the customers table; no event and no purchase yet") : null;
        }

        DateOnly? activated = null;
        for (int e = 0; e < events.Count && activated is null; e++)
        {
            activated = activation.Known && activation.Has(events.Kind[e]) ? DateOf(events.OccurredAt[e]) : null;
        }

        DateOnly heard = DateOf(events.OccurredAt[0]), last = DateOf(events.OccurredAt[^1]);
        string acted = activated is { } day ? string.Create(CultureInfo.InvariantCulture, $", activated {day:yyyy-MM-dd}") : "";
        return new ProspectResult(heard, activated, last, events.Count, string.Create(
            CultureInfo.InvariantCulture, $"known since {heard:yyyy-MM-dd}{acted}, last event {last:yyyy-MM-dd}; no purchase yet"));
    }

    private static DateOnly DateOf(long micros) => LocalTime.DateOf(LocalTime.DayOf(micros));
}
