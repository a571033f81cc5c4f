using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;

namespace Predictive.Segmentation.Tests.Portfolio;

public class AtRiskTests
{
    internal static CustomerScore Score(string id, double churn, double expected, string segment = "loyal", string tier = "bronze") => new(
        id, "2024-01-01", new ModelStamp("default", 1), new RfmScore(1, 1, 1, 3, 3, 3, 9, segment), new LifecycleScore("mature", "2023-01-01", ""),
        new ChurnScore(churn, 50, "medium", []), new ClvScore(expected, 0, 2 * expected, 90, 1, null), new TierScore(tier, tier),
        new ValueMatrixScore("problem", "none"), new PortraitScore(1, "p", []), [], []);

    // Spend if stays: 100 / .5 = 200, 90 / .1 = 900, 400 / .8 = 500. Expected loss: 100, 810, 100.
    private static readonly CustomerScore[] Three = [Score("c", .2, 400), Score("b", .9, 90, "at risk"), Score("a", .5, 100)];

    [Fact]
    public void The_largest_expected_loss_comes_first_and_ties_go_by_id()
    {
        var list = AtRisk.Rank(Three, new AtRiskOptions { Capacity = 2 });
        Assert.Equal(3, list.Candidates);
        Assert.Equal(1010, list.TotalExpectedLoss, 9);
        Assert.Equal(["b", "a"], list.Rows.Select(r => r.Score.CustomerId));
        Assert.Equal([1, 2], list.Rows.Select(r => r.Rank));
        Assert.Equal(900, list.Rows[0].SpendIfStays, 9);
        Assert.Equal(910, list.Rows[1].CumulativeLoss, 9);
    }

    [Fact]
    public void The_cut_off_view_sets_churners_caught_against_customers_bothered()
    {
        var cutoffs = AtRisk.Rank(Three, new AtRiskOptions { Capacity = 2 }).Cutoffs;
        Assert.Equal([1, 2, 3], cutoffs.Select(c => c.Contacts));
        Assert.Equal(1.4, cutoffs[1].ExpectedChurners, 9);
        Assert.Equal(.6, cutoffs[1].Bothered, 9);
        Assert.Equal(1.4 / 1.6, cutoffs[1].ChurnersCaught, 9);
        Assert.Equal(910 / 1010.0, cutoffs[1].LossCovered, 9);
        Assert.Equal(1, cutoffs[2].LossCovered, 9);
    }

    [Fact]
    public void Segments_and_probabilities_filter()
    {
        Assert.Equal("b", Assert.Single(AtRisk.Rank(Three, new AtRiskOptions { Segment = "At Risk" }).Rows).Score.CustomerId);
        Assert.Equal(2, AtRisk.Rank(Three, new AtRiskOptions { MinimumProbability = .5 }).Candidates);
        Assert.Empty(AtRisk.Rank(Three, new AtRiskOptions { Segment = "nobody" }).Rows);
        Assert.Throws<ArgumentException>(() => AtRisk.Rank(Three, new AtRiskOptions { Capacity = -1 }));
    }

    [Fact]
    public void Certain_churn_and_negative_expectations_stay_finite()
    {
        Assert.Equal(200, AtRisk.ExpectedLoss(1, 10), 9); // 1 − p is held at .05
        Assert.Equal(0, AtRisk.ExpectedLoss(.5, -10));
    }
}
