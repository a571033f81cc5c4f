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
public static class Grading
{
    private const double AllowedAuc = .010, AllowedRank = .020;

    /// <summary>What a grade says where the season of the coming window lies before the history.</summary>
    public const string UnseenSeason = "season unseen: the total may be off by a third";

    /// <param name="churn">The model's.</param>
    /// <param name="clv">The model's.</param>
    /// <param name="baselines">By name.</param>
    /// <param name="noise">Of the differences; null = none, then any shortfall counts.</param>
    /// <param name="isSeasonSeen">False is told beside the grade: no comparison with baselines knows of it.</param>
    internal static ModelGrade Grade(
        ChurnMetrics churn, ClvMetrics clv, IReadOnlyDictionary<string, BaselineMetrics> baselines, WindowNoise? noise = null,
        bool isSeasonSeen = true)
    {
        Comparison auc = Compare(Measures.Auc, churn.Auc, b => b.Churn?.Auc, n => n.Auc);
        Comparison loss = Compare(Measures.LogLoss, churn.LogLoss, b => b.Churn?.LogLoss, n => n.LogLoss, lowerIsBetter: true);
        Comparison gini = Compare(Measures.Gini, clv.Gini, b => b.Clv?.Gini, n => n.Gini);
        Comparison rank = Compare(Measures.Spearman, clv.Spearman, b => b.Clv?.Spearman, n => n.Spearman);
        string churnGrade = auc.Gain >= 0.010 && loss.Gain > 0 && churn.Ece <= 0.03 ? "A"
            : NotWorse(auc, 0) && NotWorse(loss, 0) ? "B"
            : NotWorse(auc, AllowedAuc) ? "C" : "D";
        string clvGrade = gini.Gain >= 0.010 && rank.Gain >= 0.010 ? "A"
            : NotWorse(gini, 0) && NotWorse(rank, 0) ? "B"
            : NotWorse(gini, AllowedRank) && NotWorse(rank, AllowedRank) ? "C" : "D";
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

    /// <summary>
    /// What makes a grade D beyond chance. Its letter goes by one standard error: of three measures without any difference one is below
    /// that in every third training or so.
    /// </summary>
    /// <param name="grade">The grade.</param>
    /// <param name="deviations">Standard errors, at least.</param>
    /// <returns>Measures that are worse than the best baseline by more than grade C allows and by more than so many errors.</returns>
    public static IReadOnlyList<Comparison> Worse(ModelGrade grade, double deviations)
    {
        ArgumentNullException.ThrowIfNull(grade);
        return [.. grade.Comparisons.Where(c => c.Measure != Measures.LogLoss
            && -c.Gain > Math.Max(c.Measure == Measures.Auc ? AllowedAuc : AllowedRank, deviations * (c.Noise ?? 0)))];
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
