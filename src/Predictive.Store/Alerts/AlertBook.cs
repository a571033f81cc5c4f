using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Audit;
using Predictive.Store.Outbox;
using Predictive.Store.Schema;
using Predictive.Store.WorkTasks;

namespace Predictive.Store.Alerts;

/// <summary>
/// Rules that fire: one alert per crossing, whoever looks and however often. A look changes states, alerts, tasks, pools and outbox in one
/// transaction, one after the other over all hosts: who dies has done all of it or nothing.
/// </summary>
public sealed class AlertBook(StoreDatabase database)
{
    /// <summary>States of an alert.</summary>
    public const string Open = "open", Acknowledged = "acknowledged", Muted = "muted";

    /// <summary>In place of a customer: everybody.</summary>
    public const string Everybody = "*";

    private readonly AuditLog _audit = new(database);
    private readonly OutboxBook _outbox = new(database);
    private readonly WorkTaskBook _tasks = new(database);

    /// <summary>Takes a look at a rule into the books.</summary>
    /// <param name="look">What was found.</param>
    /// <param name="fires">What the rule does about a customer; its second argument makes keys of tasks unique.</param>
    /// <exception cref="StoreException">The database fails: nothing was done.</exception>
    public LookResult Apply(RuleLook look, Func<string, string, Firing> fires)
    {
        ArgumentNullException.ThrowIfNull(look);
        ArgumentNullException.ThrowIfNull(fires);
        return database.Change(context =>
        {
            Turn.Take(database, context, "rule " + look.Rule);
            context.ChangeTracker.AutoDetectChangesEnabled = false;
            RuleRow? rule = context.Rules.AsNoTracking().SingleOrDefault(r => r.Name == look.Rule);
            bool isFirst = rule is null || rule.Conditions != look.Conditions;
            // A look at a few, such as those of whom an event came, is no first one, and says nothing of how far the base was looked at.
            if (look.Only is not null ? isFirst : !isFirst && look.AsOf < rule!.AsOf)
            {
                return new LookResult(0, 0, 0, 0, isFirst, !isFirst);
            }

            (List<RuleState> crossed, int rearmed) = RuleStates.Cross(context, look, rule);
            int muted = Fire(context, look, crossed, fires);
            return new LookResult(crossed.Count, muted, look.Holding.Count, rearmed, isFirst, false);
        });
    }

    /// <summary>Alerts, newest first.</summary>
    /// <param name="most">At most so many.</param>
    /// <param name="all">False = only those that are open.</param>
    /// <param name="from">Alerts passed over.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Alert> List(int most = 100, bool all = false, int from = 0) => database.Run(context => context.Alerts
        .AsNoTracking().Where(r => all || r.State == Open).OrderByDescending(r => r.Id).Skip(from).Take(most).AsEnumerable()
        .Select(Read).ToList());

    /// <summary>How many alerts there are.</summary>
    /// <param name="all">False = only those that are open.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public int Rows(bool all = false) => database.Run(context => context.Alerts.Count(r => all || r.State == Open));

    /// <summary>Open alerts by rule.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<(string Rule, int Open)> Count() => database.Run(context => context.Alerts.AsNoTracking()
        .Where(r => r.State == Open).GroupBy(r => r.Rule).Select(g => new { g.Key, Count = g.Count() }).OrderBy(g => g.Key).AsEnumerable()
        .Select(g => (g.Key, g.Count)).ToList());

    /// <summary>Says that an alert was seen.</summary>
    /// <returns>Null where there is no such alert.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public Alert? Acknowledge(long id, string actor) => database.Change(context =>
    {
        AlertRow? row = context.Alerts.SingleOrDefault(r => r.Id == id);
        if (row is { State: Open })
        {
            (row.State, row.AckedBy, row.AckedAt) = (Acknowledged, actor, database.Now);
            context.SaveChanges();
            _audit.Append(context, actor, "alert-ack", string.Create(CultureInfo.InvariantCulture, $"alert {id}"));
        }

        return row is null ? null : Read(row);
    });

    /// <summary>Silences a rule for a while: what crosses meanwhile is noted as muted, and does nothing else.</summary>
    /// <param name="rule">Which.</param>
    /// <param name="subject">About whom; <see cref="Everybody"/> = about all.</param>
    /// <param name="until">To when; in the past = no longer.</param>
    /// <param name="actor">Who.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public void Mute(string rule, string subject, DateTimeOffset until, string actor) => database.Change(context =>
    {
        MuteRow? row = context.Mutes.SingleOrDefault(r => r.Rule == rule && r.Subject == subject);
        if (row is null)
        {
            row = new MuteRow { Rule = rule, Subject = subject };
            context.Mutes.Add(row);
        }

        (row.UntilAt, row.Actor) = (until.ToUnixTimeMilliseconds(), actor);
        context.SaveChanges();
        _audit.Append(context, actor, "alert-mute", $"rule {rule}", new { subject, until });
        return 0;
    });

    /// <summary>Who is in a pool, by customer.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<string> Pool(string pool) => database.Run(context => context.Pools.AsNoTracking()
        .Where(r => r.Pool == pool).OrderBy(r => r.CustomerId).Select(r => r.CustomerId).ToList());

    private int Fire(StoreContext context, RuleLook look, List<RuleState> crossed, Func<string, string, Firing> fires)
    {
        long now = database.Now;
        HashSet<string> mutes = [.. context.Mutes.Where(m => m.Rule == look.Rule && m.UntilAt > now).Select(m => m.Subject)];
        Dictionary<string, HashSet<string>> pools = [];
        var (alerts, tasks, entries, events) = (new List<AlertRow>(), new List<WorkTaskRow>(), new List<PoolRow>(), new List<OutboxRow>());
        int muted = 0;
        foreach (RuleState state in crossed)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"{look.Rule}|{state.Subject}|{state.Crossings}");
            Firing firing = fires(state.Subject, key);
            bool isMuted = mutes.Contains(Everybody) || mutes.Contains(state.Subject);
            alerts.Add(new AlertRow
            {
                UniqueKey = key, Rule = look.Rule, Subject = state.Subject, Severity = firing.Severity, Owner = firing.Owner,
                Text = firing.Text, Play = firing.Play, State = isMuted ? Muted : Open, AsOf = look.AsOf, At = now,
            });
            if (isMuted)
            {
                muted++;
                continue;
            }

            // The keys hold the crossing's number: none of them can be there.
            tasks.AddRange(firing.Tasks.Select(_tasks.Row));
            foreach (string pool in firing.Pools)
            {
                if (!pools.TryGetValue(pool, out HashSet<string>? members))
                {
                    pools.Add(pool, members = [.. context.Pools.Where(p => p.Pool == pool).Select(p => p.CustomerId)]);
                }

                if (members.Add(state.Subject))
                {
                    entries.Add(new PoolRow
                    {
                        Pool = pool, CustomerId = state.Subject, SinceDay = Days.Of(look.Day), Because = "rule " + look.Rule,
                    });
                }
            }

            events.Add(_outbox.Row("alert", $"customer {state.Subject}", new
            {
                rule = look.Rule, customer = state.Subject, crossing = state.Crossings, firing.Severity, firing.Owner, firing.Text,
                firing.Play, firing.Tell, firing.Pools, tasks = firing.Tasks.Select(t => new { t.Kind, t.Title, t.Owner, t.Priority,
                    t.Due }),
            }));
        }

        BulkInsert.Write(context, alerts);
        BulkInsert.Write(context, tasks);
        BulkInsert.Write(context, entries);
        BulkInsert.Write(context, events);
        return muted;
    }

    private static Alert Read(AlertRow r) => new(
        r.Id, r.Rule, r.Subject, r.Severity, r.Owner, r.Text, r.Play, r.State, r.AsOf, StoreJson.Time(r.At), r.AckedBy);
}
