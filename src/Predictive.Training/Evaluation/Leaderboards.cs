using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Training.Evaluation;

/// <summary>Leaderboards over several windows.</summary>
internal static class Leaderboards
{
    /// <summary>Mean over windows, churn by log loss, then CLV by Gini, best first; ties by name.</summary>
    public static IReadOnlyList<LeaderboardEntry> Mean(IEnumerable<IReadOnlyList<LeaderboardEntry>> windows) =>
    [
        .. windows.SelectMany(w => w)
            .GroupBy(e => (e.Task, e.Candidate))
            .Select(g => new LeaderboardEntry(
                g.Key.Task,
                g.Key.Candidate,
                g.First().Weight,
                g.Average(e => e.Auc),
                g.Average(e => e.LogLoss),
                g.Average(e => e.Gini),
                g.Average(e => e.Spearman),
                g.Count()))
            .OrderBy(e => e.Task == "churn" ? 0 : 1)
            .ThenBy(e => e.LogLoss ?? -e.Gini)
            .ThenBy(e => e.Candidate, StringComparer.Ordinal),
    ];
}
