using System.Globalization;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.Training.Members;
using Predictive.Training.Evaluation;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Pipeline;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Selection;

/// <summary>
/// Chooses settings for a whole base: on a sample where it is large, and with a search over learners where one is asked for.
/// </summary>
/// <param name="history">The base.</param>
/// <param name="options">Seed, engine, budget of the search.</param>
/// <param name="tables">Features of the customers and events tables; null = none.</param>
/// <param name="shared">What was worked out before.</param>
/// <param name="notes">Told what a user should know.</param>
/// <param name="report">Told when a search begins.</param>
/// <param name="cancellation">Stops between trainings.</param>
internal sealed class SettingsChoice(
    TransactionHistory history, TrainingOptions options, TableSchema? tables, SharedTraining shared, List<string> notes,
    Action<string> report, CancellationToken cancellation)
{
    /// <summary>Settings are chosen on no more customers than this; the final models use every one.</summary>
    internal const int MostCustomers = 6_000;

    /// <summary>The settings for the base of <paramref name="fitter"/>.</summary>
    public SelectionResult Run(ModelFitter fitter, ChurnSettings churn, ClvSettings clv)
    {
        TransactionHistory sample = HistorySample.Take(history, MostCustomers, options.Seed);
        ModelFitter inner = fitter;
        if (!ReferenceEquals(sample, history))
        {
            notes.Add(
                $"Settings were chosen on a seeded sample of {MostCustomers} of {history.CustomerCount} customers; the models learned "
                    + $"from all, and where their windows hold more than {ModelFitter.MostTrainingRows} rows from a sample of each.");
            SnapshotStore store = shared.Store(
                history, sampled: true, options.Seed, fitter.HorizonDays, tables,
                () => new SnapshotStore(sample, fitter.HorizonDays, options.Threads, options.Clock, tables));
            inner = new ModelFitter(
                store, fitter.Plan, options.Engine, options.Seed, options.Threads, ModelFitter.MostTrainingRows, shared);
        }

        // The size of trees follows the base they learn from: on a sample the sample's, in the final models the whole base's, moved as the
        // selection moved it.
        (ChurnSettings wholeChurn, ClvSettings wholeClv) = (churn, clv);
        int sampled = TreeSize.RungFor(Math.Min(history.CustomerCount, MostCustomers)), whole = TreeSize.RungOf(churn.Size);
        if (!ReferenceEquals(inner, fitter))
        {
            (churn, clv) = (churn with { Size = TreeSize.Ladder[sampled] }, clv with { Size = TreeSize.Ladder[sampled - 1] });
        }

        SelectionResult standard = Judge(churn, clv);
        if (options.Tune is not { } budget)
        {
            return Whole(standard);
        }

        // Half of the budget each. The search cross-validates by customer, which flatters; only a gain out of time counts.
        report("search");
        var tried = new List<LeaderboardEntry>();
        LearnerOptions found = SearchChurn(inner, standard, budget / 2);
        SelectionResult tuned = Keep(
            "churn", "churn", found, standard, Judge(churn with { Searched = found }, clv), m => -m.ChurnMetrics!.LogLoss, "log loss");
        found = SearchSpend(inner, standard, budget / 2);
        // From where the churn settings began, not from where the selection moved them to: the two runs then differ in spend alone.
        tuned = Keep(
            "spend", "clv", found, tuned, Judge(churn with { Searched = tuned.Churn.Searched }, clv with { Searched = found }),
            m => m.ClvMetrics!.Gini + m.ClvMetrics.Spearman, "Gini + Spearman");
        return Whole(tuned with { Leaderboard = Leaderboards.Mean([tuned.Leaderboard, tried]) });

        SelectionResult Keep(
            string task, string board, LearnerOptions searched, SelectionResult before, SelectionResult after,
            Func<SelectionResult, double> merit, string measure)
        {
            string what = searched.Learner == LearnerKind.Linear
                ? $"a linear model ({searched.Trainer})"
                : string.Create(CultureInfo.InvariantCulture, $"{searched.Trainer} {searched.Leaves} × {searched.Trees}");
            if (before.ChurnMetrics is null || after.ChurnMetrics is null)
            {
                notes.Add(
                    $"The search for {task} ended on {what}, but no window inside the training period can judge it out of time: the "
                        + "standard settings stay.");
                return before;
            }

            if (merit(after) > merit(before))
            {
                return after;
            }

            notes.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The search for {task} ended on {what}, which does not beat the standard settings out of time ({measure} "
                        + $"{Math.Abs(merit(after)):0.0000} against {Math.Abs(merit(before)):0.0000}): those stay."));
            tried.AddRange(after.Leaderboard
                .Where(e => e.Task == board && e.Candidate.Contains("searched", StringComparison.Ordinal))
                    .Select(e => e with { Weight = 0 }));
            return before;
        }

        SelectionResult Whole(SelectionResult result) =>
            ReferenceEquals(inner, fitter)
                ? result
                : result with
                {
                    Churn = wholeChurn with
                    {
                        Size = TreeSize.Ladder[
                            Math.Clamp(whole + TreeSize.RungOf(result.Churn.Size) - sampled, 0, TreeSize.Ladder.Count - 1)],
                        Searched = result.Churn.Searched,
                    },
                    Clv = wholeClv with
                    {
                        Searched = result.Clv.Searched,
                        Weights = result.Clv.Weights,
                        Tilt = result.Clv.Tilt,
                        LostShare = result.Clv.LostShare,
                    },
                };

        SelectionResult Judge(ChurnSettings forChurn, ClvSettings forSpend) =>
            MemberSelection.Run(inner, options.AsOf, forChurn, forSpend, options.Threads, cancellation);
    }

    /// <summary>
    /// Searches trainers and settings on the snapshots before the newest validation window (all snapshots where there is none).
    /// </summary>
    private LearnerOptions SearchChurn(ModelFitter inner, SelectionResult standard, TimeSpan budget)
    {
        TrainingTable table = TrainingTable.Stack(inner.ChurnSnapshots(Before(standard)), inner.HorizonDays);
        return Search(
            new TrainingData(table.Wide, table.Gather(s => s.Churned), ChurnMembers.Pick(table.Weight, null), table.Customer),
            new SearchOptions { Classification = true, Budget = budget, Seed = options.Seed, Clock = options.Clock },
            Objective.Logistic);
    }

    /// <summary>The same for log1p(spend) of those who buy.</summary>
    private LearnerOptions SearchSpend(ModelFitter inner, SelectionResult standard, TimeSpan budget)
    {
        TrainingTable table = TrainingTable.Stack(inner.ClvSnapshots(inner.ChurnSnapshots(Before(standard))), inner.HorizonDays);
        float[] spend = table.Gather(s => s.NetSpendFloat);
        int[] buyers = [.. Enumerable.Range(0, table.Rows).Where(r => spend[r] > 0)];
        return Search(
            new TrainingData(
                table.WideRows(buyers), [.. buyers.Select(r => (float)Math.Log(1 + spend[r]))], ChurnMembers.Pick(table.Weight, buyers),
                [.. buyers.Select(r => table.Customer[r])]),
            new SearchOptions
            {
                Classification = false, Objective = Objective.Squared, Budget = budget, Seed = options.Seed, Clock = options.Clock,
            },
            Objective.Squared);
    }

    private LocalTime Before(SelectionResult standard) => standard.Cutoffs.Count > 0 ? standard.Cutoffs[0] : options.AsOf;

    private LearnerOptions Search(TrainingData data, SearchOptions search, Objective objective) =>
        options.Engine.Search(data, search, options.TuneProgress is { } heard ? new Trials(heard, objective) : null, cancellation).Best;

    /// <summary>Passes trials on with the objective of their search, which tells their losses apart.</summary>
    private sealed class Trials(IProgress<SearchTrial> heard, Objective objective) : IProgress<SearchTrial>
    {
        public void Report(SearchTrial value) => heard.Report(value with { Options = value.Options with { Objective = objective } });
    }
}
