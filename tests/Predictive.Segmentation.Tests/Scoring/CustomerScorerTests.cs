using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Tests;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Tests.Scoring;

[Collection(TrainedBase.Collection)]
public class CustomerScorerTests(TrainedBase trained)
{
    [Fact]
    public void Batch_and_single_agree_to_the_last_bit_for_every_customer()
    {
        ScoreTable table = trained.Table;
        Assert.True(table.Count > 3500, $"{table.Count} customers were scored");
        var tiers = trained.Scorer.Bundle.Rules.Tiers.Tiers;
        for (int row = 0; row < table.Count; row++)
        {
            CustomerScore one = trained.Scorer.Score(table, row, withLever: false);
            Assert.Equal(table.CustomerId(row), one.CustomerId);
            Assert.Equal(
                (
                    Bits(one.Churn.Probability), Bits(one.Churn.Percentile), one.Churn.Band, Bits(one.Clv.Expected), Bits(one.Clv.Low),
                    Bits(one.Clv.High), Bits(one.Clv.ExpectedOrders)),
                (
                    Bits(table.ChurnProbability[row]), Bits(table.ChurnPercentile[row]), ChurnBand.Names[table.ChurnBand[row]],
                    Bits(table.ClvExpected[row]), Bits(table.ClvLow[row]), Bits(table.ClvHigh[row]), Bits(table.ExpectedOrders[row])));
            Assert.Equal(
                (one.Rfm.RecencyDays, one.Rfm.Frequency, Bits(one.Rfm.Monetary), one.Rfm.R, one.Rfm.F, one.Rfm.M, one.Rfm.Segment),
                (
                    table.RecencyDays[row], table.Frequency[row], Bits(table.Monetary[row]), table.R[row], table.F[row], table.M[row],
                    table.RfmSegment[row]));
            Assert.Equal(
                (one.Lifecycle.Stage, one.Tier.Current, one.Tier.Predicted, one.ValueMatrix.Cell, one.Portrait.Id),
                (
                    Lifecycle.NameOf(table.Lifecycle[row]), tiers[table.Tier[row]].Name, tiers[table.PredictedTier[row]].Name,
                    ValueMatrix.NameOf(table.Cell[row]),
                    trained.Scorer.Bundle.Portraits.Description.Portraits[table.PortraitIndex[row]].Id));
        }

        static long Bits(double value) => BitConverter.DoubleToInt64Bits(value);
    }

    [Fact]
    public void The_thread_count_changes_nothing()
    {
        ScoreTable one = trained.Scorer.ScoreAll(trained.History, trained.AsOf, new ScoreAllOptions { Threads = 1 });
        ScoreTable three = trained.Scorer.ScoreAll(trained.History, trained.AsOf, new ScoreAllOptions { Threads = 3 });
        Assert.Equal(one.ChurnProbability, three.ChurnProbability);
        Assert.Equal(one.ClvHigh, three.ClvHigh);
        Assert.Equal(one.PortraitIndex, three.PortraitIndex);
        Assert.Equal(JsonSerializer.Serialize(one.Drift), JsonSerializer.Serialize(three.Drift));
    }

    [Fact]
    public void An_inline_history_of_one_customer_scores_as_within_the_base()
    {
        for (int row = 0; row < trained.Table.Count; row += 97)
        {
            int customer = trained.Table.Customers[row];
            TransactionHistory alone = Alone(customer, []);
            string inline = JsonSerializer.Serialize(trained.Scorer.Score(alone, 0, trained.AsOf));
            Assert.Equal(JsonSerializer.Serialize(trained.Scorer.Score(trained.History, customer, trained.AsOf)), inline);
        }
    }

    [Fact]
    public void Two_trainings_with_one_seed_give_byte_identical_zips_whatever_the_threads()
    {
        byte[] again = trained.TrainZip(threads: 1);
        Assert.Equal(trained.Package.ToBytes(), again);
    }

    [Fact]
    public void A_loaded_bundle_writes_the_same_bytes()
    {
        Assert.Equal(trained.Package.ToBytes(), trained.Scorer.Bundle.ToPackage().ToBytes());
        Assert.Contains("rules.json", trained.Package.EntryNames);
        Assert.Contains("distribution.json", trained.Package.EntryNames);
        Assert.Contains("drift.json", trained.Package.EntryNames);
        Assert.Contains("churn.bin", trained.Package.EntryNames);
        Assert.Contains("clv.bin", trained.Package.EntryNames);
        Assert.Contains("portraits.bin", trained.Package.EntryNames);
    }

    [Fact]
    public void A_version_outlives_another_wording_of_its_features_and_no_other_formula()
    {
        ModelManifest manifest = trained.Package.Manifest;
        // What a build with other sentences would hold against the zip, and what builds with another formula, unit or transform would.
        FeatureSchema worded =
            FeatureSchema.Of(
                FeatureCatalogue.All.Select(
                    f => f with { Description = "Other words.", Template = "others", OnceTemplate = null, Speaks = false }));
        Assert.Null(manifest.Features.DifferenceFrom(worded));
        Assert.Equal(FeatureCatalogue.Schema.Hash, worded.Hash);
        Func<FeatureDefinition, FeatureDefinition>[] changes =
        [
            f => f with { Revision = f.Revision + 1 },
            f => f with { Unit = "weeks" },
            f => f with { Transform = f.Transform == FeatureTransform.None ? FeatureTransform.SignedLog : FeatureTransform.None },
        ];
        foreach (Func<FeatureDefinition, FeatureDefinition> change in changes)
        {
            FeatureSchema other = FeatureSchema.Of(FeatureCatalogue.All.Select((f, i) => i == 5 ? change(f) : f));
            Assert.StartsWith(
                $"feature '{FeatureCatalogue.All[5].Name}' was defined differently", manifest.Features.DifferenceFrom(other),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_model_of_other_features_or_with_a_damaged_entry_is_refused_by_name()
    {
        ModelManifest manifest = trained.Package.Manifest;
        IEnumerable<KeyValuePair<string, byte[]>> entries =
        [.. trained.Package.EntryNames.Select(n => KeyValuePair.Create(n, trained.Package.Entry(n).ToArray()))];
        Refused(
            manifest with { Features = FeatureSchema.Of([Samples.Feature("recency_days", "days", revision: 2)]) }, entries,
            "was trained on other features: feature 'recency_days' was defined differently");
        Refused(manifest, entries.Where(e => e.Key != "clv.bin"), "entry 'clv.bin' is missing");
        foreach (string name in trained.Package.EntryNames)
        {
            Refused(
                manifest, entries.Select(e => e.Key == name ? KeyValuePair.Create(name, e.Value[..(e.Value.Length / 2)]) : e),
                $"entry '{name}'");
        }

        static void Refused(ModelManifest manifest, IEnumerable<KeyValuePair<string, byte[]>> entries, string reason)
        {
            var package = ModelPackage.FromBytes(new ModelPackage(manifest, entries).ToBytes(), "models/default/9.zip");
            var e = Assert.Throws<ModelPackageException>(() => ModelBundle.Load(package));
            Assert.StartsWith("models/default/9.zip: ", e.Message, StringComparison.Ordinal);
            Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Reasons_are_three_different_things_whose_effects_are_exact()
    {
        var row = new float[FeatureCatalogue.All.Count];
        var contributions = new double[row.Length + 1];
        int three = 0, seen = 0;
        for (int i = 0; i < trained.Table.Count; i += 41)
        {
            CustomerScore score = trained.Scorer.Score(trained.Table, i, withLever: false);
            IReadOnlyList<ScoreReason> reasons = score.Churn.Reasons;
            Assert.InRange(reasons.Count, 1, 3);
            Assert.Equal(reasons.Count, reasons.Select(r => r.Feature).Distinct().Count());
            Assert.Equal(reasons.Count, reasons.Select(r => r.Text).Distinct().Count());
            three += reasons.Count == 3 ? 1 : 0;
            seen++;
            // Whoever reads a sentence sees which way it points, unless it is the only one there is.
            Assert.All(reasons, r => Assert.True(reasons.Count == 1 || Points(r), r.Text));
            // Where the risk is not low, what raises it comes first; what lowers it says so.
            bool risky = score.Churn.Band != "low";
            Assert.True(reasons.Zip(reasons.Skip(1))
                .All(p => risky && p.First.Effect > 0 != p.Second.Effect > 0
                    ? p.First.Effect > 0
                    : Math.Abs(p.First.Effect) >= Math.Abs(p.Second.Effect)));
            Assert.All(reasons, r => Assert.Equal(r.Effect < 0, r.Text.StartsWith("in their favour: ", StringComparison.Ordinal)));
            // No sentence sets a number beside the same number.
            Assert.All(reasons, r => Assert.DoesNotMatch(@"\b([\d.,]+)(?: \w+)* \(typical(?: \w+)*: \1[ )]", r.Text));
            Assert.All(reasons, r => Assert.DoesNotMatch("horizon|deviation|intensity|unknown|\\b1 different|[{}]", r.Text));
            if (reasons.Any(r => r.Text.Contains("ordered only once", StringComparison.Ordinal)))
            {
                Assert.DoesNotContain(reasons, r => r.Text.Contains("usual", StringComparison.Ordinal)); // who came once has no rhythm
            }
            FeatureSet.Compute(
                trained.History.Lines(trained.Table.Customers[i]), trained.AsOf, trained.Scorer.FeatureHorizonDays,
                trained.Scorer.Bundle.Profile, row);
            trained.Scorer.Bundle.Churn.Explain(row, contributions);
            Assert.Equal(Math.Log(score.Churn.Probability / (1 - score.Churn.Probability)), contributions.Sum(), 6);
            // All families together, not only three, make up everything but the base value.
            IReadOnlyList<ScoreReason> all = ReasonWriter.Write(
                row, contributions, trained.Scorer.Bundle.Profile, 99, .3, pointing: false);
            Assert.Equal(contributions[..^1].Sum(), all.Sum(r => r.Effect), 9);
            Assert.All(all, r => Assert.DoesNotContain('{', r.Text));
        }

        Assert.True(three > .9 * seen, $"{three} of {seen}");

        static bool Points(ScoreReason r)
        {
            // Silence, pauses and what was given back raise a risk; all other numbers lower it. "Ordered only once" is a fact by itself.
            if (new[] { "ordered only once", "one category", "not bought before" }.Any(t => r.Text.Contains(t, StringComparison.Ordinal)))
            {
                return true;
            }

            Match own = Regex.Match(r.Text, @"no order for ([\d,]+) days?, where ([\d,]+) days? between orders are usual"),
                typical = Regex.Match(r.Text, @"^[^\d-]*([-\d.,]+).*\(typical[^:]*: ([-\d.,]+)");
            bool raises = own.Success
                || new[] { "refund", "between orders are usual", "came back every" }.Any(t => r.Text.Contains(t, StringComparison.Ordinal));
            static double Number(Group text) => double.Parse(text.Value.Trim(',', '.'), NumberStyles.Any, CultureInfo.InvariantCulture);
            Match said = own.Success ? own : typical;
            return !said.Success || Number(said.Groups[1]).CompareTo(Number(said.Groups[2])) * r.Effect * (raises ? 1 : -1) >= 0;
        }
    }

    [Fact]
    public void The_silence_reason_tells_the_customers_own_days_and_rhythm()
    {
        int row = Enumerable.Range(0, trained.Table.Count).First(i =>
            trained.Table.Frequency[i] > 1
                && trained.Scorer.Score(trained.Table, i, false).Churn.Reasons[0] is { Feature: "recency_days", Effect: > 0 });
        ScoreReason reason = trained.Scorer.Score(trained.Table, row, false).Churn.Reasons[0];
        Assert.Equal(trained.Table.RecencyDays[row], reason.Value);
        Assert.Contains($"no order for {trained.Table.RecencyDays[row]} days, where ", reason.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lever_is_what_scoring_the_customer_with_that_order_gives()
    {
        int found = 0;
        for (int row = 0; row < trained.Table.Count && found < 20; row += 17)
        {
            int customer = trained.Table.Customers[row];
            CustomerScore score = trained.Scorer.Score(trained.History, customer, trained.AsOf);
            if (score.Churn.Lever is not { } lever || !lever.Action.StartsWith("an order of", StringComparison.Ordinal))
            {
                continue;
            }

            found++;
            Assert.True(lever.Probability < score.Churn.Probability);
            var features = new float[FeatureCatalogue.All.Count];
            FeatureSet.Compute(
                trained.History.Lines(customer), trained.AsOf, trained.Scorer.FeatureHorizonDays, trained.Scorer.Bundle.Profile, features);
            double value = features[
                FeatureCatalogue.IndexOf("order_value_mean")] * (lever.Action.Contains("twice", StringComparison.Ordinal) ? 2 : 1);
            // A new order of what the last line held.
            TransactionLine last = Lines(customer)[^1];
            TransactionHistory then = Alone(
                customer, [last with { OrderedAt = trained.AsOf.ToDateTime().AddTicks(-10), Amount = value, OrderId = "new order" }]);
            Assert.Equal(lever.Probability, trained.Scorer.Score(then, 0, trained.AsOf).Churn.Probability);
        }

        Assert.Equal(20, found);
    }

    [Fact]
    public void Nothing_at_or_after_the_instant_is_looked_at()
    {
        int customer = trained.Table.Customers[5];
        TransactionHistory later = Alone(
            customer,
            [
                new TransactionLine("x", trained.AsOf.ToDateTime(), 500),
                new TransactionLine("x", trained.AsOf.ToDateTime().AddDays(3), -400),
            ]);
        Assert.Equal(
            JsonSerializer.Serialize(trained.Scorer.Score(Alone(customer, []), 0, trained.AsOf)),
            JsonSerializer.Serialize(trained.Scorer.Score(later, 0, trained.AsOf)));
    }

    [Fact]
    public void A_customer_without_a_purchase_is_refused_by_name()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build([new TransactionLine("refunder", new DateTime(2024, 1, 1), -5)]);
        var e = Assert.Throws<DatasetException>(() => trained.Scorer.Score(history, 0, trained.AsOf));
        Assert.Contains("Customer 'refunder' has no purchase before", e.Message, StringComparison.Ordinal);
        Assert.False(CustomerScorer.CanScore(history, 0, trained.AsOf));
        Assert.Throws<DatasetException>(() => trained.Scorer.ScoreAll(history, trained.AsOf));
    }

    [Fact]
    public void The_training_base_itself_has_not_drifted_and_its_percentiles_are_uniform()
    {
        Assert.Equal("stable", trained.Table.Drift.Verdict);
        Assert.All(trained.Table.Drift.Features, f => Assert.Equal(0, f.Psi, 9));
        Assert.InRange(trained.Table.ChurnPercentile.Average(), 48, 52);
        // A year on without an order, everybody's silence has grown: the shift is seen.
        DriftReport late = trained.Scorer.ScoreAll(trained.History, trained.AsOf.AddDays(365)).Drift;
        Assert.Equal("large", late.Verdict);
        Assert.Equal("large", late.Features.Single(f => f.Name == "recency_days").Verdict);
    }

    /// <summary>One customer's lines as a caller of the HTTP endpoint would give them, and some more.</summary>
    private TransactionHistory Alone(int customer, IEnumerable<TransactionLine> more) =>
        TransactionHistoryBuilder.Build(
            [.. Lines(customer), .. more.Select(m => m with { CustomerId = trained.History.CustomerId(customer) })]);

    private List<TransactionLine> Lines(int customer)
    {
        TransactionColumns columns = trained.History.Columns;
        var lines = new List<TransactionLine>();
        for (int i = columns.Offsets[customer]; i < columns.Offsets[customer + 1]; i++)
        {
            lines.Add(new TransactionLine(
                trained.History.CustomerId(customer),
                new LocalTime(columns.OrderedAt[i]).ToDateTime(),
                columns.Amount[i],
                columns.Order is { } order ? order[i].ToString(System.Globalization.CultureInfo.InvariantCulture) : null,
                Name(columns.Product, columns.Products, i),
                Name(columns.Category, columns.Categories, i),
                columns.Quantity is { } quantity ? quantity[i] : null,
                Name(columns.Channel, columns.Channels, i)));
        }

        return lines;

        static string? Name(int[]? codes, string[]? names, int i) => codes is null || codes[i] < 0 ? null : names![codes[i]];
    }
}
