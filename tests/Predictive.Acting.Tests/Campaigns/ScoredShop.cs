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
    // Made when first asked for: a test that runs in a process of its own, to be killed, has no use for it.
    private readonly Lazy<(TransactionHistory History, CustomerScorer Scorer, ScoreTable Scores)> _made = new(Make);

    public TransactionHistory History => _made.Value.History;

    public LocalTime AsOf { get; } = LocalTime.StartOf(new DateOnly(2025, 7, 1));

    public CustomerScorer Scorer => _made.Value.Scorer;

    public ScoreTable Scores => _made.Value.Scores;

    private static (TransactionHistory History, CustomerScorer Scorer, ScoreTable Scores) Make()
    {
        TransactionHistory history = Simulator.Generate(new SimulationOptions { Customers = 700, Years = 1.5, Seed = 5 }).History;
        var options = new TrainingOptions
        {
            AsOf = LocalTime.StartOf(new DateOnly(2025, 7, 1)), HorizonDays = 60, Engine = new BuiltInEngine(),
        };
        var scorer = new CustomerScorer(
            BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options), new ModelStamp("default", 1));
        return (history, scorer, scorer.ScoreAll(history, options.AsOf));
    }
}
