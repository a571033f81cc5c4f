using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Rules;

/// <summary>Rules over marked lines: a returned order is none, at any time; money comes in whole cents.</summary>
public class KeptAmountTests
{
    private static readonly TierOptions Options = new()
    {
        WindowDays = 100, Tiers = [new("basic", 0, 0), new("silver", 100, 1), new("gold", 200, 2)], KeepShare = .8,
    };

    private static TransactionHistory Marked(int asOf, params TransactionLine[] lines) =>
        ReturnMatching.Mark(TransactionHistoryBuilder.Build(lines), Bases.At(asOf));

    [Fact]
    public void A_returned_order_grants_no_tier_not_even_for_the_days_before_it_came_back()
    {
        TransactionLine[] lines = [Bases.Line("a", 0, 110, "1"), Bases.Line("a", 20, 300, "2"), Bases.Line("a", 30, -300, "2")];
        var cutoffs = new TierCutoffs(Options.Tiers!);
        Assert.Equal("gold", Tiers.Compute(Marked(25, lines).Lines(0), Bases.At(25), Options, cutoffs).Tier);
        Assert.Equal(new TierResult("silver", 1, 110, 1), Tiers.Compute(Marked(40, lines).Lines(0), Bases.At(40), Options, cutoffs));
    }

    [Fact]
    public void Lifecycle_quadrants_and_value_see_the_orders_kept()
    {
        // Every 10 days, but for one order that was returned: the gaps are 10, 20, 10.
        TransactionLine[] lines =
        [
            .. new[] { 0, 10, 20, 30, 40 }.Select(d => Bases.Line("a", d, 10, $"o{d}")), Bases.Line("a", 41, -10, "o20"),
        ];
        CustomerLines kept = Marked(45, lines).Lines(0);
        LifecycleResult stage = Lifecycle.Compute(kept, Bases.At(45), new LifecycleOptions(), new LifecycleCutoffs(60, 200, 9));
        Assert.Equal((40 / 3.0, 5), (stage.CadenceDays, stage.SilenceDays));
        QuadrantResult place = Quadrants.Compute(kept, Bases.At(45), new QuadrantOptions { NewDays = 1 }, new QuadrantCutoffs(5, 10));
        Assert.Equal(new QuadrantResult("C", 4, 10), place); // 4 orders, one short of frequent
        Assert.Equal(40, Value.Compute(kept, Bases.At(45), new ValueOptions(), new ValueCutoffs(1, 0, new double[101], [])).Amount);
    }

    [Fact]
    public void A_base_in_which_somebody_kept_nothing_gives_cut_offs()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(
        [
            Bases.Line("a", 0, 10, "1"), Bases.Line("a", 1, -10, "1"), Bases.Line("b", 0, 10, "1"), Bases.Line("b", 30, 10, "2"),
        ]);
        RuleBook book = RuleBook.Fit(history, Bases.At(40));
        Assert.Equal(1, book.Lifecycle.Gaps);
        Assert.Equal(2, book.Rfm.Customers);
        LifecycleResult gone = Lifecycle.Compute(
            ReturnMatching.Mark(history, Bases.At(40)).Lines(0), Bases.At(40), new LifecycleOptions(), new LifecycleCutoffs(20, 200, 9));
        Assert.Equal(
            (LifecycleStage.Declining, "gave back everything bought, last on 2024-01-01; silent for 40 days since"),
            (gone.Stage, gone.Reason));
    }

    [Fact]
    public void Sums_are_whole_cents()
    {
        TransactionLine[] lines = [.. Enumerable.Range(0, 1001).Select(i => Bases.Line("a", i / 10, 12.85921, $"o{i}"))];
        Assert.NotEqual(12872.07, lines.Sum(l => l.Amount));
        double net = Rfm.Compute(
            TransactionHistoryBuilder.Build(lines).Lines(0), Bases.At(500), new RfmOptions(),
            new RfmCutoffs("", 1, [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4])).Monetary;
        Assert.Equal(12872.07, net);
        Assert.Equal((.3, -.3, 1e13, .01), (Cents.Of(.1 + .2), Cents.Of(-.1 - .2), Cents.Of(1e13), Cents.Of(.005)));
        Assert.True(double.IsNaN(Cents.Of(double.NaN)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_same_for_any_order_of_the_lines(int seed)
    {
        var random = new Random(seed);
        TransactionLine[] lines =
        [
            .. Enumerable.Range(0, 600).Select(i =>
            {
                double amount = random.Next(1, 6) * 10;
                return new TransactionLine(
                    $"c{random.Next(40):00}", Bases.Day0.AddDays(random.Next(300)).ToDateTime(new TimeOnly(random.Next(3), 0)),
                    random.Next(3) == 0 ? -amount : amount, random.Next(4) == 0 ? null : $"o{random.Next(300)}", $"p{random.Next(5)}", "k");
            }),
        ];
        string first = RuleBook.Fit(TransactionHistoryBuilder.Build(lines), Bases.At(250)).ToJson();
        random.Shuffle(lines);
        Assert.True(first == RuleBook.Fit(TransactionHistoryBuilder.Build(lines), Bases.At(250)).ToJson(), $"seed {seed}");
    }
}
