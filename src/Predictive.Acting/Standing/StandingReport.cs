using System.Globalization;
using System.Text.Json;
using Predictive.Store.Standing;

namespace Predictive.Acting.Standing;

/// <summary>What a round of a standing campaign found and did, as the store keeps it.</summary>
/// <param name="AsOf">Local time of the round.</param>
/// <param name="State">running or paused.</param>
/// <param name="Reason">Why it is paused.</param>
/// <param name="Entered">Who entered in this round, held out or not.</param>
/// <param name="Sent">Steps sent in this round.</param>
/// <param name="Cost">What they cost.</param>
/// <param name="Waiting">Who waits to enter.</param>
/// <param name="InSteps">Who is in it, with steps to come.</param>
/// <param name="HeldOut">Who is held out and not judged yet.</param>
/// <param name="SentThisMonth">Steps sent in the calendar month.</param>
/// <param name="CostThisMonth">What they cost.</param>
/// <param name="Judgement">Whether it still pays.</param>
public sealed record StandingReport(
    string AsOf, string State, string Reason, int Entered, int Sent, double Cost, int Waiting, int InSteps, int HeldOut, int SentThisMonth,
    double CostThisMonth, StandingJudgement Judgement)
{
    private static readonly CultureInfo s_c = CultureInfo.InvariantCulture;

    /// <summary>The round as one line.</summary>
    public string Line => string.Create(
        s_c,
        $"{Entered:N0} entered, {Sent:N0} contacts sent for {Cost:N0}, {Waiting:N0} wait, {Judgement.Judged:N0} judged"
            + $"{(State == StandingBook.Paused ? $"; paused: {Reason}" : "")}");

    /// <summary>What the last round of a campaign found; null = it had none.</summary>
    /// <param name="state">As the store has it.</param>
    public static StandingReport? Of(StandingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        StandingReport? last = state.Report.TryGetProperty("judgement", out _)
            ? state.Report.Deserialize<StandingReport>(JsonSerializerOptions.Web) : null;
        // It may have been paused or resumed since.
        return last is null ? null : last with { State = state.State, Reason = state.Reason };
    }

    /// <summary>What is known of it, in sentences to be read aloud.</summary>
    public IReadOnlyList<string> Words()
    {
        StandingJudgement j = Judgement;
        List<string> words =
        [
            State == StandingBook.Paused ? $"It is paused: {Reason}. Nobody enters, and no step is sent."
            : j.IsProved ? string.Create(s_c, $"It pays, and goes on: proved within the period of {j.People:N0} people that runs.")
            : string.Create(
                s_c, $"It goes on: {j.InPeriod:N0} of the {j.People:N0} people within whom it has to prove itself are judged"
                    + $"{(j.Periods > 0 ? $", after {j.Periods} {(j.Periods == 1 ? "period" : "periods")} in which it did" : "")}."),
        ];
        if (j is { Profit: { } profit, Retention: { } bought, Spend: { } spend })
        {
            words.Add(string.Create(
                s_c,
                $"A head, against those held out: {profit.Effect:+0.00;−0.00;0.00} profit ({profit.Low:+0.00;−0.00;0.00} to "
                    + $"{profit.High:+0.00;−0.00;0.00}), {spend.Effect:+0.00;−0.00;0.00} spend, {100 * bought.Effect:+0.0;−0.0;0.0} points "
                    + $"in who bought. The intervals hold however often one looks; either end is wrong in 5 % at most."));
            words.Add(string.Create(s_c, $"With {j.People:N0} people it can see a profit of {j.Detectable:0.00} a head."));
        }
        else
        {
            words.Add(string.Create(
                s_c, $"{j.Judged:N0} are judged, {j.HeldOut:N0} of them held out: too few to say what it brings."));
        }

        words.Add(string.Create(
            s_c, $"{InSteps:N0} are in its steps, {Waiting:N0} wait to enter, {HeldOut:N0} are held out and not judged yet; "
                + $"{SentThisMonth:N0} contacts for {CostThisMonth:N0} this month."));
        return words;
    }
}
