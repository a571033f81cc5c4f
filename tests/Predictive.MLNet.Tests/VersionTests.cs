using System.IO.Compression;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Training.Evaluation;

namespace Predictive.MLNet.Tests;

/// <summary>A whole version by this engine: trained, zipped, opened by plain ML.NET, scored, swapped.</summary>
public sealed class VersionTests(TrainedVersion trained) : IClassFixture<TrainedVersion>
{
    [Fact]
    public void Two_trainings_with_one_seed_give_byte_identical_zips_whatever_the_threads() =>
        Assert.Equal(trained.Package.ToBytes(), trained.Train(seed: 1, threads: 1));

    [Fact]
    public void Every_model_entry_is_what_plain_ML_NET_saves_and_loads()
    {
        Assert.Equal("mlnet", trained.Package.Manifest.Engine.Name);
        Assert.Equal(5, Version.Parse(trained.Package.Manifest.Engine.Version).Major);
        string[] models = [.. trained.Package.EntryNames.Where(n => n.EndsWith(".mlnet.zip", StringComparison.Ordinal))];
        Assert.Contains("churn.mlnet.zip", models);
        Assert.Contains("clv.mlnet.zip", models);
        Assert.Contains("portraits.mlnet.zip", models);
        foreach (string name in models)
        {
            byte[] entry = trained.Package.Entry(name).ToArray();
            var context = new MLContext();
            ITransformer model = context.Model.Load(new MemoryStream(entry), out DataViewSchema schema);
            using var again = new MemoryStream();
            context.Model.Save(model, schema, again);
            Assert.Equal(Contents(again.ToArray()), Contents(entry));
            Assert.All(new ZipArchive(new MemoryStream(entry)).Entries, e => Assert.Equal(new DateTime(1980, 1, 1), e.LastWriteTime.DateTime));
        }
    }

    [Theory]
    [InlineData("churn.mlnet.zip", "Probability")]
    [InlineData("clv.mlnet.zip", "Score")]
    public void Plain_ML_NET_scores_as_the_engine_does(string name, string column)
    {
        var context = new MLContext();
        ITransformer model = context.Model.Load(new MemoryStream(trained.Package.Entry(name).ToArray()), out DataViewSchema schema);
        IPredictor ours = trained.Engine.LoadPredictor(trained.Package.Entry(name));
        VBuffer<ReadOnlyMemory<char>> slots = default;
        schema["Features"].Annotations.GetValue("SlotNames", ref slots);
        Assert.Equal(ours.FeatureNames, slots.DenseValues().Select(n => n.ToString()));
        var random = new Random(1);
        Row[] rows = [.. Enumerable.Range(0, 200).Select(_ => new Row { Features = [.. ours.FeatureNames.Select(_ => random.Next(9) == 0 ? float.NaN : 100 * random.NextSingle())] })];
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, slots.Length);
        float[] plain = [.. model.Transform(context.Data.LoadFromEnumerable(rows, definition)).GetColumn<float>(column)];
        for (int i = 0; i < rows.Length; i++)
        {
            double expected = ours.Predict(rows[i].Features);
            Assert.InRange(plain[i], expected - (1e-5 * Math.Abs(expected)), expected + (1e-5 * Math.Abs(expected)));
        }
    }

    [Fact]
    public void Batch_and_single_scores_agree_to_the_last_bit_for_every_customer()
    {
        CustomerScorer scorer = trained.Scorer(trained.Package, 1);
        ScoreTable table = scorer.ScoreAll(trained.History, trained.AsOf);
        Assert.InRange(table.Count, 700, 900);
        var row = new float[FeatureCatalogue.All.Count];
        var contributions = new double[row.Length + 1];
        for (int i = 0; i < table.Count; i++)
        {
            CustomerScore batch = table.Score(i, withLever: false), single = scorer.Score(trained.History, table.Customers[i], trained.AsOf);
            Assert.Equal(batch.Churn.Probability, single.Churn.Probability);
            Assert.Equal(JsonSerializer.Serialize(batch.Clv), JsonSerializer.Serialize(single.Clv));
            Assert.Equal(JsonSerializer.Serialize(batch.Portrait), JsonSerializer.Serialize(single.Portrait));
            Assert.Equal(JsonSerializer.Serialize(batch.Churn.Reasons), JsonSerializer.Serialize(single.Churn.Reasons));
            FeatureSet.Compute(trained.History.Lines(table.Customers[i]), trained.AsOf, scorer.Bundle.Churn.FeatureHorizonDays, scorer.Bundle.Profile, row);
            scorer.Bundle.Churn.Explain(row, contributions);
            Assert.Equal(Math.Log(single.Churn.Probability / (1 - single.Churn.Probability)), contributions.Sum(), 4);
        }
    }

    [Fact]
    public async Task Requests_during_swaps_are_answered_whole_by_one_version_or_the_other()
    {
        string root = Directory.CreateTempSubdirectory("predictive-mlnet-").FullName;
        try
        {
            var registry = new ModelRegistry(root);
            ModelPackage[] packages = [trained.Package, ModelPackage.FromBytes(trained.Train(seed: 2, threads: 0), "models/default/2.zip")];
            registry.Publish("default", packages[0], PublishAs.Champion);
            registry.Publish("default", packages[1], PublishAs.Challenger);
            int[] customers = [.. Enumerable.Range(0, trained.History.CustomerCount).Where(c => CustomerScorer.CanScore(trained.History, c, trained.AsOf)).Take(16)];
            string[][] expected = [.. packages.Select((p, v) => Answers(trained.Scorer(p, v + 1)))];
            Assert.DoesNotContain(expected[0], expected[1].Contains);
            using var watch = new ChampionWatch<CustomerScorer>(registry, "default", (p, v) => new CustomerScorer(ModelBundle.Load(p, trained.Engine), new ModelStamp(v.Name, v.Version)));
            bool swapping = true;
            int answered = 0;
            Task[] clients = [.. Enumerable.Range(0, 4).Select(client => Task.Run(() =>
            {
                for (int i = client; Volatile.Read(ref swapping); i++)
                {
                    var (version, scorer) = watch.Current!.Value;
                    int k = i % customers.Length;
                    Assert.Equal(expected[version.Version - 1][k], Answer(scorer, customers[k]));
                    Interlocked.Increment(ref answered);
                }
            }))];
            for (int swap = 0; swap < 10; swap++)
            {
                int before = Volatile.Read(ref answered);
                registry.Promote("default", 1 + ((swap + 1) % 2));
                Assert.True(watch.Refresh(), watch.Refusal);
                SpinWait.SpinUntil(() => Volatile.Read(ref answered) > before + 4 || clients.Any(c => c.IsFaulted));
            }

            Volatile.Write(ref swapping, false);
            await Task.WhenAll(clients);

            string[] Answers(CustomerScorer scorer) => [.. customers.Select(c => Answer(scorer, c))];
            string Answer(CustomerScorer scorer, int customer) => JsonSerializer.Serialize(scorer.Score(trained.History, customer, trained.AsOf));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void A_backtest_beats_chance_and_names_its_engine()
    {
        AsOf cutoff = new(trained.AsOf.Micros - (60L * 86_400_000_000));
        BacktestReport report = Backtest.Run(trained.History, new BacktestOptions { Cutoff = cutoff, HorizonDays = 60, Engine = trained.Engine });
        Assert.Equal("mlnet", report.Engine);
        Assert.InRange(report.Churn.Auc, .7, .99);
        Assert.InRange(report.Clv.Gini, .5, .99);
    }

    /// <summary>Names, sizes and bytes of a zip's entries: everything but the clock.</summary>
    private static List<(string Name, string Bytes)> Contents(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return [.. archive.Entries.Select(e =>
        {
            using var copy = new MemoryStream();
            using Stream stream = e.Open();
            stream.CopyTo(copy);
            return (e.FullName, Convert.ToHexString(copy.ToArray()));
        })];
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];
    }
}
