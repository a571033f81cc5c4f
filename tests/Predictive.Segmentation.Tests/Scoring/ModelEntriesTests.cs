using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>A version by an engine that saves models in a format of its own: they lie beside what scores, and nothing reads them.</summary>
[Collection(TrainedBase.Collection)]
public sealed class ModelEntriesTests(TrainedBase trained)
{
    private static readonly string[] Beside = ["churn.apart.zip", "clv-2.apart.zip", "clv.apart.zip", "portraits.apart.zip"];

    private ModelPackage Apart() => (trained.Scorer.Bundle with
    {
        Manifest = trained.Package.Manifest with { Engine = new EngineStamp("apart", "1.0.0", ".apart.zip", "big") },
        Originals = Beside.ToDictionary(n => n, n => System.Text.Encoding.UTF8.GetBytes("its own format: " + n)),
    }).ToPackage();

    [Fact]
    public void Models_in_another_format_are_kept_byte_for_byte_beside_what_scores()
    {
        ModelPackage package = ModelPackage.FromBytes(Apart().ToBytes(), "models/default/4.zip");
        Assert.Equal(trained.Package.EntryNames.Concat(Beside).Order(StringComparer.Ordinal), package.EntryNames);
        Assert.All(trained.Package.EntryNames, n => Assert.Equal(trained.Package.Entry(n).ToArray(), package.Entry(n).ToArray()));
        ModelBundle loaded = ModelBundle.Load(package);
        Assert.Equal("its own format: clv-2.apart.zip", System.Text.Encoding.UTF8.GetString(loaded.Originals["clv-2.apart.zip"]));
        Assert.Equal("big", loaded.Manifest.Engine.Trainer);
        Assert.Equal(package.ToBytes(), loaded.ToPackage().ToBytes());
        AssertScores(loaded);
    }

    [Fact]
    public void Scoring_needs_none_of_them()
    {
        ModelPackage package = Apart();
        AssertScores(
            ModelBundle.Load(
                new ModelPackage(
                    package.Manifest, trained.Package.EntryNames.Select(n => KeyValuePair.Create(n, package.Entry(n).ToArray())))));
    }

    private void AssertScores(ModelBundle bundle)
    {
        ScoreTable table = new CustomerScorer(bundle, new ModelStamp("default", 3)).ScoreAll(trained.History, trained.AsOf);
        Assert.Equal(trained.Table.ChurnProbability, table.ChurnProbability);
        Assert.Equal(trained.Table.ClvExpected, table.ClvExpected);
    }
}
