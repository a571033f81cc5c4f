using System.Globalization;
using Predictive.Acting.Effects;

namespace Predictive.Acting.Standing;

/// <summary>An entrant whose window is over.</summary>
/// <param name="IsHeldOut">Never contacted.</param>
/// <param name="Retained">Whether they bought within it.</param>
/// <param name="Spend">Net spend within it.</param>
/// <param name="Cost">What their contacts cost.</param>
/// <param name="Risk">Predicted on entering.</param>
/// <param name="Value">Expected on entering.</param>
/// <param name="Before">Net spend in as many days before.</param>
public readonly record struct JudgedEntrant(
    bool IsHeldOut, bool Retained, double Spend, double Cost, double Risk, double Value, double Before);

/// <summary>
/// Whether a standing campaign still pays. Its entrants, in the order they entered, are taken so many at a time. Within such a period the
/// interval of profit per head is always valid, and is looked at ten times.
/// </summary>
/// <remarks>
/// It pauses as soon as the upper bound is at or below 0, and at the end of a period in which no look had the lower bound above 0. The
/// second is needed: the interval of a campaign that does nothing and costs little lies about 0 for ever. The burden of proof is the
/// campaign's, for it costs customers' patience every day; how many people it takes to see an effect is told, and is the marketer's to set.
/// Periods begin anew: an average over all time would see a fading effect years too late. Both bounds are one-sided at 95 %: of campaigns
/// without an effect 5 % at most stay on for another period, and 5 % at most of those that pay are paused as harmful.
/// </remarks>
/// <param name="Judged">Entrants whose window is over.</param>
/// <param name="HeldOut">Of them, held out.</param>
/// <param name="Periods">Whole periods that were proved.</param>
/// <param name="IsProved">Whether the period that runs has proved itself already.</param>
/// <param name="InPeriod">Entrants judged in the newest period.</param>
/// <param name="People">Of a whole period.</param>
/// <param name="Retention">Effect on who buys in the newest period; null = too few of either side.</param>
/// <param name="Spend">On net spend per head.</param>
/// <param name="Profit">Margin × extra spend less contact costs, per head: pays above 0.</param>
/// <param name="Detectable">Smallest profit per head that four of five periods would see; null = too few.</param>
/// <param name="Pause">Why it is to pause; null = it goes on.</param>
public sealed record StandingJudgement(
    int Judged, int HeldOut, int Periods, bool IsProved, int InPeriod, int People, EffectEstimate? Retention, EffectEstimate? Spend,
    EffectEstimate? Profit, double? Detectable, string? Pause)
{
    /// <summary>Both sides together; one-sided 95 %.</summary>
    public const double Confidence = .9;

    private const int Looks = 10, FewestPerSide = 20;

    /// <summary>Judges.</summary>
    /// <param name="entrants">In the order they entered.</param>
    /// <param name="margin">Share of spend left after goods.</param>
    /// <param name="people">Of a period.</param>
    public static StandingJudgement Of(IReadOnlyList<JudgedEntrant> entrants, double margin, int people)
    {
        ArgumentNullException.ThrowIfNull(entrants);
        int periods = 0;
        for (int from = 0; ; from += people)
        {
            JudgedEntrant[] all = [.. entrants.Skip(from).Take(people)];
            bool proved = false;
            for (int look = 1; look <= Looks; look++)
            {
                int n = (int)((long)people * look / Looks);
                if (n > all.Length || Estimate(all.AsSpan(0, n), people, ProfitOf(margin)) is not { } profit)
                {
                    continue;
                }

                proved |= profit.Low > 0;
                if (profit.High <= 0)
                {
                    return Tell(all[..n], false, string.Create(
                        CultureInfo.InvariantCulture,
                        $"it no longer pays: {Range(profit)} a head over {n:N0} people, contacts counted"));
                }
            }

            if (all.Length == people && !proved)
            {
                return Tell(all, false, Estimate(all, people, ProfitOf(margin)) is { } left
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"it did not prove itself again within {people:N0} people: {Range(left)} a head, contacts counted")
                    : string.Create(CultureInfo.InvariantCulture, $"too few of {people:N0} people were held out to tell"));
            }

            if (all.Length < people)
            {
                return Tell(all, proved, null);
            }

            periods++;
        }

        StandingJudgement Tell(JudgedEntrant[] period, bool isProved, string? pause)
        {
            EffectEstimate? profit = Estimate(period, people, ProfitOf(margin));
            return new StandingJudgement(
                entrants.Count, entrants.Count(e => e.IsHeldOut), periods, isProved, period.Length, people,
                Estimate(period, people, e => e.Retained ? 1 : 0), Estimate(period, people, e => e.Spend), profit,
                // What is known after the whole period, at its critical value; .84 = the power of four of five.
                profit is { } p
                    ? (AlwaysValid.Critical(1, Confidence) + .8416) * p.StandardError * Math.Sqrt(period.Length / (double)people)
                    : null,
                pause);
        }
    }

    private static Func<JudgedEntrant, double> ProfitOf(double margin) => e => (margin * e.Spend) - e.Cost;

    private static EffectEstimate? Estimate(ReadOnlySpan<JudgedEntrant> entrants, int people, Func<JudgedEntrant, double> of)
    {
        JudgedEntrant[] e = entrants.ToArray();
        int heldOut = e.Count(x => x.IsHeldOut);
        return Math.Min(heldOut, e.Length - heldOut) < FewestPerSide ? null : AdjustedDifference.Estimate(
            [.. e.Select(x => !x.IsHeldOut)], [.. e.Select(of)],
            [[.. e.Select(x => x.Before)], [.. e.Select(x => x.Value)], [.. e.Select(x => x.Risk)]], Confidence,
            AlwaysValid.Critical(e.Length / (double)people, Confidence));
    }

    private static string Range(EffectEstimate e) =>
        string.Create(CultureInfo.InvariantCulture, $"{e.Effect:+0.00;−0.00;0.00} ({e.Low:+0.00;−0.00;0.00} to {e.High:+0.00;−0.00;0.00})");
}
