using Predictive.History.Returns;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Segmentation.Tests.Portfolio;

public class AtRiskTests
{
    internal static CustomerScore Score(string id, double churn, double expected, string segment = "loyal", string tier = "bronze") => new(
        id, "2024-01-01", new ModelStamp("default", 1), new RfmScore(1, 1, 1, 3, 3, 3, 9, segment),
        new LifecycleScore("mature", "2023-01-01", ""),
        new ChurnScore(churn, 50, ChurnBand.Names[ChurnBand.Compute(churn, new ChurnBandOptions())], [], null, new BandStarts(.3, .6)),
        new ClvScore(expected, 0, 2 * expected, 90, 1, null), new TierScore(tier, tier),
        new ValueMatrixScore("problem", "none"), new PortraitScore(1, "p", []), [], [],
        new PlayScore("keep", "call", "phone", "high", "high risk"), new ReturnCounts(1, 0, 0));

    // Spend if stays: 100 / .5 = 200, 90 / .1 = 900, 400 / .8 = 500. Expected loss: 100, 810, 100. Of it saved: .25 of a, .15 of b, .05 of
    // c.
    private static readonly CustomerScore[] Three = [Score("c", .2, 400), Score("b", .9, 90, "at risk"), Score("a", .5, 100)];

    [Fact]
    public void What_a_call_can_save_ranks_and_who_is_in_no_danger_is_left_out()
    {
        var list = AtRisk.Rank(Three, new AtRiskOptions { Capacity = 2 });
        Assert.Equal((3, 2, .3), (list.Customers, list.Candidates, list.MinimumProbability)); // c, at 20 %, is nobody's call
        Assert.Equal(1010, list.TotalExpectedLoss, 9);
        Assert.Equal(["b", "a"], list.Rows.Select(r => r.Score.CustomerId));
        Assert.Equal([1, 2], list.Rows.Select(r => r.Rank));
        Assert.Equal(900, list.Rows[0].SpendIfStays, 9);
        Assert.Equal([121.5, 25], list.Rows.Select(r => Math.Round(r.ExpectedSaving, 9)));
        Assert.Equal(146.5, list.Rows[1].CumulativeSaving, 9);

        // Those nearly gone are hard to win back: with little to save among them the other goes first, whatever is at stake.
        Assert.Equal(
            ["a", "b"], AtRisk.Rank(Three, new AtRiskOptions { Saves = new SaveShares(0, .5, .05) }).Rows.Select(r => r.Score.CustomerId));
    }

    [Fact]
    public void Ties_go_by_id() =>
        Assert.Equal(
            ["x", "y", "z"],
            AtRisk.Rank([Score("z", .5, 10), Score("x", .5, 10), Score("y", .5, 10)]).Rows.Select(r => r.Score.CustomerId));

    [Fact]
    public void The_cut_off_view_sets_leavers_caught_against_customers_bothered_and_savings_against_cost()
    {
        var cutoffs = AtRisk.Rank(Three, new AtRiskOptions { Capacity = 2, MinimumProbability = 0, OfferCost = 3 }).Cutoffs;
        Assert.Equal([1, 2, 3], cutoffs.Select(c => c.Contacts));
        Assert.Equal(1.4, cutoffs[1].ExpectedChurners, 9);
        Assert.Equal(.6, cutoffs[1].Bothered, 9);
        Assert.Equal(1.4 / 1.6, cutoffs[1].ChurnersCaught, 9);
        Assert.Equal(910 / 1010.0, cutoffs[1].LossCovered, 9);
        Assert.Equal(1, cutoffs[2].LossCovered, 9);
        Assert.Equal((146.5, 6, 140.5), (Math.Round(cutoffs[1].ExpectedSaving, 9), cutoffs[1].Cost, Math.Round(cutoffs[1].Net, 9)));
    }

    [Fact]
    public void Segments_and_probabilities_filter()
    {
        Assert.Equal("b", Assert.Single(AtRisk.Rank(Three, new AtRiskOptions { Segment = "At Risk" }).Rows).Score.CustomerId);
        Assert.Equal(3, AtRisk.Rank(Three, new AtRiskOptions { MinimumProbability = 0 }).Candidates);
        Assert.Equal(1, AtRisk.Rank(Three, new AtRiskOptions { MinimumProbability = .6 }).Candidates);
        Assert.Empty(AtRisk.Rank(Three, new AtRiskOptions { Segment = "nobody" }).Rows);
        Assert.Throws<ArgumentException>(() => AtRisk.Rank(Three, new AtRiskOptions { Capacity = -1 }));
        Assert.Throws<ArgumentException>(() => AtRisk.Rank(Three, new AtRiskOptions { Saves = new SaveShares(High: 1.5) }));
    }

    [Fact]
    public void Certain_churn_and_negative_expectations_stay_finite()
    {
        Assert.Equal(200, AtRisk.ExpectedLoss(1, 10), 9); // 1 − p is held at .05
        Assert.Equal(0, AtRisk.ExpectedLoss(.5, -10));
    }
}
