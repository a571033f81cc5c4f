using System.Globalization;

namespace Predictive.Segmentation.Training.Evaluation;

/// <summary>A–D against the named baselines.</summary>
/// <remarks>
/// <code>
///     churn: AUC against the best baseline's, and log loss            CLV: Gini and Spearman against the best baseline's of each
/// A   AUC + .010 or more, log loss lower, ECE ≤ .03                   both + .010 or more
/// B   AUC not lower, log loss lower                                   neither lower
/// C   AUC within .010 below                                           both within .020 below
/// D   worse: never promoted on its own
/// </code>
/// </remarks>
internal static class Grading
{
    public static ModelGrade Grade(ChurnMetrics churn, ClvMetrics clv, IReadOnlyDictionary<string, BaselineMetrics> baselines)
    {
        var reasons = new List<string>();
        var (aucName, auc) = Best(baselines, b => b.Churn?.Auc);
        var (lossName, loss) = Best(baselines, b => -b.Churn?.LogLoss);
        var (giniName, gini) = Best(baselines, b => b.Clv?.Gini);
        var (rankName, rank) = Best(baselines, b => b.Clv?.Spearman);
        double aucGain = churn.Auc - auc, lossGain = -loss - churn.LogLoss, giniGain = clv.Gini - gini, rankGain = clv.Spearman - rank;
        reasons.Add(Line("churn AUC", churn.Auc, aucGain, aucName, auc));
        reasons.Add(Line("churn log loss", churn.LogLoss, lossGain, lossName, -loss));
        reasons.Add(Line("CLV Gini", clv.Gini, giniGain, giniName, gini));
        reasons.Add(Line("CLV Spearman", clv.Spearman, rankGain, rankName, rank));
        string churnGrade = aucGain >= 0.010 && lossGain > 0 && churn.Ece <= 0.03 ? "A"
            : aucGain >= 0 && lossGain > 0 ? "B"
            : aucGain >= -0.010 ? "C" : "D";
        string clvGrade = giniGain >= 0.010 && rankGain >= 0.010 ? "A"
            : giniGain >= 0 && rankGain >= 0 ? "B"
            : giniGain >= -0.020 && rankGain >= -0.020 ? "C" : "D";
        return new ModelGrade(churnGrade, clvGrade, string.CompareOrdinal(churnGrade, clvGrade) > 0 ? churnGrade : clvGrade, reasons);
    }

    private static (string Name, double Value) Best(IReadOnlyDictionary<string, BaselineMetrics> baselines, Func<BaselineMetrics, double?> measure)
    {
        (string Name, double Value) best = ("", double.NegativeInfinity);
        foreach (string name in Baselines.Names)
        {
            if (baselines.TryGetValue(name, out BaselineMetrics? metrics) && measure(metrics) is { } value && value > best.Value)
            {
                best = (name, value);
            }
        }

        return best;
    }

    private static string Line(string measure, double value, double gain, string baseline, double other) =>
        string.Create(CultureInfo.InvariantCulture, $"{measure} {value:0.000}: {Math.Abs(gain):0.000} {(gain >= 0 ? "better" : "worse")} than {baseline} ({other:0.000})");
}
