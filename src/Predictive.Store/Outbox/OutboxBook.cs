using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Schema;

namespace Predictive.Store.Outbox;

/// <summary>Something that happened and is to be told to whoever wants to know.</summary>
/// <param name="Id">Ascends.</param>
/// <param name="At">When it happened.</param>
/// <param name="Kind">Such as <c>gate_refused</c>.</param>
/// <param name="Subject">What it is about, such as <c>model default/3</c>.</param>
/// <param name="Body">What there is to tell.</param>
/// <param name="Attempts">Deliveries that failed.</param>
/// <param name="EventId">By which receivers know it: whoever hears of it twice keeps one.</param>
public sealed record OutboxEvent(
    long Id, DateTimeOffset At, string Kind, string Subject, JsonElement Body, int Attempts, string EventId);

/// <summary>Events on their way out: kept until they are delivered, oldest first.</summary>
public sealed class OutboxBook(StoreDatabase database)
{
    /// <summary>Puts an event in.</summary>
    /// <param name="kind">Lower case with underscores.</param>
    /// <param name="subject">What it is about.</param>
    /// <param name="body">Anything JSON can hold.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public long Add(string kind, string subject, object body) => database.Run(context =>
    {
        OutboxRow row = Add(context, kind, subject, body);
        context.SaveChanges();
        return row.Id;
    });

    /// <summary>Puts an event in within a change: both are done, or neither. The caller saves.</summary>
    internal OutboxRow Add(StoreContext context, string kind, string subject, object body)
    {
        OutboxRow row = Row(kind, subject, body);
        context.Outbox.Add(row);
        return row;
    }

    /// <summary>An event that is not put in yet.</summary>
    internal OutboxRow Row(string kind, string subject, object body) => new()
    {
        EventId = Guid.CreateVersion7(database.Clock.GetUtcNow()).ToString("N"), At = database.Now, Kind = kind, Subject = subject,
        Body = StoreJson.Text(body),
    };

    /// <summary>What is not delivered yet, oldest first.</summary>
    /// <param name="most">At most so many.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<OutboxEvent> Waiting(int most = 100) => database.Run(context => context.Outbox.AsNoTracking()
        .Where(r => r.DeliveredAt == null).OrderBy(r => r.Id).Take(most).AsEnumerable()
        .Select(Event).ToList());

    /// <summary>Notes a delivery, or an attempt at one.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public void Note(long id, bool delivered) => database.Run(context => context.Outbox.Where(r => r.Id == id).ExecuteUpdate(s => s
        .SetProperty(r => r.Attempts, r => r.Attempts + (delivered ? 0 : 1))
        .SetProperty(r => r.DeliveredAt, r => delivered ? database.Now : r.DeliveredAt)));

    internal static OutboxEvent Event(OutboxRow r) =>
        new(r.Id, StoreJson.Time(r.At), r.Kind, r.Subject, StoreJson.Element(r.Body), r.Attempts, r.EventId);
}
