using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Tests.Rules;
using Predictive.History;

namespace Predictive.Segmentation.Tests.Portfolio;

public class PortfolioTests
{
    [Fact]
    public void Concentration_of_equal_and_of_one_sided_bases()
    {
        var equal = Concentration.Compute(Enumerable.Repeat(5.0, 40));
        Assert.Equal((.1, 0.0, 20, false), (equal.TopDecileShare, Math.Round(equal.Gini, 12), equal.CustomersForHalf, equal.Alert));
        var one = Concentration.Compute([100, 0, 0, 0, 0, 0, 0, 0, 0, -50]);
        Assert.Equal((1.0, .9, 1, true), (one.TopDecileShare, Math.Round(one.Gini, 12), one.CustomersForHalf, one.Alert));

        // 1, 2, 3, 4: G = 2 (1 + 4 + 9 + 16) / (4 × 10) − 5/4 = .25; a tenth of four customers is .4 of the best one.
        var four = Concentration.Compute([3, 1, 4, 2]);
        Assert.Equal(.25, four.Gini, 12);
        Assert.Equal(.16, four.TopDecileShare, 12);
        Assert.Equal(new LorenzPoint(.5, .7), four.Curve[10]);
        Assert.Equal(0, Concentration.Compute([0, -1]).Revenue);
    }

    [Fact]
    public void Migration_counts_rates_and_who_came_and_went()
    {
        var before = new Dictionary<string, string> { ["a"] = "low", ["b"] = "low", ["c"] = "high", ["d"] = "high", ["e"] = "mid" };
        var after = new Dictionary<string, string> { ["a"] = "high", ["b"] = "low", ["c"] = "mid", ["d"] = "high", ["f"] = "low" };
        var matrix = Migration.Compute(before, after, ["low", "mid", "high"], ordered: true);
        Assert.Equal([[1, 0, 1], [0, 0, 0], [0, 1, 1]], matrix.Counts);
        Assert.Equal([[.5, 0, .5], [0, 0, 0], [0, .5, .5]], matrix.Rates);
        Assert.Equal([1, 0, 0], matrix.Entered);
        Assert.Equal([0, 1, 0], matrix.Vanished);
        Assert.Equal((2, 1, 1), (matrix.Stayed, matrix.MovedUp, matrix.MovedDown));
        Assert.Null(Migration.Compute(before, after, ["low", "mid", "high"], ordered: false).MovedUp);
        Assert.Contains(
            "state 'mid'; expected one of low, high",
            Assert.Throws<ArgumentException>(() => Migration.Compute(before, after, ["low", "high"], true)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MigrationOf.RfmSegment), InlineData(MigrationOf.Tier), InlineData(MigrationOf.Lifecycle)]
    public void Migration_over_a_history_counts_every_customer_once(MigrationOf of)
    {
        var history = Bases.Random(41, 150);
        var book = RuleBook.Fit(history, Bases.At(300));
        var matrix = Migration.Compute(history, book, Bases.At(200), Bases.At(300), of);
        int before = Population.At(history, Bases.At(200)).Length, after = Population.At(history, Bases.At(300)).Length;
        Assert.Equal(before, matrix.Counts.Sum(r => r.Sum()));
        Assert.Equal(after - before, matrix.Entered.Sum());
        Assert.Equal(0, matrix.Vanished.Sum());
        Assert.InRange(matrix.Stayed, 1, before - 1);
    }

    [Fact]
    public void Unusable_segments_are_named()
    {
        // 50 "a" around 0, 50 "b" the same, 40 "c" far away, 1 "d".
        string[] segments = [.. Enumerable.Repeat("a", 50), .. Enumerable.Repeat("b", 50), .. Enumerable.Repeat("c", 40), "d"];
        double[] spend =
        [.. Enumerable.Range(0, 100).Select(i => (double)(i % 10)), .. Enumerable.Range(0, 40).Select(i => 100.0 + (i % 10)), 500];
        string?[] previous =
        [
            .. Enumerable.Repeat("c", 30), .. Enumerable.Repeat<string?>(null, 20), .. Enumerable.Repeat("b", 50),
            .. Enumerable.Repeat("c", 20), .. Enumerable.Repeat("a", 21),
        ];
        var warnings = SegmentUsability.Check(segments, [("spend", spend)], previous);
        Assert.Equal(
            [
                (SegmentIssue.Tiny, "d", null), (SegmentIssue.Overlapping, "a", "b"), (SegmentIssue.Unstable, "a", null),
                (SegmentIssue.Unstable, "c", null),
            ],
            warnings.Select(w => (w.Issue, w.Segment, w.Other)));
        Assert.Equal("'d' holds 1 of 141 customers; expected at least 30 and 1 %.", warnings[0].Message);
        Assert.Equal("20 of 50 former members of 'c' are still in it; expected at least 50 %.", warnings[3].Message);
    }
}
