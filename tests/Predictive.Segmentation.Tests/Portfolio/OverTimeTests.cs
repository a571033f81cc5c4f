using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Segmentation.Tests.Rules;

namespace Predictive.Segmentation.Tests.Portfolio;

public class OverTimeTests
{
    [Fact]
    public void Pairs_have_support_confidence_and_lift_by_hand()
    {
        // Ten orders: tea and cups in four, tea alone in two, cups alone in one, cake in three.
        var lines = Enumerable.Range(0, 10).SelectMany(o => (o switch
        {
            < 4 => new[] { "tea", "cups", "cups" },
            < 6 => ["tea"],
            6 => ["cups"],
            _ => ["cake"],
        }).Select(item => Item($"c{o}", o, item, $"o{o}")));
        AssociationResult rules = Association.Fit(
            TransactionHistoryBuilder.Build(lines), Bases.At(100), Loose with { MinimumSupport = 2, MinimumLift = 1 });
        Assert.Equal(("product", 3, 10), (rules.Kind, rules.Items, rules.Orders));
        Assert.Equal(2, rules.Pairs.Count);
        PairRule tea = rules.Pairs.Single(p => p.Item == "tea");
        Assert.Equal(("cups", 4), (tea.With, tea.Support));
        Assert.Equal(4 / 6.0, tea.Confidence, 12);
        Assert.Equal(4 / 6.0 / .5, tea.Lift, 12); // cups are in five of ten orders
        Assert.Equal(4 / 5.0, rules.Pairs.Single(p => p.Item == "cups").Confidence, 12);
    }

    [Fact]
    public void An_accessory_bought_after_its_product_is_found_with_its_lag()
    {
        // Planted: 30 customers buy a kettle on day 0; 20 of them a filter 9 to 11 days later; 40 others buy a mug twice and never a
        // filter,
        // but for 2 who buy one on day 90, out of any kettle's window.
        var lines = new List<TransactionLine>();
        for (int c = 0; c < 30; c++)
        {
            lines.Add(Item($"k{c:00}", 0, "kettle"));
            lines.Add(c < 20 ? Item($"k{c:00}", 9 + (c % 3), "filter") : Item($"k{c:00}", 50, "mug"));
        }

        for (int c = 0; c < 40; c++)
        {
            lines.Add(Item($"m{c:00}", 0, "mug"));
            lines.Add(Item($"m{c:00}", c < 2 ? 90 : 40, c < 2 ? "filter" : "mug"));
        }

        TransactionHistory history = TransactionHistoryBuilder.Build(lines);
        AssociationResult rules = Association.Fit(history, Bases.At(100), Loose with { WithinDays = 30 });
        SequenceRule filter = Assert.Single(rules.AccessoriesOf("kettle"));
        Assert.Equal(("filter", 20, 10), (filter.Then, filter.Support, filter.LagDays!.Value));
        Assert.Equal(20 / 30.0, filter.Confidence, 12);

        // 22 first filters over the days watched without one: 20 customers 9 to 11 days, 10 and 38 customers 100, 2 of them 90.
        double days = Enumerable.Range(0, 20).Sum(c => 9 + (c % 3)) + (48 * 100) + (2 * 90);
        Assert.Equal(20 / 30.0 / (1 - Math.Exp(-22 / days * 30)), filter.Lift, 9);

        // Windows that are not over do not count: as of day 20 nobody was watched for 30 days.
        Assert.Empty(Association.Fit(history, Bases.At(20), Loose with { WithinDays = 30 }).Sequences);
        Assert.Equal("none", Association.Fit(Bases.Days(0, 1), Bases.At(9), Loose).Kind);
    }

    [Theory]
    [InlineData(61), InlineData(62)]
    public void Pairs_equal_a_plain_count(int seed)
    {
        TransactionHistory history = Bases.Random(seed, 120);
        AssociationResult rules = Association.Fit(
            history, Bases.At(300), Loose with { MinimumSupport = 3, MinimumConfidence = 0, MinimumLift = 0, MaximumRules = 10000 });
        var baskets = new Dictionary<(int, int), HashSet<string>>();
        TransactionHistory marked = Predictive.History.Returns.ReturnMatching.Mark(history, Bases.At(300));
        for (int c = 0; c < marked.CustomerCount; c++)
        {
            CustomerLines lines = marked.Lines(c).Before(Bases.At(300));
            for (int i = 0; i < lines.Count; i++)
            {
                if (lines.Kept[i] > 0)
                {
                    (baskets.TryGetValue((c, lines.Order[i]), out var b) ? b : baskets[(c, lines.Order[i])] = []).Add(
                        history.Columns.Categories![lines.Category[i]]);
                }
            }
        }

        Assert.Equal(baskets.Count, rules.Orders);
        Assert.NotEmpty(rules.Pairs);
        Assert.All(rules.Pairs, p => Assert.Equal(
            baskets.Values.Count(b => b.Contains(p.Item) && b.Contains(p.With)), p.Support));
    }

    [Fact]
    public void The_cohort_triangle_counts_who_came_back_in_which_month()
    {
        // 2024-01: a (also Feb, Mar), b; 2024-02: c (also March). As of 1 April.
        var history = TransactionHistoryBuilder.Build(
        [
            Bases.Line("a", 5, 10), Bases.Line("a", 40, 20), Bases.Line("a", 41, 5), Bases.Line("a", 70, 30), Bases.Line("b", 6, 1),
            Bases.Line("c", 45, 2), Bases.Line("c", 75, 4), Bases.Line("d", 95, 4),
        ]);
        IReadOnlyList<RetentionCohort> cohorts = CohortRetention.Compute(history, Bases.At(91));
        Assert.Equal(["2024-01", "2024-02"], cohorts.Select(c => c.Month));
        Assert.Equal([2, 1], cohorts.Select(c => c.Customers));
        Assert.Equal([2, 1, 1], cohorts[0].Active);
        Assert.Equal([11, 25, 30], cohorts[0].Net);
        Assert.Equal([1, 1], cohorts[1].Active);
    }

    [Fact]
    public void The_funnel_says_no_data_where_events_are_missing()
    {
        var history = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 0, 10), Bases.Line("a", 30, 10), Bases.Line("b", 1, 40), Bases.Line("b", 200, 1), Bases.Line("c", 290, 5)]);
        IReadOnlyList<FunnelRow> plain = Funnel.Compute(history, Bases.At(300), new FunnelOptions());
        Assert.Equal(
            new FunnelRow("all", 3, null, null, 2, 1, .5, 66, 22, null, null), plain[0]);
        Assert.Equal(["all", "2024-01", "2024-10"], plain.Select(r => r.Cohort));

        // With events: somebody who only registered, and a referral.
        var told = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 10, 10), Bases.Line("b", 1, 40)],
            tables: NewRulesTests.Events(("a", 2, "registration", double.NaN), ("a", 20, "referral", double.NaN))
                with { Prospects = new HashSet<string> { "p", "q" } });
        FunnelRow all = Funnel.Compute(told, Bases.At(200), new FunnelOptions())[0];
        Assert.Equal((4, 2, .5, 1, .25), (all.Acquired, all.Activated, all.ActivationRate, all.Referrers, all.ReferralRate));
    }

    [Theory]
    [InlineData(71), InlineData(72)]
    public void Levels_at_several_times_are_those_of_each_time_alone(int seed)
    {
        TransactionHistory history = Bases.Random(seed, 150);
        RuleBook book = RuleBook.Fit(history, Bases.At(400));
        LocalTime[] times = [.. new[] { 30, 121, 152, 200, 274, 305, 400 }.Select(Bases.At)];
        var levels = new int[times.Length];
        for (int c = 0; c < history.CustomerCount; c++)
        {
            Tiers.LevelsAt(history.Lines(c).Before(times[^1]), times, book.Options.Tiers, book.Tiers, levels);
            for (int t = 0; t < times.Length; t++)
            {
                int alone = Population.IsMember(history.Lines(c), times[t])
                    ? Tiers.Compute(history.Lines(c), times[t], book.Options.Tiers, book.Tiers).Level
                    : -1;
                Assert.Equal(alone, levels[t]);
            }
        }
    }

    [Fact]
    public void Tiers_are_watched_period_by_period()
    {
        var options = new RuleOptions
        {
            Tiers = new TierOptions { Tiers = [new("base", 0, 0), new("gold", 100, 1)] },
            Portfolio = new PortfolioOptions { TierPeriods = 1, TierPeriodDays = 30 },
        };

        // At day 70: a base, b gold, c base, d not yet. By day 100 a has become gold, b bought twice, c nothing.
        var history = TransactionHistoryBuilder.Build(
        [
            Bases.Line("a", 10, 50), Bases.Line("a", 80, 60), Bases.Line("b", 20, 120), Bases.Line("b", 75, 5), Bases.Line("b", 90, 6),
            Bases.Line("c", 30, 7), Bases.Line("d", 90, 500),
        ]);
        Assert.Equal(
            [
                new TierPeriod("2024-03-11", "2024-04-10", "base", 2, .5, 0, .5, 0, 60),
                new TierPeriod("2024-03-11", "2024-04-10", "gold", 1, 0, 0, 0, 1, 11),
            ],
            TierMonitoring.Compute(history, RuleBook.Fit(history, Bases.At(100), options), Bases.At(100)));
    }

    [Fact]
    public void A_tree_tells_a_planted_segment_in_a_sentence()
    {
        // In the segment: five orders or more. Two hundred customers of one to ten orders.
        var history = TransactionHistoryBuilder.Build(Enumerable.Range(0, 200).SelectMany(
            c => Enumerable.Range(0, 1 + (c % 10)).Select(o => Bases.Line($"c{c:000}", (o * 3) + (c % 7), 20))));
        SegmentTable table = SegmentTable.Build(history, RuleBook.Fit(history, Bases.At(60)), Bases.At(60));
        double[] orders = table.Numbers("orders");
        bool[] members = Array.ConvertAll(orders, o => o >= 5);
        SegmentInsight insight = SegmentTree.Grow(table, "regulars", members);
        Assert.Equal((200, 120, 1.0), (insight.Customers, insight.Members, insight.Caught));
        Assert.Equal(2, insight.Leaves.Count);
        Assert.Equal("5 orders or more: 100 % of these 120 customers are 'regulars' (others: 0 %)", insight.Leaves[0].Text);
        Assert.Equal("fewer than 5 orders: 0 % of these 80 customers are 'regulars' (others: 100 %)", insight.Leaves[1].Text);
    }

    [Fact]
    public void Whoever_bought_more_than_N_times_bought_in_the_new_category_as_well()
    {
        // The source's example: before day 100 customers order 1 to 10 times; within 90 days all with more than 6 orders try 'new'.
        var history = TransactionHistoryBuilder.Build(Enumerable.Range(0, 300).SelectMany(c => Enumerable.Range(0, 1 + (c % 10))
            .Select(o => Bases.Line($"c{c:000}", 9 * o, 10, category: $"k{c % 3}"))
            .Concat(1 + (c % 10) > 6 ? [Bases.Line($"c{c:000}", 120, 10, category: "new")] : [])));
        CategoryThresholdRule rule = CategoryThreshold.Find(history, Bases.At(190)).Single(r => r.Category == "new");
        Assert.Equal(("orders", 7.0, true, 120, 1.0, 0.0), (rule.Measure, rule.From, rule.AtLeast, rule.Customers, rule.Share,
            rule.OthersShare));
        Assert.Equal("7 orders or more: 100 % bought from 'new' for the first time within 90 days (others: 0 %)", rule.Text);
    }

    [Fact]
    public void Of_a_base_as_young_as_the_window_nothing_is_said()
    {
        TransactionHistory young = TransactionHistoryBuilder.Build(
            Enumerable.Range(0, 80).Select(c => Bases.Line($"c{c}", c % 9, 10, category: $"k{c % 3}")));
        Assert.Empty(CategoryThreshold.Find(young, Bases.At(20)));
        PenetrationCutoffs nobody = Penetration.Fit(young, Bases.At(-5), new PenetrationOptions());
        Assert.Empty(nobody.Categories);
        SegmentTable table = SegmentTable.Build(young, RuleBook.Fit(young, Bases.At(20)), Bases.At(20));
        Assert.Empty(PortfolioBuilder.Build(table, null).CategoryThresholds);
    }

    [Fact]
    public void Cost_of_winning_customers_against_what_they_are_worth()
    {
        static TransactionLine By(string id, int day, double amount, string channel) =>
            Bases.Line(id, day, amount) with { Channel = channel };
        var history = TransactionHistoryBuilder.Build(
            [By("a", 0, 100, "ads"), By("b", 5, 50, "ads"), By("b", 50, 30, "shop"), By("c", 40, 10, "ads"), By("d", 1, 7, "shop")]);
        var options = new RuleOptions
        {
            Portfolio = new PortfolioOptions { Acquisition = new AcquisitionOptions { Costs = [new("Ads", "2024-01", 60)] } },
        };
        SegmentTable table = SegmentTable.Build(history, RuleBook.Fit(history, Bases.At(100), options), Bases.At(100));

        // January won a and b by ads: 60 / 2 = 30 each, worth (100 + 80) / 2 = 90; c came in February, whose cost nobody told.
        Assert.Equal(
            [
                new AcquisitionRow("ads", null, 2, 60, 30, 90, 3), new AcquisitionRow("ads", "2024-01", 2, 60, 30, 90, 3),
                new AcquisitionRow("shop", null, 1, null, null, 7, null),
            ],
            Acquisition.Compute(table));
    }

    [Theory]
    [InlineData(81), InlineData(82)]
    public void A_portfolio_adds_up_and_names_definitions_of_the_catalogue(int seed)
    {
        TransactionHistory history = Bases.Random(seed, 200);
        var options = new RuleOptions
        {
            Scores = [new OwnScore("fan", [new("loyalty_score", 2), new("recency_days", 1) { From = 365, To = 0 }])],
            Combined = [new CombinedModel("both", ["loyalty_band", "lifecycle"])],
            Segments =
            [
                new OwnSegment("fans") { All = [new("score.fan") { AtLeast = 50 }] },
                new OwnSegment("big or gone") { Any = [new("spend_365d") { Above = 500 }, new("lifecycle") { In = ["LEFT"] }] },
                new OwnSegment("nobody") { All = [new("orders") { AtLeast = 1e9 }] },
            ],
        };
        RuleBook book = RuleBook.Fit(history, Bases.At(380), options);
        SegmentTable now = SegmentTable.Build(history, book, Bases.At(380)), then = SegmentTable.Build(history, book, Bases.At(290));
        PortfolioReport report = PortfolioBuilder.Build(now, null, then);
        Assert.All(report.Groups.Values, groups => Assert.Equal(now.Count, groups.Sum(g => g.Customers)));
        Assert.All(report.Compared!.Migration.Values, m =>
        {
            Assert.Equal(then.Count, m.Counts.Sum(r => r.Sum()) + m.Vanished.Sum());
            Assert.Equal(now.Count, m.Counts.Sum(r => r.Sum()) + m.Entered.Sum());
            Assert.Equal(then.Count - m.Vanished.Sum(), m.Stayed + m.MovedUp + m.MovedDown);
            Assert.All(m.Movers, x => Assert.NotEqual(x.From, x.To));
        });
        Assert.Equal(BaseMetrics.All.Select(m => m.Id), report.Metrics.Select(m => m.Metric));
        Assert.Equal(now.Count, report.Metrics.First(m => m.Name == "customers").Value);
        Assert.Equal(Cents.Of(now.Numbers("spend_total").Sum()), report.Metrics.First(m => m.Name == "revenue_total").Value);
        Assert.Equal(report.Revenue.TopDecileShare, report.Metrics.First(m => m.Name == "top_decile_revenue_share").Value!.Value, 6);
        Assert.Equal(now.Columns.Count(c => QueryCatalogue.All.Contains(c.Metric)), CustomerMetrics.All.Count(m => !m.NeedsModel));
        Assert.Contains(report.Warnings, w => w.Warning.Message == "'nobody' holds nobody; expected somebody.");

        // Own models by hand.
        double[] loyalty = now.Numbers("loyalty_score"), recency = now.Numbers("recency_days"), spend = now.Numbers("spend_365d");
        for (int i = 0; i < now.Count; i++)
        {
            double fan = ((2 * loyalty[i]) + (100 * Math.Clamp((365 - recency[i]) / 365, 0, 1))) / 3;
            Assert.Equal(fan, now.Numbers("score.fan")[i], .006);
            Assert.Equal(now.Numbers("score.fan")[i] >= 50, now.OwnSegments[0].Members[i]);
            Assert.Equal(spend[i] > 500 || now.Texts("lifecycle")[i] == "left", now.OwnSegments[1].Members[i]);
            Assert.Equal($"{now.Texts("loyalty_band")[i]} × {now.Texts("lifecycle")[i]}", now.Texts("combined.both")[i]);
        }

        SegmentOverlap overlap = SegmentGroups.Overlaps(now).First(o => o is { Segment: "fans", Other: "big or gone" });
        int both = Enumerable.Range(0, now.Count).Count(i => now.OwnSegments[0].Members[i] && now.OwnSegments[1].Members[i]);
        Assert.Equal((both, both / (double)now.OwnSegments[1].Members.Count(m => m)), (overlap.Customers, overlap.ShareOfOther));
        Assert.DoesNotContain(SegmentGroups.Overlaps(now), o => o.Segment == "nobody");
        Assert.Equal(
            System.Text.Json.JsonSerializer.Serialize(report),
            System.Text.Json.JsonSerializer.Serialize(PortfolioBuilder.Build(now, null, then)));
    }

    [Fact]
    public void Names_in_the_catalogue_are_unique_and_every_metric_says_what_it_is()
    {
        Assert.Equal(QueryCatalogue.All.Count, QueryCatalogue.All.Select(m => m.Name).Distinct().Count());
        Assert.All(QueryCatalogue.All, m =>
        {
            Assert.Matches("^[a-z0-9_]+$", m.Name);
            Assert.True(m.Version >= 1 && m.Description.EndsWith('.') && m.Formula.Length > 0 && m.Unit.Length > 0, m.Name);
        });
    }

    private static AssociationOptions Loose => new() { MinimumSupport = 5, MinimumConfidence = .01, MinimumLift = 1.01 };

    private static TransactionLine Item(string customer, int day, string item, string? order = null) =>
        Bases.Line(customer, day, 10, order) with { ProductId = item };
}
