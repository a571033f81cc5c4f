using System.Globalization;
using Predictive.Segmentation.Registry;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Registry;

/// <summary>Which versions stay, which one may be replaced, and what is told of it before and after.</summary>
public class KeepingTests
{
    private static ModelPackage Package(string asOf, int seed = 1) =>
        new(Samples.Manifest(seed) with { AsOf = asOf }, [new("churn.bin", [(byte)seed]), new("drift.json", "{}"u8.ToArray())]);

    private static ModelRegistry Filled(string root)
    {
        // Twelve versions, three a month from January to April; 2, 5 and 12 served.
        var registry = new ModelRegistry(root, Samples.Admit);
        for (int v = 1; v <= 12; v++)
        {
            string asOf = string.Create(CultureInfo.InvariantCulture, $"2026-{1 + ((v - 1) / 3):00}-{1 + ((v - 1) % 3 * 10):00}");
            registry.Publish("m", Package(asOf, v), v is 2 or 5 or 12 ? PublishAs.Champion : PublishAs.Unaliased);
        }

        return registry;
    }

    [Fact]
    public void What_is_in_use_pinned_new_or_the_newest_of_a_month_stays()
    {
        using var folder = new TemporaryFolder();
        ModelRegistry registry = Filled(folder.Path);
        registry.Pin("m", 1, pinned: true);
        Assert.Equal(
            ["pinned", "-", "month", "-", "previous", "month", "-", "-", "month", "-", "newest", "champion"],
            registry.Kept("m", 2).Select(k => k.Why ?? "-"));
        Assert.Equal([2, 4, 7, 8, 10], registry.Prune("m", 2).Select(v => v.Version));
        Assert.Equal([1, 3, 5, 6, 9, 11, 12], registry.Versions("m").Select(v => v.Version));
        Assert.Empty(registry.Prune("m", 2));

        // Numbers are not used again, and what was the champion before is still there to go back to.
        Assert.Equal(13, registry.Publish("m", Package("2026-05-01"), PublishAs.Unaliased).Version);
        Assert.Equal(5, registry.Rollback("m").Champion);
        Assert.Empty(registry.Verify("m"));
    }

    [Fact]
    public void A_version_that_is_pinned_and_serves_is_not_replaced()
    {
        using var folder = new TemporaryFolder();
        ModelRegistry registry = Filled(folder.Path);
        registry.Pin("m", 12, pinned: true);
        foreach (Action attempt in (Action[])
            [
                () => registry.Promote("m", 5), () => registry.Rollback("m"),
                () => registry.Publish("m", Package("2026-05-01"), PublishAs.Champion),
            ])
        {
            Assert.Contains("pinned", Assert.Throws<ModelPackageException>(attempt).Message, StringComparison.Ordinal);
        }

        Assert.Equal(12, registry.Versions("m")[^1].Version);
        Assert.Equal(12, registry.Promote("m", 12).Champion);
        Assert.Null(registry.Pin("m", 12, pinned: false).Pinned);
        Assert.Equal(5, registry.Promote("m", 5).Champion);
        Assert.Throws<ModelPackageException>(() => registry.Pin("m", 99, pinned: true));
    }

    [Fact]
    public void Who_keeps_the_journal_is_told_before_and_after_and_can_refuse()
    {
        using var folder = new TemporaryFolder();
        ModelRegistry registry = Filled(folder.Path);
        var told = new List<string>();
        AliasJournal journal = change =>
        {
            told.Add(string.Create(
                CultureInfo.InvariantCulture, $"{change.From} to {change.To}, serving {registry.Aliases("m").Champion}"));
            return () => told.Add(string.Create(CultureInfo.InvariantCulture, $"serving {registry.Aliases("m").Champion}"));
        };
        registry.Promote("m", 5, journal);
        registry.Rollback("m", journal);
        registry.Publish("m", Package("2026-05-01"), PublishAs.Challenger, journal);
        Assert.Equal(["12 to 5, serving 12", "serving 5", "5 to 12, serving 5", "serving 12"], told);
        Assert.Throws<InvalidOperationException>(() => registry.Promote("m", 2, _ => throw new InvalidOperationException()));
        Assert.Equal(12, registry.Aliases("m").Champion);
    }

    [Fact]
    public void Where_a_version_comes_from_lies_beside_the_zip_not_in_it()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, Samples.Admit);
        var at = new DateTimeOffset(2026, 3, 1, 3, 0, 0, TimeSpan.Zero);
        ModelVersion first = registry.Publish("m", Package("2026-01-01"), PublishAs.Champion, null, new("worker", "schedule", "ab12", at));
        ModelVersion second = registry.Publish(
            "m", Package("2026-01-01"), PublishAs.Champion, null, new("cli ann", "command", "ab12", at) { Job = 7 });
        Assert.Equal(File.ReadAllBytes(first.Path), File.ReadAllBytes(second.Path));
        Assert.Equal(("worker", "schedule", null, null), Of(first));
        Assert.Equal(("cli ann", "command", 1, 7L), Of(second));
        Assert.StartsWith("0.1.0", registry.Provenance(first)!.Code, StringComparison.Ordinal);
        Assert.Null(registry.Provenance(registry.Publish("m", Package("2026-01-01"))));

        (string, string, int?, long?) Of(ModelVersion version) =>
            registry.Provenance(version) is { } o ? (o.Actor, o.Cause, o.Parent, o.Job) : default;
    }

    [Fact]
    public void A_difference_is_named_with_its_place()
    {
        ModelPackage one = Rules(1, "{\"rfm\":{\"recency\":[10,20]},\"tiers\":[{\"name\":\"gold\",\"spend\":5}]}");
        ModelPackage other = Rules(2, "{\"rfm\":{\"recency\":[10,30]},\"tiers\":[{\"name\":\"gold\",\"spend\":6}]}");
        IReadOnlyList<VersionDifference> found = VersionDiff.Of(one, other, "rules.json");
        Assert.Equal(
            [
                new("trained", "seed", "1", "2"), new("rule", "rfm.recency", "[10,20]", "[10,30]"),
                new("rule", "tiers[0].spend", "5", "6"),
            ],
            found);
        Assert.Empty(VersionDiff.Of(one, one, "rules.json"));

        static ModelPackage Rules(int seed, string json) =>
            new(Samples.Manifest(seed), [new("rules.json", System.Text.Encoding.UTF8.GetBytes(json))]);
    }
}
