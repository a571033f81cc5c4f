using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Predictive.Store.Schema;

namespace Predictive.Store.Ingest;

/// <summary>An event as it came.</summary>
/// <param name="EventId">The sender's name for it, at most 200 characters: an event sent twice is one event.</param>
/// <param name="Body">Its content in one canonical form: equal content is equal text.</param>
public sealed record NewEvent(string EventId, string Body);

/// <summary>What became of an event.</summary>
public enum EventOutcome
{
    /// <summary>It is new.</summary>
    Accepted,

    /// <summary>It was there, with this content: nothing was changed.</summary>
    Duplicate,

    /// <summary>It was there with other content, which this replaces.</summary>
    Corrected,

    /// <summary>
    /// It was there with other content, so long ago that the store has forgotten what (<see cref="EventStream.Forget"/>): nothing was
    /// changed.
    /// </summary>
    Closed,

    /// <summary>It is of a customer who was erased: nothing of it was kept.</summary>
    Erased,
}

/// <summary>One revision of an event, as the store keeps it.</summary>
/// <param name="Sequence">Place in the stream: 1, 2, 3 ... in order of commit, without a gap.</param>
/// <param name="EventId">The sender's name for it.</param>
/// <param name="First">Sequence of its first revision.</param>
/// <param name="Revision">1 for the first.</param>
/// <param name="Body">Its content.</param>
public sealed record StoredEvent(long Sequence, string EventId, long First, int Revision, string Body)
{
    /// <summary>Whether its customer was erased: its content is gone, its place in the stream stays.</summary>
    public bool IsErased => Body == EventStream.ErasedBody;
}

/// <summary>What became of an event that was appended.</summary>
/// <param name="Outcome">What.</param>
/// <param name="Event">The revision that holds its content.</param>
public sealed record AppendedEvent(EventOutcome Outcome, StoredEvent Event);

/// <summary>
/// A stream of events: appended whole batches at a time, one commit for each, idempotent by event id. Every revision is kept.
/// </summary>
/// <remarks>
/// A content that any revision of an event had already is a duplicate: a late second delivery of the first content must not undo a
/// correction.
/// </remarks>
/// <param name="database">The store.</param>
/// <param name="stream">Names the stream: one per dataset.</param>
public sealed class EventStream(StoreDatabase database, string stream)
{
    /// <summary>Most characters of an event id.</summary>
    public const int MostId = 200;

    internal const string ErasedBody = "erased";

    // Content is an object; what was forgotten or erased is none, and no JSON function may see it.
    private const string CustomerOnPostgres =
        "CASE WHEN left(\"Body\", 1) <> 'e' AND \"Body\" <> '' THEN CAST(\"Body\" AS json) ->> 'customerId' END";

    private const string CustomerOnSqlite = "CASE WHEN json_valid(\"Body\") THEN json_extract(\"Body\", '$.customerId') END";

    private const int Page = 10_000, RowsAStatement = 100;

    /// <summary>Its name.</summary>
    public string Stream => stream;

    /// <summary>Appends events in their order; on disk when this returns.</summary>
    /// <returns>What became of each, in the same order.</returns>
    /// <exception cref="StoreException">The database fails; none of them is in then.</exception>
    public IReadOnlyList<AppendedEvent> Append(IReadOnlyList<NewEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events.Count == 0 ? [] : database.Change(context =>
        {
            long last = Lock(context), now = database.Now;
            Dictionary<string, List<EventRow>> known = Known(context, events);
            var appended = new AppendedEvent[events.Count];
            var added = new List<EventRow>();
            for (int i = 0; i < appended.Length; i++)
            {
                string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(events[i].Body)));
                if (!known.TryGetValue(events[i].EventId, out List<EventRow>? revisions))
                {
                    known.Add(events[i].EventId, revisions = []);
                }

                if (revisions.Find(r => r.Hash == hash) is { } there)
                {
                    appended[i] = new AppendedEvent(EventOutcome.Duplicate, Stored(there));
                    continue;
                }

                if (revisions.Exists(r => r.Body.Length == 0))
                {
                    appended[i] = new AppendedEvent(EventOutcome.Closed, Stored(revisions[^1]));
                    continue;
                }

                last++;
                var row = new EventRow
                {
                    Stream = stream, Sequence = last, EventId = events[i].EventId, Revision = revisions.Count + 1,
                    First = revisions.Count == 0 ? last : revisions[0].First, Body = events[i].Body, Hash = hash, ReceivedAt = now,
                };
                appended[i] = new AppendedEvent(revisions.Count == 0 ? EventOutcome.Accepted : EventOutcome.Corrected, Stored(row));
                revisions.Add(row);
                added.Add(row);
            }

            Insert(context, added, last);
            return appended;
        });
    }

    /// <summary>
    /// Tells this stream from one of the same name in another store: what was made of the other's events says nothing of this one's. Null =
    /// nothing was ever appended.
    /// </summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public string? Key() => database.Run(context =>
        context.Streams.AsNoTracking().Where(s => s.Name == stream).Select(s => s.Key).FirstOrDefault());

    /// <summary>Sequence of the newest revision; 0 = there is none.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public long LastSequence() => database.Run(context =>
        context.Streams.AsNoTracking().Where(s => s.Name == stream).Select(s => s.LastSequence).FirstOrDefault());

    /// <summary>Revisions after a sequence, in order.</summary>
    /// <param name="after">0 = from the first.</param>
    /// <param name="through">The last; null = the newest.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public IEnumerable<StoredEvent> Read(long after, long? through = null)
    {
        while (true)
        {
            long from = after;
            List<StoredEvent> page = database.Run(context => context.Events.AsNoTracking()
                .Where(r => r.Stream == stream && r.Sequence > from && (through == null || r.Sequence <= through))
                .OrderBy(r => r.Sequence).Take(Page).AsEnumerable().Select(Whole).ToList());
            foreach (StoredEvent one in page)
            {
                yield return one;
            }

            if (page.Count < Page)
            {
                yield break;
            }

            after = page[^1].Sequence;
        }
    }

    /// <summary>Every revision of some events, in order of sequence.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<StoredEvent> Revisions(IReadOnlyCollection<string> eventIds) => database.Run(context =>
    {
        var found = new List<StoredEvent>();
        foreach (string[] ids in eventIds.Chunk(Page))
        {
            found.AddRange(context.Events.AsNoTracking().Where(r => r.Stream == stream && EF.Parameter(ids).Contains(r.EventId))
                .OrderBy(r => r.Sequence).AsEnumerable().Select(Whole));
        }

        return found;
    });

    /// <summary>Every revision, up to a sequence, of the events first sent in a range; by event, then by revision.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<StoredEvent> Sent(long first, long last, long through) => database.Run(context => context.Events.AsNoTracking()
        .Where(r => r.Stream == stream && r.First >= first && r.First <= last && r.Sequence <= through)
        .OrderBy(r => r.First).ThenBy(r => r.Revision).AsEnumerable().Select(Whole).ToList());

    /// <summary>
    /// Sequence of the newest revision of each event first sent in a range, by event id: what a file of them must hold.
    /// </summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyDictionary<string, long> Newest(long first, long last, long through) => database.Run(context => context.Events
        .Where(r => r.Stream == stream && r.First >= first && r.First <= last && r.Sequence <= through)
        .GroupBy(r => r.EventId).Select(g => new
        {
            g.Key, Newest = g.Max(r => r.Sequence), Erased = g.Max(r => r.Body == ErasedBody ? r.Sequence : 0),
        })
        .Where(g => g.Newest != g.Erased).ToDictionary(g => g.Key, g => g.Newest, StringComparer.Ordinal));

    /// <summary>
    /// Forgets the content of the events first sent in a range, which a file holds; ids and hashes stay, so that an event sent again is
    /// still known. None of them can be corrected any more.
    /// </summary>
    /// <param name="first">Sequence of the first event.</param>
    /// <param name="last">Of the last.</param>
    /// <param name="through">Of the last revision that the file knows: where one of the events has a newer one, none is forgotten.</param>
    /// <param name="before">Where one of them came later, none is forgotten.</param>
    /// <returns>Revisions forgotten now.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public int Forget(long first, long last, long through, DateTimeOffset before) => database.Change(context =>
    {
        Lock(context);
        long time = before.ToUnixTimeMilliseconds();
        IQueryable<EventRow> own = context.Events.Where(r => r.Stream == stream && r.First >= first && r.First <= last);
        return own.Any(r => r.Sequence > through || r.ReceivedAt >= time)
            ? 0
            : own.Where(r => r.Body != "").ExecuteUpdate(s => s.SetProperty(r => r.Body, ""));
    });

    /// <summary>
    /// Takes the content of a customer's events out of the database, of every revision; their ids and places in the stream stay, their
    /// hashes do not. Looks through the whole stream: erasing is rare.
    /// </summary>
    /// <param name="isErased">Whether a customer is to be taken out; asked once for each customer.</param>
    /// <returns>Revisions taken out now.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public int Erase(Func<string, bool> isErased)
    {
        ArgumentNullException.ThrowIfNull(isErased);
        string of = database.IsPostgres ? CustomerOnPostgres : CustomerOnSqlite;
        // Asked outside the turn of the writer: others go on meanwhile, and what is added since is asked for again by the next erasure.
        List<string> customers = database.Run(context => context.Database
            .SqlQueryRaw<string?>(
                database.IsPostgres
                    ? "SELECT DISTINCT " + CustomerOnPostgres + " AS \"Value\" FROM ingested WHERE \"Stream\" = {0}"
                    : "SELECT DISTINCT " + CustomerOnSqlite + " AS \"Value\" FROM ingested WHERE \"Stream\" = {0}",
                stream)
            .AsEnumerable().OfType<string>().Where(isErased).ToList());
        if (customers.Count == 0)
        {
            return 0;
        }

        int erased = database.Change(context =>
        {
            Lock(context);
            if (!database.IsPostgres)
            {
                // Pages that become free are overwritten, not only let go.
                context.Database.ExecuteSqlRaw("PRAGMA secure_delete=ON");
            }

            int count = 0;
            foreach (string customer in customers)
            {
                using DbCommand update = Command(
                    context,
                    $"UPDATE ingested SET \"Body\" = '{ErasedBody}', \"Hash\" = '' WHERE \"Stream\" = @p0 AND {of} = @p1", stream,
                    customer);
                count += update.ExecuteNonQuery();
            }

            if (!database.IsPostgres)
            {
                // The connection goes back to those that events wait for.
                context.Database.ExecuteSqlRaw("PRAGMA secure_delete=OFF");
            }

            return count;
        });
        if (!database.IsPostgres)
        {
            // The log that the database writes ahead holds the old pages until it is emptied; where somebody reads it, the next one does.
            database.Run(context => context.Database.ExecuteSqlRaw("PRAGMA wal_checkpoint(TRUNCATE)"));
        }

        return erased;
    }

    /// <summary>Every revision of a customer's events that the store holds, in order. Looks through the whole stream.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<StoredEvent> Of(string customer) => database.Run(context => context.Events
        .FromSqlRaw(
            database.IsPostgres
                ? "SELECT * FROM ingested WHERE \"Stream\" = {0} AND " + CustomerOnPostgres + " = {1}"
                : "SELECT * FROM ingested WHERE \"Stream\" = {0} AND " + CustomerOnSqlite + " = {1}",
            stream, customer)
        .AsNoTracking().OrderBy(r => r.Sequence).AsEnumerable().Select(Stored).ToList());

    /// <summary>Whether content of events first sent in a range was forgotten.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public bool HasForgotten(long first, long last) => database.Run(context =>
        context.Events.Any(r => r.Stream == stream && r.First >= first && r.First <= last && r.Body == ""));

    /// <summary>How many events were first sent in a range.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public int CountSent(long first, long last) => database.Run(context => context.Events
        .Count(r => r.Stream == stream && r.First >= first && r.First <= last && r.Revision == 1));

    /// <summary>Where the first so many events of a range end: the sequence of the last of them.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public long EndOf(long first, long last, int most) => database.Run(context => context.Events
        .Where(r => r.Stream == stream && r.First >= first && r.First <= last && r.Revision == 1)
        .OrderBy(r => r.First).Select(r => (long?)r.First).Skip(most - 1).FirstOrDefault()) ?? last;

    // By plain commands, not by the change tracker: every event waits for this.

    // On PostgreSQL the row is locked until the commit: sequences ascend in order of commit, and who reads past one misses none before.
    private long Lock(StoreContext context)
    {
        using DbCommand read = Command(
            context,
            database.IsPostgres
                ? "SELECT last_sequence FROM streams WHERE name = @p0 FOR UPDATE"
                : "SELECT last_sequence FROM streams WHERE name = @p0",
            stream);
        if (read.ExecuteScalar() is { } there)
        {
            return Convert.ToInt64(there, CultureInfo.InvariantCulture);
        }

        using DbCommand make = Command(
            context, "INSERT INTO streams (name, key, last_sequence) VALUES (@p0, @p1, 0) ON CONFLICT (name) DO NOTHING", stream,
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        make.ExecuteNonQuery();
        return Convert.ToInt64(read.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private Dictionary<string, List<EventRow>> Known(StoreContext context, IReadOnlyList<NewEvent> events)
    {
        var known = new Dictionary<string, List<EventRow>>(StringComparer.Ordinal);
        string[] ids = [.. events.Select(e => e.EventId).Distinct(StringComparer.Ordinal)];
        using DbCommand read = Command(
            context,
            """SELECT "Sequence", "EventId", "First", "Revision", "Body", "Hash" FROM ingested WHERE "Stream" = @p0 AND "EventId" """
                + (database.IsPostgres ? "= ANY (@p1)" : "IN (SELECT value FROM json_each(@p1))") + """ ORDER BY "Revision" """,
            stream, database.IsPostgres ? ids : StoreJson.Text(ids));
        using DbDataReader rows = read.ExecuteReader();
        while (rows.Read())
        {
            var row = new EventRow
            {
                Stream = stream, Sequence = rows.GetInt64(0), EventId = rows.GetString(1), First = rows.GetInt64(2),
                Revision = rows.GetInt32(3), Body = rows.GetString(4), Hash = rows.GetString(5),
            };
            if (!known.TryGetValue(row.EventId, out List<EventRow>? revisions))
            {
                known.Add(row.EventId, revisions = []);
            }

            revisions.Add(row);
        }

        return known;
    }

    private void Insert(StoreContext context, List<EventRow> rows, long last)
    {
        foreach (EventRow[] together in rows.Chunk(RowsAStatement))
        {
            var sql = new StringBuilder(
                """INSERT INTO ingested ("Stream", "Sequence", "EventId", "First", "Revision", "Body", "Hash", "ReceivedAt") VALUES """);
            var values = new List<object> { stream };
            foreach (EventRow r in together)
            {
                int at = values.Count;
                sql.Append(
                    CultureInfo.InvariantCulture,
                    $"{(at > 1 ? ", " : "")}(@p0, @p{at}, @p{at + 1}, @p{at + 2}, @p{at + 3}, @p{at + 4}, @p{at + 5}, @p{at + 6})");
                values.AddRange([r.Sequence, r.EventId, r.First, r.Revision, r.Body, r.Hash, r.ReceivedAt]);
            }

            using DbCommand insert = Command(context, sql.ToString(), [.. values]);
            insert.ExecuteNonQuery();
        }

        if (rows.Count > 0)
        {
            using DbCommand update = Command(context, "UPDATE streams SET last_sequence = @p1 WHERE name = @p0", stream, last);
            update.ExecuteNonQuery();
        }
    }

    private static DbCommand Command(StoreContext context, string sql, params ReadOnlySpan<object> values)
    {
        DbCommand command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        command.Transaction = context.Database.CurrentTransaction!.GetDbTransaction();
        for (int i = 0; i < values.Length; i++)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{i}");
            parameter.Value = values[i];
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static StoredEvent Whole(EventRow row) => row.Body.Length > 0
        ? Stored(row)
        : throw new StoreException(string.Create(
            CultureInfo.InvariantCulture,
            $"The dataset's files do not hold event {row.Sequence} any more, and the store has forgotten it since they did "
                + $"(--keep-events). Restore the newer copy of the dataset."));

    private static StoredEvent Stored(EventRow row) => new(row.Sequence, row.EventId, row.First, row.Revision, row.Body);
}
