using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Tests;
using Predictive.Segmentation.Rules;
using Predictive.Training.Snapshots;

namespace Predictive.Segmentation.Tests.Features;

/// <summary>The customers and events tables as features: by hand, without a leak, the same in every way of asking.</summary>
public sealed class TableFeaturesTests : IDisposable
{
    private const int H = 60;
    private static readonly LocalTime T = LocalTime.From(new DateTime(2024, 4, 10));
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-tables-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TransactionHistory Hand(IEnumerable<SmallTables.Event>? events = null, IEnumerable<SmallTables.Customer>? customers = null)
    {
        SmallDataset.Write(
            _folder,
            [
                new("a", "2024-01-05T10:00", 10), new("b", "2024-02-05T10:00", 20), new("later", "2024-05-01T10:00", 5),
                new("zz", "2024-03-01T00:00", 5),
            ]);
        if (events is not null)
        {
            SmallTables.Write(_folder, events);
        }

        if (customers is not null)
        {
            SmallTables.Write(_folder, customers);
        }

        return DatasetLoader.Load(_folder);
    }

    private static float Value(TransactionHistory history, string customer, string feature)
    {
        BaseProfile profile = BaseProfile.Fit(history, T, H);
        profile = BaseProfile.FromJson(profile.ToJson()); // as a model zip gives it back
        var row = new float[profile.Features.Count];
        FeatureSet.Compute(history.Lines(history.IndexOf(customer)), T, H, profile, row);
        return row[profile.IndexOf(feature)];
    }

    // a: three answers, the last on the as-of instant and so unseen; a visit 60 days before (in H) and one 61 days before (not).
    private static readonly SmallTables.Event[] HandEvents =
    [
        new("a", "2024-03-01T12:00", "nps", 9), new("a", "2024-01-10T12:00", "nps", 4), new("a", "2024-04-10T00:00", "nps", 0),
        new("a", "2024-02-10T23:59", "Site visit!"), new("a", "2024-02-09T23:59", "Site visit!"),
        new("b", "2024-04-09T23:59", "nps", 7), new("nobody", "2024-01-01T00:00", "nps", 1), new("a", "2024-04-10T00:00", "only later"),
    ];

    [Theory]
    [InlineData("a", "event_nps", 2)]
    [InlineData("a", "event_nps_h", 1)]
    [InlineData("a", "event_nps_days", 40)]
    [InlineData("a", "event_nps_mean", 6.5)]
    [InlineData("a", "event_nps_last", 9)]
    [InlineData("a", "event_site_visit_", 2)]
    [InlineData("a", "event_site_visit__h", 1)]
    [InlineData("a", "event_site_visit__days", 60)]
    [InlineData("b", "event_nps_days", 1)]
    [InlineData("b", "event_site_visit_", 0)]
    [InlineData("b", "event_site_visit__days", double.NaN)]
    [InlineData("zz", "event_nps", 0)]
    [InlineData("zz", "event_nps_mean", double.NaN)]
    public void Events_by_hand(
        string customer, string feature, double expected) => Assert.Equal((float)expected, Value(Hand(HandEvents), customer, feature));

    [Fact]
    public void A_kind_only_seen_later_is_no_feature()
    {
        BaseProfile profile = BaseProfile.Fit(Hand(HandEvents), T, H);
        Assert.Equal(["Site visit!", "nps"], profile.Tables!.Kinds.Select(k => k.Kind));
        Assert.Equal(FeatureCatalogue.All.Count + 8, profile.Features.Count); // three of the visit, which has no value, and five of nps
    }

    [Fact]
    public void Attributes_by_hand()
    {
        TransactionHistory history = Hand(customers:
        [
            new("b", "100-124K", 41, "b@x"), new("a", "15-24K", double.NaN, "a@x"), new("zz", null, 30, "z@x"),
            new("later", "1-2K", 20, "l@x"), new("nobody", "other", 1, "n@x"),
        ]);
        Assert.Equal(["age", "email", "region"], history.Tables!.Attributes.Select(a => a.Name)); // joined_on is a date
        BaseProfile profile = BaseProfile.Fit(history, T, H);

        // Bands in the order of their numbers; nothing of "later" (no purchase yet) or "nobody" (none at all).
        Assert.Equal(["15-24K", "100-124K"], profile.Tables!.Attributes.Single(a => a.Name == "region").Categories);
        Assert.Equal(0, Value(history, "a", "customer_region"));
        Assert.Equal(1, Value(history, "b", "customer_region"));
        Assert.Equal(float.NaN, Value(history, "zz", "customer_region"));
        Assert.Equal(float.NaN, Value(history, "later", "customer_region"));
        Assert.Equal(41, Value(history, "b", "customer_age"));
        Assert.Equal(float.NaN, Value(history, "a", "customer_age"));
        var row = new float[profile.Features.Count];
        FeatureSet.Compute(history.Lines(history.IndexOf("b")), T, H, profile, row);
        Assert.Equal("region: 100-124K", profile.Features[profile.IndexOf("customer_region")].Text(row, profile));
    }

    [Fact]
    public void Without_the_tables_nothing_changes()
    {
        TransactionHistory bare = TransactionHistoryBuilder.Build(RandomBase.Lines(3));
        BaseProfile profile = BaseProfile.Fit(bare, T, H);
        Assert.Null(profile.Tables);
        Assert.Same(FeatureCatalogue.All, profile.Features);
        Assert.Same(FeatureCatalogue.Names, FeatureSet.Compute(bare, Population.At(bare, T), T, H, profile).Names);
        Assert.DoesNotContain("tables", System.Text.Encoding.UTF8.GetString(profile.ToJson()));
    }

    [Fact]
    public void A_history_without_tables_has_missing_features_under_a_profile_with_them()
    {
        BaseProfile profile = BaseProfile.Fit(Hand(HandEvents, [new("a", "north", 40)]), T, H);
        TransactionHistory inline = TransactionHistoryBuilder.Build([new("a", new DateTime(2024, 1, 5, 10, 0, 0), 10)]);
        var row = new float[profile.Features.Count];
        FeatureSet.Compute(inline.Lines(0), T, H, profile, row);
        Assert.False(float.IsNaN(row[0]));
        Assert.All(row[FeatureCatalogue.All.Count..], v => Assert.True(float.IsNaN(v)));
    }

    /// <summary>A random base with both tables.</summary>
    internal static TransactionHistory WithTables(
        int seed, int customers = 60, Func<SmallTables.Event, IEnumerable<SmallTables.Event>>? change = null)
    {
        string folder = Directory.CreateTempSubdirectory("predictive-tables-").FullName;
        try
        {
            TransactionHistory history = TransactionHistoryBuilder.Build(RandomBase.Lines(seed, customers));
            SmallDataset.Write(folder, [new("x", "2024-01-01T00:00", 1)]); // the tables are joined to another history
            var random = new Random(seed);
            string Time() =>
                RandomBase.Start.AddDays(random.Next(400)).AddSeconds(random.Next(2) == 0 ? 0 : random.Next(86_400)).ToString("O");
            SmallTables.Event[] events =
            [
                .. Enumerable.Range(0, customers * 12)
                    .Select(
                        _ => new SmallTables.Event(
                            $"c{random.Next(customers):000}", Time(), $"k{random.Next(4)}",
                            random.Next(3) == 0 ? double.NaN : random.Next(100) / 7d)),
            ];
            SmallTables.Write(folder, change is null ? events : events.SelectMany(change), group: 101);
            SmallTables.Write(
                folder,
                Enumerable.Range(0, customers)
                    .Select(c =>
                        new SmallTables.Customer($"c{c:000}", c % 7 == 0 ? null : $"r{c % 5}", c % 3 == 0 ? double.NaN : 20 + (c % 50))));
            return DatasetLoader.Join(history, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_feature_sees_an_event_at_or_after_as_of(int seed) => Assert.Empty(Leaking(seed, daysSeenPast: 0));

    [Fact]
    public void A_pass_that_reads_past_as_of_is_found() =>
        Assert.Superset(
            new HashSet<string> { "event_k0", "event_k1_days", "event_k2_mean", "event_k3_last" }, Leaking(1, daysSeenPast: 10));

    private static SortedSet<string> Leaking(int seed, int daysSeenPast)
    {
        LocalTime asOf = LocalTime.From(RandomBase.Start.AddDays(200).AddHours(seed % 2 == 0 ? 0 : 10));
        var random = new Random(seed);
        IEnumerable<SmallTables.Event> Change(SmallTables.Event e) =>
            SmallTables.Micros(e.Time!) < asOf.Micros ? [e] : random.Next(4) switch
        {
            0 => [],
            1 => [e with { Value = 1000 }, e with { Kind = "k_new" }],
            2 => [e with { Time = asOf.ToDateTime().ToString("O") }],
            _ => [e, e with { Kind = "k0", Value = -5 }],
        };
        TransactionHistory before = WithTables(seed), after = WithTables(seed, change: Change);
        BaseProfile profile = BaseProfile.Fit(before, asOf, H);
        var leaking = new SortedSet<string>();
        if (!profile.ToJson().AsSpan().SequenceEqual(BaseProfile.Fit(after, asOf, H).ToJson()))
        {
            leaking.Add("profile");
        }

        FeatureRow rowBefore = new(asOf.AddDays(daysSeenPast), H, profile), rowAfter = new(asOf.AddDays(daysSeenPast), H, profile);
        float[] a = new float[profile.Features.Count], b = new float[profile.Features.Count];
        foreach (int c in Population.At(before, asOf))
        {
            rowBefore.Fill(before.Lines(c), a);
            rowAfter.Fill(after.Lines(c), b);
            for (int j = 0; j < a.Length; j++)
            {
                if (BitConverter.SingleToInt32Bits(a[j]) != BitConverter.SingleToInt32Bits(b[j]))
                {
                    leaking.Add(profile.FeatureNames[j]);
                }
            }
        }

        return leaking;
    }

    [Fact]
    public void Batch_single_parts_and_any_thread_count_agree_to_the_bit_at_many_instants()
    {
        TransactionHistory history = WithTables(5, 300);
        TransactionHistory[] halves = [Part(history, 0, 150), Part(history, 150, history.CustomerCount)];
        foreach (int days in new[] { 90, 151, 200, 311, 399 })
        {
            LocalTime asOf = LocalTime.From(RandomBase.Start.AddDays(days).AddHours(days % 24));
            BaseProfile profile = BaseProfile.Fit(history, asOf, H);
            int[] customers = Population.At(history, asOf);
            FeatureMatrix one = FeatureSet.Compute(history, customers, asOf, H, profile, threads: 1),
                three = FeatureSet.Compute(history, customers, asOf, H, profile, threads: 3);
            float[] single = new float[one.Columns], batch = new float[one.Columns], part = new float[one.Columns];
            for (int i = 0; i < customers.Length; i++)
            {
                FeatureSet.Compute(history.Lines(customers[i]), asOf, H, profile, single);
                TransactionHistory half = halves[customers[i] < 150 ? 0 : 1];
                FeatureSet.Compute(half.Lines(half.IndexOf(history.CustomerId(customers[i]))), asOf, H, profile, part);
                one.CopyRow(i, batch);
                Assert.Equal(batch.Select(BitConverter.SingleToInt32Bits), single.Select(BitConverter.SingleToInt32Bits));
                Assert.Equal(batch.Select(BitConverter.SingleToInt32Bits), part.Select(BitConverter.SingleToInt32Bits));
                three.CopyRow(i, batch);
                Assert.Equal(batch.Select(BitConverter.SingleToInt32Bits), single.Select(BitConverter.SingleToInt32Bits));
            }
        }

        static TransactionHistory Part(TransactionHistory history, int from, int to) =>
            Predictive.Training.Snapshots.HistorySample.Take(history, [.. Enumerable.Range(from, to - from)]);
    }
}
