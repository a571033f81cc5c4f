using Predictive.Learning.BuiltIn;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Pipeline;

namespace Predictive.MLNet.Tests;

/// <summary>A whole version by this engine: trained, zipped, opened by plain ML.NET, scored, swapped.</summary>
public sealed class VersionTests(TrainedVersion trained) : IClassFixture<TrainedVersion>
{
    [Fact]
    public void Two_trainings_with_one_seed_give_byte_identical_zips_whatever_the_threads() =>
        Assert.Equal(trained.Package.ToBytes(), trained.Train(seed: 1, threads: 1));

    [Fact]
    public void A_loaded_version_is_written_as_it_was_read() =>
        Assert.Equal(trained.Package.ToBytes(), ModelBundle.Load(trained.Package).ToPackage().ToBytes());

    [Fact]
    public void Every_model_entry_is_what_plain_ML_NET_saves_and_loads()
    {
        Assert.Equal("mlnet", trained.Package.Manifest.Engine.Name);
        Assert.Equal("fasttree", trained.Package.Manifest.Engine.Trainer);
        Assert.Equal(5, Version.Parse(trained.Package.Manifest.Engine.Version).Major);
        string[] models = [.. trained.Package.EntryNames.Where(n => n.EndsWith(".mlnet.zip", StringComparison.Ordinal))];
        Assert.Contains("churn.mlnet.zip", models);
        Assert.Contains("clv.mlnet.zip", models);
        Assert.Contains("portraits.mlnet.zip", models);
        Assert.Contains("portraits.bin", trained.Package.EntryNames);
        foreach (string name in models)
        {
            byte[] entry = trained.Package.Entry(name).ToArray();
            var context = new MLContext();
            ITransformer model = context.Model.Load(new MemoryStream(entry), out DataViewSchema schema);
            using var again = new MemoryStream();
            context.Model.Save(model, schema, again);
            Assert.Equal(Contents(again.ToArray()), Contents(entry));
            Assert.All(
                new ZipArchive(new MemoryStream(entry)).Entries, e => Assert.Equal(new DateTime(1980, 1, 1), e.LastWriteTime.DateTime));
        }
    }

    [Fact]
    public void Plain_ML_NET_scores_each_entry_as_what_scores_here_does()
    {
        (string, ReadOnlyMemory<byte>)[] learners = [.. Learners("churn"), .. Learners("clv")];
        Assert.Equal(
            ["churn.mlnet.zip", "clv.mlnet.zip", "clv-2.mlnet.zip", "clv-3.mlnet.zip", "clv-4.mlnet.zip"], learners.Select(l => l.Item1));
        foreach (var (name, payload) in learners)
        {
            var context = new MLContext();
            ITransformer model = context.Model.Load(new MemoryStream(trained.Package.Entry(name).ToArray()), out DataViewSchema schema);
            IPredictor ours = Predictors.Load(payload);
            VBuffer<ReadOnlyMemory<char>> slots = default;
            schema["Features"].Annotations.GetValue("SlotNames", ref slots);
            Assert.Equal(ours.FeatureNames, slots.DenseValues().Select(n => n.ToString()));
            var random = new Random(1);
            float[][] columns =
            [
                .. ours.FeatureNames.Select(
                    _ => Enumerable.Range(0, 500).Select(_ => random.Next(9) == 0 ? float.NaN : 100 * random.NextSingle()).ToArray()),
            ];
            var rows = new FeatureMatrix(ours.FeatureNames, columns);
            IDataView scored = model.Transform(Samples.View(context, rows));
            float[] plain = [.. scored.GetColumn<float>(scored.Schema.GetColumnOrNull("Probability") is null ? "Score" : "Probability")];
            double[] expected = Samples.All(ours, rows);
            Assert.True(expected.Distinct().Count() > 50, name);
            for (int i = 0; i < plain.Length; i++)
            {
                // AgreementTests derives the exact bound; here a hundred trees of leaves below 1.
                Assert.InRange(plain[i], expected[i] - (1e-5 * Math.Abs(expected[i])), expected[i] + (1e-5 * Math.Abs(expected[i])));
            }
        }
    }

    // The payloads inside a model's entry, each after its length, with the entry of the same learner as ML.NET saved it.
    private IEnumerable<(string Name, ReadOnlyMemory<byte> Payload)> Learners(string model)
    {
        ReadOnlyMemory<byte> bytes = trained.Package.Entry(model + ".bin");
        int number = 0;
        for (int at = bytes.Span.IndexOf("PGBT"u8); at >= 0;)
        {
            int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[(at - 4)..]);
            number++;
            yield return ($"{model}{(number == 1 ? "" : $"-{number}")}.mlnet.zip", bytes.Slice(at, length));
            int next = bytes.Span[(at + length)..].IndexOf("PGBT"u8);
            at = next < 0 ? -1 : at + length + next;
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
            CustomerScore batch = scorer.Score(table, i, withLever: false),
                single = scorer.Score(trained.History, table.Customers[i], trained.AsOf);
            Assert.Equal(batch.Churn.Probability, single.Churn.Probability);
            Assert.Equal(JsonSerializer.Serialize(batch.Clv), JsonSerializer.Serialize(single.Clv));
            Assert.Equal(JsonSerializer.Serialize(batch.Portrait), JsonSerializer.Serialize(single.Portrait));
            Assert.Equal(JsonSerializer.Serialize(batch.Churn.Reasons), JsonSerializer.Serialize(single.Churn.Reasons));
            FeatureSet.Compute(
                trained.History.Lines(table.Customers[i]), trained.AsOf, scorer.Bundle.Churn.FeatureHorizonDays, scorer.Bundle.Profile,
                row);
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
            var registry = new ModelRegistry(root, SmokeTest.Admit);
            ModelPackage[] packages = [trained.Package, ModelPackage.FromBytes(trained.Train(seed: 2, threads: 0), "models/default/2.zip")];
            registry.Publish("default", packages[0], PublishAs.Champion);
            registry.Publish("default", packages[1], PublishAs.Challenger);
            int[] customers =
            [
                .. Enumerable.Range(0, trained.History.CustomerCount).Where(c => CustomerScorer.CanScore(trained.History, c, trained.AsOf))
                    .Take(16),
            ];
            string[][] expected = [.. packages.Select((p, v) => Answers(trained.Scorer(p, v + 1)))];
            Assert.DoesNotContain(expected[0], expected[1].Contains);
            using var watch = new ChampionWatch<CustomerScorer>(
                registry, "default", (p, v) => new CustomerScorer(ModelBundle.Load(p), new ModelStamp(v.Name, v.Version)));
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
            string Answer(CustomerScorer scorer, int customer) =>
                JsonSerializer.Serialize(scorer.Score(trained.History, customer, trained.AsOf));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void A_backtest_beats_chance_and_names_its_engine()
    {
        LocalTime cutoff = new(trained.AsOf.Micros - (60L * 86_400_000_000));
        BacktestReport report =
            Backtest.Run(trained.History, new BacktestOptions { Cutoff = cutoff, HorizonDays = 60, Engine = trained.Engine });
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
}
