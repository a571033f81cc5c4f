using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Rules;

public class LifecycleTests
{
    private static readonly LifecycleOptions Options = new();
    private static readonly LifecycleCutoffs Short = new(60, 200, 100);

    /// <summary>15 orders a month, one every two days: on days 0, 2 ... 28.</summary>
    private static readonly TransactionHistory EverySecondDay = Bases.Days([.. Enumerable.Range(0, 15).Select(i => 2 * i)]);

    private static LifecycleResult StageOf(TransactionHistory history, int day) =>
        Lifecycle.Compute(history.Lines(0), Bases.At(day), Options, Short);

    [Theory]
    [InlineData(3, LifecycleStage.Mature, 6)]
    [InlineData(4, LifecycleStage.Declining, 28 + 4)]
    [InlineData(14, LifecycleStage.Declining, 28 + 4)]
    [InlineData(15, LifecycleStage.Left, 28 + 15)]
    [InlineData(400, LifecycleStage.Left, 28 + 15)]
    public void A_buyer_of_every_second_day_declines_after_4_silent_days_and_has_left_after_15(int silence, LifecycleStage stage, int since)
    {
        var result = StageOf(EverySecondDay, 28 + silence);
        Assert.Equal(stage, result.Stage);
        Assert.Equal(Bases.Day0.AddDays(since), result.Since);
        Assert.Equal((2.0, silence), (result.CadenceDays, result.SilenceDays));
    }

    [Fact]
    public void The_reason_has_the_customers_own_numbers()
    {
        Assert.Equal("buys every 2 days, silent for 3 days", StageOf(EverySecondDay, 31).Reason);
        Assert.Equal("silent for 4 days, usually buys every 2 days; 2 cadences make it a decline", StageOf(EverySecondDay, 32).Reason);
        Assert.Equal("silent for 15 days, usually buys every 2 days; 7.5 cadences make it gone", StageOf(EverySecondDay, 43).Reason);
        Assert.Equal(
            "bought once and has been silent for 61 days; 80 % of the customers who return this early do so in under 60 days",
            StageOf(Bases.Days(0), 61).Reason);
    }

    [Fact]
    public void Few_orders_are_judged_by_the_base()
    {
        var history = Bases.Days(0, 30);
        Assert.Equal((LifecycleStage.Acquired, Bases.Day0), (StageOf(history, 89).Stage, StageOf(history, 89).Since));
        Assert.Equal((LifecycleStage.Declining, Bases.Day0.AddDays(90)), (StageOf(history, 90).Stage, StageOf(history, 90).Since));
        Assert.Equal((LifecycleStage.Left, Bases.Day0.AddDays(230)), (StageOf(history, 230).Stage, StageOf(history, 230).Since));
    }

    [Fact]
    public void Growing_means_clearly_shorter_gaps_than_before()
    {
        // Gaps 20, 20, 10, 10: the two latest halve the pace on day 60.
        var growing = StageOf(Bases.Days(0, 20, 40, 50, 60), 61);
        Assert.Equal((LifecycleStage.Growing, Bases.Day0.AddDays(50)), (growing.Stage, growing.Since));
        Assert.Equal("buys every 10 days lately, every 20 days before", growing.Reason);
        Assert.Equal(LifecycleStage.Mature, StageOf(Bases.Days(0, 20, 40, 60, 80), 81).Stage);
    }

    [Fact]
    public void Someone_who_comes_back_begins_anew()
    {
        // Gone from day 15 × 7.5 cadences of 10 days; back on day 400 with a slower cadence.
        var back = StageOf(Bases.Days(0, 10, 20, 30, 400), 401);
        Assert.Equal((LifecycleStage.Mature, Bases.Day0.AddDays(400)), (back.Stage, back.Since));
    }

    [Fact]
    public void Cut_offs_are_quantiles_of_the_gaps_after_the_first_purchase_days()
    {
        // Ten customers who return once, after 10, 20 ... 100 days: 80 % return within 80 days, so day 81 is beyond them.
        var history = TransactionHistoryBuilder.Build(
            Enumerable.Range(1, 10).SelectMany(i => new[] { Bases.Line($"c{i}", 0, 5), Bases.Line($"c{i}", 10 * i, 5) }));
        Assert.Equal(new LifecycleCutoffs(81, 101, 10), Lifecycle.Fit(history, Bases.At(150), Options));
        Assert.Equal(
            new LifecycleCutoffs(41, 51, 5),
            Lifecycle.Fit(history, Bases.At(60), Options with { DecliningQuantile = .7, LeftQuantile = .9 }));
        Assert.Equal(0, Lifecycle.Fit(Bases.Days(0), Bases.At(9), Options).Gaps);
    }

    [Theory]
    [InlineData(11), InlineData(12), InlineData(13), InlineData(14)]
    public void The_stage_was_indeed_entered_on_the_date_given(int seed)
    {
        var history = Bases.Random(seed, 150);
        var asOf = Bases.At(380);
        var cutoffs = Lifecycle.Fit(history, asOf, Options);
        var seen = new HashSet<LifecycleStage>();
        foreach (int c in Population.At(history, asOf))
        {
            var now = Lifecycle.Compute(history.Lines(c), asOf, Options, cutoffs);
            seen.Add(now.Stage);

            // A purchase of day d is known from the next midnight on; silence of day d at its own.
            bool bySilence = now.Stage is LifecycleStage.Declining or LifecycleStage.Left;
            var from = LocalTime.StartOf(now.Since).AddDays(bySilence ? 0 : 1);
            for (var at = from; at <= asOf; at = at.AddDays(1))
            {
                Assert.True(
                    Lifecycle.Compute(history.Lines(c), at, Options, cutoffs).Stage == now.Stage, $"seed {seed}, customer {c}, {at}");
            }

            var before = from.AddDays(-1);
            if (Population.IsMember(history.Lines(c), before))
            {
                Assert.True(
                    Lifecycle.Compute(history.Lines(c), before, Options, cutoffs).Stage != now.Stage,
                    $"seed {seed}, customer {c}, {before}");
            }
        }

        Assert.Equal(5, seen.Count);
    }
}
