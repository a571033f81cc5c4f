using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Schema;

namespace Predictive.Store.Audit;

/// <summary>An entry of the audit log.</summary>
/// <param name="Number">1, 2, 3 ... without a gap.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who: <c>cli ann</c>, <c>key 12ab34cd56</c>, <c>worker</c>.</param>
/// <param name="Action">What was done: <c>promote</c>, <c>rollback</c>, <c>force</c>, <c>pin</c>, <c>unpin</c>, <c>prune</c>,
/// <c>export</c>, <c>key-add</c>, <c>key-revoke</c>; or, of <see cref="AuditedChanges"/>, what is about to be done and what was
/// not.</param>
/// <param name="Subject">To what, such as <c>model default/3</c>.</param>
/// <param name="Details">More of it.</param>
/// <param name="Hash">SHA-256 over all of this and the hash of the entry before; lower-case hex.</param>
public sealed record AuditEntry(
    long Number, DateTimeOffset At, string Actor, string Action, string Subject, JsonElement Details, string Hash);

/// <summary>What a look through the chain found.</summary>
/// <param name="Entries">How many entries there are.</param>
/// <param name="Head">Hash of the newest; empty where there is none. Noted elsewhere, it proves later that nothing up to it was
/// changed.</param>
/// <param name="Fault">The first fault, in words; null = the chain is whole.</param>
public sealed record AuditVerdict(long Entries, string Head, string? Fault);

/// <summary>
/// The append-only log of who did what. Each entry's hash covers the one before it, so an entry changed, removed or moved is found.
/// </summary>
/// <remarks>
/// Whoever can write the database can also write the whole chain anew; the hash of the head, noted elsewhere, tells that apart
/// (<see cref="Verify"/>).
/// </remarks>
public sealed class AuditLog(StoreDatabase database)
{
    private const int Batch = 1000;

    /// <summary>Adds an entry; on disk when this returns.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="action">What was done.</param>
    /// <param name="subject">To what.</param>
    /// <param name="details">Anything JSON can hold; null = nothing.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public AuditEntry Append(string actor, string action, string subject, object? details = null) =>
        database.Change(context => Append(context, actor, action, subject, details));

    /// <summary>Adds an entry within a change: both are done, or neither. The head stays locked to its end.</summary>
    internal AuditEntry Append(StoreContext context, string actor, string action, string subject, object? details = null)
    {
        AuditHeadRow head = (database.IsPostgres
            ? context.AuditHead.FromSqlRaw("""SELECT * FROM audit_head WHERE "Id" = 1 FOR UPDATE""")
            : context.AuditHead).Single(r => r.Id == 1);
        var row = new AuditRow
        {
            Number = head.Number + 1, At = database.Now, Actor = actor, Action = action, Subject = subject,
            Details = StoreJson.Text(details ?? new { }), Previous = head.Hash,
        };
        row.Hash = HashOf(row);
        (head.Number, head.Hash) = (row.Number, row.Hash);
        context.Audit.Add(row);
        // Whoever changes many rows at once has it switched off.
        context.ChangeTracker.DetectChanges();
        context.SaveChanges();
        return Entry(row);
    }

    /// <summary>The newest entries, newest first.</summary>
    /// <param name="most">At most so many.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<AuditEntry> List(int most = 100) => database.Run(context =>
        context.Audit.AsNoTracking().OrderByDescending(r => r.Number).Take(most).AsEnumerable().Select(Entry).ToList());

    /// <summary>Goes through the whole chain.</summary>
    /// <param name="expected">A head noted earlier: number and hash; null = none.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public AuditVerdict Verify((long Number, string Hash)? expected = null) => database.Run(context =>
    {
        // The head is read first: what is appended meanwhile lies behind it.
        AuditHeadRow? head = context.AuditHead.AsNoTracking().SingleOrDefault(r => r.Id == 1);
        if (head is null)
        {
            return new AuditVerdict(0, "", "the row that names the newest entry was removed");
        }

        long number = 0;
        string hash = "";
        while (true)
        {
            long from = number;
            List<AuditRow> rows = [.. context.Audit.AsNoTracking().Where(r => r.Number > from && r.Number <= head.Number)
                .OrderBy(r => r.Number).Take(Batch)];
            foreach (AuditRow row in rows)
            {
                string? fault = row.Number != number + 1 ? Words(number + 1, "was removed")
                    : row.Previous != hash ? Words(row.Number, "does not follow the one before it: one of them was changed or moved")
                    : HashOf(row) != row.Hash ? Words(row.Number, "was changed")
                    : expected is { } e && e.Number == row.Number && e.Hash != row.Hash
                        ? Words(row.Number, "is not the one whose hash was noted: the log was written anew")
                    : null;
                if (fault is not null)
                {
                    return new AuditVerdict(head.Number, head.Hash, fault);
                }

                (number, hash) = (row.Number, row.Hash);
            }

            if (rows.Count < Batch)
            {
                break;
            }
        }

        return new AuditVerdict(
            head.Number, head.Hash,
            number != head.Number ? Words(number + 1, "was removed")
            : hash != head.Hash ? Words(number, "is not the newest one that was written")
            : expected?.Number > number ? Words(expected.Value.Number, "was removed: its hash was noted")
            : null);
    });

    private static string Words(long number, string what) => string.Create(CultureInfo.InvariantCulture, $"entry {number} {what}");

    private static AuditEntry Entry(AuditRow row) =>
        new(row.Number, StoreJson.Time(row.At), row.Actor, row.Action, row.Subject, StoreJson.Element(row.Details), row.Hash);

    // Each part with its length before it: no two entries give the same text.
    private static string HashOf(AuditRow row)
    {
        var text = new StringBuilder();
        foreach (string part in (ReadOnlySpan<string>)
            [
                row.Number.ToString(CultureInfo.InvariantCulture), row.At.ToString(CultureInfo.InvariantCulture), row.Actor, row.Action,
                row.Subject, row.Details, row.Previous,
            ])
        {
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
