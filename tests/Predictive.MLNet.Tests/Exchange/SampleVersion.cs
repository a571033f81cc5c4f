using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Tests;
using Predictive.Training;
using Predictive.Training.Pipeline;

namespace Predictive.MLNet.Tests.Exchange;

/// <summary>data-samples, trained by the built-in engine as of a day whose horizon has passed; the version lies in a zip.</summary>
public sealed class SampleVersion : IDisposable
{
    /// <summary>Of the tests that share it: it is trained once.</summary>
    public const string Collection = "data-samples";

    public const int Horizon = 90;

    public SampleVersion()
    {
        History = DatasetLoader.Load(Data, new LoadOptions { Columns = HistoryColumns.Answers });
        var options = new TrainingOptions { AsOf = AsOf, HorizonDays = Horizon, Engine = new BuiltInEngine() };
        File.WriteAllBytes(
            Zip, BundleAssembler.Assemble(History, TrainingPipeline.Train(History, options), options).ToPackage().ToBytes());
        Bundle = ModelBundle.Load(ModelPackage.Read(Zip));
        Customers = Population.At(History, AsOf);
        Features = FeatureSet.Compute(History, Customers, AsOf, Horizon, Bundle.Profile);
    }

    public static string Data { get; } = Path.Combine(SharedData.RepositoryRoot, "data-samples");

    public string Folder { get; } = Directory.CreateTempSubdirectory("predictive-exchange-").FullName;

    public string Zip => Path.Combine(Folder, "1.zip");

    public LocalTime AsOf { get; } = LocalTime.From(new DateTime(2025, 7, 1));

    public TransactionHistory History { get; }

    public ModelBundle Bundle { get; }

    public int[] Customers { get; }

    public FeatureMatrix Features { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>The tests that share a version of data-samples.</summary>
[CollectionDefinition(SampleVersion.Collection)]
public sealed class SampleVersionTests : ICollectionFixture<SampleVersion>;
