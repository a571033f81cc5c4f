using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Predictive.Store.Schema;

namespace Predictive.Store.Alerts;

/// <summary>What a rule knows of one customer, while it is looked at.</summary>
internal sealed class RuleState(string subject)
{
    public string Subject { get; } = subject;

    public bool Holds { get; set; }

    public bool Was { get; set; }

    public int Crossings { get; set; }

    public int? AlertedDay { get; set; }

    public long AsOf { get; set; }

    public bool IsChanged { get; set; }
}

/// <summary>The states of a rule: read, moved on by a look, written. Not by entities: a base of a million customers has as many.</summary>
internal static class RuleStates
{
    private const int Batch = 150;

    private static Dictionary<string, RuleState> Read(StoreContext context, RuleLook look)
    {
        IQueryable<RuleStateRow> rows = context.RuleStates.AsNoTracking().Where(r => r.Rule == look.Rule);
        if (look.Only is { Count: <= 1000 } few)
        {
            string[] subjects = [.. few];
            rows = rows.Where(r => subjects.Contains(r.Subject));
        }

        var states = new Dictionary<string, RuleState>(StringComparer.Ordinal);
        foreach (RuleStateRow r in rows)
        {
            states.Add(r.Subject, new RuleState(r.Subject)
            {
                Holds = r.Holds, Was = r.Was, Crossings = r.Crossings, AlertedDay = r.AlertedDay, AsOf = r.AsOf,
            });
        }

        return states;
    }

    /// <summary>
    /// Takes a look into the states of a rule: they forget what held where its conditions have changed. Of the whole base it is noted that
    /// it was looked at.
    /// </summary>
    /// <param name="context">Of the change.</param>
    /// <param name="look">What was found.</param>
    /// <param name="rule">What is known of the rule, not tracked; null = nothing.</param>
    /// <returns>Who crossed, in order, and of how many the conditions no longer hold.</returns>
    public static (List<RuleState> Crossed, int Rearmed) Cross(StoreContext context, RuleLook look, RuleRow? rule)
    {
        bool isFirst = rule is null || rule.Conditions != look.Conditions;
        if (look.Only is null)
        {
            var seen = new RuleRow { Name = look.Rule, Conditions = look.Conditions, AsOf = look.AsOf };
            context.Entry(seen).State = rule is null ? EntityState.Added : EntityState.Modified;
            context.SaveChanges();
            context.Entry(seen).State = EntityState.Detached;
        }

        Dictionary<string, RuleState> states = Read(context, look);
        if (rule is not null && isFirst)
        {
            foreach (RuleState state in states.Values)
            {
                (state.Holds, state.Was, state.IsChanged) = (false, false, true);
            }
        }

        var crossed = new List<RuleState>();
        int rearmed = Move(states, look, isFirst, crossed);
        Write(context, look.Rule, states.Values);
        return (crossed, rearmed);
    }

    /// <summary>Moves the states on; who crossed comes into the list, in order.</summary>
    /// <returns>Customers the conditions no longer hold for.</returns>
    private static int Move(Dictionary<string, RuleState> states, RuleLook look, bool isFirst, List<RuleState> crossed)
    {
        int day = Days.Of(look.Day), rearmed = 0;
        // Who was looked at alone, as of the same midnight or a later one, is known better than a look at the base knows them: the event
        // may not be in its data yet.
        bool Knows(RuleState state) =>
            look.Only is { } only ? only.Contains(state.Subject) && state.AsOf <= look.AsOf : state.AsOf == 0 || state.AsOf < look.AsOf;
        var holding = new HashSet<string>(look.Holding, StringComparer.Ordinal);
        HashSet<string> was = look.Was is null ? [] : new(look.Was, StringComparer.Ordinal);
        foreach (RuleState state in states.Values)
        {
            if (state.Holds && !holding.Contains(state.Subject) && Knows(state))
            {
                (state.Holds, state.IsChanged) = (false, true);
                rearmed++;
            }
        }

        foreach (string subject in look.Holding)
        {
            RuleState state = Of(subject);
            if (state.Holds || !Knows(state))
            {
                continue;
            }

            (state.Holds, state.IsChanged) = (true, true);
            bool crosses = look.Was is not null ? state.Was : !isFirst || look.TellsAtFirst;
            if (crosses && !(state.AlertedDay is { } last && day < last + look.QuietDays))
            {
                state.Crossings++;
                state.AlertedDay = day;
                crossed.Add(state);
            }
        }

        // What is true now has been so when the next look comes.
        foreach (string subject in was)
        {
            RuleState state = Of(subject);
            if (Knows(state))
            {
                state.IsChanged |= !state.Was;
                state.Was = true;
            }
        }

        foreach (RuleState state in states.Values)
        {
            if (state.Was && !was.Contains(state.Subject) && Knows(state))
            {
                (state.Was, state.IsChanged) = (false, true);
            }
        }

        foreach (string subject in look.Only ?? (IEnumerable<string>)[])
        {
            RuleState state = Of(subject);
            state.IsChanged |= state.AsOf < look.AsOf;
            state.AsOf = Math.Max(state.AsOf, look.AsOf);
        }

        return rearmed;

        RuleState Of(string subject)
        {
            if (!states.TryGetValue(subject, out RuleState? state))
            {
                states.Add(subject, state = new RuleState(subject));
            }

            return state;
        }
    }

    private static void Write(StoreContext context, string rule, IEnumerable<RuleState> states)
    {
        DbConnection connection = context.Database.GetDbConnection();
        foreach (RuleState[] part in states.Where(s => s.IsChanged).Chunk(Batch))
        {
            using DbCommand command = connection.CreateCommand();
            command.Transaction = context.Database.CurrentTransaction!.GetDbTransaction();
            var text = new StringBuilder("INSERT INTO rule_states (rule, subject, holds, was, crossings, alerted_day, as_of) VALUES ");
            Add("@rule", rule);
            for (int i = 0; i < part.Length; i++)
            {
                CultureInfo c = CultureInfo.InvariantCulture;
                text.Append(c, $"{(i > 0 ? "," : "")}(@rule,@s{i},{Flag(part[i].Holds)},{Flag(part[i].Was)},{part[i].Crossings},");
                text.Append(part[i].AlertedDay is { } day ? day.ToString(c) : "NULL").Append(c, $",{part[i].AsOf})");
                Add(string.Create(c, $"@s{i}"), part[i].Subject);
            }

            text.Append(" ON CONFLICT (rule, subject) DO UPDATE SET holds = excluded.holds, was = excluded.was, ")
                .Append("crossings = excluded.crossings, alerted_day = excluded.alerted_day, as_of = excluded.as_of");
            command.CommandText = text.ToString();
            command.ExecuteNonQuery();

            void Add(string name, string value)
            {
                DbParameter parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }
        }
    }

    private static string Flag(bool value) => value ? "TRUE" : "FALSE";
}
