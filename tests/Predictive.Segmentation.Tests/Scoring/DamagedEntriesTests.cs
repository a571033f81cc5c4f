using System.Text;
using System.Text.Json.Nodes;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>
/// A zip whose checksums are right and whose JSON is not: refused in words, or a version that scores as it did; never another exception.
/// </summary>
[Collection(TrainedBase.Collection)]
public sealed class DamagedEntriesTests(TrainedBase trained)
{
    private static readonly string[] s_entries =
    ["profile.json", "distribution.json", "drift.json", "rules.json", "portraits.json", "recommendations.json", "smoke.json"];

    [Fact]
    public void A_sound_version_is_admitted_and_its_smoke_set_is_synthetic()
    {
        SmokeTest.Admit(trained.Package);
        SmokeSet smoke = ModelBundle.Load(trained.Package).Smoke!;
        Assert.Equal(SmokeTest.Histories, smoke.Cases.Count);
        Assert.True(smoke.Cases.Select(c => c.Expected.Churn).Distinct().Count() > 60);
        Assert.True(smoke.Cases.Select(c => c.Expected.Names).Distinct().Count() > 10);
        Assert.DoesNotContain(
            trained.History.Columns.CustomerIds,
            id => trained.Package.Entry(ModelBundle.SmokeEntry).Span.IndexOf(Encoding.UTF8.GetBytes($"\"{id}\"")) >= 0);
    }

    [Theory]
    [InlineData("profile.json", "returnCurves", "[null,null,null]")]
    [InlineData("profile.json", "gapsAtLeast", "null")]
    [InlineData("profile.json", "medians", "[]")]
    [InlineData("profile.json", "logGapSd", "0")]
    [InlineData("distribution.json", "churnQuantiles", "[]")]
    [InlineData("distribution.json", "churnQuantiles", "null")]
    [InlineData("distribution.json", "churnQuantiles", "[0.5,0.1]")]
    [InlineData("rules.json", "options.churnBands.highFrom", "-1")]
    [InlineData("rules.json", "options.churnBands.highFrom", "0.31")]
    [InlineData("rules.json", "options.plays.rules", "[]")]
    [InlineData("distribution.json", "churnQuantiles", "[0.5]")]
    [InlineData("drift.json", "distributions", "[]")]
    [InlineData("drift.json", "distributions", "[null]")]
    [InlineData("rules.json", "tiers", "{\"tiers\":[]}")]
    [InlineData("rules.json", "rfm", "null")]
    [InlineData("rules.json", "rfm", "{\"asOf\":\"2020-01-01\",\"customers\":3,\"recencyDays\":[1],\"frequency\":[1],\"monetary\":[1]}")]
    [InlineData("portraits.json", "portraits", "[null]")]
    [InlineData("portraits.json", "features", "[]")]
    [InlineData("recommendations.json", "model", "null")]
    [InlineData("smoke.json", "cases", "[]")]
    [InlineData("smoke.json", "asOf", "\"2011-01-01\"")]
    public void A_planted_fault_is_refused_by_zip_and_entry(string entry, string member, string value)
    {
        ModelPackage damaged = With(entry, root =>
        {
            string[] path = member.Split('.');
            path[..^1].Aggregate(root, (node, name) => node[name]!)[path[^1]] = JsonNode.Parse(value);
        });
        Assert.StartsWith(
            "4.zip: ", Assert.Throws<ModelPackageException>(() => SmokeTest.Admit(damaged)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_without_a_smoke_set_loads_but_is_not_admitted()
    {
        var bare = new ModelPackage(
            trained.Package.Manifest,
            trained.Package.EntryNames.Where(n => n != ModelBundle.SmokeEntry)
                .Select(n => KeyValuePair.Create(n, trained.Package.Entry(n).ToArray())));
        Assert.Null(ModelBundle.Load(bare).Smoke);
        Assert.Contains("smoke.json", Assert.Throws<ModelPackageException>(() => SmokeTest.Admit(bare)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_registry_moves_no_alias_to_a_version_that_scores_otherwise()
    {
        using var folder = new TemporaryFolder();
        var registry = new ModelRegistry(folder.Path, SmokeTest.Admit);
        registry.Publish("m", trained.Package, PublishAs.Champion);
        ModelPackage other = With("rules.json", root => root["options"]!["churnBands"]!["mediumFrom"] = .599);
        Assert.Throws<ModelPackageException>(() => registry.Publish("m", other));
        // Written by hand, as a fault of a disk or another tool would leave it.
        File.WriteAllBytes(folder["m/2.zip"], other.ToBytes());
        Assert.Contains(
            "does not score as it did", Assert.Throws<ModelPackageException>(() => registry.Promote("m", 2)).Message,
            StringComparison.Ordinal);
        Assert.Equal(1, registry.Aliases("m").Champion);
        Assert.Single(registry.Verify("m"));
    }

    [Fact]
    public void Mutated_entries_are_refused_or_score_as_before()
    {
        const int Seed = 20_261_128, Mutations = 400;
        var random = new Random(Seed);
        int refused = 0;
        for (int n = 0; n < Mutations; n++)
        {
            string entry = s_entries[random.Next(s_entries.Length)];
            string what = "";
            ModelPackage damaged = With(entry, root => what = Mutate(root, random));
            try
            {
                SmokeTest.Admit(damaged);
            }
            catch (ModelPackageException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {Seed}, mutation {n}, {entry} {what}: {e}");
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}: {refused} of {Mutations} refused");
        Assert.InRange(refused, Mutations / 3, Mutations - 1);
    }

    private ModelPackage With(string entry, Action<JsonNode> change)
    {
        JsonNode root = JsonNode.Parse(trained.Package.Entry(entry).Span)!;
        change(root);
        var damaged = new ModelPackage(trained.Package.Manifest, trained.Package.EntryNames.Select(n => KeyValuePair.Create(
            n, n == entry ? Encoding.UTF8.GetBytes(root.ToJsonString()) : trained.Package.Entry(n).ToArray())));
        return ModelPackage.FromBytes(damaged.ToBytes(), "4.zip");
    }

    /// <summary>Replaces one value somewhere in the document by something else.</summary>
    private static string Mutate(JsonNode root, Random random)
    {
        JsonNode at = root;
        while (true)
        {
            JsonNode?[] children = at switch { JsonObject o => [.. o.Select(p => p.Value)], JsonArray a => [.. a], _ => [] };
            if (children.Length == 0)
            {
                break;
            }

            int k = random.Next(children.Length);
            if (children[k] is { } child and (JsonObject or JsonArray) && (child is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
                && random.Next(4) > 0)
            {
                at = child;
                continue;
            }

            string value = random.Next(9) switch
            {
                0 => "null", 1 => "-1", 2 => "1e300", 3 => "\"NaN\"", 4 => "[]", 5 => "\"text\"", 6 => "0", 7 => "{}", _ => "2147483647",
            };
            JsonNode? replacement = JsonNode.Parse(value);
            if (at is JsonObject members)
            {
                members[members.ElementAt(k).Key] = replacement;
            }
            else
            {
                ((JsonArray)at)[k] = replacement;
            }

            return $"{at.GetPath()}[{k}] = {value}";
        }

        return "nothing";
    }
}
