using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.History.Simulation;
using Predictive.Segmentation.Models;
using Predictive.Training.Pipeline;
using Predictive.Training;

namespace Predictive.MLNet.Tests;

/// <summary>900 simulated customers, trained once for all tests that need a version.</summary>
public sealed class TrainedVersion
{
    public TrainedVersion()
    {
        History = Simulator.Generate(new SimulationOptions { Customers = 900, Years = 1.5, Seed = 5 }).History;
        AsOf = LocalTime.MidnightAfter(History.LastMicros);
        Package = ModelPackage.FromBytes(Train(seed: 1, threads: 0), "models/default/1.zip");
    }

    public MLNetEngine Engine { get; } = new();

    public TransactionHistory History { get; }

    public LocalTime AsOf { get; }

    public ModelPackage Package { get; }

    public CustomerScorer Scorer(ModelPackage package, int version) => new(ModelBundle.Load(package), new ModelStamp("default", version));

    public byte[] Train(int seed, int threads)
    {
        var options = new TrainingOptions { AsOf = AsOf, HorizonDays = 60, Engine = Engine, Seed = seed, Threads = threads };
        return BundleAssembler.Assemble(History, TrainingPipeline.Train(History, options), options).ToPackage().ToBytes();
    }
}
