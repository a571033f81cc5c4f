using Predictive.Acting.Tests.Campaigns;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Training.Assembly;
using Predictive.Training.Pipeline;

[assembly: AssemblyFixture(typeof(ScoredShop))]

namespace Predictive.Acting.Tests.Campaigns;

/// <summary>A small simulated shop and a model of it, made once: trained as of 2025-07-01, with transactions through September.</summary>
public sealed class ScoredShop
{
    public ScoredShop()
    {
        History = Simulator.Generate(new SimulationOptions { Customers = 700, Years = 1.5, Seed = 5 }).History;
        AsOf = LocalTime.StartOf(new DateOnly(2025, 7, 1));
        var options = new TrainingOptions { AsOf = AsOf, HorizonDays = 60, Engine = new BuiltInEngine() };
        Scorer = new CustomerScorer(
            BundleAssembler.Assemble(History, TrainingPipeline.Train(History, options), options), new ModelStamp("default", 1));
        Scores = Scorer.ScoreAll(History, AsOf);
    }

    public TransactionHistory History { get; }

    public LocalTime AsOf { get; }

    public CustomerScorer Scorer { get; }

    public ScoreTable Scores { get; }
}
