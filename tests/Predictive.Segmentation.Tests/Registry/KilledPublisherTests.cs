using System.Diagnostics;
using Predictive.Segmentation.Registry;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Registry;

/// <summary>
/// Publishers that are killed in the middle, at many points, leave a registry that serves a whole version and takes the next.
/// </summary>
public class KilledPublisherTests
{
    private const string RootVariable = "PREDICTIVE_TEST_KILLED_PUBLISHER_ROOT";
    private const string SeedVariable = "PREDICTIVE_TEST_KILLED_PUBLISHER_SEED";

    [Fact]
    public void Kill_at_any_point_leaves_the_state_before_or_after()
    {
        const int Rounds = 6, Children = 3;
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        int last = 0;
        for (int round = 0; round < Rounds; round++)
        {
            // Several publishers at once, on one model, so that a kill can also hit a waiter and a lock holder.
            Process[] children = [.. Enumerable.Range(0, Children).Select(i => StartPublisher(folder.Path, (round * Children) + i))];
            try
            {
                var registry = new ModelRegistry(folder.Path, Samples.Admit);
                Assert.True(
                    SpinWait.SpinUntil(
                        () => { Thread.Sleep(10); return registry.Versions("m").Count > last + 3; }, TimeSpan.FromSeconds(60)),
                    $"the publishers published nothing in 60 s; seed {seed}");
                foreach (Process child in children)
                {
                    // Spread over several publishes: each takes some milliseconds.
                    SpinFor(random.Next(0, 40_000));
                    child.Kill();
                    child.WaitForExit();
                    CheckWhole(folder.Path, seed);
                }
            }
            finally
            {
                foreach (Process child in children)
                {
                    if (!child.HasExited)
                    {
                        child.Kill();
                        child.WaitForExit();
                    }

                    child.Dispose();
                }
            }

            // The next publisher gets the lock a dead one held, cleans up after it, and takes the next number.
            var survivor = new ModelRegistry(folder.Path, Samples.Admit);
            int highest = survivor.Versions("m")[^1].Version;
            Assert.Equal(highest + 1, survivor.Publish("m", Samples.Package(round), PublishAs.Champion).Version);
            Assert.Equal(highest + 1, survivor.Resolve("m").Version);
            Assert.Empty(Directory.GetFiles(Path.Combine(folder.Path, "m"), ".*.tmp"));
            last = survivor.Versions("m").Count;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{Rounds * Children} kills, {last} versions, all whole");
    }

    [Fact(Explicit = true)]
    public void Publish_until_killed()
    {
        string root =
            Environment.GetEnvironmentVariable(RootVariable) ?? throw new InvalidOperationException("Run by the test above only.");
        int seed = int.Parse(Environment.GetEnvironmentVariable(SeedVariable)!, System.Globalization.CultureInfo.InvariantCulture);
        var registry = new ModelRegistry(root, Samples.Admit);
        for (int i = 0; i < 100_000; i++)
        {
            registry.Publish("m", Samples.Package(seed, payload: 200_000), PublishAs.Champion);
        }
    }

    private static void CheckWhole(string root, int seed)
    {
        var registry = new ModelRegistry(root, Samples.Admit);
        ModelVersion champion = registry.Resolve("m");
        ModelPackage package = registry.Load(champion);
        Assert.True(package.EntryNames.Count == 3, $"seed {seed}");
        // Every zip there is, is whole: nothing half-written has a final name. The latest few suffice, older ones were checked before.
        foreach (ModelVersion version in registry.Versions("m").TakeLast(6))
        {
            Assert.Equal(3, registry.Load(version).EntryNames.Count);
        }
    }

    private static void SpinFor(int microseconds)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < microseconds)
        {
            Thread.SpinWait(20);
        }
    }

    private static Process StartPublisher(string root, int seed) => ChildTest.Start(
        typeof(KilledPublisherTests),
        nameof(Publish_until_killed),
        (RootVariable, root),
        (SeedVariable, seed.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}
