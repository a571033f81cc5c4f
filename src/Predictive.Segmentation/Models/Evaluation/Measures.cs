namespace Predictive.Segmentation.Models.Evaluation;

/// <summary>Names of the measures that a grade stands on.</summary>
public static class Measures
{
    /// <summary>Area under the ROC curve of churn.</summary>
    public const string Auc = "churn AUC";

    /// <summary>Log loss of churn; lower is better.</summary>
    public const string LogLoss = "churn log loss";

    /// <summary>Normalised Gini of value.</summary>
    public const string Gini = "CLV Gini";

    /// <summary>Rank correlation of value.</summary>
    public const string Spearman = "CLV Spearman";
}
