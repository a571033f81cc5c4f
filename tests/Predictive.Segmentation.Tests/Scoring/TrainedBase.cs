using Predictive.Learning.BuiltIn;
using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.History.Simulation;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Training.Assembly;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>4,000 simulated customers, trained once for all tests that need a model.</summary>
public sealed class TrainedBase
{
    public const int Customers = 4000;
    public const string Collection = "trained base";

    public TrainedBase()
    {
        History = Simulator.Generate(new SimulationOptions { Customers = Customers, Years = 1.5, Seed = 7 }).History;
        AsOf = LocalTime.MidnightAfter(History.LastMicros);
        Package = ModelPackage.FromBytes(TrainZip(), "models/default/3.zip");
        Scorer = new CustomerScorer(ModelBundle.Load(Package), new ModelStamp("default", 3));
        Table = Scorer.ScoreAll(History, AsOf);
        Small = Scorer.ScoreAll(Simulator.Generate(new SimulationOptions { Customers = 60, Seed = 8 }).History, AsOf);
    }

    public TransactionHistory History { get; }

    public LocalTime AsOf { get; }

    public ModelPackage Package { get; }

    public CustomerScorer Scorer { get; }

    public ScoreTable Table { get; }

    /// <summary>A few customers of another base.</summary>
    public ScoreTable Small { get; }

    public byte[] TrainZip(int threads = 0)
    {
        var options = new TrainingOptions { AsOf = AsOf, HorizonDays = 60, Engine = new BuiltInEngine(), Threads = threads };
        TrainedModels models = TrainingPipeline.Train(History, options);
        return BundleAssembler.Assemble(History, models, options).ToPackage().ToBytes();
    }
}

[CollectionDefinition(TrainedBase.Collection)]
public sealed class TrainedBaseDefinition : ICollectionFixture<TrainedBase>;
