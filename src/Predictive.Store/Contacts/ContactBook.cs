using Microsoft.EntityFrameworkCore;
using Predictive.Store.Audit;
using Predictive.Store.Schema;

namespace Predictive.Store.Contacts;

/// <summary>The contact log, and who must not be contacted.</summary>
public sealed class ContactBook(StoreDatabase database)
{
    /// <summary>In place of a channel: every one.</summary>
    public const string EveryChannel = "*";

    private const int Batch = 500;

    private readonly AuditLog _audit = new(database);

    /// <summary>Notes contacts; one that is noted already is one still.</summary>
    /// <returns>How many were new.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public int Add(IEnumerable<Contact> contacts) => database.Change(context =>
    {
        Turn.Take(database, context, "contacts");
        return Add(context, contacts);
    });

    /// <summary>Contacts of a customer, newest first.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Contact> Of(string customer) => database.Run(context => context.Contacts.AsNoTracking()
        .Where(r => r.CustomerId == customer).OrderByDescending(r => r.Day).ThenByDescending(r => r.Id).AsEnumerable().Select(
            Read).ToList());

    /// <summary>Contacts made for a campaign.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Contact> For(string campaign) => database.Run(context => context.Contacts.AsNoTracking()
        .Where(r => r.Campaign == campaign).OrderBy(r => r.Id).AsEnumerable().Select(Read).ToList());

    /// <summary>Contacts with customers from a day to a day, whatever they were made for.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Contact> Between(DateOnly from, DateOnly to)
    {
        int last = Days.Of(to);
        return database.Run(context => Since(context, Days.Of(from)).Where(c => Days.Of(c.Day) <= last).ToList());
    }

    /// <summary>Opt-outs and suppressions in force on a day.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Suppression> InForce(DateOnly day) => database.Run(context => InForce(context, Days.Of(day)));

    /// <summary>Notes that a customer is not to be contacted.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public void Suppress(Suppression asked, string actor)
    {
        ArgumentNullException.ThrowIfNull(asked);
        database.Change(context =>
        {
            SuppressionRow? row = context.Suppressions.SingleOrDefault(
                r => r.CustomerId == asked.CustomerId && r.Channel == asked.Channel && r.IsOptOut == asked.IsOptOut);
            if (row is null)
            {
                row = new SuppressionRow { CustomerId = asked.CustomerId, Channel = asked.Channel, IsOptOut = asked.IsOptOut };
                context.Suppressions.Add(row);
            }

            // A customer's own wish has no end.
            (row.UntilDay, row.Note, row.At) =
                (asked.IsOptOut || asked.Until is null ? null : Days.Of(asked.Until.Value), asked.Note, database.Now);
            context.SaveChanges();
            _audit.Append(
                context, actor, asked.IsOptOut ? "opt-out" : "suppress", $"customer {asked.CustomerId}",
                new { asked.Channel, asked.Until, asked.Note });
            return 0;
        });
    }

    /// <summary>Ends what was noted: the house's suppression, or an opt-out the customer has withdrawn.</summary>
    /// <returns>False where there was none.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public bool Lift(string customer, string channel, bool isOptOut, string note, string actor) => database.Change(context =>
    {
        int gone = context.Suppressions.Where(r => r.CustomerId == customer && r.Channel == channel && r.IsOptOut == isOptOut)
            .ExecuteDelete();
        if (gone > 0)
        {
            _audit.Append(context, actor, isOptOut ? "opt-in" : "unsuppress", $"customer {customer}", new { channel, note });
        }

        return gone > 0;
    });

    internal static int Add(StoreContext context, IEnumerable<Contact> contacts)
    {
        int added = 0;
        foreach (Contact[] part in contacts.DistinctBy(c => c.UniqueKey).Chunk(Batch))
        {
            string[] keys = [.. part.Select(c => c.UniqueKey)];
            HashSet<string> there = [.. context.Contacts.Where(r => keys.Contains(r.UniqueKey)).Select(r => r.UniqueKey)];
            foreach (Contact c in part.Where(c => !there.Contains(c.UniqueKey)))
            {
                context.Contacts.Add(new ContactRow
                {
                    UniqueKey = c.UniqueKey, CustomerId = c.CustomerId, Channel = c.Channel, Day = Days.Of(c.Day), Campaign = c.Campaign,
                    Outcome = c.Outcome,
                });
                added++;
            }

            context.SaveChanges();
        }

        return added;
    }

    internal static List<Contact> Since(StoreContext context, int day) =>
        [.. context.Contacts.AsNoTracking().Where(r => r.Day >= day).OrderBy(r => r.Id).AsEnumerable().Select(Read)];

    internal static List<Suppression> InForce(StoreContext context, int day) =>
    [
        .. context.Suppressions.AsNoTracking().Where(r => r.UntilDay == null || r.UntilDay >= day)
            .OrderBy(r => r.CustomerId).ThenBy(r => r.Channel).AsEnumerable().Select(r => new Suppression(
                r.CustomerId, r.Channel, r.IsOptOut, r.UntilDay is { } until ? Days.Date(until) : null, r.Note)),
    ];

    private static Contact Read(ContactRow r) => new(r.CustomerId, r.Channel, Days.Date(r.Day), r.Campaign, r.Outcome, r.UniqueKey);
}
