using System.Globalization;
using Predictive.Acting.Alerts;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.History;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store.Standing;

namespace Predictive.Acting.Standing;

/// <summary>Decides what a round of one campaign does: outcomes, judgement, steps, entries, in this order.</summary>
internal sealed class StandingRound(
    StandingCampaign campaign, ScoreTable scores, SegmentTable table, bool[]? stop, OwnHabits habits, ContactSettings contacts,
    StandingMemory memory, DateOnly day)
{
    private readonly Dictionary<(string, int), StandingEntrant> _changed = [];
    private readonly List<StandingSend> _sends = [];
    private readonly Dictionary<string, ContactGate> _gates = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _rows =
        Enumerable.Range(0, scores.Count).ToDictionary(scores.CustomerId, StringComparer.Ordinal);

    private int _today = memory.SentToday.Count, _month = memory.SentThisMonth.Count, _entered;
    private double _spentToday = memory.SentToday.Cost, _spentMonth = memory.SentThisMonth.Cost;

    public StandingChange Decide()
    {
        StandingEntrant[] known = [.. memory.Entrants.Select(Outcome)];
        StandingJudgement judgement = StandingJudgement.Of(
            [
                .. known.Where(e => e.Retained is not null && e.Entered >= memory.State.Since)
                    .OrderBy(e => e.Entered).ThenBy(e => e.CustomerId, StringComparer.Ordinal)
                    .Select(e => new JudgedEntrant(
                        e.IsHeldOut, e.Retained!.Value, e.Spend!.Value, e.Cost, e.Risk, e.Value, e.SpendBefore)),
            ],
            campaign.Margin, campaign.People);
        bool runs = memory.State.State == StandingBook.Running && judgement.Pause is null;
        if (runs)
        {
            known = [.. known.Select(Ends)];
            foreach (StandingEntrant e in known.Where(e => e is { State: StandingBook.Active, IsHeldOut: false } && e.Due <= day))
            {
                Note(Step(e));
            }

            Enter(known);
        }

        StandingEntrant[] now = [.. known.Select(e => _changed.GetValueOrDefault((e.CustomerId, e.Entry), e))];
        return new StandingChange(
            [.. _changed.Values], _sends, judgement.Pause,
            new StandingReport(
                scores.AsOf.ToString(), judgement.Pause is null ? memory.State.State : StandingBook.Paused,
                judgement.Pause ?? memory.State.Reason, _entered, _sends.Count, _sends.Sum(s => s.Cost),
                now.Count(e => e.State == StandingBook.Queued), now.Count(e => e is { State: StandingBook.Active, IsHeldOut: false }),
                now.Count(e => e.Entered is not null && e.Retained is null && e.IsHeldOut), _month, _spentMonth, judgement));
    }

    // The window of who entered is over once the data reach beyond it.
    private StandingEntrant Outcome(StandingEntrant e)
    {
        if (e.Entered is not { } from || e.To is not { } to || e.Retained is not null
            || LocalTime.StartOf(to.AddDays(1)) is var end && scores.AsOf < end)
        {
            return e;
        }

        if (scores.History.IndexOf(e.CustomerId) is < 0)
        {
            return Note(e with { State = StandingBook.Lapsed, Entered = null, To = null, Why = "no longer in the data" });
        }

        (bool bought, double spend) = Bought(e.CustomerId, LocalTime.StartOf(from), end);
        return Note(e with
        {
            Retained = bought, Spend = Cents.Of(spend),
            State = e.State == StandingBook.Active && (e.IsHeldOut || e.NextStep >= campaign.Steps.Count) ? StandingBook.Done : e.State,
        });
    }

    private StandingEntrant Ends(StandingEntrant e)
    {
        if (e.State != StandingBook.Active)
        {
            return e;
        }

        string? why = campaign.Stop.Bought && e.Entered is { } from && Bought(e.CustomerId, LocalTime.StartOf(from), scores.AsOf).Bought
                ? "bought"
            : stop is not null && _rows.TryGetValue(e.CustomerId, out int row) && stop[row] ? campaign.Stop.When
            : !_rows.ContainsKey(e.CustomerId) ? "no longer in the data"
            : null;
        return why is null ? e : Note(e with { State = StandingBook.Stopped, Why = why });
    }

    private void Enter(StandingEntrant[] known)
    {
        foreach (StandingEntrant e in known.Where(e => e.State == StandingBook.Queued)
            .OrderByDescending(e => _rows.TryGetValue(e.CustomerId, out int row) ? scores.ClvExact[row] : 0)
            .ThenBy(e => e.CustomerId, StringComparer.Ordinal).ThenBy(e => e.Entry))
        {
            // Who comes under the caps must not depend on who is held out: they are full for both, or for none.
            bool isThere = _rows.TryGetValue(e.CustomerId, out int row);
            string? refusal = !isThere ? "no longer in the data"
                : Gate(Channel(campaign.Steps[0], row)).Refuses(scores.Customers[row])
                    ?? (HasRoom(campaign.Steps[0]) ? null : "the caps are reached");
            if (refusal is not null)
            {
                bool lapses = !isThere || ContactGate.IsForGood(refusal) || day.DayNumber - e.Crossed.DayNumber >= campaign.Patience;
                Note(e with { State = lapses ? StandingBook.Lapsed : StandingBook.Queued, Why = refusal });
                continue;
            }

            _entered++;
            LocalTime start = LocalTime.StartOf(day);
            StandingEntrant entered = e with
            {
                State = StandingBook.Active, Why = "", Entered = day, To = day.AddDays(campaign.Window - 1), Due = day,
                IsHeldOut = HoldoutDraw.Uniform(campaign.Seed, campaign.Name, e.CustomerId) < campaign.Holdout,
                Risk = scores.ChurnProbability[row], Value = scores.ClvExpected[row],
                SpendBefore = Cents.Of(Bought(e.CustomerId, start.AddDays(-campaign.Window), start).Spend),
            };
            Note(entered.IsHeldOut ? entered : Step(entered));
        }
    }

    private StandingEntrant Step(StandingEntrant e)
    {
        if (e.NextStep >= campaign.Steps.Count)
        {
            return e with { State = StandingBook.Done };
        }

        StandingStep step = campaign.Steps[e.NextStep];
        int row = _rows[e.CustomerId];
        string channel = Channel(step, row);
        string? refusal = Gate(channel).Refuses(scores.Customers[row]);
        if (refusal is not null && ContactGate.IsForGood(refusal))
        {
            return e with { State = StandingBook.Stopped, Why = refusal };
        }

        if (refusal is not null || !HasRoom(step))
        {
            return day.DayNumber - e.Due.DayNumber < campaign.Patience ? e with { Why = refusal ?? "the caps are reached" }
                : Next(e, string.Create(
                    CultureInfo.InvariantCulture, $"step {e.NextStep + 1} left out: {refusal ?? "the caps are reached"}"));
        }

        (_today, _month) = (_today + 1, _month + 1);
        (_spentToday, _spentMonth) = (_spentToday + step.Cost, _spentMonth + step.Cost);
        _sends.Add(new StandingSend(
            e.CustomerId, e.Entry, e.NextStep, day, step.Hour ?? habits.Hour(row), channel, Content(step.Content, e, row), step.Cost)
        {
            Owner = step.Owner,
        });
        return Next(e with { Cost = e.Cost + step.Cost }, "");
    }

    private StandingEntrant Next(StandingEntrant e, string why) => e.NextStep + 1 >= campaign.Steps.Count
        ? e with { NextStep = e.NextStep + 1, State = StandingBook.Done, Why = why }
        : e with { NextStep = e.NextStep + 1, Due = day.AddDays(campaign.Steps[e.NextStep + 1].After), Why = why };

    private string Channel(StandingStep step, int row) => step.Own.Count > 0 && habits.Channel(row) is { } own
        ? step.Own.FirstOrDefault(o => o.Orders.Equals(own, StringComparison.OrdinalIgnoreCase))?.Channel ?? step.Channel
        : step.Channel;

    private string Content(string text, StandingEntrant e, int row) => AlertText.Of(text, table, row, field => field switch
    {
        "about" => e.About,
        "category" => habits.Category(row) ?? "our range",
        _ => null,
    });

    private bool HasRoom(StandingStep step) => _today < campaign.Caps.PerDay && _month < campaign.Caps.PerMonth
        && _spentToday + step.Cost <= campaign.Caps.SpendPerDay + 1e-9 && _spentMonth + step.Cost <= campaign.Caps.SpendPerMonth + 1e-9;

    private ContactGate Gate(string channel)
    {
        if (!_gates.TryGetValue(channel, out ContactGate? gate))
        {
            _gates.Add(channel, gate = new ContactGate(contacts, channel, day, memory.Occupied, scores.History));
        }

        return gate;
    }

    private (bool Bought, double Spend) Bought(string customer, LocalTime from, LocalTime to) =>
        CampaignOutcomes.Within(scores.History.Lines(scores.History.IndexOf(customer)), from, to);

    private StandingEntrant Note(StandingEntrant e) => _changed[(e.CustomerId, e.Entry)] = e;
}
