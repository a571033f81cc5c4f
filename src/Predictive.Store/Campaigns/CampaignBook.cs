using Microsoft.EntityFrameworkCore;
using Predictive.Store.Audit;
using Predictive.Store.Contacts;
using Predictive.Store.Outbox;
using Predictive.Store.Schema;

namespace Predictive.Store.Campaigns;

/// <summary>Campaigns and who is in them. Every change stands in the audit log, in the same transaction.</summary>
public sealed class CampaignBook(StoreDatabase database)
{
    /// <summary>States of a campaign.</summary>
    public const string Running = "running", Ended = "ended", Cancelled = "cancelled";

    private readonly AuditLog _audit = new(database);
    private readonly OutboxBook _outbox = new(database);

    /// <summary>
    /// Makes a campaign, whole or not at all; one of that name that was asked for in the same words is handed back instead. Of two made at
    /// once the second sees who is in the first.
    /// </summary>
    /// <param name="asked">What is asked for.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="contactsFrom">Contacts from this day on are told to <paramref name="draw"/>.</param>
    /// <param name="draw">Draws the members; called within the change.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public CampaignCreation Create(NewCampaign asked, string actor, DateOnly contactsFrom, Func<Occupied, CampaignDraw> draw)
    {
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(draw);
        return database.Change(context =>
        {
            Turn.Take(database, context, "campaigns");
            if (context.Campaigns.AsNoTracking().SingleOrDefault(r => r.Name == asked.Name) is { } there)
            {
                return new CampaignCreation(Of(context, there), false, there.Request == asked.Request);
            }

            CampaignDraw drawn = draw(OccupiedIn(context, asked.From, asked.To, contactsFrom));
            var row = new CampaignRow
            {
                Name = asked.Name, Request = asked.Request, State = Running, Channel = asked.Channel, FromDay = Days.Of(asked.From),
                ToDay = Days.Of(asked.To), Plan = StoreJson.Text(drawn.Plan), LeftOut = StoreJson.Text(drawn.LeftOut), Actor = actor,
                CreatedAt = database.Now,
                Members =
                [
                    .. drawn.Members.Select(m => new MemberRow
                    {
                        CustomerId = m.CustomerId, Rank = m.Rank, IsHeldOut = m.IsHeldOut, Stratum = m.Stratum, Risk = Finite(m.Risk),
                        Value = Finite(m.Value), SpendBefore = m.SpendBefore, Reasons = m.Reasons, Action = m.Action,
                    }),
                ],
            };
            context.ChangeTracker.AutoDetectChangesEnabled = false;
            context.Campaigns.Add(row);
            var told = new
            {
                channel = asked.Channel, from = asked.From, to = asked.To, contacted = drawn.Members.Count(m => !m.IsHeldOut),
                heldOut = drawn.Members.Count(m => m.IsHeldOut),
            };
            _outbox.Add(context, "campaign_created", Subject(asked.Name), told);
            context.SaveChanges();
            _audit.Append(context, actor, "campaign-create", Subject(asked.Name), told);
            return new CampaignCreation(Of(context, row), true, true);
        });
    }

    /// <summary>The campaign of a name; null = there is none.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public Campaign? Find(string name) => database.Run(context =>
        context.Campaigns.AsNoTracking().SingleOrDefault(r => r.Name == name) is { } row ? Of(context, row) : null);

    /// <summary>All campaigns, newest first.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Campaign> List() => database.Run(context =>
        context.Campaigns.AsNoTracking().OrderByDescending(r => r.Id).ToList().Select(r => Of(context, r)).ToList());

    /// <summary>Members in the order of their ranks.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<CampaignMember> Members(long campaign) => database.Run(context =>
        context.Members.AsNoTracking().Where(r => r.CampaignId == campaign).OrderBy(r => r.Rank).ThenBy(r => r.CustomerId).AsEnumerable()
            .Select(m => new CampaignMember(
                m.CustomerId, m.Rank, m.IsHeldOut, m.Stratum, m.Risk, m.Value, m.SpendBefore, m.Reasons, m.Action, m.Retained, m.Spend))
            .ToList());

    /// <summary>What stands in the way of contacting customers in a window.</summary>
    /// <param name="from">First day of it.</param>
    /// <param name="to">Last day.</param>
    /// <param name="contactsFrom">Contacts from this day on are told.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public Occupied Occupied(DateOnly from, DateOnly to, DateOnly contactsFrom) =>
        database.Run(context => OccupiedIn(context, from, to, contactsFrom));

    /// <summary>Notes outcomes; who is no member is passed over. The same again changes nothing.</summary>
    /// <param name="campaign">Whose.</param>
    /// <param name="outcomes">Of its members; of one customer the last.</param>
    /// <param name="through">Last day they are whole for.</param>
    /// <param name="actor">Who notes them.</param>
    /// <returns>Members whose outcome was noted.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public int Note(Campaign campaign, IEnumerable<MemberOutcome> outcomes, DateOnly through, string actor)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        ArgumentNullException.ThrowIfNull(outcomes);
        var by = new Dictionary<string, MemberOutcome>(StringComparer.Ordinal);
        foreach (MemberOutcome outcome in outcomes)
        {
            by[outcome.CustomerId] = outcome;
        }

        return database.Change(context =>
        {
            Turn.Take(database, context, "campaigns");
            int noted = 0;
            foreach (MemberRow member in context.Members.Where(m => m.CampaignId == campaign.Id))
            {
                if (by.TryGetValue(member.CustomerId, out MemberOutcome? outcome))
                {
                    (member.Retained, member.Spend) = (outcome.Retained, outcome.Spend);
                    noted++;
                }
            }

            context.Campaigns.Single(r => r.Id == campaign.Id).OutcomesDay = Days.Of(through);
            context.SaveChanges();
            _audit.Append(context, actor, OutcomesNoted, Subject(campaign.Name), new { through, noted });
            return noted;
        });
    }

    /// <summary>Number of the newest audit entry that noted outcomes; 0 = none was. Another number, other outcomes.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public long LastNoted() => database.Run(context =>
        context.Audit.AsNoTracking().Where(r => r.Action == OutcomesNoted).Max(r => (long?)r.Number) ?? 0);

    /// <summary>Ends or cancels a running campaign: its customers are free for others.</summary>
    /// <param name="name">Which.</param>
    /// <param name="state"><see cref="Ended"/> or <see cref="Cancelled"/>.</param>
    /// <param name="actor">Who.</param>
    /// <returns>False where it was not running.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public bool Close(string name, string state, string actor) => database.Change(context =>
    {
        Turn.Take(database, context, "campaigns");
        if (context.Campaigns.SingleOrDefault(r => r.Name == name && r.State == Running) is not { } row)
        {
            return false;
        }

        (row.State, row.EndedAt) = (state, database.Now);
        context.SaveChanges();
        _audit.Append(context, actor, state == Ended ? "campaign-end" : "campaign-cancel", Subject(name));
        return true;
    });

    private const string OutcomesNoted = "campaign-outcomes";

    private static string Subject(string name) => $"campaign {name}";

    // A database holds no NaN; −1 is no probability and no spend that is expected.
    private static double Finite(double value) => double.IsFinite(value) ? value : -1;

    // Also whom a standing campaign has in its window, but for one that asks itself.
    internal static Occupied OccupiedIn(
        StoreContext context, DateOnly from, DateOnly to, DateOnly contactsFrom, string? standing = null)
    {
        int first = Days.Of(from), last = Days.Of(to);
        var taken = new Dictionary<string, (string, bool)>(StringComparer.Ordinal);
        foreach (var m in context.Campaigns.AsNoTracking().Where(c => c.State == Running && c.FromDay <= last && c.ToDay >= first)
            .SelectMany(c => c.Members, (c, m) => new { c.Name, m.CustomerId, m.IsHeldOut }))
        {
            // Of several campaigns the one that holds the customer out is told.
            if (m.IsHeldOut || !taken.ContainsKey(m.CustomerId))
            {
                taken[m.CustomerId] = (m.Name, m.IsHeldOut);
            }
        }

        foreach (StandingEntrantRow e in context.StandingEntrants.AsNoTracking()
            .Where(e => e.EnteredDay > 0 && e.EnteredDay <= last && e.ToDay >= first && e.Campaign != standing))
        {
            if (e.IsHeldOut || !taken.ContainsKey(e.CustomerId))
            {
                taken[e.CustomerId] = (e.Campaign, e.IsHeldOut);
            }
        }

        return new Occupied(taken, ContactBook.Since(context, Days.Of(contactsFrom)), ContactBook.InForce(context, first));
    }

    private static Campaign Of(StoreContext context, CampaignRow r)
    {
        int heldOut = context.Members.Count(m => m.CampaignId == r.Id && m.IsHeldOut);
        return new(
            r.Id, r.Name, r.State, r.Channel, Days.Date(r.FromDay), Days.Date(r.ToDay), StoreJson.Element(r.Plan),
            StoreJson.Value<List<LeftOut>>(r.LeftOut), r.Actor, StoreJson.Time(r.CreatedAt), StoreJson.Time(r.EndedAt),
            context.Members.Count(m => m.CampaignId == r.Id) - heldOut, heldOut,
            r.OutcomesDay is { } day ? Days.Date(day) : null);
    }
}
