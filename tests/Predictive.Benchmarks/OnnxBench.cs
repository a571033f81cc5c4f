using System.Text.Json;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.MLNet;
using Predictive.MLNet.Tests.Exchange;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Training;
using Predictive.Training.Pipeline;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>onnx [--customers 100000] [--engine built-in|mlnet] [--seed 1]</c>: a version of a generated base as an ONNX graph; every
/// customer by ONNX Runtime beside what the version says: largest differences, and how many rows fall on a split in single precision.
/// </summary>
internal static class OnnxBench
{
    public static int Run(string[] args)
    {
        int customers = BenchProcess.Option(args, "--customers", 100_000), seed = BenchProcess.Option(args, "--seed", 1);
        ILearningEngine engine = BenchProcess.Option(args, "--engine") == "mlnet" ? new MLNetEngine() : new BuiltInEngine();
        TransactionHistory history = Simulator.Generate(new SimulationOptions { Customers = customers, Years = 2, Seed = seed }).History;
        LocalTime asOf = LocalTime.MidnightAfter(history.LastMicros);
        var options = new TrainingOptions { AsOf = asOf, HorizonDays = 90, Engine = engine };
        ModelBundle bundle = BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options);
        FeatureMatrix features = FeatureSet.Compute(history, Population.At(history, asOf), asOf, 90, bundle.Profile);
        var trial = OnnxTrial.Of(bundle, features);
        Console.WriteLine(JsonSerializer.Serialize(trial));
        return trial.Probability <= 1e-5 && trial.Spend <= 1e-4 ? 0 : 1;
    }
}
