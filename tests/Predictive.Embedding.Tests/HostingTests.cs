using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Hosting;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Embedding.Tests;

/// <summary>Scoring inside another application.</summary>
[Collection(Shop.Collection)]
public sealed class HostingTests(Shop shop)
{
    [Fact]
    public async Task A_promoted_version_is_swapped_in_and_a_broken_one_stays_out()
    {
        string models = Path.Combine(shop.Folder, "hosted");
        var registry = new ModelRegistry(models, SmokeTest.Admit);
        var clock = new FakeTimeProvider();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddPredictive(new PredictiveOptions { Models = models });
        using IHost host = builder.Build();
        await host.StartAsync();
        PredictiveScoring scoring = host.Services.GetRequiredService<PredictiveScoring>();
        Assert.Null(scoring.Current);
        Assert.Contains(
            "predictive train",
            Assert.Throws<InvalidOperationException>(() => scoring.Score(shop.Lines(0), shop.AsOf.ToDateTime())).Message,
            StringComparison.Ordinal);

        registry.Publish("default", shop.Package, PublishAs.Champion);
        clock.Advance(TimeSpan.FromSeconds(2));
        CustomerScorer first = scoring.Current!;
        Assert.Equal(new ModelStamp("default", 1), first.Stamp);

        // The score is that of the library, and so of the host.
        CustomerScore score = scoring.Score(shop.Lines(3), shop.AsOf.ToDateTime());
        TransactionHistory alone = TransactionHistoryBuilder.Build(shop.Lines(3));
        CustomerScore expected = new CustomerScorer(ModelBundle.Load(shop.Package), first.Stamp).ScoreOnce(alone, 0, shop.AsOf);
        Assert.Equal(expected.Churn.Probability, score.Churn.Probability);
        Assert.Equal(expected.Clv, score.Clv);
        Assert.NotEmpty(score.Churn.Reasons);

        registry.Publish("default", shop.Package, PublishAs.Champion);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, scoring.Current!.Stamp.Version);
        Assert.Equal(1, first.Stamp.Version); // who holds the former one goes on with it

        string third = registry.Publish("default", shop.Package, PublishAs.Challenger).Path;
        byte[] bytes = File.ReadAllBytes(third);
        registry.Promote("default", 3);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(third, bytes);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, scoring.Current!.Stamp.Version);
        Assert.NotNull(scoring.Refusal);
        await host.StopAsync();
    }

    [Fact]
    public void What_cannot_be_scored_is_said()
    {
        using ServiceProvider services = new ServiceCollection().AddPredictive(new PredictiveOptions { Models = shop.Models })
            .BuildServiceProvider();
        PredictiveScoring scoring = services.GetRequiredService<PredictiveScoring>();
        DateTime asOf = shop.AsOf.ToDateTime();
        Assert.Contains("no line", Refused([]), StringComparison.Ordinal);
        Assert.Contains("several customers", Refused([.. shop.Lines(0), .. shop.Lines(1)]), StringComparison.Ordinal);
        Assert.Contains("has no purchase", Refused([new TransactionLine("new", asOf.AddDays(-3), -5)]), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ServiceCollection()
            .AddPredictive(new PredictiveOptions { Models = shop.Models, PollInterval = TimeSpan.Zero }).BuildServiceProvider()
            .GetRequiredService<PredictiveScoring>());

        string Refused(TransactionLine[] lines) => Assert.Throws<ArgumentException>(() => scoring.Score(lines, asOf)).Message;
    }
}
