using Predictive.Segmentation.Registry;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Registry;

public class ModelRegistryTests
{
    [Fact]
    public void Publishing_counts_up_and_moves_the_champion()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder["models"], Samples.Admit);
        Assert.Empty(registry.Names());
        Assert.Equal(1, registry.Publish("default", Samples.Package(1)).Version);
        Assert.Equal(2, registry.Publish("default", Samples.Package(2)).Version);
        Assert.Equal(2, registry.Resolve("default").Version);
        Assert.Equal(1, registry.Resolve("default", "1").Version);
        Assert.Equal(["default"], registry.Names());
        Assert.Equal(Samples.Package(2).ToBytes(), File.ReadAllBytes(folder["models/default/2.zip"]));
        Assert.Equal("{\n  \"champion\": 2,\n  \"previous\": [\n    1\n  ]\n}\n", File.ReadAllText(folder["models/default/aliases.json"]));
        Assert.Empty(registry.Verify("default"));
        Assert.Empty(Directory.GetFiles(folder["models/default"], ".*.tmp"));
    }

    [Fact]
    public void A_model_worse_than_its_baselines_waits_as_challenger()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, Samples.Admit);
        registry.Publish("m", Samples.Package(1, "D"));
        Assert.Equal(new ModelAliases(1, null, []).ToString(), (registry.Aliases("m") with { Previous = [] }).ToString());
        registry.Publish("m", Samples.Package(2, "B"));
        registry.Publish("m", Samples.Package(3, "D"));
        ModelAliases aliases = registry.Aliases("m");
        Assert.Equal((2, 3), (aliases.Champion, aliases.Challenger));
        aliases = registry.Promote("m", 3);
        Assert.Equal((3, null), (aliases.Champion, aliases.Challenger));
        registry.Publish("m", Samples.Package(4), PublishAs.Unaliased);
        Assert.Equal(3, registry.Resolve("m").Version);
    }

    [Fact]
    public void Rollback_goes_back_step_by_step_and_skips_damaged_zips()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, Samples.Admit);
        for (int i = 1; i <= 4; i++)
        {
            registry.Publish("m", Samples.Package(i));
        }

        CutInHalf(folder["m/3.zip"]);
        Assert.Equal(2, registry.Rollback("m").Champion);
        Assert.Equal(1, registry.Rollback("m").Champion);
        var e = Assert.Throws<ModelPackageException>(() => registry.Rollback("m"));
        Assert.Contains("no earlier champion to roll back to; version 1 stays", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, registry.Resolve("m").Version);
    }

    [Fact]
    public void A_zip_cut_in_half_is_refused_by_name_and_listed()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, Samples.Admit);
        registry.Publish("m", Samples.Package(1));
        registry.Publish("m", Samples.Package(2), PublishAs.Challenger);
        CutInHalf(folder["m/2.zip"]);
        var e = Assert.Throws<ModelPackageException>(() => registry.Promote("m", 2));
        Assert.Contains("2.zip: is not a whole zip", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, registry.Resolve("m").Version);
        IReadOnlyList<ModelListing> list = registry.List("m");
        Assert.Null(list[0].Refusal);
        Assert.True(list[0].IsChampion);
        Assert.Contains("2.zip", list[1].Refusal, StringComparison.Ordinal);
        Assert.Single(registry.Verify("m"));
        File.Delete(folder["m/1.zip"]);
        Assert.Contains(registry.Verify("m"), f => f.Contains("the champion is version 1, whose zip is missing", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../m")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    [InlineData(".hidden")]
    public void Names_that_lead_elsewhere_are_refused(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "is not a model name",
            Assert.Throws<ModelPackageException>(
                () => new ModelRegistry(folder.Path, Samples.Admit).Publish(name, Samples.Package())).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void What_is_not_there_is_answered_with_what_is()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, Samples.Admit);
        Assert.Contains("holds no model; train one first", Message("m", "champion"), StringComparison.Ordinal);
        registry.Publish("other", Samples.Package());
        Assert.Contains("holds the models other", Message("m", "champion"), StringComparison.Ordinal);
        registry.Publish("m", Samples.Package());
        Assert.Contains("there is no version 7; ", Message("m", "7"), StringComparison.Ordinal);
        Assert.Contains("there is no challenger", Message("m", "challenger"), StringComparison.Ordinal);
        Assert.Contains("'latest' is not a version", Message("m", "latest"), StringComparison.Ordinal);
        Assert.Contains("'07' is not a version", Message("m", "07"), StringComparison.Ordinal);

        string Message(string name, string version) => Assert.Throws<ModelPackageException>(() => registry.Resolve(name, version)).Message;
    }

    [Fact]
    public void Concurrent_publishers_never_lose_a_version()
    {
        using var folder = new TemporaryFolder();
        const int Publishers = 4, Each = 8;
        var published = new System.Collections.Concurrent.ConcurrentBag<int>();
        Parallel.For(0, Publishers, new ParallelOptions { MaxDegreeOfParallelism = Publishers }, p =>
        {
            var registry = new ModelRegistry(folder.Path, Samples.Admit);
            for (int i = 0; i < Each; i++)
            {
                published.Add(registry.Publish("m", Samples.Package((p * 100) + i)).Version);
            }
        });
        Assert.Equal(Enumerable.Range(1, Publishers * Each), published.Order());
        var after = new ModelRegistry(folder.Path, Samples.Admit);
        Assert.Empty(after.Verify("m"));
        Assert.Equal(Publishers * Each, after.Resolve("m").Version);
    }

    internal static void CutInHalf(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
    }
}
