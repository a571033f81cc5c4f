using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Rules;

public class RfmTests
{
    // Customer i (1–5) last bought i × 10 days before day 100, i orders of 100 each.
    private static readonly TransactionHistory Five = TransactionHistoryBuilder.Build(
        from i in Enumerable.Range(1, 5) from o in Enumerable.Range(0, i) select Bases.Line($"c{i}", 100 - (i * 10) - o, 100));

    [Fact]
    public void Five_even_customers_get_the_five_scores()
    {
        var cutoffs = Rfm.Fit(Five, Bases.At(100), new RfmOptions());
        Assert.Equal(5, cutoffs.Customers);
        Assert.Equal("2024-04-10", cutoffs.AsOf);
        Assert.Equal([10, 20, 30, 40], cutoffs.RecencyDays);
        Assert.Equal([1, 2, 3, 4], cutoffs.Frequency);
        Assert.Equal([100, 200, 300, 400], cutoffs.Monetary);
        for (int i = 1; i <= 5; i++)
        {
            var rfm = Rfm.Compute(Five.Lines(i - 1), Bases.At(100), new RfmOptions(), cutoffs);
            Assert.Equal((10 * i, i, 100.0 * i), (rfm.RecencyDays, rfm.Frequency, rfm.Monetary));
            Assert.Equal((6 - i, i, i), (rfm.R, rfm.F, rfm.M));
            Assert.Equal(6 + i, rfm.Score);
        }
    }

    [Fact]
    public void Orders_are_ids_or_else_days_and_refunds_lower_money_only()
    {
        var history = TransactionHistoryBuilder.Build(
        [
            Bases.Line("ids", 1, 10, "x"), Bases.Line("ids", 1, 10, "y"), Bases.Line("ids", 2, 10, "x"), Bases.Line("ids", 5, -5, "y"),
            Bases.Line("noids", 1, 10, hour: 9), Bases.Line("noids", 1, 10, hour: 17), Bases.Line("noids", 3, 10),
        ]);
        var options = new RfmOptions();
        var cutoffs = Rfm.Fit(history, Bases.At(9), options);
        var ids = Rfm.Compute(history.Lines(0), Bases.At(9), options, cutoffs);
        Assert.Equal((7, 2, 25.0), (ids.RecencyDays, ids.Frequency, ids.Monetary));
        var noIds = Rfm.Compute(history.Lines(1), Bases.At(9), options, cutoffs);
        Assert.Equal((6, 2, 30.0), (noIds.RecencyDays, noIds.Frequency, noIds.Monetary));
        Assert.Equal(
            12.5, Rfm.Compute(history.Lines(0), Bases.At(9), options with { Monetary = MonetaryMeasure.MeanOrderValue }, cutoffs).Monetary);
    }

    [Fact]
    public void A_window_bounds_frequency_and_money_but_not_recency()
    {
        var history = Bases.Days(0, 10, 20, 90);
        var options = new RfmOptions { WindowDays = 30 };
        var rfm = Rfm.Compute(history.Lines(0), Bases.At(100), options, Rfm.Fit(history, Bases.At(100), options));
        Assert.Equal((10, 1, 10.0), (rfm.RecencyDays, rfm.Frequency, rfm.Monetary));
        var later = Rfm.Compute(history.Lines(0), Bases.At(200), options, Rfm.Fit(history, Bases.At(200), options));
        Assert.Equal((110, 0, 0.0), (later.RecencyDays, later.Frequency, later.Monetary));
    }

    [Fact]
    public void Nothing_at_or_after_the_instant_counts()
    {
        var history = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 1, 10, hour: 0), Bases.Line("a", 5, 1000, hour: 0), Bases.Line("a", 9, 1000)]);
        var cutoffs = Rfm.Fit(history, Bases.At(5), new RfmOptions());
        Assert.Equal(10, Rfm.Compute(history.Lines(0), Bases.At(5), new RfmOptions(), cutoffs).Monetary);
        Assert.Equal([10, 10, 10, 10], cutoffs.Monetary);
    }

    [Fact]
    public void Fixed_cut_offs_are_used_as_given_and_wrong_ones_named()
    {
        var options = new RfmOptions { RecencyDays = [7, 30, 90, 365] };
        Assert.Equal([7, 30, 90, 365], Rfm.Fit(Five, Bases.At(100), options).RecencyDays);
        var fault = Assert.Throws<RulesException>(
            () => Rfm.Fit(Five, Bases.At(100), new RfmOptions { Frequency = [3, 2, 1, 4], MonetaryValue = [1], WindowDays = 0 }));
        Assert.Equal(3, fault.Faults.Count);
        Assert.Contains("[3, 2, 1, 4]; expected four ascending numbers", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_table_names_every_cell_once_and_survives_json()
    {
        var table = RfmSegmentTable.Default;
        Assert.Equal(11, table.Segments.Count);
        Assert.Equal(125, table.Rules.Sum(b => (b.R[1] - b.R[0] + 1) * (b.F[1] - b.F[0] + 1) * (b.M[1] - b.M[0] + 1)));
        Assert.Equal("champions", table.SegmentOf(5, 5, 5));
        Assert.Equal("lost", table.SegmentOf(1, 1, 1));
        Assert.Equal("cannot lose", table.SegmentOf(1, 3, 5));
        Assert.Equal(table, RfmSegmentTable.FromJson(table.ToJson()));
    }

    [Fact]
    public void A_table_with_a_hole_and_a_doubled_cell_is_refused_with_both()
    {
        var fault =
            Assert.Throws<RulesException>(
                () => new RfmSegmentTable(
                    [new("low", [1, 2], [1, 5], [1, 5]), new("high", [2, 4], [1, 5], [1, 5]), new("odd", [5, 6], [1, 5], [1, 5])]));
        Assert.Contains("cell 211 is in both 'low' and 'high'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("25 of 125 cells have no segment: 511, 512", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'odd' has a range that is not [low, high] within 1–5", fault.Message, StringComparison.Ordinal);
        Assert.Contains(
            "not a JSON array", Assert.Throws<RulesException>(() => RfmSegmentTable.FromJson("{")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3)]
    public void Scores_never_fall_when_a_customer_is_better(int seed)
    {
        var history = Bases.Random(seed, 120);
        var asOf = Bases.At(400);
        var cutoffs = Rfm.Fit(history, asOf, new RfmOptions());
        var all = Population.At(history, asOf).Select(c => Rfm.Compute(history.Lines(c), asOf, new RfmOptions(), cutoffs)).ToArray();
        Assert.NotEmpty(all);
        foreach (var a in all)
        {
            Assert.All(
                all,
                b => Assert.True(
                    (a.RecencyDays < b.RecencyDays) ? a.R >= b.R : a.RecencyDays != b.RecencyDays || a.R == b.R, $"seed {seed}"));
            Assert.All(
                all, b => Assert.True((a.Frequency > b.Frequency) ? a.F >= b.F : a.Frequency != b.Frequency || a.F == b.F, $"seed {seed}"));
            Assert.All(
                all, b => Assert.True((a.Monetary > b.Monetary) ? a.M >= b.M : a.Monetary != b.Monetary || a.M == b.M, $"seed {seed}"));
        }
    }
}
