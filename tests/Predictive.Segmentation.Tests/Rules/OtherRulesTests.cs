using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Rules;

public class OtherRulesTests
{
    private static readonly System.Text.Json.JsonSerializerOptions s_named = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    [Fact]
    public void Value_bands_hold_the_asked_shares_of_revenue()
    {
        // 500 + 300 bring 80 of 100 %; 70 % is reached with the customer of 300, so A is above a cent less.
        var history = TransactionHistoryBuilder.Build(new[] { 500.0, 300, 100, 50, 50 }.Select((v, i) => Bases.Line($"c{i}", 1, v)));
        var cutoffs = Value.Fit(history, Bases.At(9), new ValueOptions());
        Assert.Equal((299.99, 100.0), (cutoffs.ThresholdA, cutoffs.ThresholdB));
        Assert.Equal([new("A", 2, 800, .8), new("B", 1, 100, .1), new ValueBand("C", 2, 100, .1)], cutoffs.Bands);
        Assert.Equal(new ValueResult(300, 60, "A"), Value.Compute(history.Lines(1), Bases.At(9), new ValueOptions(), cutoffs));
        Assert.Equal(new ValueResult(50, 0, "C"), Value.Compute(history.Lines(4), Bases.At(9), new ValueOptions(), cutoffs));

        // The editable thresholds: above 100 000 / 50 000 – 100 000 / below.
        var fixedOnes = new ValueOptions { ThresholdA = 100_000, ThresholdB = 50_000 };
        Assert.Equal([0, 0, 5], Value.Fit(history, Bases.At(9), fixedOnes).Bands.Select(b => b.Customers));
        Assert.Throws<RulesException>(() => Value.Fit(history, Bases.At(9), new ValueOptions { ThresholdA = 1, ThresholdB = 2 }));
    }

    [Fact]
    public void Loyalty_rewards_cadence_and_regularity_and_ignores_money()
    {
        static IEnumerable<TransactionLine> Buys(
            string id, double amount, params int[] days) => days.Select(d => Bases.Line(id, d, amount));
        var history = TransactionHistoryBuilder.Build(
            Buys("clock", 1, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90).Concat(Buys("clock-rich", 999, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90))
                .Concat(Buys("bursts", 1, 0, 1, 2, 3, 4, 5, 6, 88, 89, 90)).Concat(Buys("rare", 1, 0, 90))
                    .Concat(Buys("gone", 1, 0, 10, 20)));
        var options = new LoyaltyOptions();
        var cutoffs = Loyalty.Fit(history, Bases.At(95), options);
        var by = Enumerable.Range(0, 5)
            .ToDictionary(history.CustomerId, c => Loyalty.Compute(history.Lines(c), Bases.At(95), options, cutoffs));
        Assert.Equal(by["clock"], by["clock-rich"]);
        Assert.True(by["clock"].Regularity > by["bursts"].Regularity);
        Assert.True(
            by["clock"].Score > by["bursts"].Score && by["clock"].Score > by["rare"].Score && by["clock"].Score > by["gone"].Score,
            string.Join(", ", by));

        // Base median of the mean gaps (10, 10, 10, 10, 90) is 10; clock: (90 + 2 × 10) / (9 + 2) = 10 days, silent 5: fully present.
        Assert.Equal((10.0, 1.0), (by["clock"].CadenceDays, by["clock"].Presence));

        // gone: (20 + 20) / 4 = 10 days against 75 of silence.
        Assert.Equal(10 / 75.0, by["gone"].Presence, 12);
        Assert.All(by.Values, l => Assert.InRange(l.Score, 0, 100));
    }

    [Fact]
    public void Quadrants_follow_the_two_lines()
    {
        var options = new QuadrantOptions { FrequencyLine = 3, OrderValueLine = 100, NewDays = 30 };
        var cutoffs = Quadrants.Fit(Bases.Days(0), Bases.At(1), options);
        Assert.Equal(new QuadrantCutoffs(3, 100), cutoffs);
        Assert.Equal("A", Quadrants.Compute(Bases.Days(50).Lines(0), Bases.At(50), options, cutoffs).Group); // no purchase yet: a prospect
        Assert.Equal("B", Group(50, 0));
        Assert.Equal("B", Group(50, 80));
        Assert.Equal("C", Group(100, 0));
        Assert.Equal("D", Group(50, 0, 1, 2));
        Assert.Equal("E", Group(100, 0, 1, 2));

        // Derived lines: 2 + 1 orders over two customers = 1.5, rounded up; 160 over 3 orders.
        var two = TransactionHistoryBuilder.Build([Bases.Line("a", 0, 100), Bases.Line("a", 5, 50), Bases.Line("b", 6, 10)]);
        Assert.Equal(new QuadrantCutoffs(2, 160 / 3.0), Quadrants.Fit(two, Bases.At(9), new QuadrantOptions()));

        string Group(double amount, params int[] days) => Quadrants.Compute(
            TransactionHistoryBuilder.Build(days.Select(d => Bases.Line("a", d, amount))).Lines(0), Bases.At(100), options, cutoffs).Group;
    }

    [Fact]
    public void The_value_matrix_has_four_cells()
    {
        var options = new ValueMatrixOptions { WindowDays = 100, HighValue = 1000, MinimumExpected = 50, GrowthRatio = .8 };
        var cutoffs = new ValueMatrixCutoffs(1000, 50, .8, 50);
        Assert.Equal(ValueMatrixCell.Star, Cell(1000, 400)); // pace 500 per horizon; .8 of it is growth enough here
        Assert.Equal(ValueMatrixCell.CashCow, Cell(1000, 399));
        Assert.Equal(ValueMatrixCell.Potential, Cell(100, 50));
        Assert.Equal(ValueMatrixCell.Problem, Cell(100, 49)); // growth of .98, but below the smallest prediction that counts
        Assert.Equal("cash cow", ValueMatrix.NameOf(ValueMatrixCell.CashCow));

        // Nothing bought in the window and little expected: a problem, not a potential.
        var dormant = Bases.Days(0);
        var result = ValueMatrix.Compute(dormant.Lines(0), Bases.At(300), 10, options, cutoffs);
        Assert.Equal(new ValueMatrixResult(ValueMatrixCell.Problem, 0, double.PositiveInfinity), result);

        ValueMatrixCell Cell(double spend, double expected) => ValueMatrix.Compute(
            TransactionHistoryBuilder.Build([Bases.Line("a", 50, spend)]).Lines(0), Bases.At(100), expected, options, cutoffs).Cell;
    }

    [Fact]
    public void The_value_matrix_lines_come_from_the_base()
    {
        var history = TransactionHistoryBuilder.Build(Enumerable.Range(1, 10).Select(i => Bases.Line($"c{i:00}", 1, 100 * i)));
        int[] all = [.. Enumerable.Range(0, 10)];
        double[] expected = [.. all.Select(i => 10.0 * (i + 1))];
        var options = new ValueMatrixOptions { WindowDays = 100 };

        // Quantiles by nearest rank: the eighth spend is 800, the fifth prediction 50; everyone's growth is 10 i / (100 i × 20 / 100) = .5.
        Assert.Equal(new ValueMatrixCutoffs(800, 50, .5, 20), ValueMatrix.Fit(history, all, Bases.At(50), 20, expected, options));
    }

    [Fact]
    public void Preference_strength_is_the_shrunk_lift_over_the_base()
    {
        // Base: 40 purchase days of tea by four others, 8 of a's tea, 4 days of a's rare: shares 48/52 and 4/52 when nothing ages.
        var lines = Enumerable.Range(0, 4).SelectMany(c => Enumerable.Range(0, 10).Select(d => Bases.Line($"b{c}", d, 5, category: "tea")))
            .Concat(Enumerable.Range(0, 8).Select(d => Bases.Line("a", d, 5, category: "tea")))
            .Concat(Enumerable.Range(0, 4)
                .SelectMany(d => new[] { Bases.Line("a", d, 5, category: "rare"), Bases.Line("a", d, 7, category: "rare") }));
        var history = TransactionHistoryBuilder.Build(lines);
        var options = new PreferenceOptions { HalfLifeDays = 1e12, PriorSupport = 3, MinimumStrength = 0, MinimumSupport = 0 };
        var cutoffs = Preferences.Fit(history, Bases.At(20), options);
        Assert.Equal(4 / 52.0, cutoffs.Category!["rare"], 9);
        Assert.Null(cutoffs.Product);
        Assert.Equal(1, cutoffs.Hour!["12-15"], 9);
        var tags = Preferences.Bind(history, options, cutoffs).Compute(history.Lines(0), Bases.At(20));

        // Twelve things of a's own; expected rare: 12 × 4/52. Two lines of one day count once.
        Assert.Equal("category:rare", tags[0].Tag);
        Assert.Equal(4, tags[0].Support, 9);
        Assert.Equal((4 + 3) / ((12 * 4 / 52.0) + 3), tags[0].Strength, 9);
        Assert.Equal((8 + 3) / ((12 * 48 / 52.0) + 3), tags.Single(t => t.Tag == "category:tea").Strength, 9);
    }

    [Fact]
    public void One_purchase_of_the_rarest_thing_is_no_strong_preference()
    {
        var lines = Enumerable.Range(0, 200).Select(i => Bases.Line($"b{i}", i % 50, 5, category: "tea"))
            .Append(Bases.Line("a", 49, 500, category: "truffle"));
        var history = TransactionHistoryBuilder.Build(lines);
        var options = new PreferenceOptions();
        var bound = Preferences.Bind(history, options, Preferences.Fit(history, Bases.At(50), options));
        Assert.Empty(bound.Compute(history.Lines(0), Bases.At(50)));
        var shown = options with { MinimumStrength = 0, MinimumSupport = 0 };
        Assert.All(
            Preferences.Bind(history, shown, Preferences.Fit(history, Bases.At(50), shown)).Compute(history.Lines(0), Bases.At(50)),
            t => Assert.InRange(t.Strength, .5, 4 / 3.0));
    }

    [Fact]
    public void A_purchase_counts_half_after_the_half_life()
    {
        var history = TransactionHistoryBuilder.Build([Bases.Line("a", 0, 5, category: "old"), Bases.Line("a", 180, 5, category: "new")]);
        var options = new PreferenceOptions { MinimumStrength = 0, MinimumSupport = 0 };
        var cutoffs = Preferences.Fit(history, Bases.At(180).AddDays(1), options);
        Assert.Equal(2, cutoffs.Category!["new"] / cutoffs.Category["old"], 9);
    }

    [Theory]
    [InlineData(31), InlineData(32)]
    public void A_rule_book_judges_alike_after_a_round_trip_and_writes_the_same_text(int seed)
    {
        var history = Bases.Random(seed, 100);
        var asOf = Bases.At(390);
        int[] customers = Population.At(history, asOf);
        var book = RuleBook.Fit(history, asOf).WithValueMatrix(history, customers, asOf, 90, [.. customers.Select(c => (double)c)]);
        book = book.WithLifetimeValue(
            history, customers, asOf, 90, [.. customers.Select(_ => .5)], [.. customers.Select(c => (double)c)]);
        var again = RuleBook.FromJson(book.ToJson());
        Assert.Equal(book.ToJson(), again.ToJson());
        Assert.Equal(
            RuleBook.Fit(history, asOf).ToJson(), (book with { ValueMatrix = null, LifetimeValue = null }).ToJson());
        var reader = new RuleReader(book, history);
        var readerAgain = new RuleReader(again, history);
        var (bound, boundAgain) = (
            Preferences.Bind(history, book.Options.Preferences, book.Preferences),
            Preferences.Bind(history, again.Options.Preferences, again.Preferences));
        foreach (int c in customers)
        {
            var lines = history.Lines(c);
            Assert.Equal(Rfm.Compute(lines, asOf, book.Options.Rfm, book.Rfm), Rfm.Compute(lines, asOf, again.Options.Rfm, again.Rfm));
            Assert.Equal(
                Lifecycle.Compute(lines, asOf, book.Options.Lifecycle, book.Lifecycle),
                Lifecycle.Compute(lines, asOf, again.Options.Lifecycle, again.Lifecycle));
            Assert.Equal(
                Value.Compute(lines, asOf, book.Options.Value, book.Value), Value.Compute(lines, asOf, again.Options.Value, again.Value));
            Assert.Equal(
                Loyalty.Compute(lines, asOf, book.Options.Loyalty, book.Loyalty),
                Loyalty.Compute(lines, asOf, again.Options.Loyalty, again.Loyalty));
            Assert.Equal(
                Tiers.Compute(lines, asOf, book.Options.Tiers, book.Tiers), Tiers.Compute(lines, asOf, again.Options.Tiers, again.Tiers));
            Assert.Equal(
                ValueMatrix.Compute(lines, asOf, c, book.Options.ValueMatrix, book.ValueMatrix!),
                ValueMatrix.Compute(lines, asOf, c, again.Options.ValueMatrix, again.ValueMatrix!));
            Assert.Equal(bound.Compute(lines, asOf), boundAgain.Compute(lines, asOf));
            Assert.Equal(
                System.Text.Json.JsonSerializer.Serialize(reader.Read(lines.Before(asOf), asOf), s_named),
                System.Text.Json.JsonSerializer.Serialize(readerAgain.Read(lines.Before(asOf), asOf), s_named));
        }
    }

    [Fact]
    public void A_broken_rule_book_is_refused()
    {
        Assert.Throws<RulesException>(() => RuleBook.FromJson("{}"));
        Assert.Throws<RulesException>(() => RuleBook.FromJson("null"));
        string book = RuleBook.Fit(Bases.Days(0, 5), Bases.At(9)).ToJson();
        Assert.Throws<RulesException>(() => RuleBook.FromJson(book.Replace("\"champions\"", "\"\"", StringComparison.Ordinal)));
    }
}
