using System.Globalization;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.History;
using Predictive.Segmentation.Scoring.Models;
using Predictive.Segmentation.Training.Churn;
using Predictive.Segmentation.Training.Clv;
using Predictive.Segmentation.Training.Evaluation;

namespace Predictive.Segmentation.Training.Protocol;

/// <summary>Chooses settings for a whole base: on a sample where it is large, and with a search over learners where one is asked for.</summary>
/// <param name="history">The base.</param>
/// <param name="options">Seed, engine, budget of the search.</param>
/// <param name="tables">Features of the customers and events tables; null = none.</param>
/// <param name="notes">Told what a user should know.</param>
/// <param name="report">Told when a search begins.</param>
/// <param name="cancellation">Stops between trainings.</param>
internal sealed class SettingsChoice(
    TransactionHistory history, TrainingOptions options, TableSchema? tables, List<string> notes, Action<string> report, CancellationToken cancellation)
{
    /// <summary>The settings for the base of <paramref name="fitter"/>.</summary>
    public SelectionResult Run(ModelFitter fitter, ChurnSettings churn, ClvSettings clv)
    {
        TransactionHistory sample = HistorySample.Take(history, TrainingPipeline.SelectionCustomers, options.Seed);
        ModelFitter inner = fitter;
        if (!ReferenceEquals(sample, history))
        {
            notes.Add($"Settings were chosen on a seeded sample of {TrainingPipeline.SelectionCustomers} of {history.CustomerCount} customers; the models were trained on all.");
            var store = new SnapshotStore(sample, fitter.HorizonDays, options.Threads, options.Clock, tables);
            inner = new ModelFitter(store, fitter.HorizonDays, options.Engine, options.Seed, options.Threads, TrainingPipeline.MostRows);
        }

        // The size of trees follows the base they learn from: on a sample the sample's, in the final models the whole base's, moved as the selection moved it.
        (ChurnSettings wholeChurn, ClvSettings wholeClv) = (churn, clv);
        int sampled = TreeSize.RungFor(Math.Min(history.CustomerCount, TrainingPipeline.SelectionCustomers)), whole = TreeSize.RungOf(churn.Size);
        if (!ReferenceEquals(inner, fitter))
        {
            (churn, clv) = (churn with { Size = TreeSize.Ladder[sampled] }, clv with { Size = TreeSize.Ladder[sampled - 1] });
        }

        SelectionResult standard = Judge(churn);
        if (options.Tune is not { } budget)
        {
            return Whole(standard);
        }

        report("search");
        ChurnSettings searched = churn with { Searched = Search(inner, standard, budget) };
        SelectionResult tuned = Judge(searched);
        // The search cross-validates by customer, which flatters; only a gain out of time counts.
        if (standard.ChurnMetrics is not { } known || tuned.ChurnMetrics is not { } found)
        {
            notes.Add($"The search ended on {Describe(searched.Searched!)}, but no window inside the training period can judge it out of time: the standard settings stay.");
            return Whole(standard);
        }

        if (found.LogLoss < known.LogLoss)
        {
            return Whole(tuned);
        }

        notes.Add(string.Create(CultureInfo.InvariantCulture, $"The search ended on {Describe(searched.Searched!)}, which does not beat the standard settings out of time (log loss {found.LogLoss:0.0000} against {known.LogLoss:0.0000}): those stay."));
        IEnumerable<LeaderboardEntry> tried = tuned.Leaderboard.Where(e => e.Candidate.StartsWith("searched", StringComparison.Ordinal)).Select(e => e with { Weight = 0 });
        return Whole(standard with { Leaderboard = Leaderboards.Mean([standard.Leaderboard, [.. tried]]) });

        static string Describe(LearnerOptions o) => o.Learner == LearnerKind.Linear ? "a linear model" : FormattableString.Invariant($"{o.Learner} {o.Leaves} × {o.Trees}");

        SelectionResult Whole(SelectionResult result) =>
            ReferenceEquals(inner, fitter)
                ? result
                : result with
                {
                    Churn = wholeChurn with
                    {
                        Size = TreeSize.Ladder[Math.Clamp(whole + TreeSize.RungOf(result.Churn.Size) - sampled, 0, TreeSize.Ladder.Count - 1)],
                        Searched = result.Churn.Searched,
                    },
                    Clv = wholeClv,
                };

        SelectionResult Judge(ChurnSettings settings) =>
            Selection.Run(inner, options.AsOf, settings, clv, TrainingPipeline.Anchor, options.Threads, cancellation);
    }

    /// <summary>Searches learners and settings on the snapshots before the newest validation window (all snapshots where there is none).</summary>
    private LearnerOptions Search(ModelFitter inner, SelectionResult standard, TimeSpan budget)
    {
        AsOf before = standard.Cutoffs.Count > 0 ? standard.Cutoffs[0] : options.AsOf;
        TrainingTable table = TrainingTable.Stack(inner.ChurnSnapshots(before), inner.HorizonDays);
        SearchResult result = options.Engine.Search(
            new TrainingData(table.Wide, table.Gather(s => s.Churned), ChurnMembers.Pick(table.Weight, null), table.Customer),
            new SearchOptions { Classification = true, Budget = budget, Seed = options.Seed, Clock = options.Clock },
            options.TuneProgress,
            cancellation);
        return result.Best;
    }
}
