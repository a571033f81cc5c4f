using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Predictive.ExampleFeatures;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Hosting;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Training.Pipeline;

namespace Predictive.Embedding.Tests;

/// <summary>
/// Features that an application brings (tests/Predictive.ExampleFeatures): a planted signal that only they see is learned, explained,
/// stored with the version and served, and they cannot look ahead.
/// </summary>
public sealed class OwnFeaturesTests : IDisposable
{
    private const int Horizon = 60;
    private const string Leaving = "moving-box";
    private static readonly DateTime s_start = new(2024, 1, 1), s_end = s_start.AddDays(480);
    private static readonly BasketSignals s_signals = new(Leaving);

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-own-").FullName;

    static OwnFeaturesTests() => FeatureSources.Register(s_signals);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_signal_that_only_the_source_sees_is_learned()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(Lines(seed: 4));
        BacktestOptions plain = new()
        {
            Cutoff = LocalTime.From(s_end.AddDays(-Horizon)), HorizonDays = Horizon, Engine = new BuiltInEngine(),
        };
        double without = Backtest.Run(history, plain).Churn.LogLoss,
            with = Backtest.Run(history, plain with { FeatureSources = [s_signals] }).Churn.LogLoss;
        TestContext.Current.TestOutputHelper?.WriteLine($"log loss without {without}, with {with}");
        Assert.InRange(with, 0, .6 * without);
    }

    [Fact]
    public async Task It_is_explained_stored_by_name_and_version_and_served_by_the_application()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(Lines(seed: 5));
        var options = new TrainingOptions
        {
            AsOf = LocalTime.From(s_end), HorizonDays = Horizon, Engine = new BuiltInEngine(), FeatureSources = [s_signals],
        };
        ModelPackage package = BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options).ToPackage();
        string models = Path.Combine(_folder, "models");
        var registry = new ModelRegistry(models, SmokeTest.Admit);
        registry.Publish("default", package, PublishAs.Champion);
        ModelPackage loaded = registry.Load(registry.Resolve("default"));
        FeatureSourceStamp stamp = Assert.Single(loaded.Manifest.FeatureSources!);
        Assert.Equal(("signals", 1), (stamp.Name, stamp.Version));
        Assert.Equal(["leaving_goods", "payday_share"], stamp.Features);

        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddPredictive(new PredictiveOptions { Models = models, FeatureSources = [s_signals] });
        using IHost host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        PredictiveScoring scoring = host.Services.GetRequiredService<PredictiveScoring>();
        var bundle = ModelBundle.Load(package);
        var scorer = new CustomerScorer(bundle, new ModelStamp("default", 1));
        int told = 0;
        foreach (IGrouping<string, TransactionLine> customer in Lines(seed: 5).GroupBy(l => l.CustomerId).Take(150))
        {
            CustomerScore score = scoring.Score([.. customer], s_end);
            Assert.Equal(
                scorer.Score(history, history.IndexOf(customer.Key), LocalTime.From(s_end)).Churn.Probability, score.Churn.Probability);
            bool hasLeft = customer.MaxBy(l => l.OrderedAt)!.ProductId!.StartsWith(Leaving, StringComparison.Ordinal);
            told += hasLeft && score.Churn.Reasons.Any(r => r.Text == "goods for leaving in the last order: yes") ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{told} of 150 have it among their three reasons");
        Assert.InRange(told, 75, 150);

        // The twin that judges it later is one with the source, too: without it another model would be judged.
        JudgedReport report = Backtest.Run(history, new BacktestOptions
        {
            Cutoff = options.AsOf.AddDays(-Horizon), HorizonDays = Horizon, Engine = options.Engine, FeatureSources = [s_signals],
        });
        ModelPackage twin = KeptTwin.Of(report, options, history);
        Assert.True(KeptTwin.Is(twin, options, options.AsOf.AddDays(-Horizon)));
        Assert.False(KeptTwin.Is(twin, options with { FeatureSources = [] }, options.AsOf.AddDays(-Horizon)));

        // Another program, or another formula: refused with the reason, not scored by half.
        var other = new ModelPackage(
            package.Manifest with { FeatureSources = [stamp with { Version = 2 }] },
            package.EntryNames.Select(n => KeyValuePair.Create(n, package.Entry(n).ToArray())));
        ModelPackageException fault = Assert.Throws<ModelPackageException>(() => ModelBundle.Load(other));
        Assert.Contains("learned with the feature source signals 2", fault.Message, StringComparison.Ordinal);
        Assert.Contains("this program has signals 1", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_comes_later_changes_no_bit(int seed)
    {
        LocalTime asOf = LocalTime.From(s_start.AddDays(300).AddHours(seed % 2 * 10));
        List<TransactionLine> lines = Lines(seed), changed =
        [
            .. lines.Where(l => LocalTime.From(l.OrderedAt) < asOf),
            .. lines.Where(l => LocalTime.From(l.OrderedAt) >= asOf).Select(l => l with { Amount = -5, ProductId = Leaving + "-later" }),
            .. lines.Take(50).Select(l => l with { OrderedAt = asOf.ToDateTime(), ProductId = Leaving + "-now" }),
        ];
        float[][] before = Rows(lines), after = Rows(changed);
        Assert.Equal(before.Length, after.Length);
        Assert.All(before.Zip(after), p => Assert.Equal(p.First, p.Second));
        Assert.Contains(before, r => r[0] == 1);
        Assert.Contains(before, r => r[0] == 0);

        float[][] Rows(List<TransactionLine> of)
        {
            TransactionHistory history = TransactionHistoryBuilder.Build(of);
            BaseProfile profile = BaseProfile.Fit(history, asOf, Horizon, 0, TableSchema.Fit(history, asOf, [s_signals]));
            var row = new float[profile.Features.Count];
            return [.. Enumerable.Range(0, history.CustomerCount).Where(c => CustomerScorer.CanScore(history, c, asOf)).Select(c =>
            {
                FeatureSet.Compute(history.Lines(c), asOf, Horizon, profile, row);
                return row[^2..];
            })];
        }
    }

    [Fact]
    public void A_source_without_a_name_of_its_own_is_refused()
    {
        FeatureSources.Register(s_signals);
        FeatureSources.Register(new BasketSignals(Leaving));
        Assert.Contains(s_signals, FeatureSources.All);
        foreach (var (name, version, features, what) in new (string, int, string[], string)[]
        {
            ("Signals", 1, ["a"], "lower-case"), ("event", 1, ["a"], "neither event"),
            ("customer_region", 1, ["a"], "neither event"), ("mine", 0, ["a"], "1 or more"),
            ("mine", 1, [], "0 features"), ("mine", 1, ["a", "a"], "each name once"), ("net", 1, ["total"], "a name of the catalogue"),
            ("signals", 2, ["a"], "registered already"),
        })
        {
            var fault = Assert.Throws<ArgumentException>(() => FeatureSources.Register(new Named(name, version, features)));
            Assert.Contains(what, fault.Message, StringComparison.Ordinal);
        }

        var (one, other) = (new Named("mine", 1, ["a_b"]), new Named("mine_a", 1, ["b"]));
        FeatureSources.Register(one);
        FeatureSources.Register(other);
        foreach (IFeatureSource[] twice in (IFeatureSource[][])[[one, one], [one, other]])
        {
            Assert.Contains(
                "'mine_a_b', which is there already",
                Assert.Throws<ArgumentException>(() => TableSchema.Fit(
                    TransactionHistoryBuilder.Build(Lines(1)), LocalTime.From(s_end), twice)).Message,
                StringComparison.Ordinal);
        }

        Assert.Contains(
            "not registered",
            Assert.Throws<ArgumentException>(() => TableSchema.Fit(
                TransactionHistoryBuilder.Build(Lines(1)), LocalTime.From(s_end), [new Named("unknown", 1, ["a"])])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_fails_or_knows_nothing_is_told_or_left_unknown()
    {
        var failing = new Named("failing", 1, ["a"]) { Value = () => throw new InvalidDataException("no table of wages") };
        var endless = new Named("endless", 1, ["a"]) { Value = () => double.PositiveInfinity };
        FeatureSources.Register(failing);
        FeatureSources.Register(endless);
        TransactionHistory history = TransactionHistoryBuilder.Build(Lines(1));
        LocalTime asOf = LocalTime.From(s_end);
        BaseProfile Profile(IFeatureSource source) => BaseProfile.Fit(history, asOf, Horizon, 0, TableSchema.Fit(history, asOf, [source]));
        var row = new float[FeatureCatalogue.All.Count + 1];
        FeatureSet.Compute(history.Lines(0), asOf, Horizon, Profile(endless), row);
        Assert.True(float.IsNaN(row[^1]));
        BaseProfile profile = Profile(failing);
        var fault = Assert.Throws<DatasetException>(() => FeatureSet.Compute(history.Lines(0), asOf, Horizon, profile, row));
        Assert.Contains("failing 1 failed", fault.Message, StringComparison.Ordinal);
        Assert.Contains("no table of wages", fault.Message, StringComparison.Ordinal);
    }

    // Whoever buys a moving box last has left; nothing else tells them from the others, who go on.
    private static List<TransactionLine> Lines(int seed)
    {
        var random = new Random(seed);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < 500; c++)
        {
            DateTime at = s_start.AddDays(random.Next(200)).AddHours(9);
            for (bool left = false; !left && at < s_end; at = at.AddDays(10 + random.Next(25)))
            {
                left = random.NextDouble() < .12;
                lines.Add(new TransactionLine(
                    $"c{c:000}", at, 5 + random.Next(40), $"{c}-{lines.Count}",
                    left ? $"{Leaving}-{random.Next(3)}" : $"soap-{random.Next(9)}"));
            }
        }

        return lines;
    }

    private sealed class Named(string name, int version, string[] features) : IFeatureSource
    {
        public string Name => name;

        public int Version => version;

        public IReadOnlyList<SourceFeature> Features { get; } = [.. features.Select(f => new SourceFeature(f, "orders", "Anything."))];

        public Func<double> Value { get; init; } = () => 0;

        public void Compute(in SourceInput input, Span<double> values) => values.Fill(Value());
    }
}
