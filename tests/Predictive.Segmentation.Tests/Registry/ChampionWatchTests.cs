using Predictive.Segmentation.Registry;
using Predictive.Tests;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Registry;

public class ChampionWatchTests
{
    [Fact]
    public void A_new_champion_is_swapped_in_and_a_damaged_one_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, Samples.Admit);
        var clock = new ManualClock();
        using var watch = Watch(registry);
        int changes = 0;
        watch.Changed += _ => changes++;
        watch.Start(clock, TimeSpan.FromSeconds(1));
        Assert.Null(watch.Current);
        Assert.Contains("holds no model", watch.Refusal, StringComparison.Ordinal);

        registry.Publish("m", Samples.Package(1));
        Assert.Null(watch.Current);
        clock.Tick();
        Assert.Equal("1:1", watch.Current!.Value.Value);
        Assert.Null(watch.Refusal);

        registry.Publish("m", Samples.Package(2));
        ModelRegistryTests.CutInHalf(folder["m/2.zip"]);
        clock.Tick();
        clock.Tick();
        Assert.Equal("1:1", watch.Current!.Value.Value);
        Assert.Contains("2.zip: is not a whole zip", watch.Refusal, StringComparison.Ordinal);
        Assert.Equal(2, changes);

        registry.Publish("m", Samples.Package(3));
        clock.Tick();
        Assert.Equal("3:3", watch.Current!.Value.Value);
        Assert.Null(watch.Refusal);
        Assert.Equal(3, changes);
    }

    [Fact]
    public async Task Readers_never_see_a_mixed_or_missing_version_while_champions_change()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, Samples.Admit);
        registry.Publish("m", Samples.Package(1));
        using var watch = Watch(registry);
        using var stop = new CancellationTokenSource();
        long reads = 0;
        Task reader = Task.Run(() =>
        {
            int last = 0;
            while (!stop.IsCancellationRequested)
            {
                var (version, value) = watch.Current!.Value;
                Assert.Equal($"{version.Version}:{version.Version}", value);
                Assert.True(version.Version >= last);
                last = version.Version;
                reads++;
            }
        });
        for (int i = 2; i <= 30; i++)
        {
            registry.Publish("m", Samples.Package(i));
            Assert.True(watch.Refresh());
            Assert.False(watch.Refresh());
        }

        SpinWait.SpinUntil(() => Interlocked.Read(ref reads) > 0, TimeSpan.FromSeconds(10));
        await stop.CancelAsync();
        await reader;
        Assert.True(reads > 0);
        Assert.Equal(30, watch.Current!.Value.Version.Version);
    }

    [Fact]
    public void A_champion_that_does_not_load_gives_way_to_the_newest_earlier_one_that_does()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, Samples.Admit);
        for (int i = 1; i <= 4; i++)
        {
            registry.Publish("m", Samples.Package(i), PublishAs.Champion);
        }

        ModelRegistryTests.CutInHalf(folder["m/4.zip"]);
        File.Delete(folder["m/3.zip"]);
        using var watch = Watch(registry);
        Assert.Equal("2:2", watch.Current!.Value.Value);
        Assert.Contains("4.zip", watch.Refusal, StringComparison.Ordinal);

        // A damaged alias file, and one that is a folder: what serves goes on, and a restart serves the newest version that loads.
        File.WriteAllText(folder["m/aliases.json"], "{\"champion\":null,\"previous\":[null]");
        Assert.False(watch.Refresh());
        Assert.Contains("aliases.json", watch.Refusal, StringComparison.Ordinal);
        using var restarted = Watch(registry);
        Assert.Equal("2:2", restarted.Current!.Value.Value);
    }

    [Theory]
    [InlineData(typeof(NullReferenceException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    [InlineData(typeof(IndexOutOfRangeException))]
    public void Whatever_loading_throws_becomes_a_refusal(Type fault)
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, Samples.Admit);
        registry.Publish("m", Samples.Package(1), PublishAs.Champion);
        int asked = 0;
        using var watch = new ChampionWatch<string>(registry, "m", (_, _) =>
        {
            asked++;
            throw (Exception)Activator.CreateInstance(fault)!;
        });
        Assert.False(watch.Refresh());
        Assert.Null(watch.Current);
        Assert.NotNull(watch.Refusal);
        Assert.Equal(1, asked);
    }

    private static ChampionWatch<string> Watch(ModelRegistry registry) =>
        new(registry, "m", (package, version) => $"{version.Version}:{package.Manifest.Seed}");

    /// <summary>Fires its one timer when told.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private (TimerCallback Callback, object? State)? _timer;

        public void Tick() => _timer!.Value.Callback(_timer.Value.State);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timer = (callback, state);
            return new Idle();
        }

        private sealed class Idle : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
