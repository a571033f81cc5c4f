using System.Globalization;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Rules;

namespace Predictive.Training.Evaluation;

/// <summary>A–D against the named baselines.</summary>
/// <remarks>
/// <code>
///     churn: AUC and log loss against the best baseline's of each     CLV: Gini and Spearman against the best baseline's of each
/// A   AUC + .010 or more, log loss lower, ECE ≤ .03                   both + .010 or more
/// B   neither worse by more than the noise of the difference          neither lower by more than its noise
/// C   AUC within .010 below, or its noise if larger                   both within .020 below, or their noise
/// D   worse: never promoted on its own
/// </code>
/// The noise of a difference is its standard error on the same customers (<see cref="WindowNoise"/>): a smaller one says nothing of who is
/// better.
/// </remarks>
internal static class Grading
{
    /// <summary>What a grade says where the season of the coming window lies before the history.</summary>
    public const string UnseenSeason = "season unseen: the total may be off by a third";

    /// <param name="churn">The model's.</param>
    /// <param name="clv">The model's.</param>
    /// <param name="baselines">By name.</param>
    /// <param name="noise">Of the differences; null = none, then any shortfall counts.</param>
    /// <param name="isSeasonSeen">False is told beside the grade: no comparison with baselines knows of it.</param>
    public static ModelGrade Grade(
        ChurnMetrics churn, ClvMetrics clv, IReadOnlyDictionary<string, BaselineMetrics> baselines, WindowNoise? noise = null,
        bool isSeasonSeen = true)
    {
        Comparison auc = Compare(Measures.Auc, churn.Auc, b => b.Churn?.Auc, n => n.Auc);
        Comparison loss = Compare(Measures.LogLoss, churn.LogLoss, b => b.Churn?.LogLoss, n => n.LogLoss, lowerIsBetter: true);
        Comparison gini = Compare(Measures.Gini, clv.Gini, b => b.Clv?.Gini, n => n.Gini);
        Comparison rank = Compare(Measures.Spearman, clv.Spearman, b => b.Clv?.Spearman, n => n.Spearman);
        string churnGrade = auc.Gain >= 0.010 && loss.Gain > 0 && churn.Ece <= 0.03 ? "A"
            : NotWorse(auc, 0) && NotWorse(loss, 0) ? "B"
            : NotWorse(auc, 0.010) ? "C" : "D";
        string clvGrade = gini.Gain >= 0.010 && rank.Gain >= 0.010 ? "A"
            : NotWorse(gini, 0) && NotWorse(rank, 0) ? "B"
            : NotWorse(gini, 0.020) && NotWorse(rank, 0.020) ? "C" : "D";
        Comparison[] all = [auc, loss, gini, rank];
        return new ModelGrade(
            churnGrade, clvGrade, string.CompareOrdinal(churnGrade, clvGrade) > 0 ? churnGrade : clvGrade,
            [.. all.Select(Line), .. isSeasonSeen ? Array.Empty<string>() : [UnseenSeason]])
        {
            Comparisons = all,
        };

        Comparison Compare(
            string measure, double own, Func<BaselineMetrics, double?> of, Func<MeasureNoise, double> error, bool lowerIsBetter = false)
        {
            int sign = lowerIsBetter ? -1 : 1;
            var (name, best) = Best(baselines, b => sign * of(b));
            double other = sign * best;
            return new Comparison(
                measure, own, name, other, sign * (own - other),
                noise is not null && noise.Gains.TryGetValue(name, out MeasureNoise? n) ? error(n) : null);
        }
    }

    private static bool NotWorse(Comparison comparison, double allowed) => comparison.Gain >= -Math.Max(allowed, comparison.Noise ?? 0);

    private static (string Name, double Value) Best(
        IReadOnlyDictionary<string, BaselineMetrics> baselines, Func<BaselineMetrics, double?> measure)
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

    private static string Line(Comparison c)
    {
        string noise = c.Noise is not { } n
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" ± {n:0.000}{(Math.Abs(c.Gain) <= n ? ", not told apart" : "")}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{c.Measure} {c.Value:0.000}: {Math.Abs(c.Gain):0.000} {(c.Gain >= 0 ? "better" : "worse")} than {c.Baseline} "
                + $"({c.BaselineValue:0.000}){noise}");
    }
}
