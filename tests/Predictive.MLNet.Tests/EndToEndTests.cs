using Microsoft.ML;
using Predictive.Segmentation.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Simulation;
using Predictive.Segmentation.Training;
using Predictive.Segmentation.Training.Evaluation;

namespace Predictive.MLNet.Tests;

public sealed class EndToEndTests
{
    private static readonly TransactionHistory History = Simulator.Generate(new SimulationOptions { Customers = 2000, Years = 1.5, Seed = 5 }).History;

    [Fact]
    public void A_version_trains_saves_plain_models_and_scores_the_same_when_loaded()
    {
        var engine = new MLNetEngine();
        AsOf asOf = AsOf.MidnightAfter(History.LastMicros);
        var options = new TrainingOptions { AsOf = asOf, HorizonDays = 60, Engine = engine };
        ModelBundle bundle = BundleAssembler.Assemble(History, TrainingPipeline.Train(History, options), options);
        ModelPackage package = ModelPackage.FromBytes(bundle.ToPackage().ToBytes(), "test");
        Assert.Equal("mlnet", package.Manifest.Engine.Name);
        Assert.Contains("churn.bin", package.EntryNames);
        Assert.Contains("clv.bin", package.EntryNames);
        string[] plain = [.. package.EntryNames.Where(n => n.EndsWith(".mlnet.zip", StringComparison.Ordinal))];
        Assert.Contains("churn.mlnet.zip", plain);
        Assert.Contains("clv.mlnet.zip", plain);
        Assert.Contains("portraits.mlnet.zip", plain);
        foreach (string name in plain)
        {
            using var stream = new MemoryStream(package.Entry(name).ToArray());
            Assert.NotNull(new MLContext().Model.Load(stream, out _));
        }

        ModelBundle loaded = ModelBundle.Load(package, engine);
        var stamp = new ModelStamp("test", 1);
        CustomerScorer before = new(bundle, stamp), after = new(loaded, stamp);
        int scored = 0;
        for (int customer = 0; customer < History.CustomerCount && scored < 20; customer++)
        {
            if (CustomerScorer.CanScore(History, customer, asOf))
            {
                CustomerScore one = before.Score(History, customer, asOf), two = after.Score(History, customer, asOf);
                Assert.Equal(one.Churn.Probability, two.Churn.Probability);
                Assert.Equal(one.Clv.Expected, two.Clv.Expected);
                scored++;
            }
        }

        Assert.Equal(20, scored);
    }

    [Fact]
    public void Backtest_runs()
    {
        AsOf cutoff = new(AsOf.MidnightAfter(History.LastMicros).Micros - (60L * 86_400_000_000));
        BacktestReport report = Backtest.Run(History, new BacktestOptions { Cutoff = cutoff, HorizonDays = 60, Engine = new MLNetEngine() });
        Assert.NotNull(report);
    }
}
