using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.Exchange;
using Predictive.Exchange.Onnx.Wire;
using Predictive.History;
using Predictive.Learning;
using Predictive.MLNet.Models;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Training;
using Predictive.Training.Pipeline;

namespace Predictive.MLNet.Tests.Exchange;

/// <summary>A version in other people's formats gives the scores that it gives here.</summary>
[Collection(SampleVersion.Collection)]
public sealed class ExchangeTests(SampleVersion sample, TrainedVersion fastTree, ITestOutputHelper output) : IClassFixture<TrainedVersion>
{
    [Fact]
    public void The_graph_gives_the_scores_of_every_customer() => Agrees(OnnxTrial.Of(sample.Bundle, sample.Features));

    [Fact]
    public void So_does_that_of_a_version_by_ML_NET()
    {
        var bundle = ModelBundle.Load(fastTree.Package);
        int[] customers = Population.At(fastTree.History, fastTree.AsOf);
        Agrees(OnnxTrial.Of(
            bundle,
            FeatureSet.Compute(fastTree.History, customers, fastTree.AsOf, bundle.Churn.FeatureHorizonDays, bundle.Profile)));
    }

    /// <summary>Every value at a threshold, one bit beside it, missing or infinite: single precision decides as the trees do.</summary>
    [Fact]
    public void Rows_on_splits_go_the_same_way()
    {
        ILookup<int, float> splits = OnnxTrial.Splits(OnnxFile.Graph(sample.Bundle)).ToLookup(s => s.Feature, s => s.Threshold);
        var random = new Random(7);
        const int Rows = 4000;
        float[][] columns =
        [
            .. Enumerable.Range(0, sample.Features.Columns).Select(j =>
            {
                float[] at = [.. splits[j]], seen = sample.Features.ColumnArray(j);
                return Enumerable.Range(0, Rows).Select(_ =>
                {
                    float value = at.Length > 0 && random.Next(4) > 0 ? at[random.Next(at.Length)] : seen[random.Next(seen.Length)];
                    return random.Next(12) switch
                    {
                        0 => MathF.BitIncrement(value),
                        1 => MathF.BitDecrement(value),
                        2 => float.NaN,
                        3 when random.Next(20) == 0 => random.Next(2) == 0 ? float.PositiveInfinity : float.NegativeInfinity,
                        _ => value,
                    };
                }).ToArray();
            }),
        ];
        var trial = OnnxTrial.Of(sample.Bundle, new FeatureMatrix(sample.Features.Names, columns, Rows));
        Assert.Equal(Rows, trial.OnSplit);
        Agrees(trial);
    }

    [Fact]
    public void The_graph_names_its_features_and_is_the_same_every_time()
    {
        byte[] graph = OnnxFile.Graph(sample.Bundle);
        Assert.Equal(graph, OnnxFile.Graph(sample.Bundle));
        var model = ModelProto.Parser.ParseFrom(graph);
        Assert.Equal(
            sample.Features.Names, model.MetadataProps.Single(p => p.Key == "predictive.names").Value.Split(','));
        using var dictionary = JsonDocument.Parse(model.MetadataProps.Single(p => p.Key == FeatureDictionary.MetadataKey).Value);
        Assert.Equal(sample.AsOf.ToString(), dictionary.RootElement.GetProperty("asOf").GetString());
        Assert.Equal([OnnxFile.Probability, OnnxFile.Spend, OnnxFile.Orders], model.Graph.Output.Select(o => o.Name));
        IReadOnlyList<string> files = OnnxFile.Write(sample.Bundle, Path.Combine(sample.Folder, "graphs"));
        Assert.Equal(["churn.onnx", "clv.onnx"], files.Select(Path.GetFileName));
        Assert.Equal(
            OnnxFile.Probability, Assert.Single(ModelProto.Parser.ParseFrom(File.ReadAllBytes(files[0])).Graph.Output).Name);
    }

    /// <summary>A version that is carried to a longer horizon takes Pareto/NBD, which ONNX cannot say: refused, with the way out.</summary>
    [Fact]
    public void A_carried_version_is_refused()
    {
        var options = new TrainingOptions { AsOf = fastTree.AsOf, HorizonDays = 500, Engine = fastTree.Engine };
        var bundle = BundleAssembler.Assemble(fastTree.History, TrainingPipeline.Train(fastTree.History, options), options);
        Assert.NotEqual(bundle.Churn.HorizonDays, bundle.Churn.FeatureHorizonDays);
        var e = Assert.Throws<LearningException>(() => OnnxFile.Graph(bundle));
        Assert.Contains($"--horizon {bundle.Churn.FeatureHorizonDays}d", e.Message, StringComparison.Ordinal);
        ModelDocument.Write(bundle, Path.Combine(sample.Folder, "carried.json")); // which can be read all the same
    }

    /// <summary>What any ML.NET program does: load, give it the vector, read the numbers.</summary>
    [Fact]
    public void Plain_ML_NET_loads_one_file_and_scores()
    {
        string file = Path.Combine(sample.Folder, "pipeline.zip");
        OnnxPipeline.Write(sample.Bundle, file);
        OnnxPipeline.Write(sample.Bundle, file + ".again");
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file + ".again"));
        var context = new MLContext();
        ITransformer model = context.Model.Load(file, out DataViewSchema schema);
        Assert.Equal(
            new VectorDataViewType(NumberDataViewType.Single, sample.Features.Columns), schema[OnnxFile.Input].Type);
        var row = new float[sample.Features.Columns];
        var rows = Enumerable.Range(0, 300).Select(i =>
        {
            sample.Features.CopyRow(i, row);
            return new Row { features = [.. row] };
        });
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, row.Length);
        float[][] found = [.. model.Transform(context.Data.LoadFromEnumerable(rows, definition)).GetColumn<float[]>(OnnxFile.Probability)];
        Assert.Equal(300, found.Length);
        for (int i = 0; i < found.Length; i++)
        {
            sample.Features.CopyRow(i, row);
            Assert.Equal(sample.Bundle.Churn.Predict(row), found[i].Single(), 1e-5);
        }
    }

    /// <summary>The readable form is complete: computed from the document alone, by the formula it states, the chance is ours.</summary>
    [Fact]
    public void The_readable_form_can_be_computed()
    {
        string file = Path.Combine(sample.Folder, "model.json");
        ModelDocument.Write(sample.Bundle, file);
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var read = new ReadableChurn(document.RootElement);
        var row = new float[sample.Features.Columns];
        for (int i = 0; i < 200; i++)
        {
            sample.Features.CopyRow(i, row);
            Assert.Equal(sample.Bundle.Churn.Predict(row), read.Probability(row), 1e-9);
        }
    }

    private void Agrees(OnnxTrial trial)
    {
        output.WriteLine(trial.ToString());
        Assert.InRange(trial.Rows, 500, int.MaxValue);
        Assert.InRange(trial.Probability, 0, 1e-5);
        Assert.InRange(trial.Spend, 0, 1e-4);
        Assert.InRange(trial.Orders, 0, 1e-4);
    }

    private sealed class Row
    {
        public float[] features { get; set; } = [];
    }
}
