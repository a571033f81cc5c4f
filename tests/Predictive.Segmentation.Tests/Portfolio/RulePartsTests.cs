using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Tests.Rules;

namespace Predictive.Segmentation.Tests.Portfolio;

/// <summary>Rules between items and categories of a base in parts: those of the whole, and said where something is cut short.</summary>
public class RulePartsTests
{
    private const int AsOf = 400;
    private static readonly Lazy<TransactionLine[]> s_lines = new(() => [.. Planted(1, 3_000)]);

    [Theory, InlineData(1), InlineData(2), InlineData(7), InlineData(40)]
    public void Parts_add_up_to_the_rules_of_the_whole(int slices)
    {
        TransactionHistory whole = TransactionHistoryBuilder.Build(s_lines.Value);
        var options = new AssociationOptions();
        AssociationResult expected = Association.Fit(whole, Bases.At(AsOf), options);

        // What was planted is among them.
        Assert.Contains(expected.Pairs, p => (p.Item, p.With) == ("bread", "butter") && p.Lift > 2);
        SequenceRule ink = Assert.Single(expected.Sequences, s => (s.Item, s.Then) == ("printer", "ink"));
        Assert.InRange(ink.LagDays!.Value, 10, 30);
        RuleCounts merged = Merged(s_lines.Value, slices, options);
        (AssociationResult rules, int items, int lags) = merged.Association.Result(options);
        Assert.Equal((0, 0), (items, lags));
        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(rules));

        IReadOnlyList<CategoryThresholdRule> thresholds = CategoryThreshold.Find(whole, Bases.At(AsOf));
        (IReadOnlyList<CategoryThresholdRule> found, int cut) = merged.Thresholds.Result();
        Assert.Equal(0, cut);
        CategoryThresholdRule wine = thresholds.Single(t => t.Category == "wine");
        Assert.Equal(("orders", 4.0, true), (wine.Measure, wine.From, wine.AtLeast));
        Assert.Equal(thresholds.Select(t => t.Category), found.Select(t => t.Category));
        foreach ((CategoryThresholdRule ofWhole, CategoryThresholdRule ofParts) in thresholds.Zip(found))
        {
            if (ofWhole.Measure != "spend")
            {
                Assert.Equal(ofWhole, ofParts);
            }
            else if (ofParts.Measure == "spend")
            {
                // Between two steps: as far from the best as a step is wide, or another threshold that tells nearly as much.
                Assert.InRange(Gain(ofParts), Gain(ofWhole) * .9, Gain(ofWhole) + 1e-9);
            }
        }

        Assert.Contains(thresholds, t => t.Measure == "spend");
        static double Gain(CategoryThresholdRule rule) => rule.Customers * Math.Pow(rule.Share - rule.OthersShare, 2);
    }

    [Fact]
    public void What_a_part_did_not_count_is_said_and_never_told_as_more_than_it_is()
    {
        // Two of the items are looked at, three are counted, and in small parts others sell better.
        var options = new AssociationOptions { MaximumItems = 2, MinimumSupport = 5, MinimumConfidence = 0, MinimumLift = 0 };
        AssociationResult expected = Association.Fit(TransactionHistoryBuilder.Build(s_lines.Value), Bases.At(AsOf), options);
        (AssociationResult rules, int items, _) = Merged(s_lines.Value, 300, options).Association.Result(options);
        Assert.InRange(items, 1, 2);
        Assert.Equal((expected.Orders, expected.Items), (rules.Orders, rules.Items));
        Dictionary<(string, string), int> all = expected.Pairs.ToDictionary(p => (p.Item, p.With), p => p.Support);
        Assert.All(rules.Pairs, p => Assert.InRange(p.Support, 0, all[(p.Item, p.With)]));
    }

    [Fact]
    public void Sequences_whose_days_in_between_not_every_part_kept_are_counted()
    {
        // Five pairs of each of three parts, which are not the same five.
        var options = new AssociationOptions { MinimumConfidence = .01, MinimumLift = .1 };
        AssociationResult expected = Association.Fit(TransactionHistoryBuilder.Build(s_lines.Value), Bases.At(AsOf), options);
        (AssociationResult rules, int items, int lags) =
            Merged(s_lines.Value, 3, options, 5 * (options.WithinDays + 1)).Association.Result(options);
        Assert.Equal(0, items);
        Assert.Equal(
            expected.Sequences.Select(s => s with { LagDays = 0 }), rules.Sequences.Select(s => s with { LagDays = 0 }));
        Assert.InRange(lags, 1, 20);
        SequenceRule ink = rules.Sequences.Single(s => (s.Item, s.Then) == ("printer", "ink"));
        Assert.Equal(expected.Sequences.Single(s => (s.Item, s.Then) == ("printer", "ink")), ink);
    }

    [Fact]
    public void Days_in_between_that_nobody_kept_are_not_known_and_not_0()
    {
        var options = new AssociationOptions { MinimumConfidence = .01, MinimumLift = .1 };
        (AssociationResult rules, _, int lags) = Merged(s_lines.Value, 3, options, mostLagCells: 0).Association.Result(options);
        Assert.NotEmpty(rules.Sequences);
        Assert.All(rules.Sequences, s => Assert.Null(s.LagDays));
        Assert.Equal(Math.Min(PortfolioBuilder.MostRules, rules.Sequences.Count), lags);
    }

    [Fact]
    public void However_many_parts_are_added_the_days_in_between_of_so_many_pairs_are_kept()
    {
        var options = new AssociationOptions { MinimumConfidence = .01, MinimumLift = .1 };
        const int Pairs = 20;
        int cells = Pairs * (options.WithinDays + 1);
        var bounded = new AssociationCounts { MostLagCells = cells };
        var all = new AssociationCounts();
        for (int k = 0; k < 30; k++)
        {
            var slice = new HistorySlice(k, 30);
            AssociationCounts part = AssociationCounts.Of(
                History.Returns.ReturnMatching.Mark(
                    TransactionHistoryBuilder.Build(s_lines.Value.Where(l => slice.Holds(l.CustomerId))), Bases.At(AsOf)),
                Bases.At(AsOf), options, default, cells);
            bounded.Add(part);
            all.Add(part);
            Assert.InRange(bounded.LagPairs, 1, 2 * Pairs);
        }

        // Pairs that most customers have lose nothing by it; what others lose is said.
        Assert.True(all.LagPairs > 2 * Pairs);
        (AssociationResult some, _, int cut) = bounded.Result(options);
        (AssociationResult more, _, int before) = all.Result(options);
        Assert.True(cut >= before);
        SequenceRule Ink(AssociationResult of) => of.Sequences.Single(s => (s.Item, s.Then) == ("printer", "ink"));
        Assert.Equal(Ink(more), Ink(some));
    }

    [Fact]
    public void Damaged_counts_are_refused()
    {
        string json = JsonSerializer.Serialize(Merged(s_lines.Value, 1, new AssociationOptions()));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<RuleCounts>(json[..(json.Length / 2)] + "\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<RuleCounts>("\"AAAA\""));
    }

    private static RuleCounts Merged(TransactionLine[] lines, int slices, AssociationOptions options, int mostLagCells = 1 << 22)
    {
        var merged = new RuleCounts();
        for (int k = 0; k < slices; k++)
        {
            var slice = new HistorySlice(k, slices);
            TransactionLine[] own = [.. lines.Where(l => slice.Holds(l.CustomerId))];
            if (own.Length > 0)
            {
                TransactionHistory marked =
                    History.Returns.ReturnMatching.Mark(TransactionHistoryBuilder.Build(own), Bases.At(AsOf));
                var part = new RuleCounts
                {
                    Association = AssociationCounts.Of(marked, Bases.At(AsOf), options, default, mostLagCells),
                    Thresholds = CategoryThresholdCounts.Of(marked, Bases.At(AsOf)),
                };

                // By another process.
                merged.Add(JsonSerializer.Deserialize<RuleCounts>(JsonSerializer.Serialize(part))!);
            }
        }

        return merged;
    }

    // Butter goes with bread; ink follows a printer after 10 to 30 days; who ordered four times or more comes to wine, who spends much to
    // watches.
    private static IEnumerable<TransactionLine> Planted(int seed, int customers)
    {
        var random = new Random(seed);
        string[] others = ["soap", "tea", "salt", "rice", "jam", "oil", "figs", "nuts"];
        for (int c = 0; c < customers; c++)
        {
            string id = $"c{c}";
            int orders = random.Next(1, 8), lines = 0;
            double spend = 0;
            for (int o = 0; o < orders; o++)
            {
                int day = random.Next(10, 300);
                string order = $"{id}-{o}";
                foreach (string item in random.NextDouble() < .2 ? ["bread", "butter"] : new[] { others[random.Next(others.Length)] })
                {
                    double amount = Math.Round(5 + (random.NextDouble() * (c % 3 == 0 ? 60 : 20)), 2);
                    spend += amount;
                    lines++;
                    yield return Bases.Line(id, day, amount, order, item);
                }
            }

            if (random.NextDouble() < .3)
            {
                int day = random.Next(10, 250);
                yield return Bases.Line(id, day, 90, $"{id}-p", "printer");
                if (random.NextDouble() < .6)
                {
                    yield return Bases.Line(id, day + random.Next(10, 31), 12, $"{id}-i", "ink");
                }
            }

            if (random.NextDouble() < (orders >= 4 ? .6 : .02))
            {
                yield return Bases.Line(id, random.Next(320, 400), 20, $"{id}-w", "wine");
            }

            if (random.NextDouble() < (spend >= 120 ? .5 : .02))
            {
                yield return Bases.Line(id, random.Next(320, 400), 300, $"{id}-z", "watches");
            }
        }
    }
}
