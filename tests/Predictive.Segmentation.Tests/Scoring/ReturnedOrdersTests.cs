using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Returns;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>Returned orders count as none wherever orders are spoken of, and are shown as what they are.</summary>
[Collection(TrainedBase.Collection)]
public class ReturnedOrdersTests(TrainedBase trained)
{
    private readonly DateTime _asOf = trained.AsOf.ToDateTime();

    private TransactionLine Line(string customer, int daysAgo, double amount, string order, string product) =>
        new(customer, _asOf.AddDays(-daysAgo), amount, order, product, "category " + product, 1);

    // "all" returned the one invoice it had, as customer 12346 of Online Retail did; "one" kept two orders of three.
    private TransactionHistory Base() => TransactionHistoryBuilder.Build(
    [
        Line("all", 200, 77183.60, "541431", "A"), Line("all", 199, -77183.60, "C541433", "A"),
        Line("one", 150, 20, "1", "A"), Line("one", 100, 5000, "2", "B"), Line("one", 95, -5000, "r", "B"),
        Line("one", 20, 30.10, "3", "C"),
        Line("two", 150, 20, "1", "A"), Line("two", 20, 30.10, "3", "C"), Line("two", 10, -4, "x", "Z"),
    ]);

    [Fact]
    public void A_score_counts_what_was_kept_and_tells_what_was_not()
    {
        TransactionHistory history = Base();
        CustomerScore one = trained.Scorer.Score(history, history.IndexOf("one"), trained.AsOf);
        Assert.Equal((new ReturnCounts(2, 1, 0), 20, 2, 50.10), (one.Returns, one.Rfm.RecencyDays, one.Rfm.Frequency, one.Rfm.Monetary));
        Assert.DoesNotContain(one.Preferences, p => p.Tag.EndsWith('B'));
        CustomerScore two = trained.Scorer.Score(history, history.IndexOf("two"), trained.AsOf);
        Assert.Equal((new ReturnCounts(2, 0, 1), 2, 46.10), (two.Returns, two.Rfm.Frequency, two.Rfm.Monetary));

        // Without the two lines of the returned order the rules say the same.
        CustomerScore never = trained.Scorer.Score(
            TransactionHistoryBuilder.Build([Line("one", 150, 20, "1", "A"), Line("one", 20, 30.10, "3", "C")]), 0, trained.AsOf);
        Assert.Equal((never.Rfm, never.Lifecycle, never.Tier.Current), (one.Rfm, one.Lifecycle, one.Tier.Current));
        Assert.Equal(never.Preferences, one.Preferences);
    }

    [Fact]
    public void Who_kept_nothing_is_scored_says_so_and_is_nobodys_call()
    {
        TransactionHistory history = Base();
        CustomerScore all = trained.Scorer.Score(history, history.IndexOf("all"), trained.AsOf);
        Assert.Equal((new ReturnCounts(0, 1, 0), true, 200, 0, 0.0), (
            all.Returns, all.Returns.KeptNothing, all.Rfm.RecencyDays, all.Rfm.Frequency, all.Rfm.Monetary));
        Assert.StartsWith("gave back everything bought, last on ", all.Lifecycle.Reason, StringComparison.Ordinal);
        Assert.Null(all.Churn.Lever);
        ScoreReason reason = Assert.Single(all.Churn.Reasons);
        Assert.EndsWith(
            $"gave back the only order, of {LocalTime.From(_asOf.AddDays(-200))}, whole", reason.Text, StringComparison.Ordinal);
        Assert.Equal(reason.Effect < 0, reason.Text.StartsWith("in their favour: ", StringComparison.Ordinal));
        Assert.Empty(all.Preferences);
        Assert.Equal(trained.Scorer.Bundle.Rules.Tiers.Tiers[0].Name, all.Tier.Current);

        ScoreTable table = trained.Scorer.ScoreAll(history, trained.AsOf);
        AtRiskList list = AtRisk.Rank(trained.Scorer, table, new AtRiskOptions { MinimumProbability = 0 });
        Assert.Equal((2, 1, 2), (list.Customers, list.KeptNothing, list.Candidates));
        Assert.DoesNotContain(list.Rows, r => r.Score.CustomerId == "all");
        Assert.Equal(1, AtRisk.Rank([all], new AtRiskOptions { MinimumProbability = 0 }).KeptNothing);
        Assert.Equal([0, 2, 2], table.Returns.Select(r => r.Orders));
    }

    [Fact]
    public void Only_returns_before_the_as_of_count()
    {
        TransactionHistory history = Base();
        LocalTime before = trained.AsOf.AddDays(-97);
        CustomerScore one = trained.Scorer.Score(history, history.IndexOf("one"), before);
        Assert.Equal((new ReturnCounts(2, 0, 0), 5020.0), (one.Returns, one.Rfm.Monetary));
    }

    [Fact]
    public void The_portfolio_moves_customers_by_what_they_kept()
    {
        TransactionHistory history = Base();
        RuleBook book = trained.Scorer.Bundle.Rules;
        MigrationMatrix tiers = Migration.Compute(history, book, trained.AsOf.AddDays(-97), trained.AsOf, MigrationOf.Tier);
        TransactionHistory marked = ReturnMatching.Mark(history, trained.AsOf);
        int expected = Tiers.Compute(marked.Lines(history.IndexOf("one")), trained.AsOf, book.Options.Tiers, book.Tiers).Level;
        Assert.True(tiers.Counts.Sum(row => row[expected]) >= 1, "'one' is not where its kept orders put it");
    }
}
