using Predictive.Learning.BuiltIn;
using Predictive.Tests;
using Predictive.Learning;
using Predictive.Learning.Clustering;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Registry;
using Predictive.Training.Portraits;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Training.Tests.Portraits;

public class PortraitTrainerTests
{
    private const int Seed = 3;

    /// <summary>Planted groups: size, days silent, orders, mean order value. Other portrait features are the same noise for all.</summary>
    private static readonly (int Size, double Silent, double Orders, double Value)[] s_planted =
        [(400, 5, 30, 20), (300, 200, 2, 20), (200, 20, 10, 400), (100, 300, 15, 300)];

    private static readonly PortraitOptions s_options = new() { Features = ["recency_days", "orders", "order_value_mean"] };

    [Fact]
    public void Planted_groups_are_found_counted_and_named_by_what_sets_them_apart()
    {
        var (features, truth) = Planted(Seed, s_planted);
        PortraitModel model = PortraitTrainer.Train(features, new BuiltInEngine(), s_options);
        PortraitDescription description = model.Description;
        Assert.Equal(4, description.Portraits.Count);
        Assert.Equal(4, description.Choices.Single(c => c.Chosen).Clusters);
        Assert.Equal([3, 4, 5, 6, 7, 8], description.Choices.Select(c => c.Clusters));
        Assert.Equal(description.Choices.Max(c => c.Score), description.Choices.Single(c => c.Chosen).Score);
        int[] assigned = [.. Enumerable.Range(0, features.Rows).Select(i => model.Assign(Row(features, i)))];
        Assert.True(ClusterQuality.AdjustedRand(truth, assigned) > 0.98);
        Assert.Equal(features.Rows, description.Portraits.Sum(p => p.Customers));
        Assert.Equal(4, description.Portraits.Select(p => p.Name).Distinct().Count());
        Assert.Equal([1, 2, 3, 4], description.Portraits.Select(p => p.Id).Order());
        // The largest group: bought lately and often.
        Portrait loyal = description.Portraits[assigned[0]];
        Assert.Contains("frequent buyers", loyal.Name, StringComparison.Ordinal);
        Assert.Contains("bought lately", loyal.Name, StringComparison.Ordinal);
        Assert.Contains(
            loyal.Traits,
            t => t.StartsWith("frequent buyers: ", StringComparison.Ordinal)
                && t.Contains("(typical customer: ", StringComparison.Ordinal));
        Assert.All(description.Portraits, p => Assert.Empty(p.Warnings));
    }

    [Fact]
    public void Ids_live_on_across_retrains_and_a_new_group_gets_a_new_one()
    {
        PortraitModel first = PortraitTrainer.Train(Planted(Seed, s_planted).Features, new BuiltInEngine(), s_options);
        var (moved, truth) =
            Planted(Seed + 1, [.. s_planted.Select(p => (p.Size + 20, p.Silent * 1.05, p.Orders * 0.97, p.Value * 1.03)).Reverse()]);
        PortraitModel second = PortraitTrainer.Train(moved, new BuiltInEngine(), s_options with { Seed = 99 }, first);
        Assert.Equal(5, second.Description.NextId);
        for (int group = 0; group < 4; group++)
        {
            // The same kind of customer (the planted order is reversed) has the same id in both models.
            var (before, _) = Planted(7, [s_planted[3 - group] with { Size = 1 }]);
            int example = Array.IndexOf(truth, group);
            Assert.Equal(
                first.Description.Portraits[first.Assign(Row(before, 0))].Id,
                second.Description.Portraits[second.Assign(Row(moved, example))].Id);
        }

        (int, double, double, double)[] withNew = [.. s_planted[..3], (300, 2, 200, 5)];
        var (changed, labels) = Planted(Seed + 2, withNew);
        PortraitModel third = PortraitTrainer.Train(changed, new BuiltInEngine(), s_options, second);
        Assert.Equal(5, third.Description.Portraits[third.Assign(Row(changed, Array.IndexOf(labels, 3)))].Id);
        Assert.Equal(6, third.Description.NextId);
    }

    [Fact]
    public void Unusable_groups_are_said_to_be()
    {
        // One cloud without structure, cut into many groups: they overlap and come out differently from each half.
        var (features, _) = Planted(Seed, [(600, 30, 5, 50)]);
        PortraitModel model = PortraitTrainer.Train(
            features, new BuiltInEngine(), s_options with { MinClusters = 7, MaxClusters = 7, OverlappingSilhouette = 0.4 });
        Assert.Contains(
            model.Description.Portraits, p => p.Warnings.Any(w => w.StartsWith("overlapping: silhouette 0.", StringComparison.Ordinal)));
        Assert.Contains(
            model.Description.Portraits, p => p.Warnings.Any(w => w.StartsWith("unstable: overlap 0.", StringComparison.Ordinal)));

        // Six far away among 1,006: a group of its own, and tiny.
        var (outliers, _) = Planted(Seed, [(500, 5, 30, 20), (500, 200, 2, 20), (6, 20, 10, 5000)]);
        PortraitModel tiny =
            PortraitTrainer.Train(outliers, new BuiltInEngine(), s_options with { MinClusters = 3, MaxClusters = 3, Winsor = 0 });
        Assert.Contains(
            "tiny: 6 customers, 0.6 % of the base (usable from 2 %)", tiny.Description.Portraits.MinBy(p => p.Customers)!.Warnings);
    }

    [Fact]
    public void Saved_and_loaded_it_assigns_alike_and_training_is_repeatable()
    {
        var (features, _) = Planted(Seed, s_planted);
        PortraitModel model = PortraitTrainer.Train(features, new BuiltInEngine(), s_options);
        SortedDictionary<string, byte[]> entries = Entries(model);
        Assert.Equal(entries, Entries(PortraitTrainer.Train(features, new BuiltInEngine(), s_options)));
        Assert.Equal(["portraits.bin", "portraits.json"], entries.Keys);
        string entry = "";
        var package = ModelPackage.FromBytes(new ModelPackage(Samples.Manifest(), entries).ToBytes(), "1.zip");
        PortraitModel loaded = PortraitModel.Read(package, ref entry);
        Assert.Equal(entries, Entries(loaded));
        for (int i = 0; i < features.Rows; i++)
        {
            Assert.Equal(model.Assign(Row(features, i)), loaded.Assign(Row(features, i)));
        }
    }

    [Fact]
    public void Missing_and_constant_features_are_left_out_and_nothing_left_is_refused()
    {
        var (features, _) = Planted(Seed, s_planted);
        PortraitModel model = PortraitTrainer.Train(
            features, new BuiltInEngine(), s_options with { Features = [.. s_options.Features, "categories", "refund_share"] });
        // Planted rows have no categories (missing) and no refunds (constant).
        Assert.Equal(s_options.Features, model.Description.Features.Select(f => f.Feature));
        var e = Assert.Throws<LearningException>(
            () => PortraitTrainer.Train(features, new BuiltInEngine(), s_options with { Features = ["categories", "refund_share"] }));
        Assert.Contains("none of categories, refund_share does", e.Message, StringComparison.Ordinal);
    }

    private static SortedDictionary<string, byte[]> Entries(PortraitModel model)
    {
        var entries = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        model.Write(entries);
        return entries;
    }

    private static float[] Row(FeatureMatrix features, int row)
    {
        var values = new float[features.Columns];
        features.CopyRow(row, values);
        return values;
    }

    private static (FeatureMatrix Features, int[] Truth) Planted(int seed, (int Size, double Silent, double Orders, double Value)[] groups)
    {
        var random = new Random(seed);
        int rows = groups.Sum(g => g.Size);
        float[][] columns = [.. FeatureCatalogue.Names.Select(_ => Enumerable.Repeat(float.NaN, rows).ToArray())];
        int recency = FeatureCatalogue.IndexOf("recency_days"), orders = FeatureCatalogue.IndexOf("orders"),
            value = FeatureCatalogue.IndexOf("order_value_mean");
        columns[FeatureCatalogue.IndexOf("refund_share")] = new float[rows];
        var truth = new int[rows];
        int row = 0;
        for (int g = 0; g < groups.Length; g++)
        {
            for (int i = 0; i < groups[g].Size; i++, row++)
            {
                truth[row] = g;
                columns[recency][row] = (float)(groups[g].Silent * Noise());
                columns[orders][row] = (float)(groups[g].Orders * Noise());
                columns[value][row] = (float)(groups[g].Value * Noise());
            }
        }

        return (new FeatureMatrix(FeatureCatalogue.Names, columns, rows), truth);

        double Noise() => Math.Exp(0.15 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2);
    }
}
