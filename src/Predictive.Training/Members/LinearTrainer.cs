using Predictive.Learning.Linear;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Members;

/// <summary>Ridge members: penalised logistic and least squares on standardised catalogue features.</summary>
internal static class LinearTrainer
{
    /// <summary>Features a churn logistic sees: money says little of coming back and adds noise, season hurts.</summary>
    public static IReadOnlyList<int> ChurnFeatures { get; } =
        [.. Enumerable.Range(0, FeatureCatalogue.All.Count).Where(j => FeatureCatalogue.All[j].Group != FeatureGroup.Money)];

    /// <summary>
    /// Features whose products a churn logistic sees: what a silence means depends on rhythm, age and appetite. Ten features, 55 products
    /// under a strong penalty; evidence in the folder's README.
    /// </summary>
    public static IReadOnlyList<int> ChurnProducts { get; } =
    [
        .. new[]
        {
            "recency_days", "tenure_days", "purchase_days", "silence_z", "pareto_active", "return_probability", "decay_90",
            "purchase_days_h", "cadence_days",
            "product_variety",
        }.Select(FeatureCatalogue.IndexOf),
    ];

    /// <summary>Features a spend ridge sees: all.</summary>
    public static IReadOnlyList<int> SpendFeatures { get; } = [.. Enumerable.Range(0, FeatureCatalogue.All.Count)];

    /// <summary>Logistic regression on churn; each snapshot has a penalised level of its own that is 0 when scoring.</summary>
    public static LinearScorer Logistic(TrainingTable table, int[]? rows, float[] churned, ChurnSettings settings)
    {
        int[] all = table.AllOr(rows);
        LinearDesign design =
            LinearDesign.Of(table, all, ChurnFeatures, snapshotLevels: true, settings.ProductPenalty > 0 ? ChurnProducts : null);
        float[] labels = [.. all.Select(r => churned[r])];
        double[] penalties = Penalties(design, settings.LinearPenalty, settings.ProductPenalty, settings.SnapshotPenalty);
        int lost = labels.Count(y => y > 0.5f);
        // One class alone tells a level and nothing of who.
        return lost == 0 || lost == labels.Length
            ? design.Scorer(new double[penalties.Length], LogOdds.Of(Math.Clamp((double)lost / labels.Length, 1e-4, 1 - 1e-4)))
            : Scorer(design, LogisticRegression.Fit(design.Matrix(), labels, Weights(table, all), Options(penalties)));
    }

    /// <summary>Ridge regression of <paramref name="target"/>, one value per row of <paramref name="rows"/>.</summary>
    public static LinearScorer Squared(TrainingTable table, int[] rows, float[] target, double penalty)
    {
        LinearDesign design = LinearDesign.Of(table, rows, SpendFeatures, snapshotLevels: false);
        return Scorer(
            design, RidgeRegression.Fit(design.Matrix(), target, Weights(table, rows), Options(Penalties(design, penalty, 0, 1))));
    }

    private static float[] Weights(TrainingTable table, int[] rows) => [.. rows.Select(r => (float)table.Weight[r])];

    private static LinearOptions Options(double[] penalties) => new()
    {
        L2 = 1, Standardise = false,
        PenaltyFactors = penalties.Select((p, j) => (Name: LinearDesign.NameOf(j), p)).ToDictionary(f => f.Name, f => f.p),
    };

    private static LinearScorer Scorer(LinearDesign design, LinearModel model)
    {
        // The model counts from the means of its columns, the design from 0.
        double intercept = model.Intercept - model.Coefficients.Select((c, j) => c * model.Means[j]).Sum();
        return design.Scorer([.. model.Coefficients], intercept);
    }

    private static double[] Penalties(LinearDesign design, double penalty, double productPenalty, double snapshotPenalty) =>
    [
        .. design.Columns.Select((_, j) =>
            j < design.FeatureColumns
                ? penalty
                : j < design.FeatureColumns + design.ProductColumns ? productPenalty : penalty * snapshotPenalty),
    ];
}
