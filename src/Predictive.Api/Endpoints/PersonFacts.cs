using Predictive.History;

namespace Predictive.Api.Endpoints;

/// <summary>What the tables beside the transactions say of a person before an as-of; <see cref="CustomerView"/> tells the parts.</summary>
internal readonly record struct PersonFacts(
    IReadOnlyDictionary<string, object?> Attributes, IReadOnlyDictionary<string, int>? Events, IReadOnlyList<CustomerEvent> LatestEvents,
    IReadOnlyList<CustomerContact>? LatestContacts)
{
    private const int Latest = 20;

    public static PersonFacts Of(TransactionHistory history, int person, LocalTime asOf)
    {
        CustomerLines lines = history.Lines(person);
        CustomerEvents events = lines.Events.Before(asOf);
        string[] kinds = history.Tables?.Events?.Kinds ?? [];
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var latest = new List<CustomerEvent>();
        for (int i = events.Count - 1; i >= 0; i--)
        {
            string kind = kinds[events.Kind[i]];
            counts[kind] = counts.GetValueOrDefault(kind) + 1;
            if (latest.Count < Latest)
            {
                latest.Add(
                    new CustomerEvent(
                        new LocalTime(events.OccurredAt[i]).ToString(), kind, double.IsNaN(events.Value[i]) ? null : events.Value[i],
                        events.Detail(i)));
            }
        }

        var attributes = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (AttributeColumn a in history.Tables?.Attributes ?? [])
        {
            attributes[a.Name] = a.ValueOf(person);
        }

        CustomerEvents with = lines.Contacts.Before(asOf);
        return new PersonFacts(
            attributes, events.IsKnown ? counts : null, latest,
            with.IsKnown ? Contacts(with, history.Tables?.Contacts?.Kinds ?? []) : null);
    }

    private static List<CustomerContact> Contacts(CustomerEvents with, string[] channels)
    {
        var contacts = new List<CustomerContact>();
        for (int i = with.Count - 1; i >= Math.Max(0, with.Count - Latest); i--)
        {
            contacts.Add(new CustomerContact(new LocalTime(with.OccurredAt[i]).ToString(), channels[with.Kind[i]], with.Detail(i)));
        }

        return contacts;
    }
}
