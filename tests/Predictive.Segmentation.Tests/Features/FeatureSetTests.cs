using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Features;

public class FeatureSetTests
{
    private static readonly LocalTime T = LocalTime.From(new DateTime(2024, 4, 10));

    // Purchases on days 1, 11 and 31 of 2024 (gaps 10 and 20), a refund, a line at the as-of instant that must not be seen. H = 60.
    private static readonly TransactionLine[] Hand =
    [
        new("a", new DateTime(2024, 1, 1, 10, 0, 0), 10, "o1", "p1", "x", 1),
        new("a", new DateTime(2024, 1, 1, 10, 0, 0), 30, "o1", "p2", "x", 2),
        new("a", new DateTime(2024, 1, 11, 9, 0, 0), 20, "o2", "p1", "y", 3),
        new("a", new DateTime(2024, 1, 20), -5, "r1", "p1", "y", 1),
        new("a", new DateTime(2024, 1, 31, 23, 59, 59), 60, "o3", "p3", "x", 4),
        new("a", new DateTime(2024, 4, 10), 1000, "o4", "p9", "z", 9),
        new("b", new DateTime(2024, 3, 1), 7),
    ];

    private static float[] Row(IEnumerable<TransactionLine> lines, string customer, LocalTime asOf, int horizon)
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(lines);
        BaseProfile profile = BaseProfile.Fit(history, asOf, horizon);
        var row = new float[FeatureCatalogue.All.Count];
        FeatureSet.Compute(history.Lines(history.IndexOf(customer)), asOf, horizon, profile, row);
        return row;
    }

    [Theory]
    [InlineData("recency_days", 70)]              // 2024-01-31 to 2024-04-10
    [InlineData("tenure_days", 100)]
    [InlineData("recency_share", 0.7)]
    [InlineData("cadence_days", 12.5)]            // (30 + 2 · 10)/(2 + 2): the lower median of {10, 20} is 10
    [InlineData("recency_over_cadence", 5.6)]
    [InlineData("gaps_as_long_share", 0)]         // no gap of 70 days anywhere
    [InlineData("gap_mean", 15)]
    [InlineData("gap_sd", 7.0710678)]
    [InlineData("gap_cv", 0.47140452)]
    [InlineData("gap_max", 20)]
    [InlineData("gap_last", 20)]
    [InlineData("recency_over_gap_max", 3.5)]
    [InlineData("one_time", 0)]
    [InlineData("purchase_days", 3)]
    [InlineData("orders", 3)]
    [InlineData("purchase_days_half_h", 0)]
    [InlineData("purchase_days_h", 0)]
    [InlineData("purchase_days_2h", 3)]
    [InlineData("purchase_days_4h", 3)]
    [InlineData("decay_10", 0.0010806917)]        // e^-10 + e^-9 + e^-7
    [InlineData("purchase_rate", 0.9)]
    [InlineData("orders_30", 0)]
    [InlineData("orders_90", 2)]                  // days 90 and 70 before; 100 is outside
    [InlineData("orders_365", 3)]
    [InlineData("net_total", 115)]
    [InlineData("gross_total", 120)]
    [InlineData("net_h", 0)]
    [InlineData("net_2h", 115)]
    [InlineData("order_value_mean", 40)]
    [InlineData("order_value_max", 60)]
    [InlineData("order_value_cv", 0.5)]           // values 40, 20, 60: sd 20
    [InlineData("order_value_first", 40)]
    [InlineData("order_value_last", 60)]
    [InlineData("refund_share", 0.041666668)]
    [InlineData("refund_lines", 1)]
    [InlineData("lines_per_order", 1.3333334)]
    [InlineData("units_per_order", 3.3333333)]
    [InlineData("products", 3)]
    [InlineData("product_variety", 0.75)]
    [InlineData("categories", 2)]
    [InlineData("top_category_share", 0.75)]
    [InlineData("purchase_days_trend", -1.3862944)] // ln(1 / 4)
    [InlineData("spend_trend", -1.3862944)]         // ln(40 / (120 + 40))
    public void Hand_computed_values(string feature, double expected)
    {
        float value = Row(Hand, "a", T, 60)[FeatureCatalogue.IndexOf(feature)];
        Assert.Equal(expected, value, Math.Max(1e-8, Math.Abs(expected) * 1e-6));
    }

    [Fact]
    public void Catalogue_is_well_formed()
    {
        Assert.True(FeatureCatalogue.All.Count >= 35, $"{FeatureCatalogue.All.Count} features; expected at least 35");
        Assert.Equal(FeatureCatalogue.All.Count, FeatureCatalogue.Names.Distinct().Count());
        float[] row = Row(Hand, "a", T, 60);
        BaseProfile profile = BaseProfile.Fit(TransactionHistoryBuilder.Build(Hand), T, 60);
        foreach (FeatureDefinition feature in FeatureCatalogue.All)
        {
            Assert.Matches("^[a-z][a-z0-9_]*$", feature.Name);
            Assert.EndsWith(".", feature.Description);
            string text = feature.Text(row, profile);
            Assert.DoesNotContain('{', text);
            Assert.DoesNotContain("NaN", text);
        }
    }

    [Fact]
    public void Text_quotes_the_customer_and_the_base()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(Hand);
        BaseProfile profile = BaseProfile.Fit(history, T, 60);
        FeatureMatrix all = FeatureSet.Compute(history, Population.At(history, T), T, 60, profile);
        var row = new float[all.Columns];
        all.CopyRow(0, row);
        string text = FeatureCatalogue.Get("recency_days").Text(row, profile.WithMedians(all));
        Assert.Equal("no order for 70 days, where 12 days between orders are usual (typical customer: last order 40 days ago)", text);
    }

    [Theory]
    [InlineData(1, true, true)]
    [InlineData(2, false, true)]
    [InlineData(3, true, false)]
    public void Batch_single_and_any_thread_count_agree_to_the_bit(int seed, bool orderIds, bool optional)
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(RandomBase.Lines(seed, 700, orderIds: orderIds, optional: optional));
        LocalTime asOf = LocalTime.From(RandomBase.Start.AddDays(300).AddHours(seed));
        BaseProfile profile = BaseProfile.Fit(history, asOf, 45, threads: 1);
        Assert.Equal(profile.ToJson(), BaseProfile.Fit(history, asOf, 45, threads: 3).ToJson());
        profile = BaseProfile.FromJson(profile.ToJson());
        int[] customers = Population.At(history, asOf);
        FeatureMatrix one = FeatureSet.Compute(history, customers, asOf, 45, profile, threads: 1);
        FeatureMatrix three = FeatureSet.Compute(history, customers, asOf, 45, profile, threads: 3);
        var single = new float[one.Columns];
        var batch = new float[one.Columns];
        for (int i = 0; i < customers.Length; i++)
        {
            FeatureSet.Compute(history.Lines(customers[i]), asOf, 45, profile, single);
            one.CopyRow(i, batch);
            AssertSameBits(batch, single, $"customer {i}");
            three.CopyRow(i, batch);
            AssertSameBits(batch, single, $"customer {i}, three threads");
        }
    }

    [Fact]
    public void A_history_of_one_customer_gives_the_bits_of_the_base()
    {
        List<TransactionLine> lines = RandomBase.Lines(7, 80);
        TransactionHistory history = TransactionHistoryBuilder.Build(lines);
        LocalTime asOf = LocalTime.From(RandomBase.Start.AddDays(350));
        BaseProfile profile = BaseProfile.Fit(history, asOf, 90);
        foreach (int c in Population.At(history, asOf))
        {
            TransactionHistory alone = TransactionHistoryBuilder.Build(lines.Where(l => l.CustomerId == history.CustomerId(c)));
            var a = new float[FeatureCatalogue.All.Count];
            var b = new float[FeatureCatalogue.All.Count];
            FeatureSet.Compute(history.Lines(c), asOf, 90, profile, a);
            FeatureSet.Compute(alone.Lines(0), asOf, 90, profile, b);
            AssertSameBits(a, b, history.CustomerId(c));
        }
    }

    [Fact]
    public void Without_a_purchase_there_is_no_row()
    {
        TransactionHistory history =
            TransactionHistoryBuilder.Build([new("a", new DateTime(2024, 1, 1), 5), new("b", new DateTime(2024, 1, 1), -5)]);
        BaseProfile profile = BaseProfile.Fit(history, T, 30);
        FeatureMatrix rows = FeatureSet.Compute(history, [0, 1], T, 30, profile);
        Assert.False(float.IsNaN(rows.Column(0)[0]));
        Assert.All(Enumerable.Range(0, rows.Columns), j => Assert.True(float.IsNaN(rows.Column(j)[1])));
        Assert.Equal([0], Population.At(history, T));
    }

    internal static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string where)
    {
        for (int j = 0; j < expected.Length; j++)
        {
            if (BitConverter.SingleToInt32Bits(expected[j]) != BitConverter.SingleToInt32Bits(actual[j]))
            {
                Assert.Fail($"{where}: {FeatureCatalogue.Names[j]} is {actual[j]:R}, expected {expected[j]:R}");
            }
        }
    }
}
