using Predictive.Segmentation.Features;
using Predictive.Segmentation.Scoring.Models;

namespace Predictive.Segmentation.Training.Protocol;

/// <summary>Ridge members: penalised logistic and least squares on standardised catalogue features.</summary>
internal static class LinearTrainer
{
    /// <summary>Features a churn logistic sees: money says little of coming back and adds noise, season hurts (modelling.md).</summary>
    public static IReadOnlyList<int> ChurnFeatures { get; } =
        [.. Enumerable.Range(0, FeatureCatalogue.All.Count).Where(j => FeatureCatalogue.All[j].Group != FeatureGroup.Money)];

    /// <summary>Features a spend ridge sees: all.</summary>
    public static IReadOnlyList<int> SpendFeatures { get; } = [.. Enumerable.Range(0, FeatureCatalogue.All.Count)];

    /// <summary>Logistic regression on churn; each snapshot has a penalised level of its own that is 0 when scoring.</summary>
    public static LinearScorer Logistic(TrainingTable table, int[]? rows, float[] churned, double penalty, double snapshotPenalty)
    {
        int[] all = table.AllOr(rows);
        LinearDesign design = LinearDesign.Of(table, all, ChurnFeatures, snapshotLevels: true);
        double[] labels = [.. all.Select(r => (double)churned[r])], weights = [.. all.Select(r => table.Weight[r])];
        double[] solution = RidgeSolver.Logistic(design.Columns, labels, weights, Penalties(design, penalty, snapshotPenalty));
        return design.Scorer(solution.AsSpan(1), solution[0]);
    }

    /// <summary>Ridge regression of <paramref name="target"/>, one value per row of <paramref name="rows"/>.</summary>
    public static LinearScorer Squared(TrainingTable table, int[] rows, float[] target, double penalty)
    {
        LinearDesign design = LinearDesign.Of(table, rows, SpendFeatures, snapshotLevels: false);
        double[] weights = [.. rows.Select(r => table.Weight[r])];
        double[] solution = RidgeSolver.Squared(design.Columns, [.. target.Select(v => (double)v)], weights, Penalties(design, penalty, 1));
        return design.Scorer(solution.AsSpan(1), solution[0]);
    }

    private static double[] Penalties(LinearDesign design, double penalty, double snapshotPenalty) =>
        [.. design.Columns.Select((_, j) => j < design.FeatureColumns ? penalty : penalty * snapshotPenalty)];
}
