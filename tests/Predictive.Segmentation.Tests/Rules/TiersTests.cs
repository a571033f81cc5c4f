using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Rules;
using Predictive.Training.Levels;

namespace Predictive.Segmentation.Tests.Rules;

public class TiersTests
{
    private static readonly TierOptions Options = new()
    {
        WindowDays = 100,
        Tiers = [new("basic", 0, 0), new("silver", 100, 1), new("gold", 200, 2)],
        KeepShare = .8,
    };

    private static readonly TierCutoffs Cutoffs = new(Options.Tiers!);

    private static TierResult TierAt(TransactionHistory history, int day) =>
        Tiers.Compute(history.Lines(0), Bases.At(day), Options, Cutoffs);

    [Fact]
    public void A_purchase_grants_a_tier_at_once_and_a_month_takes_it_away()
    {
        var history = TransactionHistoryBuilder.Build([Bases.Line("a", 0, 110), Bases.Line("a", 20, 100)]);
        Assert.Equal("silver", TierAt(history, 1).Tier);
        Assert.Equal(new TierResult("gold", 2, 210, 2), TierAt(history, 21));

        // Day 100 still sees both; from day 101 the first has left the window, but the next review is on day 121 (2024-05-01).
        Assert.Equal("gold", TierAt(history, 120).Tier);
        Assert.Equal(new TierResult("basic", 0, 0, 0), TierAt(history, 121));
    }

    [Fact]
    public void Hysteresis_keeps_a_tier_down_to_four_fifths_of_its_minimums()
    {
        // Gold on day 20; by the review of day 121 the window holds 165 in two orders: above 160, below 200.
        var kept = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 0, 110), Bases.Line("a", 20, 100), Bases.Line("a", 60, 85), Bases.Line("a", 61, 80)]);
        Assert.Equal(new TierResult("gold", 2, 165, 2), TierAt(kept, 125));
        var fresh = TransactionHistoryBuilder.Build([Bases.Line("a", 60, 85), Bases.Line("a", 61, 80)]);
        Assert.Equal(new TierResult("silver", 1, 165, 2), TierAt(fresh, 125));

        // 159 is below: gold falls to silver, whose own kept minimum of 80 holds.
        var lost = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 0, 110), Bases.Line("a", 20, 100), Bases.Line("a", 60, 80), Bases.Line("a", 61, 79)]);
        Assert.Equal("silver", TierAt(lost, 125).Tier);
    }

    [Fact]
    public void The_predicted_tier_counts_what_the_window_will_still_hold_and_the_prediction()
    {
        // At day 90, 30 days ahead: the window [20, 120) keeps the purchase of day 50 only.
        var history = TransactionHistoryBuilder.Build([Bases.Line("a", 0, 150), Bases.Line("a", 50, 70)]);
        var now = TierAt(history, 90);
        Assert.Equal("gold", now.Tier);
        Assert.Equal(new TierResult("gold", 2, 170, 2), Tiers.Predict(history.Lines(0), Bases.At(90), 30, 100, 1, now, Options, Cutoffs));
        Assert.Equal(new TierResult("silver", 1, 120, 2), Tiers.Predict(history.Lines(0), Bases.At(90), 30, 50, .9, now, Options, Cutoffs));
        Assert.Equal("basic", Tiers.Predict(history.Lines(0), Bases.At(90), 30, 0, 0, now, Options, Cutoffs).Tier);

        // A horizon of twice the window: only half of the prediction falls into the window at its end.
        Assert.Equal(
            new TierResult("silver", 1, 150, 2),
            Tiers.Predict(history.Lines(0), Bases.At(90), 200, 300, 3, now with { Level = 0 }, Options, Cutoffs));
    }

    [Fact]
    public void Derived_tiers_are_quantiles_of_the_base_to_two_digits()
    {
        var history = TransactionHistoryBuilder.Build(Enumerable.Range(1, 100).Select(i => Bases.Line($"c{i:000}", 5, 12.34 * i)));
        var tiers = Tiers.Fit(history, Bases.At(10), new TierOptions()).Tiers;
        Assert.Equal([0, 620, 990, 1200], tiers.Select(t => t.MinimumSpend));
        Assert.Equal(["bronze", "silver", "gold", "platinum"], tiers.Select(t => t.Name));
    }

    [Fact]
    public void Tiers_that_do_not_ascend_are_refused()
    {
        var fault = Assert.Throws<RulesException>(
            () => Tiers.Fit(Bases.Days(1), Bases.At(2), new TierOptions { Tiers = [new("x", 5, 0), new("y", 4, 0), new("y", 9, 0)] }));
        Assert.Equal(3, fault.Faults.Count);
    }

    [Theory]
    [InlineData(21), InlineData(22)]
    public void Without_hysteresis_and_just_after_a_review_the_tier_is_what_the_window_says(int seed)
    {
        var history = Bases.Random(seed, 80);
        var options = Options with { KeepShare = 1 };
        var review = LocalTime.StartOf(new DateOnly(2024, 11, 1));
        foreach (int c in Population.At(history, review))
        {
            var tier = Tiers.Compute(history.Lines(c), review, options, Cutoffs);
            int expected = tier.Spend >= 200 - 1e-9 && tier.Orders >= 2 ? 2 : tier.Spend >= 100 - 1e-9 && tier.Orders >= 1 ? 1 : 0;
            Assert.True(tier.Level == expected, $"seed {seed}, customer {c}: {tier}");
        }
    }
}
