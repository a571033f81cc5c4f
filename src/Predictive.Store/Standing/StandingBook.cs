using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Alerts;
using Predictive.Store.Audit;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;
using Predictive.Store.Outbox;
using Predictive.Store.Schema;
using Predictive.Store.WorkTasks;

namespace Predictive.Store.Standing;

/// <summary>
/// Standing campaigns. A round is one change of the store, one after the other over all hosts: entries, steps, the contacts they are and
/// the events that tell of them. Who dies in it has done all of it or nothing, and the same round again does nothing.
/// </summary>
public sealed class StandingBook(StoreDatabase database)
{
    /// <summary>States of a campaign.</summary>
    public const string Running = "running", Paused = "paused";

    /// <summary>
    /// States of an entrant: waits to enter; in it; all steps sent; no further steps (bought, opted out ...); never entered.
    /// </summary>
    public const string Queued = "queued", Active = "active", Done = "done", Stopped = "stopped", Lapsed = "lapsed";

    private const long MicrosPerDay = 86_400_000_000;

    private readonly AuditLog _audit = new(database);
    private readonly OutboxBook _outbox = new(database);
    private readonly WorkTaskBook _tasks = new(database);

    /// <summary>All that ever had a round, by name.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<StandingState> List() => database.Run(context =>
        context.StandingCampaigns.AsNoTracking().OrderBy(r => r.Name).AsEnumerable().Select(Read).ToList());

    /// <summary>One; null = it never had a round.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public StandingState? Find(string name) => database.Run(context =>
        context.StandingCampaigns.AsNoTracking().SingleOrDefault(r => r.Name == name) is { } row ? Read(row) : null);

    /// <summary>Everybody a campaign's trigger brought, by day and id.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<StandingEntrant> Entrants(string name) => database.Run(context => context.StandingEntrants.AsNoTracking()
        .Where(r => r.Campaign == name).OrderBy(r => r.CrossedDay).ThenBy(r => r.CustomerId).ThenBy(r => r.Entry).AsEnumerable()
        .Select(Read).ToList());

    /// <summary>Steps that were sent, by day and customer.</summary>
    /// <param name="name">Of which campaign.</param>
    /// <param name="day">Only of this day; null = all.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<StandingSend> Sends(string name, DateOnly? day = null)
    {
        int? only = day is { } d ? Days.Of(d) : null;
        return database.Run(context => context.StandingSends.AsNoTracking()
            .Where(r => r.Campaign == name && (only == null || r.Day == only)).OrderBy(r => r.Day).ThenBy(r => r.CustomerId)
            .ThenBy(r => r.Entry).ThenBy(r => r.Step).AsEnumerable()
            .Select(r => new StandingSend(r.CustomerId, r.Entry, r.Step, Days.Date(r.Day), r.Hour, r.Channel, r.Content, r.Cost)).ToList());
    }

    /// <summary>Pauses a running one: nobody enters, no step is sent.</summary>
    /// <returns>False where it is none, or paused already.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public bool Pause(string name, string reason, string actor) => Set(name, Running, (context, row) =>
    {
        Pause(context, row, reason, actor);
        _audit.Append(context, actor, "standing-pause", Subject(name), new { reason });
    });

    /// <summary>Lets a paused one go on: who enters after its last round is judged anew.</summary>
    /// <returns>False where it is none, or runs already.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public bool Resume(string name, string actor) => Set(name, Paused, (context, row) =>
    {
        // Whole days of local microseconds; nobody entered on the day of the round that paused it, or after.
        int last = (int)Math.Floor(row.AsOf / (double)MicrosPerDay);
        (row.State, row.Reason, row.SinceDay, row.Actor, row.ChangedAt) = (Running, "", last, actor, database.Now);
        context.SaveChanges();
        _audit.Append(context, actor, "standing-resume", Subject(name), new { from = Days.Date(last) });
    });

    /// <summary>Does a round.</summary>
    /// <param name="look">What the trigger holds for.</param>
    /// <param name="decide">What is done; called within the change.</param>
    /// <param name="actor">Who runs it.</param>
    /// <returns>What was done; null = there was a round as of a later time already.</returns>
    /// <exception cref="StoreException">The database fails: nothing was done.</exception>
    public StandingChange? Round(StandingLook look, Func<StandingMemory, StandingChange> decide, string actor)
    {
        ArgumentNullException.ThrowIfNull(look);
        ArgumentNullException.ThrowIfNull(decide);
        return database.Change(context =>
        {
            // As campaigns are made: nobody is in two of them at once.
            Turn.Take(database, context, "campaigns");
            Turn.Take(database, context, "contacts");
            Turn.Take(database, context, "tasks");
            int day = Days.Of(look.Day);
            StandingCampaignRow? row = context.StandingCampaigns.SingleOrDefault(r => r.Name == look.Campaign);
            if (row is not null && look.AsOf < row.AsOf)
            {
                return null;
            }

            if (row is null)
            {
                row = new StandingCampaignRow
                {
                    Name = look.Campaign, State = Running, SinceDay = day, Actor = actor, ChangedAt = database.Now,
                };
                context.StandingCampaigns.Add(row);
                _audit.Append(context, actor, "standing-begin", Subject(look.Campaign));
            }

            row.AsOf = look.AsOf;
            Dictionary<(string, int), StandingEntrantRow> there = Kept(context, look.Campaign, row.SinceDay);
            List<StandingEntrant> entrants = [.. there.Values.Select(Read)];
            if (row.State == Running)
            {
                entrants.AddRange(Crossed(context, look).Where(e => !there.ContainsKey((e.CustomerId, e.Entry))));
            }

            int month = Days.Of(new DateOnly(look.Day.Year, look.Day.Month, 1));
            StandingChange change = decide(new StandingMemory(
                Read(row), [.. entrants.OrderBy(e => e.Crossed).ThenBy(e => e.CustomerId, StringComparer.Ordinal).ThenBy(e => e.Entry)],
                Sent(context, look.Campaign, day, day), Sent(context, look.Campaign, month, day),
                CampaignBook.OccupiedIn(context, look.Day, look.To, look.ContactsFrom, look.Campaign)));
            Write(context, look.Campaign, change, there);
            row.Report = StoreJson.Text(change.Report);
            if (change.Pause is { } reason && row.State == Running)
            {
                Pause(context, row, reason, actor);
                _audit.Append(context, actor, "standing-pause", Subject(look.Campaign), new { reason });
            }

            context.SaveChanges();
            return change;
        });
    }

    private static string Subject(string name) => $"standing campaign {name}";

    // Those with something to come, and those who are judged: not the many of years ago.
    private static Dictionary<(string, int), StandingEntrantRow> Kept(StoreContext context, string campaign, int since) =>
        context.StandingEntrants.Where(r => r.Campaign == campaign
            && (r.State == Queued || r.State == Active || r.EnteredDay > 0 && (r.Retained == null || r.EnteredDay >= since)))
            .ToDictionary(r => (r.CustomerId, r.Entry));

    private static List<StandingEntrant> Crossed(StoreContext context, StandingLook look)
    {
        var asRule = new RuleLook(Subject(look.Campaign), look.Conditions, look.AsOf, look.Day, [.. look.Holding.Keys])
        {
            TellsAtFirst = look.TakesAtFirst, QuietDays = look.AgainDays,
        };
        RuleRow? rule = context.Rules.AsNoTracking().SingleOrDefault(r => r.Name == asRule.Rule);
        List<RuleState> crossed = RuleStates.Cross(context, asRule, rule).Crossed;
        return [.. crossed.Select(s => new StandingEntrant(s.Subject, s.Crossings, Queued, look.Day, look.Holding[s.Subject]))];
    }

    private static (int Count, double Cost) Sent(StoreContext context, string campaign, int from, int to)
    {
        IQueryable<StandingSendRow> sent = context.StandingSends.Where(r => r.Campaign == campaign && r.Day >= from && r.Day <= to);
        return (sent.Count(), sent.Sum(r => r.Cost));
    }

    private void Write(
        StoreContext context, string campaign, StandingChange change, Dictionary<(string, int), StandingEntrantRow> there)
    {
        foreach (StandingEntrant e in change.Changed)
        {
            if (!there.TryGetValue((e.CustomerId, e.Entry), out StandingEntrantRow? row))
            {
                row = new StandingEntrantRow { Campaign = campaign, CustomerId = e.CustomerId, Entry = e.Entry };
                context.StandingEntrants.Add(row);
            }

            (row.State, row.Why, row.CrossedDay, row.About) = (e.State, e.Why, Days.Of(e.Crossed), e.About);
            (row.EnteredDay, row.ToDay) = (e.Entered is { } day ? Days.Of(day) : 0, e.To is { } to ? Days.Of(to) : 0);
            (row.IsHeldOut, row.NextStep, row.DueDay, row.Cost) = (e.IsHeldOut, e.NextStep, Days.Of(e.Due), e.Cost);
            (row.Risk, row.Value, row.SpendBefore, row.Retained, row.Spend) = (e.Risk, e.Value, e.SpendBefore, e.Retained, e.Spend);
        }

        var (sends, tasks, events) = (new List<StandingSendRow>(), new List<WorkTaskRow>(), new List<OutboxRow>());
        var contacts = new List<Contact>();
        foreach (StandingSend s in change.Sends)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"standing|{campaign}|{s.CustomerId}|{s.Entry}|{s.Step}");
            sends.Add(new StandingSendRow
            {
                Campaign = campaign, CustomerId = s.CustomerId, Entry = s.Entry, Step = s.Step, Day = Days.Of(s.Day), Hour = s.Hour,
                Channel = s.Channel, Content = s.Content, Cost = s.Cost,
            });
            if (s.Owner is { } owner)
            {
                // Done, it is noted as a contact.
                tasks.Add(_tasks.Row(new NewWorkTask(key, WorkTaskBook.Task, s.CustomerId, s.Content, owner, s.Day)
                {
                    Channel = s.Channel, Source = Subject(campaign),
                }));
            }
            else
            {
                contacts.Add(new Contact(s.CustomerId, s.Channel, s.Day, campaign, "sent", key));
            }

            events.Add(_outbox.Row("standing_step", $"customer {s.CustomerId}", new
            {
                campaign, customer = s.CustomerId, step = s.Step + 1, s.Channel, s.Content, s.Day, s.Hour, s.Owner, key,
            }));
        }

        // Who enters comes before what is sent to them.
        context.SaveChanges();
        BulkInsert.Write(context, sends);
        BulkInsert.Write(context, tasks);
        BulkInsert.Write(context, events);
        ContactBook.Add(context, contacts);
    }

    private void Pause(StoreContext context, StandingCampaignRow row, string reason, string actor)
    {
        (row.State, row.Reason, row.Actor, row.ChangedAt) = (Paused, reason, actor, database.Now);
        _outbox.Add(context, "standing_paused", Subject(row.Name), new { campaign = row.Name, reason });
        context.SaveChanges();
    }

    private bool Set(string name, string from, Action<StoreContext, StandingCampaignRow> change) => database.Change(context =>
    {
        Turn.Take(database, context, "campaigns");
        if (context.StandingCampaigns.SingleOrDefault(r => r.Name == name && r.State == from) is not { } row)
        {
            return false;
        }

        change(context, row);
        return true;
    });

    private static StandingState Read(StandingCampaignRow r) => new(
        r.Name, r.State, r.Reason, r.AsOf, Days.Date(r.SinceDay), r.Actor, StoreJson.Time(r.ChangedAt), StoreJson.Element(r.Report));

    private static StandingEntrant Read(StandingEntrantRow r) => new(r.CustomerId, r.Entry, r.State, Days.Date(r.CrossedDay), r.About)
    {
        Why = r.Why, Entered = r.EnteredDay > 0 ? Days.Date(r.EnteredDay) : null, To = r.ToDay > 0 ? Days.Date(r.ToDay) : null,
        IsHeldOut = r.IsHeldOut, NextStep = r.NextStep, Due = Days.Date(r.DueDay), Risk = r.Risk, Value = r.Value,
        SpendBefore = r.SpendBefore, Cost = r.Cost, Retained = r.Retained, Spend = r.Spend,
    };
}
