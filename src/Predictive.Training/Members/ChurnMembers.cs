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
        CancellationToken cancellation)
    {
        float[] churned = table.Gather(s => s.Churned);
        LinearScorer linear = LinearTrainer.Logistic(table, rows, churned, settings);
        LearnerOptions options = settings.Searched is { } searched
            ? searched with { Seed = seed, Threads = threads }
            : settings.Size.Options(Objective.Logistic, rows?.Length ?? table.Rows, seed, threads);
        IPredictor trees = TrainTrees(table, rows, churned, options, engine, cancellation);
        Snapshot newest = table.Snapshots[0];
        return new ChurnMembers(
            linear, trees, MeanLogOdds(newest.Features, LifetimeColumns.ParetoActive),
            MeanLogOdds(newest.Features, LifetimeColumns.BgActive));
    }

    /// <summary>The same members with trees of another size.</summary>
    public ChurnMembers WithTrees(
        TrainingTable table, TreeSize size, ILearningEngine engine, int seed, int threads, CancellationToken cancellation) =>
        this with
        {
            Trees = TrainTrees(
                table, null, table.Gather(s => s.Churned), size.Options(Objective.Logistic, table.Rows, seed, threads), engine,
                cancellation),
        };

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

    private static IPredictor TrainTrees(
        TrainingTable table, int[]? rows, float[] churned, LearnerOptions options, ILearningEngine engine,
        CancellationToken cancellation) =>
        engine.TrainClassifier(
            new TrainingData(table.WideRows(rows), Pick(churned, rows), Pick(table.Weight, rows)), options, null, cancellation);

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
