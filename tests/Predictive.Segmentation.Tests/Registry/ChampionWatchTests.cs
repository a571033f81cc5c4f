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
        var registry = new ModelRegistry(folder.Path);
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
        var registry = new ModelRegistry(folder.Path);
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
