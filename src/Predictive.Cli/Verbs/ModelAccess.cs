using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;

namespace Predictive.Cli.Verbs;

/// <summary>How verbs open model versions and score a base with them.</summary>
internal static class ModelAccess
{
    public static CustomerScorer Scorer(string models, string name, string version)
    {
        var registry = new ModelRegistry(models, SmokeTest.Admit);
        ModelVersion found = registry.Resolve(name, version);
        return new CustomerScorer(ModelBundle.Load(registry.Load(found)), new ModelStamp(found.Name, found.Version));
    }

    public static ScoreTable ScoreAll(
        CustomerScorer scorer, TransactionHistory history, LocalTime asOf, WorkProgress progress, CancellationToken cancellation) =>
        ScoreParts(scorer, [history], asOf, progress, cancellation).Single();

    public static IEnumerable<ScoreTable> ScoreParts(
        CustomerScorer scorer, IEnumerable<TransactionHistory> parts, LocalTime asOf, WorkProgress progress,
        CancellationToken cancellation) =>
        scorer.ScoreParts(
            parts, asOf, null, progress.For<ScoreProgress>(p => ("score", p.Total == 0 ? 1 : (double)p.Done / p.Total)), cancellation);
}
