using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Outbox;
using Predictive.Store.Schema;

namespace Predictive.Store.Audit;

/// <summary>
/// Changes of something outside the database, such as which version serves, that the audit log must tell whatever happens: the intent is
/// noted first, the change after it was made. Who dies between the two leaves an intent that the next one settles by what then stands.
/// </summary>
/// <remarks>
/// All calls about one thing are made while its lock is held: an intent that is open then is one of a process that died.
/// </remarks>
public sealed class AuditedChanges(StoreDatabase database)
{
    /// <summary>Action of an entry that says what is about to be done.</summary>
    public const string Intent = "intent";

    /// <summary>Action of an entry that says that an intent was not carried out.</summary>
    public const string NotDone = "not-done";

    private readonly AuditLog _log = new(database);

    /// <summary>Notes what is about to be done, after settling what an earlier process left open.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="action">What: <c>promote</c>, <c>rollback</c>, <c>force</c>.</param>
    /// <param name="subject">To what, such as <c>model default/3</c>.</param>
    /// <param name="about">What all subjects of this thing begin with, such as <c>model default/</c>.</param>
    /// <param name="standing">The subject that stands now; null = none.</param>
    /// <param name="tell">Kind of the event that goes into the outbox once it is done.</param>
    /// <param name="details">Anything JSON can hold as an object.</param>
    /// <returns>To be called when it is done.</returns>
    /// <exception cref="StoreException">The database fails: nothing may be done then.</exception>
    public Action Begin(string actor, string action, string subject, string about, string? standing, string tell, object details)
    {
        Settle(about, standing);
        var body = JsonSerializer.Deserialize<JsonObject>(StoreJson.Text(details))!;
        var intent = body.DeepClone().AsObject();
        (intent["action"], intent["tell"]) = (action, tell);
        long number = _log.Append(actor, Intent, subject, intent).Number;
        return () => Confirm(actor, action, subject, tell, body, number, settled: false);
    }

    /// <summary>Settles the intent that a process left open, if there is one: done where its subject stands, else not done.</summary>
    /// <param name="about">What all subjects of this thing begin with.</param>
    /// <param name="standing">The subject that stands now; null = none.</param>
    /// <returns>What was settled, in words; null = nothing was open.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public string? Settle(string about, string? standing)
    {
        AuditRow? open = database.Run(context =>
        {
            AuditRow? newest = context.Audit.AsNoTracking().Where(r => r.Action == Intent).OrderByDescending(r => r.Number).AsEnumerable()
                .FirstOrDefault(r => r.Subject.StartsWith(about, StringComparison.Ordinal));
            string mark = string.Create(CultureInfo.InvariantCulture, $"\"intent\":{newest?.Number}");
            return newest is null || context.Audit.AsNoTracking()
                .Where(r => r.Number > newest.Number && r.Subject == newest.Subject).AsEnumerable().Any(r => Closes(r.Details, mark))
                ? null
                : newest;
        });
        if (open is null)
        {
            return null;
        }

        var body = JsonSerializer.Deserialize<JsonObject>(open.Details)!;
        string action = (string?)body["action"] ?? "promote", tell = (string?)body["tell"] ?? "model_promoted";
        body.Remove("action");
        body.Remove("tell");
        if (open.Subject == standing)
        {
            Confirm(open.Actor, action, open.Subject, tell, body, open.Number, settled: true);
            return string.Create(
                CultureInfo.InvariantCulture, $"{action} of {open.Subject} (entry {open.Number}) was done, and is noted now");
        }

        (body["intent"], body["action"]) = (open.Number, action);
        _log.Append(open.Actor, NotDone, open.Subject, body);
        return string.Create(CultureInfo.InvariantCulture, $"{action} of {open.Subject} (entry {open.Number}) was not carried out");
    }

    /// <summary>Settles every intent about things of one kind that a process left open, each by whether it stands.</summary>
    /// <param name="about">What all their subjects begin with, such as <c>customer </c>.</param>
    /// <param name="stands">Whether what was intended for a subject stands.</param>
    /// <returns>What was settled, in words.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<string> SettleEach(string about, Func<string, bool> stands)
    {
        ArgumentNullException.ThrowIfNull(stands);
        List<string> subjects = database.Run(context => context.Audit.AsNoTracking().Where(r => r.Action == Intent)
            .Select(r => r.Subject).Distinct().AsEnumerable().Where(s => s.StartsWith(about, StringComparison.Ordinal)).ToList());
        return [.. subjects.Select(s => Settle(s, stands(s) ? s : null)).OfType<string>()];
    }

    private static bool Closes(string details, string mark) =>
        details.Contains(mark + ",", StringComparison.Ordinal) || details.Contains(mark + "}", StringComparison.Ordinal);

    private void Confirm(string actor, string action, string subject, string tell, JsonObject body, long number, bool settled)
    {
        var done = body.DeepClone().AsObject();
        done["intent"] = number;
        if (settled)
        {
            done["settled"] = true;
        }

        _log.Append(actor, action, subject, done);
        new OutboxBook(database).Add(tell, subject, body);
    }
}
