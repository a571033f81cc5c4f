using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Training.Members;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Evaluation;

/// <summary>
/// What a data scientist would try first: gradient boosting on the newest two snapshots, a horizon apart, with the built-in engine's
/// settings as they come. Value: the chance to buy times the spend of buyers (Gamma).
/// </summary>
internal static class PlainBoosting
{
    /// <summary>Name among the baselines of a backtest.</summary>
    public const string Name = "boosting";

    /// <summary>Learns from two of the training's snapshots and predicts a base.</summary>
    /// <param name="snapshots">Those of the training, full windows first, newest first; at least one.</param>
    /// <param name="features">Of the base, the same columns.</param>
    /// <param name="seed">Of the trees.</param>
    /// <param name="threads">0 = one per core.</param>
    /// <returns>Null where a window has one outcome only or nobody spent: there is nothing to learn.</returns>
    public static (double[] Churn, double[] Value)? Predict(
        IReadOnlyList<Snapshot> snapshots, FeatureMatrix features, int seed, int threads)
    {
        Snapshot newest = snapshots[0];
        Snapshot? before = snapshots.FirstOrDefault(
            s => s.Point.HorizonDays == newest.Point.HorizonDays
                && newest.Point.AsOf.DaysSince(s.Point.AsOf) >= newest.Point.HorizonDays - 1);
        TrainingTable table = TrainingTable.Stack(before is null ? [newest] : [newest, before], newest.Point.HorizonDays);
        float[] churned = table.Gather(s => s.Churned), spend = table.Gather(s => s.NetSpendFloat);
        int[] buyers = [.. Enumerable.Range(0, table.Rows).Where(r => spend[r] > 0)];
        if (buyers.Length == 0 || churned.All(c => c == churned[0]))
        {
            return null;
        }

        var engine = new BuiltInEngine();
        var options = new LearnerOptions
        {
            Learner = LearnerKind.BoostedTrees, EarlyStoppingRounds = 0, Seed = seed, Threads = threads,
        };
        IPredictor churn = engine.TrainClassifier(
            new TrainingData(table.Features, churned), options with { Objective = Objective.Logistic }, null, CancellationToken.None);
        IPredictor value = engine.TrainRegressor(
            new TrainingData(table.Features.TakeRows(buyers), ChurnMembers.Pick(spend, buyers)),
            options with { Objective = Objective.Gamma }, null, CancellationToken.None);
        double[] probability = new double[features.Rows], expected = new double[features.Rows];
        churn.Predict(features, probability);
        value.Predict(features, expected);
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] *= 1 - probability[i];
        }

        return (probability, expected);
    }
}
