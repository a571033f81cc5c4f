using Predictive.Segmentation.Features;
using Predictive.Segmentation.Registry;
using Predictive.Training.Evaluation;

namespace Predictive.Tests;

/// <summary>Small packages and folders for the registry's tests.</summary>
internal static class Samples
{
    /// <summary>Lets every package into a registry: these hold no model to try.</summary>
    public static void Admit(ModelPackage package) => ArgumentNullException.ThrowIfNull(package);

    public static ModelManifest Manifest(int seed = 1, string? churnGrade = "A") => new()
    {
        Engine = new EngineStamp("built-in", "1.0", ".bin"),
        AsOf = "2011-09-01",
        HorizonDays = 90,
        Features = FeatureSchema.Of([Feature("recency_days", "days"), Feature("orders", "orders")]),
        TrainingData = new TrainingDataStamp("ab12", 3, 9, "2010-12-01", "2011-08-31"),
        Seed = seed,
        Metrics = new MetricsStamp
        {
            Churn = new Dictionary<string, double> { ["auc"] = 0.76, ["logLoss"] = 0.57 },
            Baselines = new Dictionary<string, BaselineStamp> { ["recency"] = new(new Dictionary<string, double> { ["auc"] = 0.66 }) },
            ChurnGrade = churnGrade is null ? null : new GradeStamp(churnGrade, "test"),
        },
        Notes = ["A note with “quotes” & <signs>."],
    };

    /// <summary>A definition that nobody computes.</summary>
    public static FeatureDefinition Feature(string name, string unit, int revision = 1, string description = "") =>
        new() { Name = name, Unit = unit, Description = description, Template = "", Group = FeatureGroup.Recency, Revision = revision };

    public static ModelPackage Package(int seed = 1, string? churnGrade = "A", int payload = 1000)
    {
        byte[] churn = new byte[payload];
        new Random(seed).NextBytes(churn);
        return new ModelPackage(
            Manifest(seed, churnGrade), [new("clv.bin", [1, 2, 3]), new("churn.bin", churn), new("drift.json", "{}"u8.ToArray())]);
    }
}
