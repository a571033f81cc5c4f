using System.Diagnostics;
using System.Globalization;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Registry;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Tests;

namespace Predictive.Worker.Tests;

/// <summary>
/// Processes that promote and are killed at random points: after each kill the log, once settled, tells every change of the champion and
/// none that was not made.
/// </summary>
public class KilledPromotionTests
{
    private const string RootVariable = "PREDICTIVE_TEST_KILLED_PROMOTION_ROOT";

    [Fact]
    public void After_a_kill_the_log_tells_what_serves()
    {
        const int Kills = 5;
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string root = Directory.CreateTempSubdirectory("predictive-killed-").FullName;
        try
        {
            var registry = new ModelRegistry(root, _ => { });
            for (int v = 1; v <= 3; v++)
            {
                registry.Publish("m", Package(v), PublishAs.Unaliased);
            }

            StoreDatabase store = StoreDatabase.Open(Path.Combine(root, "store.db"), TimeProvider.System);
            var log = new AuditLog(store);
            int settled = 0;
            for (int kill = 0; kill < Kills; kill++)
            {
                long before = log.Verify().Entries;
                using (Process child = ChildTest.Start(typeof(KilledPromotionTests), nameof(Promote_until_killed), (RootVariable, root)))
                {
                    Assert.True(
                        SpinWait.SpinUntil(() => { Thread.Sleep(5); return log.Verify().Entries > before + 4; }, 60_000),
                        $"the child promoted nothing in 60 s; seed {seed}");
                    Thread.Sleep(random.Next(0, 60));
                    child.Kill();
                    child.WaitForExit();
                }

                settled += registry.WhileStill("m", aliases => new AuditedChanges(store).Settle(
                    ModelRegistry.SubjectsOf("m"), ModelRegistry.SubjectOf("m", aliases.Champion))) is null ? 0 : 1;
                CheckTold(log, registry.Aliases("m").Champion!.Value, seed);
            }

            TestContext.Current.TestOutputHelper!.WriteLine($"{Kills} kills, {log.Verify().Entries} entries, {settled} settled");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact(Explicit = true)]
    public void Promote_until_killed()
    {
        string root =
            Environment.GetEnvironmentVariable(RootVariable) ?? throw new InvalidOperationException("Run by the test above only.");
        var registry = new ModelRegistry(root, _ => { });
        var changes = new AuditedChanges(StoreDatabase.Open(Path.Combine(root, "store.db"), TimeProvider.System));
        for (int i = 0; i < 100_000; i++)
        {
            registry.Promote("m", 1 + (((registry.Aliases("m").Champion ?? 0) + 1) % 3), change => changes.Begin(
                "test", "promote", ModelRegistry.SubjectOf("m", change.To)!, ModelRegistry.SubjectsOf("m"),
                ModelRegistry.SubjectOf("m", change.From), "model_promoted", new { from = change.From }));
        }
    }

    // Every deed goes on from the one before, the last one is what serves, and every intent was closed once.
    private static void CheckTold(AuditLog log, int champion, int seed)
    {
        Assert.Null(log.Verify().Fault);
        AuditEntry[] entries = [.. log.List(100_000).Reverse()];
        int? standing = null;
        var open = new HashSet<long>();
        foreach (AuditEntry entry in entries)
        {
            if (entry.Action == AuditedChanges.Intent)
            {
                Assert.True(open.Count == 0, $"seed {seed}");
                open.Add(entry.Number);
                continue;
            }

            Assert.True(open.Remove(entry.Details.GetProperty("intent").GetInt64()), $"seed {seed}");
            if (entry.Action == "promote")
            {
                int? from = entry.Details.TryGetProperty("from", out var f) && f.ValueKind == System.Text.Json.JsonValueKind.Number
                    ? f.GetInt32()
                    : null;
                Assert.True(from == standing, $"entry {entry.Number} goes on from {from}, {standing} stood; seed {seed}");
                standing = int.Parse(entry.Subject.AsSpan("model m/".Length), CultureInfo.InvariantCulture);
            }
        }

        Assert.True(open.Count == 0 && standing == champion, $"{standing} by the log, {champion} serves; seed {seed}");
    }

    private static ModelPackage Package(int seed) => new(
        new ModelManifest
        {
            Engine = new EngineStamp("built-in", "1.0", ".bin"), AsOf = "2026-01-01", HorizonDays = 90,
            Features = FeatureSchema.Of([]), TrainingData = new TrainingDataStamp("ab12", 3, 9, "2025-01-01", "2025-12-31"), Seed = seed,
            Metrics = new MetricsStamp(),
        },
        [new("churn.bin", [(byte)seed])]);
}
