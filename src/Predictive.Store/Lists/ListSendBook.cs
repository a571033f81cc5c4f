using Microsoft.EntityFrameworkCore;
using Predictive.Store.Audit;
using Predictive.Store.Outbox;
using Predictive.Store.Schema;

namespace Predictive.Store.Lists;

/// <summary>A list that was, or may have been, sent.</summary>
/// <param name="Id">Ascends.</param>
/// <param name="List">Its name.</param>
/// <param name="Way">By which way, such as <c>mail</c>.</param>
/// <param name="Due">What it was sent for: the time it was due.</param>
/// <param name="MessageId">The same each time it is tried.</param>
/// <param name="State">sending, sent, failed or maybe-sent.</param>
/// <param name="AsOf">Local microseconds its customers were ranked as of.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="BeganAt">Noted before it was sent.</param>
/// <param name="EndedAt">Noted after it.</param>
/// <param name="Message">What went wrong.</param>
/// <param name="Customers">Who stood on it, in order.</param>
public sealed record ListSend(
    long Id, string List, string Way, string Due, string MessageId, string State, long AsOf, int Attempts, DateTimeOffset BeganAt,
    DateTimeOffset? EndedAt, string Message, IReadOnlyList<string> Customers);

/// <summary>
/// Records of lists before and after they are sent. One that was begun and never ended may have been sent: that is told, and it is never
/// sent again unless somebody asks for it.
/// </summary>
public sealed class ListSendBook(StoreDatabase database)
{
    /// <summary>States.</summary>
    public const string Sending = "sending", Sent = "sent", Failed = "failed", MaybeSent = "maybe-sent";

    private readonly AuditLog _audit = new(database);
    private readonly OutboxBook _outbox = new(database);

    /// <summary>Says that a list is about to be sent. Called by whoever holds the lease of the lists.</summary>
    /// <param name="list">Its name.</param>
    /// <param name="way">By which way.</param>
    /// <param name="due">The time it was due, or what else tells this sending from others.</param>
    /// <param name="asOf">Local microseconds its customers were ranked as of.</param>
    /// <param name="customers">Who stands on it, in order.</param>
    /// <param name="messageId">Of the message.</param>
    /// <param name="insists">True = send again what may have been, or was, sent.</param>
    /// <returns>The record; null = it was sent, or may have been.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public ListSend? Begin(
        string list, string way, string due, long asOf, IReadOnlyList<string> customers, string messageId, bool insists) =>
        database.Change(context =>
        {
            Turn.Take(database, context, "lists");
            string key = Key(list, way, due);
            ListSendRow? row = context.ListSends.SingleOrDefault(r => r.UniqueKey == key);
            if (row is not null && row.State != Failed && !insists)
            {
                return null;
            }

            if (row is null)
            {
                row = new ListSendRow { UniqueKey = key, List = list, Way = way, MessageId = messageId };
                context.ListSends.Add(row);
            }

            (row.State, row.AsOf, row.Customers, row.BeganAt, row.EndedAt, row.Attempts, row.Message) =
                (Sending, asOf, StoreJson.Text(customers), database.Now, null, row.Attempts + 1, "");
            context.SaveChanges();
            return Read(row);
        });

    /// <summary>Says what came of it.</summary>
    /// <param name="send">From <see cref="Begin"/>.</param>
    /// <param name="failure">Why it was not sent for certain; null = it was.</param>
    /// <param name="actor">Who sent it.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public void End(ListSend send, string? failure, string actor)
    {
        ArgumentNullException.ThrowIfNull(send);
        database.Change(context =>
        {
            ListSendRow row = context.ListSends.Single(r => r.Id == send.Id);
            (row.State, row.EndedAt, row.Message) = (failure is null ? Sent : Failed, database.Now, failure ?? "");
            object told = new { list = send.List, send.Way, rows = send.Customers.Count, send.MessageId, failure };
            if (failure is not null)
            {
                _outbox.Add(context, "list_failed", $"list {send.List}", told);
            }

            context.SaveChanges();
            _audit.Append(context, actor, failure is null ? "list-sent" : "list-failed", $"list {send.List}", told);
            return 0;
        });
    }

    /// <summary>Marks what was begun and never ended: it may have been sent. Called by whoever holds the lease of the lists.</summary>
    /// <returns>Those that were marked now.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<ListSend> Settle() => database.Change(context =>
    {
        Turn.Take(database, context, "lists");
        List<ListSendRow> open = [.. context.ListSends.Where(r => r.State == Sending)];
        foreach (ListSendRow row in open)
        {
            (row.State, row.Message) = (MaybeSent, "the process that sent it died before it could note whether it had gone");
            _outbox.Add(context, "list_maybe_sent", $"list {row.List}", new { list = row.List, row.Way, row.MessageId });
        }

        context.SaveChanges();
        return (IReadOnlyList<ListSend>)[.. open.Select(Read)];
    });

    /// <summary>What was sent, newest first.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<ListSend> History(int most = 50, string? list = null) => database.Run(context => context.ListSends.AsNoTracking()
        .Where(r => list == null || r.List == list).OrderByDescending(r => r.BeganAt).ThenByDescending(r => r.Id).Take(most).AsEnumerable()
        .Select(Read).ToList());

    /// <summary>The newest of a list that was, or may have been, sent otherwise than for this time.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public ListSend? Before(string list, string due) => database.Run(context => context.ListSends.AsNoTracking()
        .Where(r => r.List == list && (r.State == Sent || r.State == MaybeSent)).OrderByDescending(r => r.AsOf).ThenByDescending(r => r.Id)
        .AsEnumerable().Select(Read).FirstOrDefault(r => r.Due != due));

    private static string Key(string list, string way, string due) => $"{list}|{way}|{due}";

    private static ListSend Read(ListSendRow r) => new(
        r.Id, r.List, r.Way, r.UniqueKey[(r.List.Length + r.Way.Length + 2)..], r.MessageId, r.State, r.AsOf, r.Attempts,
        StoreJson.Time(r.BeganAt), StoreJson.Time(r.EndedAt), r.Message, StoreJson.Value<List<string>>(r.Customers));
}
