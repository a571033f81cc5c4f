using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Rules;

public class NewRulesTests
{
    [Fact]
    public void Cells_that_behave_alike_are_one_group_whatever_the_order_of_starts()
    {
        // Two kinds of customers: often, much and lately; once, little and long ago. Two groups find them exactly.
        var lines = Enumerable.Range(0, 40).SelectMany(c => c % 2 == 0
            ? Enumerable.Range(0, 10).Select(i => Bases.Line($"c{c:00}", 80 + i, 100 + c))
            : [Bases.Line($"c{c:00}", c % 5, 5 + (c / 10.0))]);
        var history = TransactionHistoryBuilder.Build(lines);
        RfmCutoffs rfm = Rfm.Fit(history, Bases.At(100), new RfmOptions());
        RfmGroupCutoffs groups = RfmGroups.Fit(history, Bases.At(100), new RfmOptions(), rfm, new RfmGroupOptions { Groups = 2 });
        Assert.Equal([20, 20], groups.Groups.Select(g => g.Customers));
        Assert.Equal("recent, now and then, high spend", groups.Groups[0].Name); // ten orders exceed two cut-offs only: F = 3
        Assert.All(Enumerable.Range(0, 40), c =>
        {
            RfmResult r = Rfm.Compute(history.Lines(c), Bases.At(100), new RfmOptions(), rfm);
            Assert.Equal(groups.Groups[c % 2], RfmGroups.Compute(r.R, r.F, r.M, groups));
        });
        foreach (int seed in new[] { 2, 3, 4 })
        {
            var options = new RfmGroupOptions { Groups = 2, Seed = seed };
            Assert.Equal(groups.Groups, RfmGroups.Fit(history, Bases.At(100), new RfmOptions(), rfm, options).Groups);
        }

        Assert.Equal(
            ["the RFM groups cannot be used: 1 groups were asked for; expected 2 to 20."],
            [Assert.Throws<RulesException>(() => RfmGroups.Validate(new RfmGroupOptions { Groups = 1 })).Message]);
    }

    [Fact]
    public void Points_are_earned_taken_back_and_expire_by_hand()
    {
        // 10.40 + 10.60 = 21 points over two lines of one order; 30 of another; a return of 25.50 takes 25 of the newest; the rest grows
        // old.
        var history = TransactionHistoryBuilder.Build(
        [
            Bases.Line("a", 0, 10.40, "o1"), Bases.Line("a", 0, 10.60, "o1", hour: 13), Bases.Line("a", 10, 30, "o2"),
            Bases.Line("a", 20, -25.50, "o2"),
        ]);
        var options = new PointsOptions { PerOrder = 5, ExpireDays = 100 };
        Assert.Equal(
            [
                (PointsReason.Purchase, 15L, 15L), (PointsReason.Purchase, 11, 26), (PointsReason.Purchase, 35, 61),
                (PointsReason.Return, -25, 36), (PointsReason.Expiry, -15, 21), (PointsReason.Expiry, -11, 10), (PointsReason.Expiry,
                    -10, 0),
            ],
            Points.Ledger(history.Lines(0), Bases.At(200), options).Select(e => (e.Reason, e.Points, e.Balance)));
        Assert.Equal(new PointsResult(36, 61, 25, 0, 50, 26), Points.Compute(history.Lines(0), Bases.At(50), options));
        Assert.Equal(new PointsResult(10, 61, 25, 26, 9, 10), Points.Compute(history.Lines(0), Bases.At(101), options));
        Assert.Equal(new PointsResult(0, 61, 25, 36, -1, 0), Points.Compute(history.Lines(0), Bases.At(200), options));
        Assert.Equal(PointsResult.None, Points.Compute(history.Lines(0), Bases.At(0), options));
    }

    [Theory]
    [InlineData(51), InlineData(52), InlineData(53)]
    public void A_ledger_is_append_only_and_replays_to_the_balance(int seed)
    {
        TransactionHistory history = Bases.Random(seed, 60);
        var options = new PointsOptions { PerOrder = 3, ExpireDays = 90 };
        for (int c = 0; c < history.CustomerCount; c++)
        {
            IReadOnlyList<PointsEntry> whole = Points.Ledger(history.Lines(c), Bases.At(600), options);
            for (int day = 0; day <= 600; day += 37)
            {
                IReadOnlyList<PointsEntry> early = Points.Ledger(history.Lines(c), Bases.At(day), options);
                Assert.Equal(whole.Where(e => e.At < Bases.At(day)), early);
                Assert.Equal(Points.Compute(history.Lines(c), Bases.At(day), options).Balance, Points.Replay(early));
            }
        }

        var entry = new PointsEntry(Bases.At(1), PointsReason.Purchase, 5, 6);
        Assert.Contains("expected 5", Assert.Throws<ArgumentException>(() => Points.Replay([entry])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reputation_is_the_shrunk_rate_of_incidents_and_its_restriction()
    {
        // a: two orders, one given back whole; b: eight orders kept. Base: 1 incident in 10 orders.
        var lines = new List<TransactionLine>
        {
            Bases.Line("a", 0, 50, "a1"), Bases.Line("a", 1, 70, "a2"), Bases.Line("a", 2, -70, "a2"),
        };
        lines.AddRange(Enumerable.Range(0, 8).Select(i => Bases.Line("b", i, 10, $"b{i}")));
        TransactionHistory history = ReturnMatching.Mark(TransactionHistoryBuilder.Build(lines), Bases.At(20));
        var options = new ReputationOptions { PriorOrders = 5, ReturnWeight = 2, Restrictions = [new(80, "ask"), new(70, "prepay")] };
        ReputationCutoffs cutoffs = Reputation.Fit(history, Bases.At(20), options);
        Assert.Equal(.2, cutoffs.IncidentsPerOrder, 12);

        // (2 + 5 × .2) / (2 + 5) = 3/7; b: (0 + 1) / 13.
        ReputationResult a = Reputation.Compute(history.Lines(0), Bases.At(20), options, cutoffs);
        Assert.Equal(100 * (1 - (3 / 7.0)), a.Score, 9);
        Assert.Equal((1, 0, 0, "prepay"), (a.ReturnedOrders, a.Cancellations, a.Disputes, a.Restriction));
        ReputationResult b = Reputation.Compute(history.Lines(1), Bases.At(20), options, cutoffs);
        Assert.Equal(100 * (1 - (1 / 13.0)), b.Score, 9);
        Assert.Null(b.Restriction);
    }

    [Fact]
    public void Events_tell_engagement_nps_and_cost_of_service()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 0, 10), Bases.Line("b", 0, 10)],
            tables: Events(
                ("a", 5, "visit", double.NaN), ("a", 95, "Visit", double.NaN), ("a", 96, "nps", 7), ("a", 97, "nps", 9),
                ("a", 98, "ticket", 12.5), ("a", 99, "ticket", double.NaN), ("a", 120, "visit", double.NaN)));
        var options = new EngagementOptions { CostPerRequest = 4 };
        EngagementCutoffs known = Engagement.Fit(history, options);
        Assert.Equal(new EngagementCutoffs(true, true, true), known);
        Assert.Equal(
            new EngagementResult(1, 5, 2, 16.5, 9, "promoter"), Engagement.Compute(history.Lines(0), Bases.At(100), options, known));
        Assert.Equal(new EngagementResult(0, null, 0, 0, null, null), Engagement.Compute(history.Lines(1), Bases.At(100), options, known));
        Assert.Equal(EngagementResult.NoData, Engagement.Compute(Bases.Days(0).Lines(0), Bases.At(100), options, known));
        Assert.Equal("passive", Engagement.Compute(history.Lines(0), Bases.At(97), options, known).NpsGroup);

        // A history of its own, such as one that came with a request, has no visit: none, where the base knows visits; else no data.
        TransactionHistory own = TransactionHistoryBuilder.Build([Bases.Line("a", 0, 10)], tables: Events(("a", 98, "ticket", 1)));
        Assert.Equal(new EngagementResult(0, null, 1, 1, null, null), Engagement.Compute(own.Lines(0), Bases.At(100), options, known));
        Assert.Null(Engagement.Compute(own.Lines(0), Bases.At(100), options, known with { Visits = false }).Visits);

        // Disputes weigh three times, cancellations half: (3 + .5) / 1 order, nothing of the base mixed in.
        TransactionHistory disputed = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 0, 10)], tables: Events(("a", 1, "dispute", double.NaN), ("a", 2, "Cancellation", double.NaN)));
        var reputation = new ReputationOptions { PriorOrders = 0 };
        ReputationCutoffs cutoffs = Reputation.Fit(disputed, Bases.At(9), reputation);
        Assert.Equal(3.5, cutoffs.IncidentsPerOrder);
        ReputationResult result = Reputation.Compute(disputed.Lines(0), Bases.At(9), reputation, cutoffs);
        Assert.Equal((0.0, 1, 1), (result.Score, result.Cancellations, result.Disputes));
        Assert.StartsWith("prepayment only", result.Restriction, StringComparison.Ordinal);
    }

    [Fact]
    public void Penetration_counts_categories_and_names_what_like_buyers_have_besides()
    {
        // tea: a b c d; cups: b c; cake: c d e. Of the buyers of tea half have cups and half cake; of those of cake, 1/3 have cups.
        (string, string)[] bought =
        [("a", "tea"), ("b", "tea"), ("b", "cups"), ("c", "tea"), ("c", "cups"), ("c", "cake"), ("d", "tea"), ("d", "cake"), ("e", "cake")];
        TransactionHistory history = TransactionHistoryBuilder.Build(
            bought.Select((b, i) => Bases.Line(b.Item1, i, 10, category: b.Item2)));
        var options = new PenetrationOptions();
        PenetrationCutoffs cutoffs = Penetration.Fit(history, Bases.At(50), options);
        Assert.Equal(["cake", "cups", "tea"], cutoffs.Categories);
        Assert.Equal([.6, .4, .8], cutoffs.Share);
        PenetrationResult d = Penetration.Compute(history.Lines(3), history, Bases.At(50), options, cutoffs)!;
        Assert.Equal((2, 3), (d.Bought, d.Available));
        Assert.Equal(2 / 3.0, d.Share);
        Assert.Equal("cups", Assert.Single(d.Gaps).Category);
        Assert.Equal((.5 + .3333) / 2, d.Gaps[0].Likelihood, 12);
        Assert.Null(Penetration.Compute(
            Bases.Days(0).Lines(0), Bases.Days(0), Bases.At(9), options, Penetration.Fit(Bases.Days(0), Bases.At(9), options)));
    }

    [Fact]
    public void Mother_and_baby_with_womens_goods_is_probably_a_young_mother_and_says_it_is_inferred()
    {
        var history = TransactionHistoryBuilder.Build(
            [
                Bases.Line("a", 0, 10, category: "Mother & Baby"), Bases.Line("a", 1, 10, category: "Women's shoes"),
                Bases.Line("b", 0, 10, category: "Mother & Baby"), Bases.Line("c", 0, 10, category: "Baby"),
                Bases.Line("c", 0, 10, category: "Ladies"),
            ],
            tables: new CustomerTables
            {
                Attributes = [new AttributeColumn { Name = "household", Values = [float.NaN, float.NaN, 0], Categories = ["single"] }],
            });
        var options = new InferenceOptions();
        InferenceCutoffs cutoffs = Inference.Fit(history, Bases.At(9), options);

        // It fits a and c; c's household is known and is another: (0 + 20 × .6) / (1 + 20).
        Assert.Equal(new InferenceStrength("household", "probably a young mother", 2, 1, 0, Math.Round(12 / 21.0, 4)), cutoffs.Rules[0]);
        Assert.Equal(
            [new InferredAttribute("household", "probably a young mother", Math.Round(12 / 21.0, 4), true)],
            Inference.Compute(history.Lines(0), history, Bases.At(9), options, cutoffs));
        Assert.Empty(Inference.Compute(history.Lines(1), history, Bases.At(9), options, cutoffs)); // nothing for women
        Assert.Empty(Inference.Compute(history.Lines(2), history, Bases.At(9), options, cutoffs)); // told already
        Assert.Empty(Inference.Compute(
            history.Lines(0), history, Bases.At(9), options with { MinimumConfidence = .7 }, cutoffs));
    }

    [Fact]
    public void Lifetime_value_is_the_past_plus_a_discounted_residual_up_to_its_limit()
    {
        // A year's horizon, two years, 10 % a year, half stay: 100 / 1.1^.5 + 50 / 1.1^1.5.
        var options = new LifetimeValueOptions { LimitYears = 2, DiscountRate = .1 };
        double residual = (100 / Math.Pow(1.1, .5)) + (50 / Math.Pow(1.1, 1.5));
        LifetimeValueResult value = LifetimeValue.Compute(70, .5, 100, 365, options, new LifetimeValueCutoffs(100, 200));
        Assert.Equal((70.0, Cents.Of(residual), Cents.Of(70 + residual), 2.0, "high"),
            (value.Past, value.Residual, value.Total, value.LimitYears, value.Band));

        // Half a year beyond the last whole horizon counts half; a negative prediction counts nothing.
        LifetimeValueResult half = LifetimeValue.Compute(0, 0, 100, 365, options with { LimitYears = 1.5, DiscountRate = 0 }, null);
        Assert.Equal(150, half.Residual);
        Assert.Equal(-5, LifetimeValue.Compute(-5, .5, -100, 365, options, null).Total);
        Assert.Equal(new LifetimeValueCutoffs(3, 4), LifetimeValue.Fit([5, 1, 3, 4, 2], options));
    }

    [Fact]
    public void Value_can_be_profit_or_the_RFM_score()
    {
        var history = TransactionHistoryBuilder.Build(
        [
            new TransactionLine("a", Bases.Day0.ToDateTime(TimeOnly.MinValue), 100, Quantity: 3, UnitCost: 20),
            new TransactionLine("a", Bases.Day0.AddDays(1).ToDateTime(TimeOnly.MinValue), 50),
            new TransactionLine("b", Bases.Day0.ToDateTime(TimeOnly.MinValue), 90, UnitCost: 10),
        ]);
        var profit = new ValueOptions { Measure = ValueMeasure.Profit };
        ValueCutoffs cutoffs = Value.Fit(history, Bases.At(9), profit);
        Assert.Equal((90.0, 80.0), (
            Value.Compute(history.Lines(0), Bases.At(9), profit, cutoffs).Amount,
            Value.Compute(history.Lines(1), Bases.At(9), profit, cutoffs).Amount));
        var rfm = new RfmOptions();
        RfmCutoffs rfmCutoffs = Rfm.Fit(history, Bases.At(9), rfm);
        var score = new ValueOptions { Measure = ValueMeasure.Rfm };
        RfmResult expected = Rfm.Compute(history.Lines(0), Bases.At(9), rfm, rfmCutoffs);
        Assert.Equal(expected.Score, Value.Compute(
            history.Lines(0), Bases.At(9), score, Value.Fit(history, Bases.At(9), score, (rfm, rfmCutoffs)), (rfm, rfmCutoffs)).Amount);
        Assert.Throws<RulesException>(() => Value.Fit(history, Bases.At(9), score));
    }

    [Fact]
    public void Potential_is_an_editable_mix()
    {
        // Two of four categories missing: gap 50. Growth 1: 1 / (1 + 1) = 50. Expert 8 of 10: 80. Retail counts 100.
        var history = TransactionHistoryBuilder.Build(
            [
                Bases.Line("a", 50, 50, category: "k1"), Bases.Line("a", 51, 50, category: "k2"), Bases.Line("b", 0, 1, category: "k3"),
                Bases.Line("b", 0, 1, category: "k4"),
            ],
            tables: new CustomerTables
            {
                Attributes =
                [
                    new AttributeColumn { Name = "expert", Values = [8, float.NaN] },
                    new AttributeColumn { Name = "industry", Values = [0, float.NaN], Categories = ["Retail"] },
                ],
            });
        var options = new ValueMatrixOptions
        {
            WindowDays = 100, HighValue = 10, MinimumExpected = 1,
            Potential = new PotentialOptions
            {
                GrowthWeight = 1, CrossSellWeight = 1, HighFrom = 60,
                Attributes =
                [
                    new("expert", 2) { To = 10 }, new("industry", 1) { Values = new Dictionary<string, double> { ["retail"] = 100 } },
                ],
            },
        };
        ValueMatrixCutoffs cutoffs = ValueMatrix.Fit(history, [0, 1], Bases.At(100), 100, [100, 0], options);
        Assert.Equal((4, 60.0), (cutoffs.Categories, cutoffs.PotentialFrom));
        ValueMatrixResult a = ValueMatrix.Compute(history.Lines(0), Bases.At(100), 100, options, cutoffs);
        Assert.Equal((50 + 50 + (2 * 80) + 100) / 5.0, a.Potential, 9);
        Assert.Equal(ValueMatrixCell.Star, a.Cell);

        // Of b neither attribute is known: growth and gap share the weight.
        Assert.Equal(25, ValueMatrix.Compute(history.Lines(1), Bases.At(100), 0, options, cutoffs).Potential, 9);
    }

    internal static CustomerTables Events(params (string Customer, int Day, string Kind, double Value)[] events)
    {
        string[] customers = [.. events.Select(e => e.Customer).Append("a").Append("b").Distinct().Order(StringComparer.Ordinal)];
        string[] kinds = [.. events.Select(e => e.Kind).Distinct().Order(StringComparer.Ordinal)];
        var sorted = events.OrderBy(e => e.Customer, StringComparer.Ordinal).ThenBy(e => e.Day).ToArray();
        return new CustomerTables
        {
            Events = new EventColumns
            {
                Offsets = [0, .. customers.Select(c => sorted.Count(e => string.CompareOrdinal(e.Customer, c) <= 0))],
                OccurredAt = [.. sorted.Select(e => Bases.At(e.Day).Micros)],
                Kind = [.. sorted.Select(e => Array.IndexOf(kinds, e.Kind))],
                Value = [.. sorted.Select(e => e.Value)],
                Kinds = kinds,
            },
        };
    }
}
