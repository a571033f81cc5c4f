using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.Acting.Uplift;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Campaigns;

namespace Predictive.Acting.Tests.Uplift;

/// <summary>
/// The loop on customers whose truth is known: a first campaign without knowledge of whom a contact changes, what it teaches, a second one
/// ranked by that; and what other rankings would have brought with the same contacts. Profits are expectations under the truth, so that no
/// luck of outcomes is in them.
/// </summary>
/// <remarks>Linked into the bench <c>uplift</c>.</remarks>
internal sealed class UpliftLoop(CustomerScorer scorer, ScoreTable scores, StoreDatabase store, int seed)
{
    public const double Cost = 3, Margin = .4;

    /// <summary>Money per contact made.</summary>
    /// <param name="First">The first campaign: everybody of the audience, by the spend expected.</param>
    /// <param name="Risk">Highest risk first.</param>
    /// <param name="Stake">What is at stake × the share assumed to be saved: what the at-risk list does without uplift.</param>
    /// <param name="Uplift">What the first taught.</param>
    /// <param name="Truth">The truth itself: the ceiling.</param>
    /// <param name="Qini">Of what was learned, on customers it was not learned from.</param>
    /// <param name="IsBetter">Whether it was found better than chance.</param>
    /// <param name="Contacts">Contacts of the second by uplift: fewer than allowed where too few are worth it.</param>
    public readonly record struct Profits(
        double First, double Risk, double Stake, double Uplift, double Truth, double Qini, bool IsBetter, int Contacts);

    /// <summary>Makes a campaign, plays it with an uneven effect, and notes its outcomes, of so many members.</summary>
    public Campaign Run(
        string name, int top, double holdout, DateOnly from, double effect, AudienceGains? gains = null, int known = int.MaxValue)
    {
        var request = new CampaignRequest
        {
            Name = name, Audience = "everyone", Top = top, Holdout = holdout, Channel = "call", From = from, To = from.AddDays(59),
            Cost = Cost, Margin = Margin, Seed = seed, ByUplift = gains is not null,
        };
        Campaign made = new CampaignMaker(store).Create(
            request, scorer, scores, new RuleOptions(), ContactSettings.Parse("{}"u8.ToArray()), "ann", gains).Campaign;
        var book = new CampaignBook(store);
        book.Note(made, [.. Rehearsal.Play(book.Members(made.Id), effect, seed, isUneven: true).Take(known)], made.To, "ann");
        return book.Find(name)!;
    }

    /// <summary>What past campaigns of the store teach.</summary>
    public UpliftStudy Study() =>
        UpliftStudy.Learn(PastCampaign.Read(store, scores.History, scores.Bundle.Rules), new BuiltInEngine());

    /// <summary>The whole loop.</summary>
    public Profits Loop(int first, int capacity, DateOnly from, double effect)
    {
        Campaign one = Run("first", first, .3, from, effect);
        double[] truth =
        [
            .. Enumerable.Range(0, scores.Count).Select(i => (Margin * Rehearsal.Effect(scores.ChurnProbability[i], effect)
                * AtRisk.SpendIfStays(scores.ChurnProbability[i], scores.ClvExpected[i])) - Cost),
        ];
        Dictionary<string, int> row = Enumerable.Range(0, scores.Count).ToDictionary(scores.CustomerId);
        double firstProfit = new CampaignBook(store).Members(one.Id).Where(m => !m.IsHeldOut).Average(m => truth[row[m.CustomerId]]);
        UpliftStudy study = Study();
        double[] gains = study.Gains(scores);
        int[] worth = [.. Enumerable.Range(0, scores.Count).Where(i => (Margin * gains[i]) - Cost > 0)];
        ChurnBandOptions bands = scores.Bundle.Rules.Options.ChurnBands;
        SaveShares saves = scores.Bundle.Rules.Options.Portfolio.Saves;
        int[] all = [.. Enumerable.Range(0, scores.Count)];
        return new Profits(
            firstProfit, Best(all, i => scores.ChurnProbability[i]),
            Best(all, i => AtRisk.ExpectedLoss(scores.ChurnProbability[i], scores.ClvExpected[i])
                * saves.Of(ChurnBand.Compute(scores.ChurnProbability[i], bands))),
            Best(worth, i => gains[i]), Best(all, i => truth[i]), study.Report(scores).Rankings[0].Qini.Value, study.IsBetterThanChance,
            Math.Min(worth.Length, capacity));

        double Best(int[] rows, Func<int, double> by) => rows.OrderByDescending(by).Take(capacity).Sum(i => truth[i]) / capacity;
    }
}
