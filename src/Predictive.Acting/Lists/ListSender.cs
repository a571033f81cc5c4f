using Cronos;
using MailKit.Net.Smtp;
using Predictive.Acting.Campaigns;
using Predictive.History;
using Predictive.Store;
using Predictive.Store.Leases;
using Predictive.Store.Lists;

namespace Predictive.Acting.Lists;

/// <summary>What came of sending a list by one way.</summary>
/// <param name="List">Which.</param>
/// <param name="Way"><c>mail</c> or <c>folder</c>.</param>
/// <param name="State">As in <see cref="ListSendBook"/>; <c>already</c> = it was sent, or may have been, and nobody insisted.</param>
/// <param name="Rows">Customers on it.</param>
/// <param name="Message">What went wrong.</param>
public sealed record ListOutcome(string List, string Way, string State, int Rows, string Message)
{
    /// <summary>The same as one line.</summary>
    public string Words => $"list '{List}' by {Way}: {State}{(Message.Length > 0 ? $": {Message}" : "")}";
}

/// <summary>
/// Sends lists, each once for each time it is due and by each way: noted before and after. One that was begun and not ended may have been
/// sent; that is told, and it is not sent again unless somebody insists.
/// </summary>
/// <param name="store">Records.</param>
/// <param name="settings">What lists.json says.</param>
/// <param name="holder">Who sends, for people.</param>
/// <param name="secretOf">Password by the name of its variable; null = the environment's.</param>
/// <param name="client">Makes the mail client; null = MailKit's.</param>
public sealed class ListSender(
    StoreDatabase store, ListSettings settings, string holder, Func<string, string?>? secretOf = null, Func<ISmtpClient>? client = null)
{
    /// <summary>State of a list that is not sent again.</summary>
    public const string Already = "already";

    private const string LeaseName = "lists", Mail = "mail", Folder = "folder", FolderHost = "folder@predictive.invalid";

    private const int MostAttempts = 8;

    private readonly ListSendBook _book = new(store);

    /// <summary>Lists that are due: whose newest time is not noted as begun, or failed some time ago.</summary>
    /// <param name="now">The time.</param>
    /// <param name="zone">The dataset's zone.</param>
    /// <param name="since">Times before are not caught up with.</param>
    public IReadOnlyList<(ListDefinition List, string Due)> DueAt(DateTimeOffset now, TimeZoneInfo zone, DateTimeOffset since)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var due = new List<(ListDefinition, string)>();
        foreach (ListDefinition list in settings.Lists.Where(l => l.When != ListSettings.AfterScoring))
        {
            TimeZoneInfo of = list.Zone is null ? zone : TimeZoneInfo.FindSystemTimeZoneById(list.Zone);
            // Of several times that were missed the newest counts: nobody wants three lists at once.
            DateTimeOffset? newest = CronExpression.Parse(list.When).GetOccurrences(since, now, of, toInclusive: true)
                .Select(t => (DateTimeOffset?)t).LastOrDefault();
            if (newest is { } at)
            {
                due.Add((list, $"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"));
            }
        }

        ILookup<(string, string), ListSend> noted = _book.History(1000).ToLookup(s => (s.List, s.Due));
        return [.. due.Where(d => noted[(d.Item1.Name, d.Item2)] is var sent && (!sent.Any() || sent.Any(s => IsAgain(s, now))))];
    }

    // What failed for certain is tried again after 10, 20, 40 ... minutes.
    private static bool IsAgain(ListSend sent, DateTimeOffset now) => sent.State == ListSendBook.Failed && sent.Attempts < MostAttempts
        && now >= sent.BeganAt.AddMinutes(10 << (sent.Attempts - 1));

    /// <summary>Marks what an earlier process began and never ended.</summary>
    /// <returns>What may have been sent.</returns>
    /// <exception cref="StoreException">The store fails.</exception>
    public IReadOnlyList<ListSend> Settle()
    {
        using Lease? lease = new LeaseBook(store).TryTake(LeaseName, holder);
        return lease is null ? [] : _book.Settle();
    }

    /// <summary>Sends a list by each of its ways.</summary>
    /// <param name="definition">Which.</param>
    /// <param name="list">As it is now.</param>
    /// <param name="due">The time it is for.</param>
    /// <param name="insists">True = even where it was, or may have been, sent.</param>
    /// <param name="actor">Who sends it.</param>
    /// <param name="cancellation">Ends early; what was begun then may have been sent.</param>
    /// <returns>Empty where another process sends lists just now.</returns>
    /// <exception cref="StoreException">The store fails.</exception>
    public async Task<IReadOnlyList<ListOutcome>> SendAsync(
        ListDefinition definition, ArrivingList list, string due, bool insists, string actor, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(list);
        using Lease? lease = new LeaseBook(store).TryTake(LeaseName, holder);
        if (lease is null)
        {
            return [];
        }

        _book.Settle();
        var outcomes = new List<ListOutcome>();
        if (definition.Folder is { } folder)
        {
            outcomes.Add(await One(definition, list, due, Folder, FolderHost, insists, actor, _ =>
            {
                Put(list, folder);
                return Task.FromResult<string?>(null);
            }));
        }

        if (definition.Mail.Count > 0)
        {
            MailServer server = settings.MailServer!;
            outcomes.Add(await One(definition, list, due, Mail, ListMail.MessageId(definition.Name, due, server.From), insists, actor, id =>
                ListMail.Send(
                    ListMail.Of(list, server, definition.Mail, id), server, secretOf ?? Environment.GetEnvironmentVariable,
                    client ?? (() => new SmtpClient()), cancellation)));
        }

        return outcomes;
    }

    private async Task<ListOutcome> One(
        ListDefinition definition, ArrivingList list, string due, string way, string messageId, bool insists, string actor,
        Func<string, Task<string?>> send)
    {
        string[] customers = [.. list.Rows.Select(r => r.CustomerId)];
        ListSend? begun = _book.Begin(definition.Name, way, due, list.AsOf.Micros, customers, messageId, insists);
        if (begun is null)
        {
            string state = _book.History(1000, definition.Name).First(s => s.Way == way && s.Due == due).State;
            return new ListOutcome(definition.Name, way, Already, 0, $"it is noted as {state}");
        }

        string? failure;
        try
        {
            failure = await send(begun.MessageId);
        }
        catch (MailDoubtException e)
        {
            // Left open: the next one finds it so, and tells.
            _book.Settle();
            return new ListOutcome(definition.Name, way, ListSendBook.MaybeSent, customers.Length, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DatasetException)
        {
            failure = "it cannot be written there";
        }

        _book.End(begun, failure, actor);
        return new ListOutcome(
            definition.Name, way, failure is null ? ListSendBook.Sent : ListSendBook.Failed, customers.Length, failure ?? "");
    }

    private static void Put(ArrivingList list, string folder)
    {
        string name = Path.Combine(folder, $"{list.Name} {list.AsOf.ToString().Replace(':', '-')}");
        AtomicFile.Write(name + ".xlsx", stream => list.Write(stream, "xlsx"));
        if (list.Left.Count > 0)
        {
            AtomicFile.Write(name + ", who left it.xlsx", stream => list.WriteLeft(stream, "xlsx"));
        }
    }
}
