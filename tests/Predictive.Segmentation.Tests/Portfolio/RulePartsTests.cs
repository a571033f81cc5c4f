using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Tests.Rules;

namespace Predictive.Segmentation.Tests.Portfolio;

/// <summary>Rules between items and categories of a base in parts: those of the whole, and said where something is cut short.</summary>
public sealed class RulePartsTests : IDisposable
{
    private const int AsOf = 400;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rule-parts-");
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
        MergedRules merged = Merged(s_lines.Value, slices, options);
        Assert.Equal(new RulesCutShort(0, 0, 0), merged.CutShort);
        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(merged.Association));

        IReadOnlyList<CategoryThresholdRule> thresholds = CategoryThreshold.Find(whole, Bases.At(AsOf));
        IReadOnlyList<CategoryThresholdRule> found = merged.Thresholds;
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
        (AssociationResult rules, _, RulesCutShort cut) = Merged(s_lines.Value, 300, options);
        Assert.InRange(cut.Items, 1, 2);
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
        (AssociationResult rules, _, RulesCutShort cut) = Merged(s_lines.Value, 3, options, 5 * (options.WithinDays + 1));
        Assert.Equal(0, cut.Items);
        Assert.Equal(
            expected.Sequences.Select(s => s with { LagDays = 0 }), rules.Sequences.Select(s => s with { LagDays = 0 }));
        Assert.InRange(cut.Lags, 1, 20);
        SequenceRule ink = rules.Sequences.Single(s => (s.Item, s.Then) == ("printer", "ink"));
        Assert.Equal(expected.Sequences.Single(s => (s.Item, s.Then) == ("printer", "ink")), ink);
    }

    [Fact]
    public void Days_in_between_that_nobody_kept_are_not_known_and_not_0()
    {
        var options = new AssociationOptions { MinimumConfidence = .01, MinimumLift = .1 };
        (AssociationResult rules, _, RulesCutShort cut) = Merged(s_lines.Value, 3, options, mostLagCells: 0);
        Assert.NotEmpty(rules.Sequences);
        Assert.All(rules.Sequences, s => Assert.Null(s.LagDays));
        Assert.Equal(Math.Min(PortfolioBuilder.MostRules, rules.Sequences.Count), cut.Lags);
    }

    [Fact]
    public void However_many_parts_are_added_the_days_in_between_of_so_many_pairs_are_kept()
    {
        var options = new AssociationOptions { MinimumConfidence = .01, MinimumLift = .1 };
        const int Pairs = 20;
        int cells = Pairs * (options.WithinDays + 1);
        var bounded = new AssociationTotals(options) { MostLagCells = cells };
        var all = new AssociationTotals(options);
        AssociationCounts[] parts =
        [
            .. Enumerable.Range(0, 30).Select(k => new HistorySlice(k, 30)).Select(slice => new AssociationCounts(
                Marked(s_lines.Value.Where(l => slice.Holds(l.CustomerId))), Bases.At(AsOf), options, default, cells)),
        ];
        foreach (AssociationTotals of in new[] { bounded, all })
        {
            Array.ForEach(parts, part => of.AddItems(Written(part.WriteItems)));
            foreach (AssociationCounts part in parts)
            {
                of.AddPairs(Written(part.WritePairs));
                Assert.True(of == all || of.LagPairs is > 0 and <= 2 * Pairs, $"{of.LagPairs} pairs");
            }
        }

        // Pairs that most customers have lose nothing by it; what others lose is said.
        Assert.True(all.LagPairs > 2 * Pairs);
        (AssociationResult some, _, int cut) = bounded.Result();
        (AssociationResult more, _, int before) = all.Result();
        Assert.True(cut >= before);
        SequenceRule Ink(AssociationResult of) => of.Sequences.Single(s => (s.Item, s.Then) == ("printer", "ink"));
        Assert.Equal(Ink(more), Ink(some));
    }

    [Fact]
    public void Damaged_counts_are_refused()
    {
        // Cut anywhere, and with any byte another: told as what it is, or read (a count may be another one), nothing else.
        var options = new AssociationOptions();
        string path = Path.Combine(_folder.FullName, "whole.bin");
        int customers = Write(path, s_lines.Value[..500], options, AssociationCounts.UsualLagCells);
        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 400; i++)
        {
            byte[] damaged = i % 2 == 0 ? whole[..random.Next(1, whole.Length)] : [.. whole];
            if (i % 2 == 1)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(path, damaged);
            refused += Record.Exception(() => RulesFile.Merge([(path, customers)], options)) switch
            {
                null => 0,
                RulesFileException e when e.File == path && !e.Message.Contains(_folder.FullName, StringComparison.Ordinal) => 1,
                var other => throw new InvalidOperationException($"round {i}", other),
            };
        }

        Assert.InRange(refused, 200, 400);
    }

    [Fact]
    public void A_file_that_lacks_a_block_or_holds_one_too_many_is_refused()
    {
        var options = new AssociationOptions();
        string path = Path.Combine(_folder.FullName, "blocks.bin");
        int first = Write(path, s_lines.Value.Where(l => new HistorySlice(0, 2).Holds(l.CustomerId)), options, 0);
        long end = new FileInfo(path).Length;
        int both = first + Write(path, s_lines.Value.Where(l => new HistorySlice(1, 2).Holds(l.CustomerId)), options, 0);
        RulesFile.Merge([(path, both)], options);
        Assert.Contains($"expected {first}", Assert.Throws<RulesFileException>(() => RulesFile.Merge([(path, first)], options)).Message);
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(end);
        }

        RulesFile.Merge([(path, first)], options);
        string message = Assert.Throws<RulesFileException>(() => RulesFile.Merge([(path, both)], options)).Message;
        Assert.Contains($"{first} customers are counted in it; expected {both}", message);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private MergedRules Merged(
        TransactionLine[] lines, int slices, AssociationOptions options, int mostLagCells = AssociationCounts.UsualLagCells)
    {
        var files = new Dictionary<string, int>();
        for (int k = 0; k < slices; k++)
        {
            // Two blocks in a file, as of a slice that is read in parts.
            var slice = new HistorySlice(k, slices);
            TransactionLine[] own = [.. lines.Where(l => slice.Holds(l.CustomerId))];
            if (own.Length > 0)
            {
                string path = Path.Combine(_folder.FullName, $"{k / 2}.bin");
                files[path] = files.GetValueOrDefault(path) + Write(path, own, options, mostLagCells);
            }
        }

        return RulesFile.Merge([.. files.Select(f => (f.Key, f.Value))], options);
    }

    private static int Write(string path, IEnumerable<TransactionLine> lines, AssociationOptions options, int mostLagCells)
    {
        TransactionHistory marked = Marked(lines);
        using FileStream file = File.Open(path, FileMode.Append);
        RulesFile.Append(
            file, marked.CustomerCount, new AssociationCounts(marked, Bases.At(AsOf), options, default, mostLagCells),
            CategoryThresholdCounts.Of(marked, Bases.At(AsOf)));
        return marked.CustomerCount;
    }

    private static BinaryReader Written(Action<BinaryWriter> write)
    {
        var bytes = new MemoryStream();
        write(new BinaryWriter(bytes));
        bytes.Position = 0;
        return new BinaryReader(bytes);
    }

    private static TransactionHistory Marked(IEnumerable<TransactionLine> lines) =>
        History.Returns.ReturnMatching.Mark(TransactionHistoryBuilder.Build(lines), Bases.At(AsOf));

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
