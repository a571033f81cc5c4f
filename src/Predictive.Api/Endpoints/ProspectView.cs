using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Api.Endpoints;

/// <summary>Everything known of one person without a purchase before the as-of. No rule and no model speaks of their spend.</summary>
/// <param name="AsOf">The as-of; nothing at or after it is in here.</param>
/// <param name="Person">Where the person stands.</param>
/// <param name="Group">Group in the frequency × order-value chart.</param>
/// <param name="Attributes">What the customers table says, by column; null where it says nothing of this person.</param>
/// <param name="Events">How many events of each kind; null where the dataset has no events table.</param>
/// <param name="LatestEvents">The latest events, newest first; at most 20.</param>
/// <param name="LatestContacts">The latest contacts, newest first; at most 20; null where the dataset has no contacts table.</param>
public sealed record ProspectView(
    string AsOf, ProspectRow Person, string Group, IReadOnlyDictionary<string, object?> Attributes,
    IReadOnlyDictionary<string, int>? Events, IReadOnlyList<CustomerEvent> LatestEvents, IReadOnlyList<CustomerContact>? LatestContacts)
{
    /// <summary>A prospect by id; null = there is none, or was erased, or has bought.</summary>
    /// <param name="id">As in the source.</param>
    /// <param name="asOf">As the request names it; null = the default.</param>
    /// <param name="answering">Knows erasures and events that the data do not hold yet.</param>
    /// <param name="snapshot">What serves; its prospects have been read.</param>
    /// <param name="hasEvents">Whether events over the data are in it.</param>
    internal static ProspectView? Find(string id, string? asOf, Answering answering, ServingSnapshot snapshot, out bool hasEvents)
    {
        hasEvents = false;
        LocalTime time = Answering.AsOfFor(asOf, snapshot);
        if (answering.IsErased(id))
        {
            return null;
        }

        TransactionHistory? people;
        int person;
        if (answering.Pending(id, snapshot) is var (_, changed, standard))
        {
            (people, person, hasEvents) = (changed, 0, true);
            time = Answering.AsOfIn(asOf, snapshot) ?? standard;
            if (changed?.Lines(0).Count > 0)
            {
                return null;
            }
        }
        else
        {
            people = SnapshotProspects.People(snapshot);
            person = people?.IndexOf(id) ?? -1;
        }

        return people is not null && person >= 0
            && Prospects.Compute(people, person, time, SnapshotProspects.Options(snapshot)) is { } result
                ? Of(people, person, time, result)
                : null;
    }

    private static ProspectView Of(TransactionHistory people, int person, LocalTime time, ProspectResult result)
    {
        PersonFacts facts = PersonFacts.Of(people, person, time);
        return new ProspectView(
            time.ToString(), ProspectRow.Of(people.CustomerId(person), result), Prospects.Group, facts.Attributes, facts.Events,
            facts.LatestEvents, facts.LatestContacts);
    }
}
