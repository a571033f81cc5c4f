using Predictive.Acting.Effects;
using Predictive.Learning.Metrics;

namespace Predictive.Acting.Uplift;

/// <summary>How well one way to choose finds those whom a contact changes.</summary>
/// <param name="Name">In words.</param>
/// <param name="Qini">Qini coefficient on customers it was not learned from, in buyers more per contacted customer; 0 = at random.</param>
/// <param name="Auuc">Area under the uplift curve; at random: half the average effect.</param>
/// <param name="AheadOfRisk">Qini less that of contacting the highest risk first.</param>
public sealed record UpliftRanked(string Name, UpliftInterval Qini, UpliftInterval Auuc, UpliftInterval AheadOfRisk);

/// <summary>Customers alike in what a contact does to them.</summary>
/// <param name="Name">persuadable, sure thing, lost cause or do-not-disturb.</param>
/// <param name="Meaning">In words.</param>
/// <param name="Judged">Customers of the campaigns in it, by models that had not seen them.</param>
/// <param name="Predicted">Mean effect that was predicted of them, as a share.</param>
/// <param name="Measured">What the contact did to them, the mean over campaigns by customers; null = too few of either side.</param>
/// <param name="Today">Customers of it in the base as of today.</param>
public sealed record UpliftGroup(
    string Name, string Meaning, int Judged, double Predicted, EffectEstimate? Measured, int Today);

/// <summary>A branch of the tree for reading.</summary>
/// <param name="Who">The questions, in words.</param>
/// <param name="Customers">Rows its effect was measured on.</param>
/// <param name="Effect">Of a contact, as a share.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end.</param>
public sealed record UpliftBranch(string Who, int Customers, double Effect, double Low, double High);

/// <summary>What past campaigns teach of whom a contact changes.</summary>
/// <param name="Campaigns">Those learned from, with their sizes. Each is judged by what the others taught; of a single one each half by the
/// other.</param>
/// <param name="Judged">Customers judged on: all of them.</param>
/// <param name="Rankings">The learner that is used first, contacting the highest risk last.</param>
/// <param name="IsBetterThanChance">Whether the lower end of the first Qini interval lies above 0: only then is it ranked by.</param>
/// <param name="Cut">From how much on, as a share or money a head, a contact counts as changing somebody, either way.</param>
/// <param name="BuysAnyway">Chance to buy, or spend a head, left alone, from which somebody is a sure thing.</param>
/// <param name="Groups">Persuadables first.</param>
/// <param name="Tree">For reading; the greatest effect first.</param>
public sealed record UpliftReport(
    IReadOnlyList<string> Campaigns, int Judged, IReadOnlyList<UpliftRanked> Rankings, bool IsBetterThanChance,
    double Cut, double BuysAnyway, IReadOnlyList<UpliftGroup> Groups, IReadOnlyList<UpliftBranch> Tree)
{
    /// <summary>What a contact is to change: effects are shares of who buys, or money a head.</summary>
    public UpliftOutcome Outcome { get; init; }
}
