using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Rules;

/// <summary>Every worked example and every play of ../shared/reference/practice.md, by name.</summary>
public class PracticeTests
{
    private static readonly PlayOptions s_plays = new();

    [Fact]
    public void Value_against_loyalty_B_is_worth_more_and_A_is_the_loyal_one()
    {
        // A: 20 orders a month at 20 each = 400; B: 5 orders at 200 = 1,000. Four months of it.
        var history = TransactionHistoryBuilder.Build(
            Enumerable.Range(0, 80).Select(i => Bases.Line("A", (int)(i * 1.5), 20))
                .Concat(Enumerable.Range(0, 20).Select(i => Bases.Line("B", i * 6, 200))));
        LocalTime asOf = Bases.At(120);
        RuleBook book = RuleBook.Fit(history, asOf);
        var reader = new RuleReader(book, history);
        CustomerRules a = reader.Read(history.Lines(0).Before(asOf), asOf), b = reader.Read(history.Lines(1).Before(asOf), asOf);
        Assert.Equal((4 * 400.0, 4 * 1000.0), (a.Net, b.Net));
        Assert.True(b.Value.Amount > a.Value.Amount && a.Loyalty.Score > b.Loyalty.Score);
        // Lines of the chart: (80 + 20) / 2 = 50 orders, 5,600 / 100 = 56 an order; nobody is new after 60 days.
        Assert.Equal(("D", "C"), (a.Quadrant.Group, b.Quadrant.Group)); // frequent and small; rare and large
    }

    [Theory]
    [InlineData(3, LifecycleStage.Mature)]
    [InlineData(4, LifecycleStage.Declining)] // asleep: wake up
    [InlineData(14, LifecycleStage.Declining)]
    [InlineData(15, LifecycleStage.Left)] // left: activate anew
    public void Fifteen_orders_a_month_and_R_days_of_silence(int silence, LifecycleStage stage)
    {
        // Fifteen a month is one every two days.
        TransactionHistory history = Bases.Days([.. Enumerable.Range(0, 15).Select(i => 2 * i)]);
        LocalTime asOf = Bases.At(28 + silence);
        var options = new LifecycleOptions();
        LifecycleResult result = Lifecycle.Compute(history.Lines(0), asOf, options, Lifecycle.Fit(history, asOf, options));
        Assert.Equal((stage, 2.0), (result.Stage, result.CadenceDays));
    }

    [Theory]
    [InlineData(100_000.01, "A"), InlineData(100_000, "B"), InlineData(50_000, "B"), InlineData(49_999.99, "C")]
    public void Annual_spend_of_exactly_100_000_and_50_000_is_B(double spend, string band)
    {
        // What was bought more than a year ago counts no more.
        var history = TransactionHistoryBuilder.Build([Bases.Line("a", 0, 1_000_000), Bases.Line("a", 400, spend)]);
        var options = new ValueOptions { ThresholdA = 100_000, ThresholdB = 50_000 };
        ValueCutoffs cutoffs = Value.Fit(history, Bases.At(500), options);
        Assert.Equal(new ValueResult(spend, 0, band), Value.Compute(history.Lines(0), Bases.At(500), options, cutoffs));
        Assert.Equal(1, cutoffs.Bands.Single(b => b.Band == band).Customers);
    }

    [Fact]
    public void Five_grades_each_make_125_cells_gathered_into_a_few_groups()
    {
        TransactionHistory history = Bases.Random(91, 400);
        RuleBook book = RuleBook.Fit(history, Bases.At(380));
        Assert.Equal((125, 6), (book.RfmGroups.Cells.Count, book.RfmGroups.Groups.Count));
        Assert.Equal(Population.At(history, Bases.At(380)).Length, book.RfmGroups.Groups.Sum(g => g.Customers));
        Assert.Equal(6, book.RfmGroups.Groups.Select(g => g.Name).Distinct().Count());
    }

    [Fact]
    public void Concentration_is_of_revenue_and_of_profit_each_with_its_threshold()
    {
        // Ten customers of equal revenue; one alone makes a profit.
        var history = TransactionHistoryBuilder.Build(Enumerable.Range(0, 10).Select(
            c => Bases.Line($"c{c}", 1, 100) with { UnitCost = c == 0 ? 20 : 100, Quantity = 1 }));
        RuleBook book = RuleBook.Fit(history, Bases.At(20));
        PortfolioReport report = PortfolioBuilder.Build(
            Segmentation.Segments.SegmentTable.Build(history, book, Bases.At(20)), null);
        Assert.Equal((.1, false), (report.Revenue.TopDecileShare, report.Revenue.Alert));
        Assert.Equal((1.0, true, 80.0), (report.Profit!.TopDecileShare, report.Profit.Alert, report.Profit.Revenue));
        Assert.Equal(["The best tenth of the customers brings 100 % of the profit."], report.Alerts);
        Assert.Equal(80, report.Metrics.Single(m => m.Metric == "gross_profit/1").Value);
    }

    [Theory]
    [InlineData("star", "strategic partnership", "dedicated team", "high")]
    [InlineData("cash cow", "satisfied at low cost", "satisfaction survey", "medium")]
    [InlineData("potential", "develop", "development plan", "medium")]
    [InlineData("problem", "least cost", "self-service", "low")]
    public void Plays_of_the_value_matrix(string cell, string goal, string action, string resources)
    {
        ValueMatrixCell of = Enum.GetValues<ValueMatrixCell>().Single(c => ValueMatrix.NameOf(c) == cell);
        Play play = Plays.Compute("low", of, LifecycleStage.Mature, s_plays).Play;
        Assert.Equal((goal, resources), (play.Goal, play.Resources));
        Assert.Contains(action, play.Action, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("value", "A", "own account manager, closed events, regular visits")]
    [InlineData("value", "B", "new and value-added products, follow-up")]
    [InlineData("value", "C", "automated waking and conversion, group mail")]
    [InlineData("wealth", "high", "own adviser and tailored plans")]
    [InlineData("wealth", "middle", "tailored products and offers")]
    [InlineData("wealth", "ordinary", "convenient online service")]
    [InlineData("lifecycle", "acquired", "a first purchase, or a core action such as registering")]
    [InlineData("lifecycle", "growing", "reasons to come again soon")]
    [InlineData("lifecycle", "mature", "larger baskets, more often, for longer")]
    [InlineData("lifecycle", "declining", "ask what is missing, an offer in time")]
    [InlineData("lifecycle", "left", "a strong offer for a new beginning")]
    public void Plays_of_single_models(string model, string band, string action) =>
        Assert.Equal(action, Plays.Of(model, band, s_plays)!.Action);

    [Fact]
    public void Every_stage_and_band_has_a_play_of_its_own()
    {
        Assert.All(Lifecycle.Names, stage => Assert.NotNull(Plays.Of("lifecycle", stage, s_plays)));
        Assert.Null(Plays.Of("value", "D", s_plays));
        Assert.Contains(CustomerMetrics.All, m => m.Name == "cross_sell_gap");
    }
}
