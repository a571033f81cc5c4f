using Predictive.Learning;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Members;

/// <summary>The members of the churn blend, each trained; the lifetimes members are features already.</summary>
internal sealed record ChurnMembers(LinearScorer Linear, IPredictor? Trees, double ParetoMean, double BgMean)
{
    public static readonly string[] Names = ["linear", "trees", "paretoNbd", "bgNbd"];

    /// <summary>Trains on rows of a table.</summary>
    public static ChurnMembers Fit(
        TrainingTable table, int[]? rows, ChurnSettings settings, ILearningEngine engine, int seed, int threads,
        CancellationToken cancellation) =>
        Of(table, FitLinear(table, settings, rows), FitTrees(table, rows, settings, engine, seed, threads, cancellation));

    /// <summary>Trained members put together.</summary>
    public static ChurnMembers Of(TrainingTable table, LinearScorer linear, IPredictor trees)
    {
        Snapshot newest = table.Snapshots[0];
        return new ChurnMembers(
            linear, trees, MeanLogOdds(newest.Features, LifetimeColumns.ParetoActive),
            MeanLogOdds(newest.Features, LifetimeColumns.BgActive));
    }

    /// <summary>The linear member alone.</summary>
    public static LinearScorer FitLinear(TrainingTable table, ChurnSettings settings, int[]? rows = null) =>
        LinearTrainer.Logistic(table, rows, table.Gather(s => s.Churned), settings);

    /// <summary>The trees alone.</summary>
    public static IPredictor FitTrees(
        TrainingTable table, int[]? rows, ChurnSettings settings, ILearningEngine engine, int seed, int threads,
        CancellationToken cancellation)
    {
        LearnerOptions options = settings.Searched is { } searched
            ? searched with { Seed = seed, Threads = threads }
            : settings.Size.Options(Objective.Logistic, rows?.Length ?? table.Rows, seed, threads);
        return engine.TrainClassifier(
            new TrainingData(table.WideRows(rows), Pick(table.Gather(s => s.Churned), rows), Pick(table.Weight, rows)), options, null,
            cancellation);
    }

    /// <summary>Nothing but the lifetimes members.</summary>
    public static ChurnMembers LifetimesOnly(Snapshot at) => new(
        new LinearScorer([], [], [], [], [], 0), null, MeanLogOdds(at.Features, LifetimeColumns.ParetoActive),
        MeanLogOdds(at.Features, LifetimeColumns.BgActive));

    /// <summary>Log-odds of churn per member and row, in the order of <see cref="Names"/>.</summary>
    public double[][] LogOddsOf(FeatureMatrix features, int threads)
    {
        int rows = features.Rows;
        double[][] result = [new double[rows], new double[rows], new double[rows], new double[rows]];
        RowBlocks.Run(features, threads, (i, row) =>
        {
            result[0][i] = Linear.Score(row);
            result[2][i] = ChurnModel.LifetimesLogOdds(row, LifetimeColumns.ParetoActive, ParetoMean);
            result[3][i] = ChurnModel.LifetimesLogOdds(row, LifetimeColumns.BgActive, BgMean);
        });
        result[1] = TreeLogOddsOf(features);
        return result;
    }

    /// <summary>Log-odds of churn by the trees alone; log-odds of 0 where there are none.</summary>
    public double[] TreeLogOddsOf(FeatureMatrix features)
    {
        var result = new double[features.Rows];
        Trees?.Predict(RowBlocks.WithConstant(features, ChurnModel.HorizonColumn, 0), result);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = LogOdds.Of(result[i]);
        }

        return result;
    }

    internal static float[] Pick(float[] values, int[]? rows) => rows is null ? values : [.. rows.Select(r => values[r])];

    internal static float[] Pick(double[] values, int[]? rows) =>
        rows is null ? [.. values.Select(v => (float)v)] : [.. rows.Select(r => (float)values[r])];

    private static double MeanLogOdds(FeatureMatrix features, int column)
    {
        double sum = 0;
        int count = 0;
        foreach (float p in features.Column(column))
        {
            if (!float.IsNaN(p))
            {
                sum -= LogOdds.Of(p);
                count++;
            }
        }

        return count == 0 ? 0 : sum / count;
    }
}
