using Microsoft.EntityFrameworkCore;
using Predictive.Store.Audit;
using Predictive.Store.Outbox;
using Predictive.Store.Schema;

namespace Predictive.Store.Deliveries;

/// <summary>An event on its way to one destination.</summary>
/// <param name="Destination">Its name.</param>
/// <param name="Event">What is told.</param>
/// <param name="Attempts">Attempts that failed.</param>
/// <param name="Message">Why the last one did.</param>
public sealed record Delivery(string Destination, OutboxEvent Event, int Attempts, string Message);

/// <summary>
/// Who of the configured destinations has had which event of the outbox. An event is noted as delivered after the receiver had it: who
/// dies between sends it again, with the same event id.
/// </summary>
public sealed class DeliveryBook(StoreDatabase database)
{
    private readonly AuditLog _audit = new(database);

    /// <summary>Says of every event that is new who is to hear of it.</summary>
    /// <param name="destinations">Names, and whether each wants an event of a kind.</param>
    /// <param name="most">Events at most.</param>
    /// <returns>Events that were new.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public int Address(IReadOnlyList<(string Destination, Func<string, bool> Wants)> destinations, int most = 500)
    {
        ArgumentNullException.ThrowIfNull(destinations);
        return database.Change(context =>
        {
            Turn.Take(database, context, "deliveries");
            List<OutboxRow> fresh =
            [
                .. context.Outbox.Where(o => o.DeliveredAt == null && !context.Deliveries.Any(d => d.OutboxId == o.Id))
                    .OrderBy(o => o.Id).Take(most),
            ];
            foreach (OutboxRow row in fresh)
            {
                string[] wanted = [.. destinations.Where(d => d.Wants(row.Kind)).Select(d => d.Destination)];
                row.DeliveredAt = wanted.Length == 0 ? database.Now : null;
                context.Deliveries.AddRange(wanted.Select(d => new DeliveryRow { OutboxId = row.Id, Destination = d }));
            }

            context.SaveChanges();
            return fresh.Count;
        });
    }

    /// <summary>What is due, oldest event first.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Delivery> Due(int most = 100)
    {
        long now = database.Now;
        return Read(d => d.DeliveredAt == null && d.DeadAt == null && d.NextAt <= now, most);
    }

    /// <summary>What was given up, oldest event first.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Delivery> Dead(int most = 100) => Read(d => d.DeadAt != null, most);

    /// <summary>Deliveries that are neither done nor given up.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public int Waiting() => database.Run(context => context.Deliveries.Count(d => d.DeliveredAt == null && d.DeadAt == null));

    /// <summary>Notes that a destination had an event.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public void Delivered(Delivery delivery) => Note(delivery, row => (row.DeliveredAt, row.Message) = (database.Now, ""));

    /// <summary>Notes an attempt that failed.</summary>
    /// <param name="delivery">Which.</param>
    /// <param name="message">Why.</param>
    /// <param name="again">When to try again; null = it is given up.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public void Failed(Delivery delivery, string message, DateTimeOffset? again) => Note(delivery, row =>
    {
        (row.Attempts, row.Message) = (row.Attempts + 1, message);
        (row.NextAt, row.DeadAt) = again is { } next ? (next.ToUnixTimeMilliseconds(), row.DeadAt) : (row.NextAt, database.Now);
    });

    /// <summary>Tries again what was given up.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public int Revive(string? destination, string actor) => database.Change(context =>
    {
        int revived = context.Deliveries.Where(d => d.DeadAt != null && (destination == null || d.Destination == destination))
            .ExecuteUpdate(s => s.SetProperty(d => d.DeadAt, (long?)null).SetProperty(d => d.NextAt, 0).SetProperty(d => d.Attempts, 0));
        context.Outbox.Where(o => context.Deliveries.Any(d => d.OutboxId == o.Id && d.DeliveredAt == null && d.DeadAt == null))
            .ExecuteUpdate(s => s.SetProperty(o => o.DeliveredAt, (long?)null));
        _audit.Append(context, actor, "deliveries-revive", destination ?? "all destinations", new { revived });
        return revived;
    });

    private List<Delivery> Read(System.Linq.Expressions.Expression<Func<DeliveryRow, bool>> which, int most) =>
        database.Run(context => context.Deliveries.AsNoTracking().Where(which)
            .Join(context.Outbox.AsNoTracking(), d => d.OutboxId, o => o.Id, (d, o) => new { d, o })
            .OrderBy(p => p.o.Id).ThenBy(p => p.d.Destination).Take(most).AsEnumerable()
            .Select(p => new Delivery(p.d.Destination, OutboxBook.Event(p.o), p.d.Attempts, p.d.Message)).ToList());

    private void Note(Delivery delivery, Action<DeliveryRow> change)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        database.Change(context =>
        {
            long id = delivery.Event.Id;
            DeliveryRow row = context.Deliveries.Single(d => d.OutboxId == id && d.Destination == delivery.Destination);
            change(row);
            context.SaveChanges();
            if (!context.Deliveries.Any(d => d.OutboxId == id && d.DeliveredAt == null && d.DeadAt == null))
            {
                context.Outbox.Where(o => o.Id == id).ExecuteUpdate(s => s.SetProperty(o => o.DeliveredAt, database.Now));
            }

            return 0;
        });
    }
}
